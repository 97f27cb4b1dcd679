"""The story is told once for all journeys, however many workers walk them; each walks in a copy of its home."""

from __future__ import annotations

import fcntl
import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tests.journeys.told import Ended, Told, tell


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The demonstration by its real command, in a home of its own."""
    base = tmp_path_factory.getbasetemp()
    # Each of several workers has a folder of its own in the one of the run.
    shared = (base.parent if base.name.startswith("popen-") else base) / "told"
    shared.mkdir(exist_ok=True)
    ended = _tell_once(shared)
    folder = tmp_path_factory.mktemp("journey")
    shutil.copytree(shared / "home", folder / "home", symlinks=True)
    return Told(folder / "home", replace(ended, stdout=ended.stdout.replace(str(shared), str(folder))), folder)


def _tell_once(shared: Path) -> Ended:
    said = shared / "said.json"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            told = tell(shared / "home", folder=shared)
            said.write_text(json.dumps(asdict(told.ended)), encoding="utf-8")
    return Ended(**json.loads(said.read_text(encoding="utf-8")))
