"""The story is told once for all journeys, however many workers walk them; each walks in a copy of its home."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace

import pytest

from tests.journeys.told import Ended, Told, tell
from tests.once_a_run import shared_folder
from tests.running import founded_home  # noqa: F401 - a fixture


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The demonstration by its real command, in a home of its own."""
    with shared_folder(tmp_path_factory, "told") as shared:
        said = shared / "said.json"
        if not said.exists():
            first = tell(shared / "home", folder=shared)
            said.write_text(json.dumps(asdict(first.ended)), encoding="utf-8")
        ended = Ended(**json.loads(said.read_text(encoding="utf-8")))
    folder = tmp_path_factory.mktemp("journey")
    shutil.copytree(shared / "home", folder / "home", symlinks=True)
    return Told(folder / "home", replace(ended, stdout=ended.stdout.replace(str(shared), str(folder))), folder)
