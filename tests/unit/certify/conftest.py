"""Fixtures of the certification office's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bureau import Bureau, build_bureau
from tests.databases import database  # noqa: F401 - a fixture
from tests.postgres import postgresql_url  # noqa: F401 - a fixture
from vault.database import Database


@pytest.fixture
def bureau(tmp_path: Path, database: Database) -> Bureau:  # noqa: F811 - pytest hands fixtures over by name
    return build_bureau(tmp_path, database)
