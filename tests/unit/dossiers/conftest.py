"""A town with citizens and papers, and a catalogue with one procedure."""

from __future__ import annotations

from pathlib import Path

import pytest

import dossiers.tables  # noqa: F401 - registers the tables of dossiers on the metadata
from tests.databases import database  # noqa: F401 - the fixture below takes it by name
from tests.vault_town import Town, build_town
from vault import Database


@pytest.fixture
def town(tmp_path: Path, database: Database) -> Town:  # noqa: F811 - pytest hands the fixture over by its name
    return build_town(tmp_path, database)
