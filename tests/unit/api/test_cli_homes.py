"""Homes on the command line: founded once, looked at, upgraded, removed only when they say they are a demo."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.command_line import CommandLine

# Starts a whole office or waits for clocks: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow


def test_home_is_founded_with_the_mode_that_was_said(command_line: CommandLine) -> None:
    answer = command_line.run("db", "init", "--mode", "training")
    assert (answer.exit_code, answer.out) == (0, "")
    assert json.loads((command_line.home / "vidimus.json").read_text(encoding="utf-8"))["mode"] == "training"
    assert command_line.home.stat().st_mode & 0o077 == 0


def test_home_needs_a_mode_and_gets_none_by_default(command_line: CommandLine) -> None:
    assert command_line.run("db", "init").exit_code == 2
    assert not command_line.home.exists()


def test_home_is_founded_only_once_in_a_folder(command_line: CommandLine) -> None:
    command_line.run("db", "init", "--mode", "demo")
    answer = command_line.run("db", "init", "--mode", "production")
    assert answer.exit_code == 9
    assert json.loads((command_line.home / "vidimus.json").read_text(encoding="utf-8"))["mode"] == "demo"


def test_upgrading_a_fresh_home_finds_nothing_to_do(command_line: CommandLine) -> None:
    command_line.run("db", "init", "--mode", "training")
    answer = command_line.run("db", "upgrade")
    assert answer.exit_code == 0
    assert "revision" in answer.err


@pytest.mark.parametrize(
    "verb",
    [("db", "upgrade"), ("key", "list"), ("register", "list", "THIDU"), ("vault", "list", "0" * 26), ("serve",)],
    ids=" ".join,
)
def test_command_without_a_home_says_how_to_make_one(command_line: CommandLine, verb: tuple[str, ...]) -> None:
    answer = command_line.run(*verb)
    assert (answer.exit_code, answer.out) == (9, "")
    assert "vidimus db init" in answer.err
    assert not command_line.home.exists()


def test_home_whose_mark_is_damaged_is_not_opened(command_line: CommandLine) -> None:
    command_line.home.mkdir()
    (command_line.home / "vidimus.json").write_text("{", encoding="utf-8")
    answer = command_line.run("key", "list")
    assert answer.exit_code == 9
    assert "backup" in answer.err


def test_setting_that_cannot_be_meant_ends_with_nine(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDIMUS_PORT", "eighty")
    answer = command_line.run("key", "list")
    assert answer.exit_code == 9
    assert "VIDIMUS_PORT" in answer.err


def test_demo_home_is_removed_by_its_command(command_line: CommandLine) -> None:
    command_line.run("db", "init", "--mode", "demo")
    assert command_line.run("demo", "--clean", "--home", command_line.home).exit_code == 0
    assert not command_line.home.exists()


def test_training_home_is_never_removed_by_a_command(command_line: CommandLine) -> None:
    command_line.run("db", "init", "--mode", "training")
    assert command_line.run("demo", "--clean", "--home", command_line.home).exit_code == 9
    assert (command_line.home / "vidimus.json").exists()


def test_foreign_folder_is_never_removed_by_a_command(command_line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    assert command_line.run("demo", "--clean", "--home", tmp_path / "photos").exit_code == 9
    assert (tmp_path / "photos").is_dir()


def test_keys_of_the_office_are_listed_without_their_pins(office_line: CommandLine) -> None:
    answer = office_line.run("key", "list", "--format", "json")
    assert answer.exit_code == 0
    rows = {row["key_id"]: row for row in answer.json}
    assert rows["officer-thidu"]["unattended"] is False
    assert rows["seal-thidu"]["unattended"] is True
    assert "240226" not in answer.out
    assert len(office_line.run("key", "list", "--format", "ndjson").out.splitlines()) == len(rows)
    assert len(office_line.run("key", "list").out.splitlines()) == len(rows)


def test_doctor_finds_a_founded_office_well(office_line: CommandLine) -> None:
    answer = office_line.run("doctor", "--format", "json")
    findings = {finding["subject"]: finding["ok"] for finding in answer.json["findings"]}
    assert all(findings.values()), findings
    assert answer.exit_code == 0
    assert {"home", "database", "trust anchors", "isolation", "key officer-thidu"} <= set(findings)


def test_doctor_says_in_words_what_is_missing(command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    answer = command_line.run("doctor")
    assert answer.exit_code == 9
    assert "apt-get install tesseract-ocr" in " ".join(answer.err.split())
    assert "vidimus db init" in " ".join(answer.err.split())


def test_doctor_asks_a_production_home_for_address_and_services(command_line: CommandLine) -> None:
    command_line.run("db", "init", "--mode", "production")
    answer = command_line.run("doctor", "--format", "json")
    assert answer.exit_code == 9
    unwell = {finding["subject"]: finding["fix"] for finding in answer.json["findings"] if not finding["ok"]}
    assert "VIDIMUS_VERIFY_URL" in unwell["verify URL"]


def test_unknown_verb_is_a_mistake_in_usage(command_line: CommandLine) -> None:
    assert command_line.run("notarise").exit_code == 2


def test_help_names_every_verb_and_group(command_line: CommandLine) -> None:
    answer = command_line.run("--help")
    assert answer.exit_code == 0
    for verb in ("certify", "verify", "ocr", "quality", "serve", "worker", "demo", "doctor", "register", "vault"):
        assert verb in answer.out
