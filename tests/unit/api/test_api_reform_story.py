"""Three wards become one in an office that works: cases, a batch and codes go on, and what was certified stays what it is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.demo.office import WARD
from certify import Role, add_agency, get_agency
from certify.tables import agencies
from tests.running import Running, run_home

pytestmark = pytest.mark.slow

PROVINCE, OTHERS, NEW = "TINH-MAU", ("P2-MAU", "P3-MAU"), "P-MOI"


@pytest.fixture(scope="module")
def served(founded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The ward of the demonstration below a province, with two neighbours and the ward that all three will be."""
    home = tmp_path_factory.mktemp("reform") / "home"
    shutil.copytree(founded_home, home)
    with run_home(home) as served:
        with served.services.database.transaction() as tx:
            ward = get_agency(tx, WARD)
            # In force since before the reform's day.
            add_agency(tx, replace(ward, code=PROVINCE, parent_code=None, seal_key_id=None))
            tx.execute(agencies.update().where(agencies.c.agency_code == WARD).values(parent_code=PROVINCE))
            for code in (*OTHERS, NEW):
                names = {"name_vi": f"UBND phường {code}", "name_en": f"Ward {code}", "name_fr": f"Quartier {code}"}
                add_agency(tx, replace(ward, code=code, parent_code=PROVINCE, seal_key_id=None, **names))
        served.enrol("quan-tri-tinh", PROVINCE, Role.ADMIN)
        served.enrol("can-bo-moi", NEW, Role.COUNTER_CLERK)
        yield served


def verified(client: httpx.Client, copy: bytes) -> dict[str, Any]:
    answer = client.post("/v1/verifications", files={"file": ("copy.pdf", copy, "application/pdf")})
    told: dict[str, Any] = answer.raise_for_status().json()
    return told


def test_three_wards_become_one_and_nothing_of_them_is_lost(served: Running) -> None:
    with (
        served.officer() as officer,
        served.citizen() as citizen,
        served.client("quan-tri-tinh") as admin,
        served.client("can-bo-moi") as successor,
        served.client() as stranger,
    ):
        # Before: a certified copy, an open case, and a batch of two whose numbers are taken.
        done = served.certify(officer)
        copy = citizen.get(f"/v1/records/{done['record_id']}/file").raise_for_status().content
        record = citizen.get(f"/v1/records/{done['record_id']}").raise_for_status().json()
        open_item = served.read_draft(officer)
        batch = [served.prepare(officer, served.read_draft(officer)) for _ in range(2)]
        due = {one["case_id"]: one["due_at"] for one in officer.get("/v1/cases").raise_for_status().json()["items"]}

        form = {
            "kind": "MERGE",
            "ending": [WARD, *OTHERS],
            "following": [NEW],
            "decision_number": "31/NQ-HĐND",
            "since": (served.services.clock.now() - timedelta(seconds=1)).isoformat(),
        }
        ahead = admin.post("/v1/agency-reforms", json=form | {"dry_run": True}).raise_for_status().json()
        told = admin.post("/v1/agency-reforms", json=form | {"dry_run": False}).raise_for_status().json()
        assert told["ending"] == ahead["ending"]
        (ended,) = [one for one in told["ending"] if one["agency_code"] == WARD]
        assert (ended["voided_numbers"], ended["open_cases"] > 0) == (2, True)

        # The open case and those of the batch are the new ward's, with the clocks they had.
        passed_on = successor.get("/v1/cases").raise_for_status().json()["items"]
        assert {one["case_id"]: one["due_at"] for one in passed_on}.items() <= due.items()
        items = {one["item_id"] for one in successor.get("/v1/drafts").raise_for_status().json()["items"]}
        assert {open_item, *(one["item_id"] for one in batch)} <= items
        for ready in batch:
            # The number of the old book is void: nobody can sign what bears it.
            refused = served.approve(officer, ready)
            assert refused.status_code in {403, 404, 409}, refused.text

        # What was certified before is what it was, under the code of a ward that is no more.
        verdict = verified(stranger, copy)
        assert verdict["verdict"] in {"VALID", "VALID_WITH_WARNING"}, verdict
        by_code = stranger.get(f"/v1/copies/{record['code']}").raise_for_status().json()
        assert (by_code["status"]["register"], by_code["status"]["original"]) == ("FINAL", "CURRENT")
        assert "now part of Ward P-MOI" in str(by_code)
        assert citizen.get(f"/v1/records/{done['record_id']}").json()["uri"].split(":")[1] == WARD


def test_old_code_and_new_code_both_find_the_ward(served: Running) -> None:
    with served.client("quan-tri-tinh") as admin:
        for code in (WARD, NEW):
            told = admin.get(f"/v1/agencies/{code}").raise_for_status().json()
            assert told["code"] == code, told
