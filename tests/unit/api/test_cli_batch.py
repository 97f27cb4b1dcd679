"""`vidimus batch`: ready copies are listed, looked at and approved together, here and at a server."""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli.exits import Exit
from api.demo.office import DEMO_PASSWORD, OFFICER_LOGIN, OFFICER_PIN
from tests.command_line import Answer, CommandLine
from tests.running import Running
from tests.small_paper import small_scan

pytestmark = pytest.mark.slow


class Terminal(io.StringIO):
    """A person at a terminal, who has typed already."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def ready(running: Running) -> list[dict[str, str]]:
    """Two copies that wait for their officer."""
    with running.officer() as officer:
        items = [running.read_draft(officer, small_scan()) for _ in range(2)]
        return [running.prepare(officer, item_id) for item_id in items]


@pytest.fixture
def there(running: Running, line: CommandLine, tmp_path: Path) -> Callable[..., Answer]:
    """Run a command as the officer at the server."""
    password = tmp_path / "password"
    password.touch(mode=0o600)
    password.write_text(DEMO_PASSWORD)
    way_in = ["--server", running.base_url, "--login", OFFICER_LOGIN, "--password-file", str(password)]
    return lambda *words: line.run(*words, *way_in)


def test_copies_are_listed_looked_at_and_approved_at_a_server(
    line: CommandLine,
    there: Callable[..., Answer],
    ready: list[dict[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = there("batch", "list", "--format", "json")
    assert listed.exit_code == 0, listed.err
    assert [(one["item_id"], one["sha256"]) for one in listed.json] == [
        (one["item_id"], one["sha256"]) for one in ready
    ]
    shown = tmp_path / "shown.pdf"
    assert there("batch", "show", ready[0]["item_id"], "--out", shown).exit_code == 0
    assert hashlib.sha256(shown.read_bytes()).hexdigest() == ready[0]["sha256"]
    pin = tmp_path / "pin"
    pin.write_text(OFFICER_PIN)
    good, stale = (f"{ready[0]['item_id']}={ready[0]['sha256']}", f"{ready[1]['item_id']}={'0' * 64}")
    approving = ["batch", "approve", good, stale, "--pin-file", pin, "--format", "json"]
    assert there(*approving, "--yes").exit_code == Exit.SIGNING_REFUSED
    assert there(*approving).exit_code == Exit.SIGNING_REFUSED
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    answer = there(*approving)
    # One that is refused stops none, and the worst is the exit code.
    assert answer.exit_code == Exit.SIGNING_REFUSED, answer.err
    assert [(one["state"], one["error"] is None) for one in answer.json] == [("CERTIFIED", True), ("PREPARED", False)]
    assert answer.json[0]["record_id"] is not None
    assert "[ ]" in answer.err
    assert OFFICER_PIN not in answer.out + answer.err
    told = there("batch", "status", ready[0]["item_id"], "--format", "json")
    assert told.json[0] | {"error": None} == answer.json[0]
    assert there("batch", "approve", "no-digest").exit_code == Exit.USAGE


def test_copies_are_approved_at_this_machine_as_there(office_line: CommandLine, tmp_path: Path) -> None:
    nobody = office_line.run("batch", "list")
    assert nobody.exit_code == Exit.USAGE
    assert office_line.run("batch", "list", "--as", OFFICER_LOGIN, "--format", "json").json == []
