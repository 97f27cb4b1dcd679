"""A bad line to a time-stamping service that is well: no signature of a lower level, and the same copy under the same number."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.fault_proxy import FaultProxy, Line, fault_proxy
from tests.running import Running, found_demo, run_home

pytestmark = [pytest.mark.slow, pytest.mark.matrix]

BAD = tuple(line for line in Line if line is not Line.WELL)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, FaultProxy]]:
    """An office whose only way to time-stamps is the line; the service at its other end is the office's own authority."""
    home = tmp_path_factory.mktemp("line") / "home"
    found_demo(home)
    with fault_proxy() as proxy:
        settings = {"tsa_urls": (f"http://127.0.0.1:{proxy.port}/authority/tsa",), "services_may_be_private": True}
        with run_home(home, **settings) as served:
            proxy.target_port = int(served.base_url.rsplit(":", 1)[1])
            yield served, proxy


@pytest.mark.parametrize("line", BAD, ids=lambda line: line.name.lower())
def test_copy_waits_for_a_line_that_is_bad_and_keeps_its_number(
    proxied: tuple[Running, FaultProxy], line: Line
) -> None:
    served, proxy = proxied
    with served.officer() as officer:
        ready = served.prepare(officer, served.read_draft(officer))
        proxy.line = line
        before = proxy.spoilt
        waiting = served.wait(officer, served.approve(officer, ready).json()["operation_id"])
        assert (waiting["status"], waiting["item_state"]) == ("ACTION_REQUIRED", "AWAITING_ACTIVATION"), waiting
        assert waiting["code"] in {"TIMESTAMP_UNAVAILABLE", "TIMESTAMP_REJECTED"}, waiting
        assert proxy.spoilt > before
        proxy.line = Line.WELL
        told = certified(served, officer, ready)
    assert told["status"] == "DONE", told


def certified(served: Running, officer: httpx.Client, ready: dict[str, str]) -> dict[str, str]:
    """The officer says yes once more; the breaker may still keep the service apart for some seconds."""
    told: dict[str, str] = {}
    for _ in range(30):
        told = served.wait(officer, served.approve(officer, ready).json()["operation_id"])
        if told["status"] == "DONE":
            return told
    return told
