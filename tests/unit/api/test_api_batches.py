"""Batches: numbers only for what is ticked, one approval over the ordered digests, an outcome for each original."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from certify import compare
from certify.registry import batches
from tests.running import PIN, Running
from tests.small_paper import small_scan

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        yield client


def compared(running: Running, officer: httpx.Client, *, mark: str) -> str:
    item_id = running.read_draft(officer, small_scan(mark=mark))
    services = running.services
    officer_id = officer.get("/v1/sessions/current").json()["subject_id"]
    with services.database.transaction() as tx:
        compare(tx, item_id, officer_id=officer_id, pages_compared=1, at=services.clock.now())
    return item_id


def approval(batch: dict[str, Any], checklist: list[str], *, pin: str = PIN) -> dict[str, Any]:
    ticked = [one for one in batch["items"] if one["ticked"] and one["sha256"]]
    lines = [{"item_id": one["item_id"], "sha256": one["sha256"]} for one in ticked]
    return {"items": lines, "checklist": checklist, "pin": pin}


def test_batch_takes_numbers_for_what_is_ticked_and_one_approval_for_all(
    running: Running, officer: httpx.Client
) -> None:
    items = [compared(running, officer, mark=mark) for mark in ("one", "two", "three")]
    opened = officer.post("/v1/batches", json={"items": items})
    assert opened.status_code == 201, opened.text
    place = f"/v1/batches/{opened.json()['batch_id']}"
    assert officer.put(f"{place}/items/{items[1]}", json={"ticked": False}).json()["ticked"] == 2
    batch = officer.post(f"{place}/numbers").json()
    assert [one["number"] for one in batch["items"]] == ["1", None, "2"]
    # Called again, nothing is taken twice.
    assert [one["number"] for one in officer.post(f"{place}/numbers").json()["items"]] == ["1", None, "2"]
    checklist = [line.code for line in running.services.law.checklist]
    asked = approval(batch, checklist)
    turned = asked | {"items": asked["items"][::-1]}
    assert officer.post(f"{place}/approval", json=turned).json()["code"] == "COPY_NOT_READY"
    assert officer.post(f"{place}/approval", json=asked | {"pin": "999999"}).json()["code"] == "WRONG_PIN"
    answer = officer.post(f"{place}/approval", json=asked)
    assert (answer.status_code, answer.json()["approved"]) == (202, 2), answer.text
    for line in answer.json()["items"]:
        assert running.wait(officer, line["operation_id"])["status"] == "DONE"
    done = officer.get(place).json()
    assert (done["certified"], done["ticked"]) == (2, 2)
    assert done["approved_sha256"] == batches.digest_of([line["sha256"] for line in asked["items"]])
    assert officer.put(f"{place}/items/{items[1]}", json={"ticked": True}).json()["code"] == "COPY_NOT_READY"


def test_original_that_was_not_compared_joins_no_batch(running: Running, officer: httpx.Client) -> None:
    item_id = running.read_draft(officer, small_scan(mark="not-compared"))
    refused = officer.post("/v1/batches", json={"items": [item_id]})
    assert (refused.status_code, refused.json()["code"]) == (409, "COPY_NOT_READY")


def test_batch_of_another_agency_does_not_exist(running: Running, officer: httpx.Client) -> None:
    item_id = compared(running, officer, mark="other")
    batch_id = officer.post("/v1/batches", json={"items": [item_id]}).json()["batch_id"]
    with running.recipient() as stranger:
        assert stranger.get(f"/v1/batches/{batch_id}").status_code == 404
    listed = officer.get("/v1/batches").json()["items"]
    assert listed[0]["batch_id"] == batch_id
