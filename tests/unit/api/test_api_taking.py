"""Take along, erase, move in elsewhere: a package anybody can check, an erasure that reaches everything, addresses that stay."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pikepdf
import pytest

from api.acts.moving_in import move_in
from api.services import open_services
from samples.cast import CAST
from tests.command_line import CommandLine
from tests.running import Running, _settings, found_demo
from vault.bags import BagWriter, open_bag
from vault.errors import BagInvalid

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def record_id(running: Running) -> str:
    with running.officer() as officer:
        told: str = running.certify(officer)["record_id"]
    running.services.publish_log()
    return told


def package(client: httpx.Client, folder: Path) -> Path:
    answer = client.get("/v1/export")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    path = folder / "vault.zip"
    path.write_bytes(answer.content)
    return path


def test_package_holds_every_paper_proof_and_look_and_anybody_can_check_it(
    running: Running, record_id: str, tmp_path: Path
) -> None:
    with running.citizen("an") as an:
        bag = open_bag(package(an, tmp_path))
        sealed = an.get(f"/v1/records/{record_id}/file").content
        newest = an.get("/v1/history").json()["items"]
    assert bag.read(f"records/{record_id}/paper-1.pdf") == sealed
    told = json.loads(bag.read(f"records/{record_id}/record.json"))
    assert (told["uri"].rsplit(":", 1)[1], told["assurance_level"]) == (record_id, 3)
    assert json.loads(bag.read(f"records/{record_id}/paper.proof"))["format"] == "vidimus-proof-1"
    assert json.loads(bag.read("identity.json"))["number"] == CAST["an"].id_number
    assert [one["action"] for one in json.loads(bag.read("history.json"))][:1] == ["EXPORTED"]
    assert "EXPORTED" in [one["action"] for one in newest]
    assert bag.info["Vidimus-Format"] == "vidimus-vault-1"


def test_paper_moves_into_another_house_with_its_address_and_its_level_only_if_the_trust_is_there(
    running: Running, founded_home: Path, record_id: str, tmp_path: Path
) -> None:
    with running.citizen("an") as an:
        bag = open_bag(package(an, tmp_path))
        uri = an.get(f"/v1/records/{record_id}").json()["uri"]
    shutil.copytree(founded_home, tmp_path / "same-trust")
    found_demo(tmp_path / "other-trust")
    for name, level in (("same-trust", 3), ("other-trust", 1)):
        with open_services(_settings(tmp_path / name, port=8750), with_worker=False) as services:
            moved = {one.uri: one for one in move_in(services, bag, agency_code="THIDU")}
            assert moved[uri].assurance_level == level
            # Twice is once.
            assert {one.uri for one in move_in(services, bag, agency_code="THIDU")} == set(moved)


def test_erased_paper_is_gone_with_text_index_and_links_and_the_register_stays(
    running: Running, record_id: str
) -> None:
    with running.citizen("an") as an, running.client() as stranger:
        assert an.get("/v1/records", params={"text": "khai sinh"}).json()["items"]
        code = an.get(f"/v1/records/{record_id}").json()["code"]
        form = {"record_id": record_id, "purpose": "x", "recipient": "y"}
        link = an.post("/v1/shares", json=form).json()["link"]
        assert record_id in [one["record_id"] for one in an.get("/v1/erasure").json()["erasable"]]
        assert an.post("/v1/erasure", json={"record_ids": [record_id], "confirm": "YES"}).status_code == 422
        with running.citizen("chau") as chau:
            foreign = chau.post("/v1/erasure", json={"record_ids": [record_id], "confirm": "ERASE"})
            assert foreign.status_code == 404
        erased = an.post("/v1/erasure", json={"record_ids": [record_id], "confirm": "ERASE"})
        assert erased.json() == {"record_ids": [record_id]}
        assert an.get(f"/v1/records/{record_id}/file").status_code == 410
        assert an.get(f"/v1/records/{record_id}/fields").status_code == 410
        assert an.get("/v1/records", params={"text": "khai sinh"}).json()["items"] == []
        assert stranger.post("/v1/shares/open", json={"token": link.partition("#")[2]}).status_code == 410
        known = stranger.get(f"/v1/copies/{code}").json()
    assert known["status"]["register"] == "FINAL"


def test_page_leads_through_three_steps_and_erases_what_was_ticked(running: Running) -> None:
    with running.officer() as officer:
        made = running.certify(officer, holder="chau")["record_id"]
    with running.citizen("chau") as chau:
        page = chau.get("/citizen/take-along").text
        assert made in page
        token = chau.headers["X-CSRF-Token"]
        unsure = chau.post("/citizen/take-along/erase", data={"csrf_token": token, "record_id": made})
        assert unsure.status_code == 422
        done = chau.post(
            "/citizen/take-along/erase", data={"csrf_token": token, "record_id": made, "understood": "yes"}
        )
        assert done.status_code == 303
        assert made not in chau.get("/citizen/take-along").text
        assert chau.get("/citizen/take-along/vault.zip").content.startswith(b"PK")


def test_earlier_scans_come_in_at_level_one_with_where_they_came_from(office_line: CommandLine, tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(tmp_path / "a.pdf")
    listed = tmp_path / "list.csv"
    row = {
        "number": "000155512345",
        "name": "Trần Di Sản",
        "birth_date": "1955-01-02",
        "doc_type": "VN.BIRTH_CERT",
        "issuer": "UBND xã Cũ",
        "source": "kho-cu-2019",
        "file": "a.pdf",
        "issued_on": "1990-05-06",
        "original_number": "KS 7/1990",
    }

    def write(**changes: str) -> None:
        with listed.open("w", newline="", encoding="utf-8") as lines:
            writer = csv.DictWriter(lines, list(row))
            writer.writeheader()
            writer.writerow(row | changes)

    write()
    first = office_line.run("vault", "import", str(listed), "--agency", "THIDU", "--format", "json")
    assert first.exit_code == 0, first.err
    (told,) = first.json
    assert (told["level"], told["reason"]) == (1, "")
    again = office_line.run("vault", "import", str(listed), "--agency", "THIDU", "--format", "json").json
    assert again[0]["reason"] == "ALREADY_HERE"
    for wrong in ({"file": "../a.pdf"}, {"birth_date": "1955"}):
        write(**wrong)
        assert office_line.run("vault", "import", str(listed), "--agency", "THIDU").exit_code != 0


@pytest.mark.parametrize("harm", ["flip", "drop", "add", "outside", "other"])
def test_package_that_was_touched_is_refused(tmp_path: Path, harm: str) -> None:
    whole = io.BytesIO()
    bag = BagWriter(whole)
    bag.add("a.txt", b"one")
    bag.add("b/c.txt", b"two")
    from datetime import UTC, datetime

    bag.finish({"Source-Organization": "Thí Dụ"}, at=datetime(2026, 11, 22, tzinfo=UTC))
    (tmp_path / "good.zip").write_bytes(whole.getvalue())
    assert open_bag(tmp_path / "good.zip").read("b/c.txt") == b"two"
    harmed = tmp_path / "harmed.zip"
    with zipfile.ZipFile(whole) as before, zipfile.ZipFile(harmed, "w") as after:
        for one in before.infolist():
            content: Any = before.read(one)
            if harm == "flip" and one.filename == "data/a.txt":
                content = b"One"
            if not (harm == "drop" and one.filename == "data/a.txt"):
                after.writestr(one.filename, content)
        if harm == "add":
            after.writestr("data/d.txt", b"three")
        if harm == "outside":
            after.writestr("../d.txt", b"three")
    if harm == "other":
        harmed.write_bytes(b"PK no zip")
    with pytest.raises(BagInvalid):
        open_bag(harmed)
