"""The story is told once for all journeys."""

from __future__ import annotations

import pytest

from tests.journeys.told import Told, tell


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The demonstration by its real command, in a home of its own."""
    folder = tmp_path_factory.mktemp("journey")
    return tell(folder / "home", folder=folder)
