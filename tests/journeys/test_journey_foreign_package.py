"""Packages and papers of another office come to the doors of this one: each gets its code, and nothing here changes."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.cli.exits import Exit
from tests.command_line import CommandLine, command_line  # noqa: F401 - a fixture
from tests.issuing_system import issuing_system, push
from tests.running import Running, found_demo, founded_home, run_home  # noqa: F401 - a fixture

pytestmark = [pytest.mark.journey, pytest.mark.slow]
PROCEDURE = "SAMPLE-CIVIL-STATUS-EXTRACT"


@dataclass(frozen=True)
class Dossier:
    """A dossier as one file, and the paper in it."""

    package: bytes
    paper: bytes


@dataclass(frozen=True)
class Offices:
    """This office, its own dossier, and one that another office made."""

    here: Running
    own: Dossier
    foreign: Dossier


def dossier_of(office: Running) -> Dossier:
    """Certify An's birth certificate, file it, and take the dossier along as one file."""
    with office.officer() as officer:
        done = office.certify(officer)
    with office.citizen("an") as an:
        match = an.get(f"/v1/procedures/{PROCEDURE}/match").json()
        chosen = {one["requirement_id"]: one["candidates"][0] for one in match["outcomes"] if one["candidates"]}
        form = {"procedure_id": PROCEDURE, "chosen": chosen, "consent": True}
        filed = an.post("/v1/submissions", json=form)
        assert filed.status_code == 201, filed.text
        package = an.get(f"/v1/submissions/{filed.json()['submission_id']}/package")
        paper = an.get(f"/v1/records/{done['record_id']}/file")
    return Dossier(package.raise_for_status().content, paper.raise_for_status().content)


@pytest.fixture(scope="module")
def offices(founded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offices]:  # noqa: F811
    folder = tmp_path_factory.mktemp("offices")
    # One after the other: the engine behind an office is one per process.
    found_demo(folder / "elsewhere")
    with run_home(folder / "elsewhere") as elsewhere:
        foreign = dossier_of(elsewhere)
    shutil.copytree(founded_home, folder / "here")
    with run_home(folder / "here") as here:
        yield Offices(here, dossier_of(here), foreign)


@pytest.fixture
def line(offices: Offices, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:  # noqa: F811
    monkeypatch.setenv("VIDIMUS_HOME", str(offices.here.services.settings.home))
    return command_line


def held(office: Running) -> tuple[Any, ...]:
    """What An's vault and the counter hold."""
    with office.citizen("an") as an, office.officer() as officer:
        lists = [(an, one) for one in ("records", "consents", "submissions")] + [(officer, "received")]
        return tuple(client.get(f"/v1/{one}", params={"limit": 100}).json()["items"] for client, one in lists)


@contextmanager
def nothing_changes(office: Running) -> Iterator[None]:
    before = held(office)
    yield
    assert held(office) == before


def altered(package: bytes, *, change: str) -> bytes:
    """The container with one thing in it that its maker did not put there."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as read, zipfile.ZipFile(out, "w") as written:
        for entry in read.infolist():
            content = read.read(entry)
            if change == "paper" and entry.filename.startswith("papers/"):
                content = content[:-2] + b" \n"
            if change == "list" and entry.filename.endswith("package.jws"):
                content = content[:-6] + b"AAAAAA"
            written.writestr(entry, content)
        if change == "added":
            written.writestr("papers/99-more.pdf", b"%PDF-1.7\n")
    return out.getvalue()


def test_the_own_package_is_good_and_a_foreign_one_is_not_confirmed_by_anybody_here(
    offices: Offices, line: CommandLine, tmp_path: Path
) -> None:
    with nothing_changes(offices.here):
        own, foreign = tmp_path / "own.asice", tmp_path / "foreign.asice"
        own.write_bytes(offices.own.package)
        foreign.write_bytes(offices.foreign.package)
        assert line.run("dossier", "check-package", own).exit_code == Exit.OK
        told = line.run("dossier", "check-package", foreign)
        assert told.exit_code == Exit.NOT_CONFIRMED, told.err
        (report,) = told.json
        # It is whole, and that is all that can be said of it here.
        assert (report["is_whole"], report["package"]) == (True, "UNKNOWN_KEY")
        assert all(one["trust"] is not None for one in report["signatures"])


@pytest.mark.parametrize("change", ["paper", "list", "added"])
def test_a_package_that_somebody_touched_is_refused_whoever_made_it(
    offices: Offices, line: CommandLine, tmp_path: Path, change: str
) -> None:
    with nothing_changes(offices.here):
        for made in (offices.own, offices.foreign):
            touched = tmp_path / "touched.asice"
            touched.write_bytes(altered(made.package, change=change))
            assert line.run("dossier", "check-package", touched).exit_code == Exit.VERIFICATION_FAILED


def test_a_foreign_package_or_paper_opens_no_door_of_the_office(offices: Offices) -> None:
    here, foreign = offices.here, offices.foreign
    with (
        here.officer() as officer,
        issuing_system(here, login="he-thong-la") as system,
        here.client() as anyone,
        nothing_changes(here),
    ):
        # (1) as a scan at the counter: a container is none, and what is signed already is no paper original
        for content, code in ((foreign.package, "UNSUPPORTED_TYPE"), (foreign.paper, "ALREADY_SIGNED")):
            taken = here.upload(officer, content, media_type="application/pdf").json()
            ended = here.wait(officer, taken["operation_id"])
            assert (ended["status"], ended["code"], ended["item_state"]) == ("FAILED", code, "ORIGINAL_PRESENTED")
        # ... nor is it stored as issued: it bears this office's name, and nobody here knows its keys
        secret = {"csrf_token": officer.headers["X-CSRF-Token"]}
        stored = officer.post(f"/staff/items/{ended['item_id']}/issued", data=secret, headers={"Accept": "text/html"})
        assert stored.status_code == 409, stored.text
        assert officer.get(f"/v1/drafts/{ended['item_id']}").json()["state"] == "ORIGINAL_PRESENTED"
        # (2) as a result of an issuing system
        for content, reason in ((foreign.package, "MALFORMED"), (foreign.paper, "INDETERMINATE")):
            refused = push(system, content, "LA-1")
            assert (refused.status_code, refused.json()["code"]) == (422, "RESULT_REFUSED")
            assert refused.json()["reason"] == reason
        assert system.get("/v1/results").json()["items"] == []
        # (3) to anybody who asks: unchanged, of unknown keys, not in our register, and never a plain yes
        told = anyone.post("/v1/verifications", files={"file": ("paper.pdf", foreign.paper, "application/pdf")}).json()
        assert (told["verdict"], told["reasons"]) == ("INDETERMINATE", ["NO_CERTIFICATE_CHAIN_FOUND"])
        assert told["status"]["register"] == "UNKNOWN"
