"""`vidimus sign FILE`, `seal` and `extend`, in a demo office of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.demo.office import OFFICER_KEY, OFFICER_LOGIN, OFFICER_PIN
from tests.blank_copies import encrypted_copy
from tests.command_line import Answer, CommandLine
from tests.page_shapes import Shape, shaped_pdf

pytestmark = pytest.mark.slow


@pytest.fixture
def pin_file(tmp_path: Path) -> Path:
    path = tmp_path / "pin"
    path.write_text(f"{OFFICER_PIN}\n", encoding="utf-8")
    return path


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "paper.pdf"
    path.write_bytes(shaped_pdf(Shape.PORTRAIT))
    return path


def sign(line: CommandLine, *arguments: str | Path) -> Answer:
    out = line.home.parent / "out"
    return line.run("sign", *arguments, "--as", OFFICER_LOGIN, "--out-dir", out, "--format", "json")


def test_officer_signs_the_agency_seals_and_the_archive_extends(
    office_line: CommandLine, paper: Path, pin_file: Path
) -> None:
    signed = sign(office_line, paper, "--look", "certification", "--level", "B-T", "--pin-file", pin_file)
    assert signed.exit_code == 0, signed.err
    assert signed.json["level"] == "PAdES-B-T"
    out = office_line.home.parent
    sealed = office_line.run(
        "seal",
        signed.json["path"],
        "--agency",
        "THIDU",
        "--true-copy",
        "--level",
        "B-LT",
        "--out-dir",
        out / "sealed",
        "--format",
        "json",
    )
    assert sealed.exit_code == 0, sealed.err
    extended = office_line.run("extend", sealed.json["path"], "--out-dir", out / "kept", "--format", "json")
    assert extended.exit_code == 0, extended.err
    kept = Path(extended.json["path"])
    assert kept.read_bytes().startswith(Path(sealed.json["path"]).read_bytes())
    report = office_line.run("verify", kept, "--format", "json")
    assert report.exit_code == 0, report.out
    levels = [one["level"] for one in report.json["signatures"] if one["kind"] == "SIGNATURE"]
    assert levels == ["PAdES-B-LTA", "PAdES-B-LTA"]
    assert OFFICER_PIN not in signed.out + signed.err


def test_seal_is_refused_where_no_officer_has_signed(office_line: CommandLine, paper: Path) -> None:
    out = office_line.home.parent / "sealed"
    answer = office_line.run("seal", paper, "--agency", "THIDU", "--out-dir", out, "--format", "json")
    assert (answer.exit_code, answer.json["error"]) == (30, "SEAL_NOT_ALLOWED")
    assert list(out.iterdir()) == []


def test_one_refused_file_keeps_no_other_from_being_signed(
    office_line: CommandLine, paper: Path, pin_file: Path, tmp_path: Path
) -> None:
    locked = tmp_path / "locked.pdf"
    locked.write_bytes(encrypted_copy())
    answer = sign(office_line, locked, paper, "--level", "B-B", "--pin-file", pin_file)
    assert answer.exit_code == 8
    assert [one.get("error") for one in answer.json] == ["PDF_ENCRYPTED", None]


@pytest.mark.matrix
def test_page_without_room_is_refused_unless_asked_otherwise(
    office_line: CommandLine, pin_file: Path, tmp_path: Path
) -> None:
    full = tmp_path / "full.pdf"
    full.write_bytes(shaped_pdf(Shape.PORTRAIT, full=True))
    wanted = ("--look", "certification", "--level", "B-B", "--pin-file", pin_file)
    refused = sign(office_line, full, *wanted)
    assert (refused.exit_code, refused.json["error"]) == (30, "NO_FREE_SPACE")
    assert sign(office_line, full, *wanted, "--when-full", "add-page").exit_code == 0


def test_wrong_pin_signs_nothing(office_line: CommandLine, paper: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("999999\n", encoding="utf-8")
    answer = sign(office_line, paper, "--pin-file", wrong)
    assert answer.exit_code == 30
    assert not list((office_line.home.parent / "out").glob("*.pdf"))


def test_key_that_the_office_suspended_signs_no_file_until_it_is_resumed(
    office_line: CommandLine, paper: Path, pin_file: Path
) -> None:
    assert office_line.run("key", "suspend", OFFICER_KEY).exit_code == 0
    refused = sign(office_line, paper, "--level", "B-B", "--pin-file", pin_file)
    assert (refused.exit_code, refused.out) == (30, "")
    assert not list((office_line.home.parent / "out").glob("*.pdf"))
    assert office_line.run("key", "resume", OFFICER_KEY).exit_code == 0
    assert sign(office_line, paper, "--level", "B-B", "--pin-file", pin_file).exit_code == 0


def test_plan_of_renewals_says_what_a_drill_would_ask(
    office_line: CommandLine,
) -> None:
    plain = office_line.run("renew", "plan", "--format", "json")
    assert (plain.exit_code, plain.json["due"]) == (0, 0)
    drill = office_line.run("renew", "plan", "--sunset", "SHA256=2026-12-31", "--format", "json")
    assert drill.exit_code == 0, drill.err
    assert office_line.run("renew", "plan", "--sunset", "SHA256").exit_code == 2
