"""`vidimus certify`: one copy after the other, asked for, never in place of anything, and hostile scans harm nobody."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from api.demo.office import OFFICER_LOGIN, OFFICER_PIN
from samples.cast import CAST
from tests.attack.make_uploads import all_uploads
from tests.command_line import Answer, CommandLine
from tests.small_paper import small_scan

pytestmark = pytest.mark.slow

HOSTILE = {
    "zip": "UNSUPPORTED_TYPE",
    "jpeg-as-png": "TYPE_MISMATCH",
    "empty": "EMPTY_FILE",
    "pdf-cut": "TRUNCATED",
    "jpeg-without-end": "TRUNCATED",
    "pdf-user-password": "PASSWORD_PROTECTED",
    "png-bomb": "DECOMPRESSION_LIMIT",
    "pdf-nested-bomb": "DECOMPRESSION_LIMIT",
    "pdf-open-action": "ACTIVE_CONTENT",
}
SUFFIXES = {"jpeg-as-png": ".png", "zip": ".jpg", "empty": ".jpg", "jpeg-without-end": ".jpg", "png-bomb": ".png"}


@pytest.fixture
def pin_file(tmp_path: Path) -> Path:
    path = tmp_path / "pin"
    path.write_text(f"{OFFICER_PIN}\n", encoding="utf-8")
    return path


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "scan.jpg"
    path.write_bytes(small_scan())
    return path


def certify(line: CommandLine, *arguments: str | Path) -> Answer:
    who = ("--holder", CAST["an"].id_number, "--as", OFFICER_LOGIN)
    return line.run("certify", *arguments, "--out-dir", line.home.parent / "out", "--type", "VN.BIRTH_CERT", *who)


def test_scan_is_certified_and_the_copy_is_valid(office_line: CommandLine, scan: Path, pin_file: Path) -> None:
    answer = certify(office_line, scan, "--yes", "--pin-file", pin_file, "--format", "json")
    assert answer.exit_code == 0, answer.err
    told = answer.json
    assert {"file", "record_id", "register_number", "code", "path", "quality", "seconds", "seconds_by_stage"} <= set(
        told
    )
    assert told["register_number"].startswith("1 ")
    assert [path.name for path in Path(told["path"]).parent.iterdir()] == ["scan.pdf"]
    assert OFFICER_PIN not in answer.out + answer.err
    assert office_line.run("verify", told["path"]).exit_code == 0
    assert office_line.run("verify", told["code"]).exit_code == 0
    holder = office_line.run("vault", "holder", told["code"], "--format", "json").json[0]["holder_id"]
    papers = office_line.run("vault", "list", holder, "--format", "json").json
    assert [paper["code"] for paper in papers] == [told["code"]]
    assert len(office_line.run("vault", "history", holder).out.splitlines()) >= 1
    assert len(office_line.run("register", "list", "THIDU").out.splitlines()) == 1


@pytest.mark.matrix
def test_several_scans_end_with_the_worst_and_keep_what_was_done(
    office_line: CommandLine, scan: Path, pin_file: Path, tmp_path: Path
) -> None:
    letter = tmp_path / "letter.jpg"
    letter.write_bytes(b"hello")
    answer = certify(
        office_line, scan, letter, tmp_path / "no.jpg", "--yes", "--pin-file", pin_file, "--format", "json"
    )
    assert answer.exit_code == 5
    assert [told.get("error") for told in answer.json] == [None, "UNSUPPORTED_TYPE", "FILE_ACCESS"]


def test_wrong_pin_signs_nothing_and_voids_the_number_with_its_reason(
    office_line: CommandLine, scan: Path, tmp_path: Path
) -> None:
    (tmp_path / "wrong").write_text("000111222\n", encoding="utf-8")
    answer = certify(office_line, scan, "--yes", "--pin-file", tmp_path / "wrong")
    assert answer.exit_code == 30
    assert "000111222" not in answer.out + answer.err
    assert list((tmp_path / "out").iterdir()) == []
    rows = office_line.run("register", "list", "THIDU", "--format", "json").json["rows"]
    assert [row["note"] for row in rows] == ["VOID CANCELLED"]


@pytest.mark.matrix
def test_nothing_is_signed_when_nobody_can_be_asked(office_line: CommandLine, scan: Path, pin_file: Path) -> None:
    answer = certify(office_line, scan, "--pin-file", pin_file, "--format", "ndjson")
    assert (answer.exit_code, answer.json["error"]) == (30, "NOT_APPROVED")


def test_unknown_holder_is_refused_before_a_number_is_taken(
    office_line: CommandLine, scan: Path, pin_file: Path, tmp_path: Path
) -> None:
    who = ("--holder", "000000000000", "--as", OFFICER_LOGIN, "--out-dir", tmp_path / "out")
    answer = office_line.run("certify", scan, *who, "--yes", "--pin-file", pin_file)
    assert answer.exit_code == 2
    assert "000000000000" not in answer.out + answer.err
    assert office_line.run("register", "list", "THIDU").out == ""


def test_somebody_without_an_account_cannot_certify(
    office_line: CommandLine, scan: Path, pin_file: Path, tmp_path: Path
) -> None:
    who = ("--holder", CAST["an"].id_number, "--as", "nobody", "--out-dir", tmp_path / "out")
    assert office_line.run("certify", scan, *who, "--yes", "--pin-file", pin_file).exit_code == 40


def test_pin_that_is_no_text_is_refused_without_quoting_it(
    office_line: CommandLine, scan: Path, tmp_path: Path
) -> None:
    (tmp_path / "pin").write_bytes(b"\xff\xfe902417\n")
    answer = certify(office_line, scan, "--yes", "--pin-file", tmp_path / "pin")
    assert answer.exit_code == 2
    assert "902417" not in answer.err


@pytest.mark.matrix
def test_pin_is_read_from_a_descriptor(office_line: CommandLine, scan: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, f"{OFFICER_PIN}\n".encode())
    os.close(writing)
    assert certify(office_line, scan, "--yes", "--pin-fd", str(reading)).exit_code == 0


def test_approving_without_asking_is_refused_in_production_before_anything_else(
    command_line: CommandLine, scan: Path
) -> None:
    command_line.run("db", "init", "--mode", "production")
    answer = certify(command_line, scan, "--yes")
    assert answer.exit_code == 30
    assert not (command_line.home.parent / "out").exists()


def test_copy_never_takes_the_place_of_the_scan(office_line: CommandLine, tmp_path: Path) -> None:
    scan = tmp_path / "out" / "scan.pdf"
    scan.parent.mkdir()
    scan.write_bytes(b"%PDF-1.7 the only scan there is")
    assert certify(office_line, scan, "--yes").exit_code == 2
    assert scan.read_bytes() == b"%PDF-1.7 the only scan there is"


def test_two_scans_of_one_name_are_refused_together(office_line: CommandLine, scan: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / scan.name).write_bytes(scan.read_bytes())
    answer = certify(office_line, scan, tmp_path / "b" / scan.name, "--yes")
    assert answer.exit_code == 2
    assert "two files" in answer.err


@pytest.mark.matrix
def test_hostile_scans_are_refused_each_with_its_code_and_leave_nothing(
    office_line: CommandLine, pin_file: Path, tmp_path: Path
) -> None:
    scans = [written(tmp_path, name) for name in HOSTILE]
    before = stored(office_line.home)
    answer = certify(office_line, *scans, "--yes", "--pin-file", pin_file, "--format", "json")
    assert [told["error"] for told in answer.json] == list(HOSTILE.values())
    assert answer.exit_code == 4
    lines = answer.err.splitlines()
    for scan, code in zip(scans, HOSTILE.values(), strict=True):
        said = next(line for line in lines if line.startswith(f"{scan.name}: "))
        assert code not in said, "a person gets a sentence, not a code"
    # What stays is each case with its requester; of the files themselves, nothing.
    assert len(stored(office_line.home) - before) <= len(scans)
    assert list((tmp_path / "out").iterdir()) == []
    assert office_line.run("register", "list", "THIDU").out == ""


def test_encrypted_scan_alone_ends_with_eight(office_line: CommandLine, pin_file: Path, tmp_path: Path) -> None:
    answer = certify(office_line, written(tmp_path, "pdf-user-password"), "--yes", "--pin-file", pin_file)
    assert answer.exit_code == 8
    assert "password" in answer.err


def test_name_that_looks_like_a_path_stays_a_name(office_line: CommandLine, pin_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "counter" / "day"
    folder.mkdir(parents=True)
    (tmp_path / "etc").mkdir()
    names = ["../../etc/passwd", "a\nb.jpg", "%2e%2e%2f.jpg", "-rf.jpg", "con.jpg", "CON", "é̂" * 40 + ".jpg"]
    for name in names:
        (folder / name).write_bytes(b"hello")
    before = outside(office_line.home)
    answer = certify(office_line, *(folder / name for name in [*names, ".."]), "--yes", "--pin-file", pin_file)
    assert answer.exit_code == 5, answer.err
    assert answer.out.count("UNSUPPORTED_TYPE") == len(names)
    assert outside(office_line.home) - before == {tmp_path / "out"}


def written(folder: Path, name: str) -> Path:
    upload = next(upload for upload in all_uploads() if upload.name == name)
    scan = folder / f"{name}{SUFFIXES.get(name, '.pdf')}"
    scan.write_bytes(upload.content)
    return scan


def outside(home: Path) -> set[Path]:
    return {path for path in home.parent.rglob("*") if path != home and home not in path.parents}


def stored(home: Path) -> set[Path]:
    return {path for path in (home / "blobs").rglob("*") if path.is_file()}
