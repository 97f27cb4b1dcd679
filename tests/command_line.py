"""The command line inside the test process: one command at a time, with its exit code and both its voices.

Take the fixtures in a conftest: `from tests.command_line import command_line  # noqa: F401`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from api.demo.office import DEMO_PASSWORD
from tests.running import Running


@dataclass(frozen=True, slots=True)
class Answer:
    """How one command ended."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Commands with one home; `home` need not exist."""

    home: Path
    capsys: pytest.CaptureFixture[str]

    def run(self, *arguments: str | Path) -> Answer:
        """Run one command to its end."""
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = self.capsys.readouterr()
        return Answer(int(ended.value.code or 0), out, err)


@pytest.fixture
def command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """A command line with nothing set but a home that does not exist yet."""
    home = tmp_path / "home"
    for name in ("VIDIMUS_DATABASE_URL", "VIDIMUS_VERIFY_URL", "VIDIMUS_BLOBS_URL", "VIDIMUS_KEYSETS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VIDIMUS_HOME", str(home))
    monkeypatch.setenv("VIDIMUS_LANG", "en")
    monkeypatch.setenv("VIDIMUS_OCR_PROCESSES", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    return CommandLine(home, capsys)


@pytest.fixture
def office_line(command_line: CommandLine, founded_home: Path) -> CommandLine:
    """A command line in a founded demo office of its own."""
    shutil.copytree(founded_home, command_line.home)
    return command_line


@pytest.fixture
def line(running: Running, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """A command line at the machine of the served office."""
    monkeypatch.setenv("VIDIMUS_HOME", str(running.services.settings.home))
    return command_line


@pytest.fixture
def there(running: Running, line: CommandLine, tmp_path: Path) -> Callable[..., Answer]:
    """Run a command at the server as somebody who signs in: `there(login, *words)`."""
    password = tmp_path / "password"
    password.touch(mode=0o600)
    password.write_text(DEMO_PASSWORD)

    def run(login: str, *words: str | Path) -> Answer:
        return line.run(*words, "--server", running.base_url, "--login", login, "--password-file", password)

    return run
