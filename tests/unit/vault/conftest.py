"""Fixtures of the vault's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.databases import database  # noqa: F401 - a fixture
from tests.vault_town import Town, build_town
from vault.database import Database


@pytest.fixture
def town(tmp_path: Path, database: Database) -> Town:  # noqa: F811 - pytest hands fixtures over by name
    return build_town(tmp_path, database)
