"""Drafts over HTTP: a scan comes in, is read, is prepared."""

from __future__ import annotations

from tests.running import Running


def test_a_scan_becomes_a_certified_copy_over_http(running: Running) -> None:
    with running.officer() as officer:
        told = running.certify(officer)
    assert (told["status"], told["item_state"]) == ("DONE", "CERTIFIED")
    assert told["record_id"]
