"""A citizen erases a vault: what a law or a legal hold keeps stays and says so, the rest is gone, and a lifted hold frees it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from certify import Role as StaffRole
from tests.issuing_system import issuing_system, push, signed_result
from tests.running import Running, founded_home, running  # noqa: F401 - fixtures

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def erase(an: httpx.Client, *record_ids: str) -> httpx.Response:
    return an.post("/v1/erasure", json={"record_ids": list(record_ids), "confirm": "ERASE"})


def kept_and_free(an: httpx.Client) -> tuple[set[str], set[str]]:
    told = an.get("/v1/erasure").json()
    return {one["record_id"] for one in told["kept"]}, {one["record_id"] for one in told["erasable"]}


def is_readable(an: httpx.Client, record_id: str) -> bool:
    return an.get(f"/v1/records/{record_id}/file").status_code == 200


def test_what_is_kept_outlives_the_wish_to_erase_it(running: Running) -> None:  # noqa: F811
    running.enrol("quan-tri-luu-giu", "THIDU", StaffRole.ADMIN)
    with (
        running.officer() as officer,
        running.client("quan-tri-luu-giu") as admin,
        issuing_system(running) as system,
        running.citizen("an") as an,
    ):
        copy: dict[str, Any] = running.certify(officer)
        by_law = push(system, signed_result(running), "GIU-1", kept_by_law="yes").json()["record_id"]
        free = push(system, signed_result(running), "GIU-2").json()["record_id"]
        hold = {"scope": "ITEM", "target_id": copy["item_id"], "decision_number": "9/2026/QĐ-TA"}
        placed = admin.post("/v1/legal-holds", json=hold)
        assert placed.status_code == 201, placed.text
        # (1) It is told before anything is asked, and on the page.
        kept, erasable = kept_and_free(an)
        assert {by_law, copy["record_id"]} <= kept
        assert free in erasable
        assert an.get("/citizen/take-along").status_code == 200
        # (2) A wish that names a kept paper is refused whole: nothing of it is erased.
        for wish in ((by_law,), (copy["record_id"],), (free, by_law)):
            refused = erase(an, *wish)
            assert (refused.status_code, refused.json()["code"]) == (409, "ERASURE_REFUSED")
        assert all(is_readable(an, one) for one in (by_law, copy["record_id"], free))
        # (3) What nothing keeps goes, and for ever.
        assert erase(an, free).json() == {"record_ids": [free]}
        assert not is_readable(an, free)
        # (4) The hold is lifted by a decision, and the copy may go; what the law keeps stays.
        lifted = admin.post(
            f"/v1/legal-holds/{placed.json()['hold_id']}/lifting", json={"decision_number": "10/2026/QĐ-TA"}
        )
        assert lifted.status_code == 200, lifted.text
        assert erase(an, copy["record_id"]).status_code == 200
        assert kept_and_free(an)[0] == {by_law}
        assert [one["action"] for one in an.get("/v1/history").json()["items"]].count("ERASED") == 2
