"""The command line comes in by a browser: for one command, or with a session that is kept for some minutes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.cli.exits import Exit
from api.client import Vidimus
from certify import Role as StaffRole
from tests.command_line import CommandLine
from tests.running import Running

pytestmark = pytest.mark.slow
ADMIN = "quan-tri-dong-lenh"


@pytest.fixture(scope="module", autouse=True)
def _administrator(running: Running) -> None:
    running.enrol(ADMIN, "THIDU", StaffRole.ADMIN)


@pytest.fixture
def browser(running: Running) -> Iterator[httpx.Client]:
    """The administrator's browser, signed in a moment ago."""
    with running.client(ADMIN) as client:
        yield client


def lines_of(browser: httpx.Client) -> list[str]:
    """The sessions of command lines that are open."""
    return [str(one["session_id"]) for one in browser.get("/v1/sessions").json()["items"] if one["reach"] != "whole"]


@pytest.fixture
def line(running: Running, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    monkeypatch.setenv("VIDIMUS_HOME", str(running.services.settings.home))
    return command_line


def approve_when_it_asks(running: Running, browser: httpx.Client, shown: list[str], word: str = "approved") -> None:
    """What a person does who reads the terminal: waits for the code, and types it."""
    deadline = time.monotonic() + 30
    while not shown and time.monotonic() < deadline:
        time.sleep(0.05)
    told = browser.post("/v1/line-sign-ins/answer", json={"code": shown[0], "answer": word})
    told.raise_for_status()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The codes that the terminal shows, as they come."""
    codes: list[str] = []
    asked = Vidimus.ask_to_be_let_in

    def noting(self: Vidimus, login: str, **more: Any) -> Any:
        begun = asked(self, login, **more)
        codes.append(begun.code)
        return begun

    monkeypatch.setattr(Vidimus, "ask_to_be_let_in", noting)
    return codes


def run_approved(
    running: Running, browser: httpx.Client, line: CommandLine, shown: list[str], *words: object, word: str = "approved"
) -> Any:
    person = threading.Thread(target=approve_when_it_asks, args=(running, browser, shown, word))
    person.start()
    try:
        return line.run(*words)
    finally:
        person.join(timeout=40)


def test_a_command_is_let_in_by_a_browser_and_leaves_no_session(
    running: Running, browser: httpx.Client, line: CommandLine, shown: list[str]
) -> None:
    before = len(lines_of(browser))
    at = ["--server", running.base_url, "--login", ADMIN, "--by-browser"]
    words = ["user", "add", "nguoi-moi-3", "--agency", "THIDU", "--name", "Người Mới", "--position", "Chuyên viên"]
    done = run_approved(running, browser, line, shown, *words, "--role", "counter_clerk", *at)
    assert done.exit_code == 0, done.err
    assert shown[0] in done.err
    assert f"{running.base_url}/line" in done.err
    # The session that the command had is over with it.
    assert len(lines_of(browser)) == before


def test_a_kept_session_serves_several_commands_until_it_is_signed_out(
    running: Running, browser: httpx.Client, line: CommandLine, shown: list[str], tmp_path: Path
) -> None:
    kept = tmp_path / "session"
    at = ["--server", running.base_url]
    signed_in = run_approved(
        running, browser, line, shown, "user", "sign-in", *at, "--login", ADMIN, "--session-file", kept, "--look"
    )
    assert signed_in.exit_code == 0, signed_in.err
    assert kept.stat().st_mode & 0o077 == 0
    using = [*at, "--session-file", kept]
    assert line.run("user", "list", "--agency", "THIDU", *using).exit_code == 0
    assert line.run("user", "leave", "0" * 26, *using).exit_code == Exit.FORBIDDEN
    # It goes to its own server only, and only while nobody else can read it.
    assert line.run("user", "list", "--server", "http://localhost:1", "--session-file", kept).exit_code == Exit.USAGE
    kept.chmod(0o644)
    assert line.run("user", "list", *using).exit_code == Exit.USAGE
    kept.chmod(0o600)
    again = line.run("user", "sign-in", *at, "--login", ADMIN, "--session-file", kept)
    assert again.exit_code == Exit.USAGE
    copied = tmp_path / "copied"
    copied.touch(mode=0o600)
    copied.write_bytes(kept.read_bytes())
    assert line.run("user", "sign-out", *using).exit_code == 0
    assert not kept.exists()
    assert line.run("user", "list", *at, "--session-file", copied).exit_code == Exit.NOT_AUTHENTICATED


def test_a_declined_command_is_not_authenticated(
    running: Running, browser: httpx.Client, line: CommandLine, shown: list[str]
) -> None:
    at = ["--server", running.base_url, "--login", ADMIN, "--by-browser"]
    refused = run_approved(running, browser, line, shown, "user", "list", *at, word="declined")
    assert refused.exit_code == Exit.NOT_AUTHENTICATED


@pytest.mark.parametrize(
    "options",
    [
        ["--by-browser"],
        ["--login", "an", "--by-browser", "--password-file", "{file}"],
        ["--login", "an", "--session-file", "{file}"],
        ["--session-file", "{file}"],
    ],
    ids=["nobody", "two-ways", "kept-and-asked", "nothing-kept"],
)
def test_ways_in_by_a_browser_that_say_nothing_clear_are_refused(
    running: Running, line: CommandLine, tmp_path: Path, options: list[str]
) -> None:
    file = tmp_path / "file"
    file.touch(mode=0o600)
    words = [option.format(file=file) for option in options]
    assert line.run("vault", "list", "--server", running.base_url, *words).exit_code == Exit.USAGE
