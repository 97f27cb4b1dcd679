"""The seal keeper's queue: without a policy nothing is sealed until its keeper has said yes to the very file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from certify import Role
from certify.registry import find_seal_approval
from certify.tables import approvals, seal_policies
from tests.running import Running
from tests.small_paper import small_scan

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def officer(running: Running) -> Iterator[httpx.Client]:
    """The officer of an office without an automatic seal."""
    with running.services.database.transaction() as tx:
        tx.execute(seal_policies.delete())
    with running.officer() as client:
        yield client


@pytest.fixture(scope="module")
def keeper(running: Running, officer: httpx.Client) -> Iterator[httpx.Client]:
    running.enrol("van-thu", "THIDU", Role.SEAL_KEEPER)
    with running.client("van-thu") as client:
        yield client


def signed(running: Running, officer: httpx.Client, *, mark: str) -> str:
    ready = running.prepare(officer, running.read_draft(officer, small_scan(mark=mark)))
    accepted = running.approve(officer, ready)
    told = running.wait(officer, accepted.json()["operation_id"])
    assert told["status"] != "DONE", told
    item_id: str = ready["item_id"]
    return item_id


def waiting(keeper: httpx.Client) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = keeper.get("/v1/seals/queue").raise_for_status().json()["items"]
    return told


def test_a_batch_is_sealed_by_its_keepers_yes_and_each_file_is_answered_by_name(
    running: Running, officer: httpx.Client, keeper: httpx.Client
) -> None:
    first, second, third = (signed(running, officer, mark=mark) for mark in ("one", "two", "three"))
    shown = waiting(keeper)
    assert [line["item_id"] for line in shown] == [first, second, third]
    assert {line["verdict"] for line in shown} == {"VALID_WITH_WARNING"}
    assert keeper.get(f"/v1/seals/queue/{first}/file").content.startswith(b"%PDF")
    lines = [{"item_id": line["item_id"], "sha256": line["sha256"]} for line in shown]
    # The third is not the file that was shown.
    lines[2]["sha256"] = "0" * 64
    answer = keeper.post("/v1/seals", json={"items": lines})
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert (told["approved"], told["refused"]) == (2, 1)
    assert told["items"][2]["problem"]["code"] == "READY_COPY_CHANGED"
    for line in told["items"][:2]:
        assert running.wait(keeper, line["operation_id"])["status"] == "DONE"
    assert [line["item_id"] for line in waiting(keeper)] == [third]
    with running.services.database.read() as tx:
        said = [find_seal_approval(tx, one) for one in tx.execute(sa.select(approvals.c.approval_id)).scalars().all()]
    assert sum(one is not None for one in said) == 2


def test_officer_without_the_keepers_role_seals_nothing(officer: httpx.Client) -> None:
    assert officer.get("/v1/seals/queue").status_code == 403
    assert officer.post("/v1/seals", json={"items": []}).status_code == 403


def test_keeper_of_another_agency_sees_nothing_of_it(running: Running, keeper: httpx.Client) -> None:
    item_id = waiting(keeper)[0]["item_id"]
    running.enrol("van-thu-khac", "THIDU-EDU", Role.SEAL_KEEPER)
    with running.client("van-thu-khac") as stranger:
        assert stranger.get(f"/v1/seals/queue/{item_id}/file").status_code == 404
        assert stranger.get("/v1/seals/queue").status_code in {403, 409}


def test_a_pin_is_refused_where_the_seal_has_none(keeper: httpx.Client) -> None:
    line = waiting(keeper)[0]
    asked = {"items": [{"item_id": line["item_id"], "sha256": line["sha256"]}], "pin": "123456"}
    assert keeper.post("/v1/seals", json=asked).status_code == 422
