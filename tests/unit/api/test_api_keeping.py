"""What an office keeps for others: the package of an agency that closes, keysets under another key, who cosigns its log."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.acts.archiving import FORMAT, write_agency_package
from api.cli.exits import Exit
from api.errors import BadSetting
from api.home import open_home
from api.key_encryption import open_kek
from api.log_evidence import open_log_evidence
from api.services import Services, open_services
from api.settings import read_settings, settings_for_home
from certify import AgencyNotFound
from keys import KekUnusable, UnwrapFailed, open_file_kek
from samples.cast import CAST
from tests.command_line import CommandLine
from tests.running import Running
from vault import HolderKind, find_by_number, read_identity
from vault.bags import open_bag

# A whole office stands behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def paper(running: Running) -> dict[str, Any]:
    with running.officer() as officer:
        return running.certify(officer)


def test_package_of_an_agency_holds_its_papers_and_books_and_each_holder_sees_that_it_was_made(
    running: Running, paper: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "ward.zip"
    with path.open("wb") as target:
        assert write_agency_package(running.services, "THIDU", target) == 1
    bag = open_bag(path)
    assert (bag.info["Vidimus-Format"], bag.info["External-Identifier"]) == (FORMAT, "THIDU")
    folder = f"records/{paper['record_id']}"
    with running.citizen("an") as an:
        sealed = an.get(f"/v1/records/{paper['record_id']}/file").content
        seen = an.get("/v1/history").json()["items"]
    assert bag.read(f"{folder}/paper-1.pdf") == sealed
    book = next(name for name in bag.names if name.startswith("registers/"))
    rows = json.loads(bag.read(book))["rows"]
    assert [row["requester"] for row in rows] == [CAST["an"].name]
    opened = next(one for one in seen if one["reason"] == "ARCHIVE")
    assert (opened["actor_kind"], opened["agency_code"]) == ("STAFF", "THIDU")


def test_package_holds_nothing_of_another_agency(running: Running, paper: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "justice.zip"
    with path.open("wb") as target:
        assert write_agency_package(running.services, "THIDU-JUSTICE", target) == 0
    assert [name for name in open_bag(path).names if paper["record_id"] in name] == []
    with path.open("wb") as target, pytest.raises(AgencyNotFound):
        write_agency_package(running.services, "NOWHERE", target)


def test_archive_is_a_command_that_writes_over_nothing(office_line: CommandLine, tmp_path: Path) -> None:
    out = tmp_path / "ward.zip"
    assert office_line.run("agency", "archive", "THIDU", "--out", out).exit_code == 0
    assert open_bag(out).info["Vidimus-Format"] == FORMAT
    before = out.read_bytes()
    assert office_line.run("agency", "archive", "THIDU", "--out", out).exit_code == Exit.FILE_ACCESS
    assert out.read_bytes() == before


@contextmanager
def opened(home: Path) -> Iterator[Services]:
    with open_services(settings_for_home(read_settings({}), home, port=8750), with_worker=False) as services:
        yield services


def name_of_an(home: Path) -> str:
    with opened(home) as services, services.database.read() as tx:
        holder = find_by_number(tx, HolderKind.PERSON, CAST["an"].id_number, index=services.number_index)
        return read_identity(tx, holder.holder_id, vault=services.blobs).name


def test_every_keyset_moves_to_a_new_key_and_the_old_one_opens_nothing_more(
    office_line: CommandLine, tmp_path: Path
) -> None:
    home = office_line.home
    (tmp_path / "old").write_bytes(open_home(home).kek.read_bytes())
    (tmp_path / "old").chmod(0o600)
    old = open_file_kek(tmp_path / "old", random_bytes=bytes).kek_id
    assert office_line.run("db", "rotate-kek").exit_code == 0
    # Both keys stand until every process knows the new one; papers open all the while.
    assert (home / f"kek-{old}").exists()
    assert name_of_an(home) == CAST["an"].name
    again = office_line.run("db", "rotate-kek")
    assert again.exit_code != 0
    assert "--retire" in again.err
    assert office_line.run("db", "rotate-kek", "--retire").exit_code == 0
    assert list(home.glob("kek-*")) == []
    assert name_of_an(home) == CAST["an"].name
    # Who kept the old key file has nothing.
    open_home(home).kek.write_bytes((tmp_path / "old").read_bytes())
    with pytest.raises(UnwrapFailed):
        name_of_an(home)


def test_without_any_key_nothing_is_opened(office_line: CommandLine) -> None:
    home = open_home(office_line.home)
    home.kek.unlink()
    with pytest.raises(KekUnusable, match="missing"):
        open_kek(settings_for_home(read_settings({}), office_line.home, port=8750), home)


KEY = base64.b64encode(bytes(4) + b"\x04" + bytes(32)).decode()


@pytest.mark.parametrize(
    "line", ["https://witness.example", "https://witness.example no-key", f"ftp://witness.example w+00000000+{KEY}"]
)
def test_line_that_names_no_witness_stops_the_start(running: Running, tmp_path: Path, line: str) -> None:
    services, path = running.services, tmp_path / "witnesses"
    path.write_text(f"# none yet\n\n{line}\n")
    vault = replace(services.settings.vault, log_witnesses_file=path)
    with pytest.raises(BadSetting, match="VIDIMUS_LOG_WITNESSES"):
        open_log_evidence(
            replace(services.settings, vault=vault),
            services.home,
            services.database,
            services.log_signer,
            timestamps=None,
            clock=services.clock,
        )


def test_a_consent_has_a_receipt_to_print_and_is_withdrawn_where_it_is_read(
    running: Running, paper: dict[str, Any]
) -> None:
    form = {
        "procedure_id": "SAMPLE-CIVIL-STATUS-EXTRACT",
        "chosen": {"birth": paper["record_id"]},
        "consent": True,
    }
    with running.citizen("an") as an, running.citizen("chau") as other:
        dossier = an.post("/v1/submissions", json=form).json()
        address = f"/citizen/consents/{dossier['consent_id']}"
        assert address in an.get("/citizen/consents").text
        shown = an.get(address)
        signed = an.get(f"/v1/consents/{dossier['consent_id']}/receipt").text
        assert signed.strip('"') in shown.text
        assert "data-print" in shown.text
        assert other.get(address).status_code == 404
        csrf = {"csrf_token": an.headers["X-CSRF-Token"]}
        theirs = {"csrf_token": other.headers["X-CSRF-Token"]}
        assert other.post(f"{address}/withdraw", data=theirs).status_code == 404
        assert an.post(f"{address}/withdraw", data=csrf).status_code == 303
        assert f"{address}/withdraw" not in an.get(address).text
        with running.recipient() as clerk:
            fetched = clerk.post(f"/v1/received/{dossier['submission_id']}/items/birth/fetch")
        assert fetched.status_code == 410
