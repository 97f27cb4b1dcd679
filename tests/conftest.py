"""Fixtures every test may ask for; sockets beyond loopback are closed by pytest-socket (pyproject.toml)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.office import OFFICE_OPENS_AT, Office


@pytest.fixture
def at() -> datetime:
    """The moment at which the office opens."""
    return OFFICE_OPENS_AT


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A fresh office in demo mode."""
    return Office(tmp_path / "office")
