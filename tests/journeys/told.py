"""The demonstration, told once by the real command, and the command line to ask about it afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.heard_logs import run_heard

TREE = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 400


@dataclass(frozen=True, slots=True)
class Ended:
    """How one command ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def answer(self) -> Any:
        """What it printed as JSON."""
        return json.loads(self.stdout)


def vidimus(
    *arguments: str | Path, home: Path | None = None, folder: Path, settings: Mapping[str, str] | None = None
) -> Ended:
    """Run the command line as a user does, in a folder that is not the tree and with nothing but PATH inherited."""
    script = Path(sys.executable).with_name("vidimus")
    start = [str(script)] if script.exists() else [sys.executable, "-m", "api.cli"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(TREE), "LANG": "C.UTF-8"}
    environment |= {"VIDIMUS_HOME": str(home)} if home else {}
    # Under `coverage run` the commands are measured too.
    environment |= {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    done = run_heard(
        [*start, *map(str, arguments)],
        answers=True,
        cwd=folder,
        env=environment | dict(settings or {}),
        stdin=subprocess.DEVNULL,
        timeout=TIMEOUT_SECONDS,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True, slots=True)
class Told:
    """The finished story: its home, what the command printed, and a folder to work in."""

    home: Path
    ended: Ended
    folder: Path

    @property
    def summary(self) -> dict[str, Any]:
        """The JSON object."""
        found: dict[str, Any] = self.ended.answer
        return found

    @property
    def copies(self) -> tuple[Path, ...]:
        """Every certified copy."""
        return tuple(Path(copy["path"]) for copy in self.summary["certified"])

    @property
    def trust(self) -> Path:
        """Roots and CRLs of the demonstration."""
        return Path(self.summary["trust_dir"])

    @property
    def scans(self) -> Path:
        """What lay on the counter, with its truth beside it."""
        return self.home / "demo" / "scans"

    def copy(self, name: str) -> Path:
        """The certified copy of one specimen."""
        return next(path for path in self.copies if path.stem == name)

    def at_home(self, *arguments: str | Path) -> Ended:
        """Run a command in the story's home."""
        return vidimus(*arguments, home=self.home, folder=self.folder)

    def elsewhere(self, *arguments: str | Path) -> Ended:
        """Run a command where there is no home."""
        return vidimus(*arguments, home=self.folder / "no-home", folder=self.folder)

    def judged_elsewhere(self, files: Sequence[Path]) -> Ended:
        """Verify files as a stranger does who was given the demonstration's roots."""
        return self.elsewhere("verify", "--trust", self.trust, "--format", "json", *files)


def tell(home: Path, *, folder: Path) -> Told:
    """Run `vidimus demo --once --yes --json` and give what it left."""
    ended = vidimus("demo", "--once", "--yes", "--json", "--home", home, folder=folder)
    assert ended.exit_code == 0, ended.stderr[-3000:]
    return Told(home, ended, folder)
