"""`vidimus certify --server`: the same lines, the same exit codes, and a person who says yes."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest

from api.cli.exits import Exit
from api.demo.office import DEMO_PASSWORD, OFFICER_LOGIN, OFFICER_PIN
from samples.cast import CAST
from tests.command_line import Answer, CommandLine
from tests.running import Running
from tests.small_paper import small_scan

pytestmark = pytest.mark.slow


class Terminal(io.StringIO):
    """A person at a terminal, who has typed already."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A scan, a letter, a PIN and a password, each in its file."""
    made = {name: tmp_path / name for name in ("scan.jpg", "letter.jpg", "pin", "password")}
    made["scan.jpg"].write_bytes(small_scan())
    made["letter.jpg"].write_bytes(b"hello")
    made["pin"].write_text(OFFICER_PIN)
    made["password"].touch(mode=0o600)
    made["password"].write_text(DEMO_PASSWORD)
    return made


def certify(line: CommandLine, running: Running, files: dict[str, Path], scan: str, *more: str) -> Answer:
    way_in = ["--server", running.base_url, "--login", OFFICER_LOGIN, "--password-file", str(files["password"])]
    told = ["--holder", CAST["an"].id_number, "--type", "VN.BIRTH_CERT", "--out-dir", str(files["pin"].parent / "out")]
    pin = ["--pin-file", str(files["pin"])]
    return line.run("certify", files[scan], *told, *way_in, *pin, "--format", "json", *more)


def says(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(words))


def test_an_officer_certifies_at_a_server(
    running: Running, line: CommandLine, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, "y\n")
    answer = certify(line, running, files, "scan.jpg")
    assert answer.exit_code == 0, answer.err
    told: dict[str, Any] = answer.json
    # Exactly what the line about a copy made at this machine holds (test_cli_certify).
    assert set(told) == {
        "file",
        "path",
        "seconds",
        "record_id",
        "register_number",
        "code",
        "quality",
        "warnings",
        "seconds_by_stage",
    }
    assert "[ ]" in answer.err
    assert OFFICER_PIN not in answer.out + answer.err
    copy = Path(told["path"])
    assert [path.name for path in copy.parent.iterdir()] == ["scan.pdf"]
    assert line.run("verify", copy, "--server", running.base_url).exit_code == 0
    assert line.run("verify", told["code"], "--server", running.base_url).exit_code == 0
    here = line.run("vault", "holder", told["code"], "--format", "json").json
    assert here[0]["record_id"] == told["record_id"]


def test_a_token_certifies_where_the_officer_gives_the_pin(
    running: Running, line: CommandLine, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    scopes = ["copies:read", "copies:write", "certify"]
    with running.officer() as officer:
        made = officer.post("/v1/tokens", json={"label": "line", "scopes": scopes, "days": 1})
    files["password"].write_text(made.json()["token"])
    says(monkeypatch, "y\n")
    told = ["--holder", CAST["an"].id_number, "--type", "VN.BIRTH_CERT", "--out-dir", files["pin"].parent / "token"]
    way_in = ["--server", running.base_url, "--token-file", files["password"]]
    answer = line.run("certify", files["scan.jpg"], *told, *way_in, "--pin-file", files["pin"], "--format", "json")
    assert answer.exit_code == 0, answer.err
    assert Path(answer.json["path"]).is_file()


def test_who_says_no_there_leaves_a_void_number(
    running: Running, line: CommandLine, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, "n\n")
    answer = certify(line, running, files, "scan.jpg")
    assert (answer.exit_code, answer.json) == (
        Exit.SIGNING_REFUSED,
        {"file": "scan.jpg", "error": "NOT_APPROVED"},
    )
    with running.officer() as officer:
        states = [one["state"] for one in officer.get("/v1/drafts", params={"limit": 100}).json()["items"]]
    assert "PREPARED" not in states


def test_a_wrong_pin_and_a_scan_that_is_none_end_as_they_do_here(
    running: Running, line: CommandLine, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = certify(line, running, files, "letter.jpg")
    assert (letter.exit_code, letter.json) == (
        Exit.DAMAGED_INPUT,
        {"file": "letter.jpg", "error": "UNSUPPORTED_TYPE"},
    )
    files["pin"].write_text("111111")
    says(monkeypatch, "y\n")
    wrong = certify(line, running, files, "scan.jpg")
    assert wrong.exit_code == Exit.SIGNING_REFUSED
    assert "111111" not in wrong.out + wrong.err


def test_nobody_approves_unseen_or_for_another_at_a_server(
    running: Running, line: CommandLine, files: dict[str, Path]
) -> None:
    assert certify(line, running, files, "scan.jpg", "--yes").exit_code == Exit.SIGNING_REFUSED
    assert certify(line, running, files, "scan.jpg", "--as", OFFICER_LOGIN).exit_code == Exit.USAGE
