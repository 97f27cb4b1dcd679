"""The main job by HTTP alone: four people who never meet, one paper original, one copy that serves again and again."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.demo.forgery import change_one_byte
from samples.cast import CAST
from samples.generate import specimen_named, write_specimen
from tests.running import PIN, Running, run_home

pytestmark = pytest.mark.journey
PROCEDURE = "SAMPLE-CIVIL-STATUS-EXTRACT"


@pytest.fixture(scope="module")
def running(founded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An office of this story's own."""
    home = tmp_path_factory.mktemp("http") / "home"
    shutil.copytree(founded_home, home)
    with run_home(home) as served:
        yield served


@pytest.fixture(scope="module")
def certified(running: Running, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """An's birth certificate, from the scanner to the vault."""
    specimen = specimen_named("birth-certificate")
    folder = tmp_path_factory.mktemp("scans")
    write_specimen(specimen, folder=folder)
    scan = (Path(folder) / specimen.file_name).read_bytes()
    with running.officer() as officer:
        accepted = officer.post(
            "/v1/drafts",
            files={"file": ("khai-sinh.jpg", scan, "image/jpeg")},
            data={"holder_number": CAST[specimen.holder].id_number, "doc_type": specimen.doc_type},
            headers={"Idempotency-Key": "journey-scan"},
        )
        operation_id = accepted.json()["operation_id"]
        assert accepted.headers["location"] == f"/v1/operations/{operation_id}"
        read = running.wait(officer, operation_id)
        address = f"/v1/drafts/{read['item_id']}"
        draft = officer.get(address)
        assert draft.json()["quality"] in {"GOOD", "WARN"}
        assert officer.get(f"{address}/preview").content.startswith(b"%PDF-")
        ready = officer.post(
            f"{address}/prepare",
            json={"pages_compared": draft.json()["pages"]},
            headers={"If-Match": draft.headers["ETag"]},
        ).json()
        shown = officer.get(f"{address}/ready/file").content
        yes = {
            "item_id": read["item_id"],
            "sha256": hashlib.sha256(shown).hexdigest(),
            "checklist": ready["checklist"],
            "pin": PIN,
        }
        approved = officer.post("/v1/approvals", json=yes, headers={"Idempotency-Key": "journey-approval"})
        assert approved.status_code == 202, approved.text
        done = running.wait(officer, approved.json()["operation_id"])
    assert done["status"] == "DONE", done
    return done | {"register_number": ready["register_number"], "holder": specimen.holder}


def test_the_holder_has_the_copy_and_anybody_can_check_it(running: Running, certified: dict[str, Any]) -> None:
    with running.citizen(certified["holder"]) as holder, running.client() as stranger:
        content = holder.get(f"/v1/records/{certified['record_id']}/file").content
        told = stranger.post("/v1/verifications", files={"file": ("copy.pdf", content)}).json()
        forged = stranger.post("/v1/verifications", files={"file": ("copy.pdf", change_one_byte(content))}).json()
        by_code = stranger.get(f"/v1/copies/{certified['code_of_copy']}").json()
    assert (told["verdict"], told["warnings"]) == ("VALID_WITH_WARNING", ["SPECIMEN"])
    assert forged["verdict"] == "INVALID"
    assert by_code["register_number"].split(" · ")[0] == certified["register_number"]
    assert all(word in told["sentence"]["vi"] for word in ("MẪU",))


def test_the_copy_serves_a_dossier_without_being_handed_in_again(running: Running, certified: dict[str, Any]) -> None:
    with running.citizen(certified["holder"]) as holder, running.recipient() as clerk:
        match = holder.get(f"/v1/procedures/{PROCEDURE}/match").json()
        chosen = {one["requirement_id"]: one["candidates"][0] for one in match["outcomes"] if one["candidates"]}
        assert certified["record_id"] in chosen.values()
        filed = holder.post("/v1/submissions", json={"procedure_id": PROCEDURE, "chosen": chosen, "consent": True})
        submission = filed.json()
        address = f"/v1/received/{submission['submission_id']}"
        for item in submission["items"]:
            fetched = clerk.post(f"{address}/items/{item['requirement_id']}/fetch")
            assert hashlib.sha256(fetched.content).hexdigest() == item["sha256"]
            etag = clerk.get(address).headers["ETag"]
            answered = clerk.post(
                f"{address}/items/{item['requirement_id']}/answer",
                json={"answer": "ACCEPTED"},
                headers={"If-Match": etag},
            )
            assert answered.status_code == 200
        history = holder.get("/v1/history").json()["items"]
        holder.delete(f"/v1/consents/{submission['consent_id']}")
        refused = clerk.post(f"{address}/items/{submission['items'][0]['requirement_id']}/fetch")
    assert [entry["agency_code"] for entry in history if entry["action"] == "FETCHED"] == ["THIDU-JUSTICE"]
    assert refused.status_code == 410


def test_a_school_looks_once_through_a_link_and_the_holder_sees_it(running: Running, certified: dict[str, Any]) -> None:
    with running.citizen(certified["holder"]) as holder, running.client() as school:
        share = holder.post(
            "/v1/shares",
            json={
                "record_id": certified["record_id"],
                "purpose": "Xin học",
                "recipient": "Trường mầm non Hoa Phượng",
                "max_views": 1,
            },
        ).json()
        token = {"token": share["link"].rpartition("#")[2]}
        shown = school.post("/v1/shares/open", json=token).json()
        image = school.get("/v1/shares/pages/1", headers={"X-Share-Ticket": shown["ticket"]})
        second = school.post("/v1/shares/open", json=token)
        actions = [entry["action"] for entry in holder.get("/v1/history").json()["items"]]
    assert image.headers["content-type"] == "image/png"
    assert (shown["answer"]["verdict"], second.status_code) == ("VALID_WITH_WARNING", 410)
    assert actions.count("SHARE_OPENED") == 2


def test_the_office_closes_the_day_with_a_register_and_a_log(running: Running, certified: dict[str, Any]) -> None:
    running.services.publish_log()
    with running.officer() as officer, running.client() as anyone:
        lines = officer.get("/v1/register").json()["items"]
        checkpoint = anyone.get("/log/checkpoint").text.splitlines()
    assert [line["number"] for line in lines] == [certified["register_number"]]
    assert int(checkpoint[1]) >= 2
