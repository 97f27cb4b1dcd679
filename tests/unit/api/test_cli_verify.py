"""`vidimus verify` without a certified copy at hand: what it reads, what it refuses, what it needs and what it does not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.blank_copies import blank_copy
from tests.command_line import CommandLine

pytestmark = pytest.mark.slow


@pytest.fixture
def unsigned(tmp_path: Path) -> Path:
    path = tmp_path / "unsigned.pdf"
    path.write_bytes(blank_copy())
    return path


@pytest.fixture
def no_roots(tmp_path: Path) -> Path:
    folder = tmp_path / "trust"
    folder.mkdir()
    return folder


def test_stranger_without_a_home_is_told_that_no_register_is_asked(command_line: CommandLine, unsigned: Path) -> None:
    answer = command_line.run("verify", unsigned)
    assert answer.exit_code == 10
    assert "register is not asked" in answer.err
    assert not command_line.home.exists()


def test_folder_without_a_root_is_said_to_confirm_nobody(
    command_line: CommandLine, unsigned: Path, no_roots: Path
) -> None:
    answer = command_line.run("verify", unsigned, "--trust", no_roots)
    assert answer.exit_code == 10
    assert "holds no root" in answer.err


@pytest.mark.parametrize("content", [b"", b"hello", b"GIF89a"], ids=["empty", "text", "gif"])
def test_what_is_no_pdf_ends_with_four(
    command_line: CommandLine, tmp_path: Path, no_roots: Path, content: bytes
) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(content)
    assert command_line.run("verify", path, "--trust", no_roots).exit_code == 4


def test_folder_in_place_of_a_file_ends_with_five(command_line: CommandLine, tmp_path: Path, no_roots: Path) -> None:
    assert command_line.run("verify", tmp_path, "--trust", no_roots).exit_code == 5


def test_trust_folder_that_does_not_exist_is_bad_configuration(
    command_line: CommandLine, unsigned: Path, tmp_path: Path
) -> None:
    assert command_line.run("verify", unsigned, "--trust", tmp_path / "nowhere").exit_code == 9


def test_trust_folder_with_something_else_in_it_is_bad_configuration(
    command_line: CommandLine, unsigned: Path, no_roots: Path
) -> None:
    (no_roots / "root.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert command_line.run("verify", unsigned, "--trust", no_roots).exit_code == 9


@pytest.mark.parametrize("moment", ["yesterday", "2026-11-22T10:00:00", "2026-13-01T00:00:00+07:00"])
def test_time_that_cannot_be_meant_is_a_mistake_in_usage(
    command_line: CommandLine, unsigned: Path, no_roots: Path, moment: str
) -> None:
    assert command_line.run("verify", unsigned, "--trust", no_roots, "--at", moment).exit_code == 2


def test_code_without_a_home_cannot_be_looked_up(command_line: CommandLine) -> None:
    answer = command_line.run("verify", "7VK8SMJCMTDBA")
    assert answer.exit_code == 9
    assert "VIDIMUS_HOME" in answer.err


def test_code_that_nobody_gave_out_is_not_confirmed(office_line: CommandLine) -> None:
    answer = office_line.run("verify", "7VK8SMJCMTDBA", "--format", "json")
    assert answer.exit_code == 21
    assert answer.json["agency"] is None


def test_file_of_a_stranger_is_judged_while_the_database_is_being_written(
    office_line: CommandLine, unsigned: Path
) -> None:
    writer = sqlite3.connect(office_line.home / "vidimus.db", isolation_level=None)
    try:
        writer.execute("BEGIN IMMEDIATE")
        answer = office_line.run("verify", unsigned)
    finally:
        writer.execute("ROLLBACK")
        writer.close()
    assert answer.exit_code == 10, answer.err


def test_extracting_needs_a_signature_and_says_nothing_without_one(
    command_line: CommandLine, unsigned: Path, no_roots: Path, tmp_path: Path
) -> None:
    answer = command_line.run("verify", unsigned, "--trust", no_roots, "--extract-original", tmp_path / "out")
    assert answer.exit_code == 10
    assert not (tmp_path / "out").exists()


def test_report_that_cannot_be_written_ends_with_five(
    command_line: CommandLine, unsigned: Path, no_roots: Path, tmp_path: Path
) -> None:
    report = tmp_path / "nowhere" / "report.json"
    assert command_line.run("verify", unsigned, "--trust", no_roots, "--report", report).exit_code == 5


def test_report_in_xml_is_about_one_file(command_line: CommandLine, unsigned: Path, no_roots: Path) -> None:
    report = no_roots.parent / "report.xml"
    assert command_line.run("verify", unsigned, "--trust", no_roots, "--report", report).exit_code == 10
    assert b"noSignatureFound" in report.read_bytes()
    assert b'name="joinedVerdict">NO_SIGNATURE<' in report.read_bytes()
    two = command_line.run("verify", unsigned, unsigned, "--trust", no_roots, "--report", report)
    assert two.exit_code == 2


def test_report_never_takes_the_place_of_what_is_verified(
    command_line: CommandLine, unsigned: Path, no_roots: Path
) -> None:
    before = unsigned.read_bytes()
    assert command_line.run("verify", unsigned, "--trust", no_roots, "--report", unsigned).exit_code == 2
    assert unsigned.read_bytes() == before
