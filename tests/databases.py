"""A fresh, empty database for a test: SQLite in its folder, or PostgreSQL when VIDIMUS_DATABASE_URL names one.

Take it in a conftest: `from tests.databases import database  # noqa: F401`, after importing the tables you need.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

import vault.holder_tables
import vault.log.tables
import vault.tables  # noqa: F401 - registers the vault's tables on the metadata
from vault.database import Database, metadata, open_database

POSTGRESQL_URL = os.environ.get("VIDIMUS_DATABASE_URL", "")


@contextmanager
def empty_database(folder: Path, *, name: str = "vidimus") -> Iterator[Database]:
    """Open a database without any table and throw it away afterwards."""
    if not POSTGRESQL_URL.startswith("postgresql"):
        database = open_database(f"sqlite:///{folder / name}.db")
        try:
            yield database
        finally:
            database.close()
        return
    schema = f"test_{secrets.token_hex(8)}"
    with _own_schema(schema):
        url = make_url(POSTGRESQL_URL).update_query_dict({"options": f"-csearch_path={schema}"})
        database = open_database(url.render_as_string(hide_password=False))
        try:
            yield database
        finally:
            database.close()


@contextmanager
def _own_schema(schema: str) -> Iterator[None]:
    admin = open_database(POSTGRESQL_URL)
    try:
        with admin.transaction() as tx:
            tx.execute(sa.text(f'CREATE SCHEMA "{schema}"'))
        yield
        with admin.transaction() as tx:
            tx.execute(sa.text(f'DROP SCHEMA "{schema}" CASCADE'))
    finally:
        admin.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A fresh database with every table that was imported."""
    with database_with_tables(tmp_path) as opened:
        yield opened


@contextmanager
def database_with_tables(folder: Path) -> Iterator[Database]:
    """A fresh database with every table that was imported; on SQLite a copy of one that was made before."""
    is_copied = not POSTGRESQL_URL.startswith("postgresql")
    if is_copied:
        (folder / "vidimus.db").write_bytes(_empty_tables(tuple(metadata.tables)))
    with empty_database(folder) as opened:
        if not is_copied:
            opened.create_all()
        yield opened


@cache
def _empty_tables(_tables: tuple[str, ...]) -> bytes:
    """The file of a SQLite database with these tables: making sixty tables takes as long as many a test."""
    with TemporaryDirectory() as folder:
        with empty_database(Path(folder)) as opened:
            opened.create_all()
        return (Path(folder) / "vidimus.db").read_bytes()
