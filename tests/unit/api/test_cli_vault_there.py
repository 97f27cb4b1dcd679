"""A vault taken along and erased, mandates and procedures from the command line: here and at a server."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli.exits import Exit
from api.demo.office import DEMO_PASSWORD, OFFICER_LOGIN, WARD
from certify import Role as StaffRole
from samples.cast import CAST
from tests.command_line import Answer, CommandLine
from tests.running import Running

pytestmark = pytest.mark.slow
ADMIN = "quan-tri-thu-tuc"
AN, BINH, CHAU = (CAST[key].id_number for key in ("an", "binh", "chau"))


@pytest.fixture(scope="module")
def paper(running: Running) -> dict[str, str]:
    """A paper in the vault of somebody with a password."""
    running.enrol(ADMIN, WARD, StaffRole.ADMIN, password=DEMO_PASSWORD)
    with running.officer() as officer:
        done = running.certify(officer)
    with running.citizen() as citizen:
        return {"id": done["record_id"], "holder": citizen.get("/v1/sessions/current").json()["subject_id"]}


def test_a_vault_is_taken_along_and_a_paper_erased_there(
    line: CommandLine, there: Callable[..., Answer], paper: dict[str, str], tmp_path: Path
) -> None:
    here, elsewhere, more = (tmp_path / name for name in ("here.zip", "there.zip", "more.zip"))
    assert line.run("vault", "export", paper["holder"], "--out", here).exit_code == 0
    taken = there("an", "vault", "export", "--out", elsewhere)
    assert taken.exit_code == 0, taken.err
    # What anybody looked at meanwhile stands in the history; the papers are the same.
    pdfs = [{name for name in zipfile.ZipFile(path).namelist() if name.endswith(".pdf")} for path in (here, elsewhere)]
    assert pdfs[0] == pdfs[1] != set()
    assert there("an", "vault", "export", paper["holder"], "--out", more).exit_code == Exit.USAGE
    assert there(OFFICER_LOGIN, "vault", "export", "--out", more).exit_code == Exit.NOT_AUTHENTICATED
    assert not more.exists()
    assert there("an", "vault", "erase", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--yes").exit_code != 0
    erased = there("an", "vault", "erase", paper["id"], "--yes", "--format", "json")
    assert (erased.exit_code, erased.json) == (0, [{"record_id": paper["id"]}]), erased.err
    gone = line.run("vault", "fetch", paper["id"], "--holder", paper["holder"], "--out", more)
    assert (gone.exit_code != 0, more.exists()) == (True, False)
    # Once is for ever; a second time it is refused here as there.
    again = line.run("vault", "erase", paper["id"], "--holder", paper["holder"], "--yes").exit_code
    assert there("an", "vault", "erase", paper["id"], "--yes").exit_code == again


def test_mandates_are_entered_listed_and_ended_there(line: CommandLine, there: Callable[..., Answer]) -> None:
    words = ["vault", "mandate", CHAU, AN, "--kind", "PARENT", "--document", "VB 1/2026", "--format", "json"]
    assert there("an", *words).exit_code == Exit.NOT_AUTHENTICATED
    assert there(OFFICER_LOGIN, *words, "--agency", WARD).exit_code == Exit.USAGE
    assert line.run(*words).exit_code == Exit.USAGE
    made = there(OFFICER_LOGIN, *words)
    # Whoever is grown up has no parent to act, here or there.
    assert made.exit_code == line.run(*words, "--agency", WARD).exit_code != 0
    dead = there(OFFICER_LOGIN, "vault", "death", CHAU, "--document", "VB 2/2026", "--format", "json")
    assert dead.exit_code == 0, dead.err
    heir = ["vault", "mandate", CHAU, AN, "--kind", "HEIR", "--document", "VB 3/2026", "--format", "json"]
    made = there(OFFICER_LOGIN, *heir)
    assert made.exit_code == 0, made.err
    listed = line.run("vault", "mandates", dead.json[0]["holder_id"], "--format", "json")
    assert [one["mandate_id"] for one in listed.json] == [made.json[0]["mandate_id"]]
    assert set(listed.json[0]) == set(made.json[0])
    end = ["vault", "end-mandate", made.json[0]["mandate_id"], "--document", "VB 4/2026", "--format", "json"]
    assert there(OFFICER_LOGIN, *end).json[0]["ended_at"] is not None
    own = there("an", "vault", "mandates", "--format", "json")
    assert (own.exit_code, own.json) == (0, [])


def test_procedures_are_checked_and_refused_there_as_here(
    line: CommandLine, there: Callable[..., Answer], tmp_path: Path
) -> None:
    empty, torn = tmp_path / "empty.json", tmp_path / "torn.json"
    empty.write_text(json.dumps({"procedures": []}))
    torn.write_bytes(b"\xff\xfe")
    checked = [run("procedure", "import", empty, "--format", "json") for run in (line.run, lambda *w: there(ADMIN, *w))]
    assert checked[0].exit_code == checked[1].exit_code
    assert checked[0].json == checked[1].json
    assert there(ADMIN, "procedure", "import", torn).exit_code == line.run("procedure", "import", torn).exit_code != 0
    assert there(OFFICER_LOGIN, "procedure", "import", empty).exit_code == Exit.FORBIDDEN
