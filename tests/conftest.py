"""Fixtures every test may ask for; sockets beyond loopback are closed by pytest-socket (pyproject.toml)."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.heard_logs import Ear, keep, secrets_in
from tests.office import OFFICE_OPENS_AT, Office

# Importing and collecting leaves hardly any garbage, and seven thousand tests are many objects to look through.
gc.disable()

# What opens a database, a set of keys, a server or a child behind walls.
_OPENED = frozenset({"office", "bureau", "town", "database", "running", "founded_home", "office_line", "sandbox"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave tests that open an office to ./check: ./check --fast is for before each commit."""
    for item in items:
        if isinstance(item, pytest.Function) and _OPENED & set(item.fixturenames):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep the collector of garbage from walking through every module and every test again and again while tests run."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="module", autouse=True)
def _nothing_secret_is_logged(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hear what a serving process would log while a module's tests run, and find no name, number or secret in it."""
    ear = Ear()
    root = logging.getLogger()
    root.addHandler(ear)
    try:
        yield
    finally:
        root.removeHandler(ear)
    keep(request.module.__name__.rpartition(".")[2], ear.lines)
    assert secrets_in(ear.lines) == set()


@pytest.fixture
def at() -> datetime:
    """The moment at which the office opens."""
    return OFFICE_OPENS_AT


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A fresh office in demo mode."""
    return Office(tmp_path / "office")
