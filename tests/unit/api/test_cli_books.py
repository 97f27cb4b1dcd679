"""Register books, corrections and the auditor's questions from the command line: here and at a server, the same answers."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli.exits import Exit
from api.demo.office import DEMO_PASSWORD, OFFICER_LOGIN, OFFICER_PIN, RECIPIENT_LOGIN, WARD
from certify import Role as StaffRole
from samples.cast import CAST
from tests.command_line import Answer, CommandLine
from tests.running import Running
from tests.small_paper import small_scan

pytestmark = pytest.mark.slow
AUDITOR = "kiem-toan-so"


@pytest.fixture(scope="module")
def codes(running: Running) -> list[str]:
    """The codes of three certified copies."""
    running.enrol(AUDITOR, WARD, StaffRole.AUDITOR, password=DEMO_PASSWORD)
    found = []
    with running.officer() as officer:
        for mark in ("một", "hai", "ba"):
            ready = running.prepare(officer, running.read_draft(officer, small_scan(mark=mark)))
            told = running.wait(officer, running.approve(officer, ready).json()["operation_id"])
            found.append(str(told["code_of_copy"]))
    return found


@pytest.fixture
def pin_file(tmp_path: Path) -> Path:
    path = tmp_path / "pin"
    path.write_text(OFFICER_PIN)
    path.chmod(0o600)
    return path


def test_books_and_lines_are_told_the_same(
    line: CommandLine, there: Callable[..., Answer], codes: list[str], tmp_path: Path
) -> None:
    for words in (
        ["register", "books", WARD],
        ["audit", "find", WARD, "--code", codes[0]],
        ["audit", "findings", WARD],
    ):
        here, elsewhere = (line.run(*words, "--format", "json"), there(AUDITOR, *words, "--format", "json"))
        assert (here.exit_code, elsewhere.exit_code) == (0, 0), here.err + elsewhere.err
        assert here.json == elsewhere.json
    assert line.run("audit", "find", WARD, "--code", codes[0], "--format", "json").json[0]["code"] == codes[0]
    files = [tmp_path / name for name in ("here.csv", "there.csv")]
    assert line.run("register", "export", WARD, files[0], "--as", "csv").exit_code == 0
    assert there(OFFICER_LOGIN, "register", "export", WARD, files[1], "--as", "csv").exit_code == 0
    assert files[0].read_bytes() == files[1].read_bytes() != b""
    whole = [tmp_path / name for name in ("here.json", "there.json")]
    every = ["--as", "json", "--columns", "all"]
    assert line.run("register", "export", WARD, whole[0], *every).exit_code == 0
    assert there(OFFICER_LOGIN, "register", "export", WARD, whole[1], *every).exit_code == 0
    assert len(whole[0].read_bytes()) == len(whole[1].read_bytes()) > 0
    sheet = tmp_path / "there.xlsx"
    assert there(OFFICER_LOGIN, "register", "export", WARD, sheet, "--as", "xlsx").exit_code == 0
    assert sheet.read_bytes().startswith(b"PK")
    # A file that is there stays.
    assert there(OFFICER_LOGIN, "register", "export", WARD, files[1], "--as", "csv").exit_code == Exit.FILE_ACCESS


def test_another_agency_has_nothing_to_say_about_the_books_of_the_ward(
    there: Callable[..., Answer], codes: list[str], tmp_path: Path
) -> None:
    assert there(RECIPIENT_LOGIN, "register", "books", WARD, "--format", "json").json == []
    assert there(RECIPIENT_LOGIN, "register", "export", WARD, tmp_path / "x", "--as", "csv").exit_code == Exit.USAGE
    assert not (tmp_path / "x").exists()
    assert there(OFFICER_LOGIN, "register", "books", "THIDU-JUSTICE").exit_code == Exit.USAGE
    assert there(OFFICER_LOGIN, "audit", "findings", WARD).exit_code == Exit.FORBIDDEN


def test_evidence_is_written_there_and_checked_here(
    line: CommandLine, there: Callable[..., Answer], running: Running, codes: list[str], tmp_path: Path
) -> None:
    running.services.publish_log()
    bundle = tmp_path / "evidence.zip"
    why = ["--reason", "COMPLAINT", "--words", "Đơn số 12"]
    written = there(AUDITOR, "audit", "bundle", codes[0], bundle, *why)
    assert written.exit_code == 0, written.err
    assert line.run("audit", "check-bundle", bundle).exit_code == 0
    assert zipfile.ZipFile(bundle).namelist()
    refused = tmp_path / "refused.zip"
    assert there(OFFICER_LOGIN, "audit", "bundle", codes[0], refused, *why).exit_code == Exit.FORBIDDEN
    assert there(AUDITOR, "audit", "bundle", codes[0], refused, *why, "--as", AUDITOR).exit_code == Exit.USAGE
    assert line.run("audit", "bundle", codes[0], refused, *why).exit_code == Exit.USAGE
    # Nobody takes it without saying why.
    assert there(AUDITOR, "audit", "bundle", codes[0], refused).exit_code == Exit.USAGE
    curious = ["--reason", "CURIOSITY", "--words", "x"]
    assert there(AUDITOR, "audit", "bundle", codes[0], refused, *curious).exit_code != 0
    assert not refused.exists()


def test_a_copy_is_annulled_and_an_original_noted_there_as_here(
    line: CommandLine, there: Callable[..., Answer], codes: list[str]
) -> None:
    annul = ["register", "annul", codes[0], "--decision", "7/QĐ-UBND", "--reason", "WRONG_ORIGINAL"]
    assert there(AUDITOR, *annul).exit_code == Exit.FORBIDDEN
    done = there(OFFICER_LOGIN, *annul)
    assert done.exit_code == 0, done.err
    assert (done.json["code"], done.json["status"]) == (codes[0], "ANNULLED")
    # A second time it is refused, there as here.
    again = there(OFFICER_LOGIN, *annul).exit_code
    assert again == line.run(*annul, "--as", OFFICER_LOGIN).exit_code != 0
    noted = ["register", "original", "--change", "REPLACED"]
    here, elsewhere = line.run(*noted, codes[1], "--as", OFFICER_LOGIN), there(OFFICER_LOGIN, *noted, codes[2])
    assert (here.exit_code, elsewhere.exit_code) == (0, 0), here.err + elsewhere.err
    assert set(here.json) == set(elsewhere.json)


def test_a_copy_is_corrected_and_recalled_there(
    there: Callable[..., Answer], running: Running, codes: list[str]
) -> None:
    corrected = there(OFFICER_LOGIN, "register", "correct", codes[1])
    assert corrected.exit_code == 0, corrected.err
    with running.officer() as officer:
        assert officer.get(f"/v1/drafts/{corrected.out.strip()}").json()["state"] == "ORIGINAL_PRESENTED"
    number = CAST["binh"].id_number
    recalled = there(OFFICER_LOGIN, "register", "recall", codes[2], "--holder", number)
    assert recalled.exit_code == 0, recalled.err
    assert {"record_id", "shares_ended", "grants_ended", "readings"} == set(recalled.json)
    assert number not in recalled.out + recalled.err
    assert there(OFFICER_LOGIN, "register", "recall", codes[2], "--holder", number).exit_code != 0


def test_a_book_is_closed_and_its_closing_signed_there(
    line: CommandLine, there: Callable[..., Answer], codes: list[str], pin_file: Path, tmp_path: Path
) -> None:
    signed, wrong = tmp_path / "closing.pdf", tmp_path / "wrong"
    wrong.write_text("000000")
    wrong.chmod(0o600)
    named = ["register", "close", WARD, "--as", OFFICER_LOGIN, "--pin-file", pin_file]
    assert there(OFFICER_LOGIN, *named).exit_code == Exit.USAGE
    # The book closes before its closing is signed; a wrong PIN leaves the signature for later.
    cut = there(OFFICER_LOGIN, "register", "close", WARD, "--pin-file", wrong)
    assert cut.exit_code == Exit.SIGNING_REFUSED
    book = line.run("register", "books", WARD, "--format", "json").json[0]
    assert (book["status"], book["closing"]["signed_at"]) == ("CLOSED", None)
    words = ["register", "sign-closing", WARD, "--book", book["display"], "--pin-file", pin_file, "--out", signed]
    done = there(OFFICER_LOGIN, *words)
    assert (done.exit_code, done.out.strip()) == (0, book["display"]), done.err
    assert signed.read_bytes().startswith(b"%PDF")
    assert line.run("register", "books", WARD, "--format", "json").json[0]["closing"]["signed_at"]
