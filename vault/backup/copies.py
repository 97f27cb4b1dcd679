"""A copy of the whole database as it stood at one moment, taken while others write, and the way back.

SQLite copies its file by its own backup interface. PostgreSQL sends every table of ours in one REPEATABLE READ
transaction. The workflow engine's tables do not come back: a job of yesterday must not go on with a number that was
given out since.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vault.backup.errors import BackupDamaged
from vault.database import Database
from vault.errors import DatabaseUnavailable

IsOurs: TypeAlias = Callable[[str], bool]
"""Tells our tables from the workflow engine's."""

_LENGTH: Final = struct.Struct(">I")


def copy_database(database: Database, out: BinaryIO, *, is_ours: IsOurs) -> None:
    """Write the copy into an open file.

    Raises:
        DatabaseUnavailable: the database did not answer.
    """
    if database.dialect == "sqlite":
        _copy_file(Path(database.url.database or ""), out)
    else:
        with database.read() as tx:
            for table in _tables(tx, is_ours):
                _send_table(tx, table, out)


def put_back_database(database: Database, source: BinaryIO, *, is_ours: IsOurs) -> None:
    """Fill an empty database of the same kind, whose tables stand at the copy's revision, from a copy.

    Raises:
        BackupDamaged: the copy does not read.
    """
    if database.dialect == "sqlite":
        path = Path(database.url.database or "")
        database.close()
        _replace_file(path, source, is_ours)
        return
    try:
        _take_tables(database, source, is_ours)
    except (ValueError, KeyError, psycopg.DataError) as error:
        raise BackupDamaged(
            "the copy of the database is damaged; nothing was changed, take an earlier backup"
        ) from error


def _take_tables(database: Database, source: BinaryIO, is_ours: IsOurs) -> None:
    with database.transaction() as tx:
        # A table that was founded with rows in it must not keep them beside the copy's.
        for table in reversed(tuple(_tables(tx, is_ours))):
            tx.execute(table.delete())
        for described in iter(source.readline, b""):
            _take_table(tx, json.loads(described), source)
        for table in _tables(tx, is_ours):
            _move_sequence(tx, table)


def _copy_file(path: Path, out: BinaryIO) -> None:
    # Beside the database, in a folder of the service account: the copy is plain until it is sealed.
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".copy-") as copy:
        try:
            with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy.name)) as target:
                source.backup(target)
        except sqlite3.Error as error:
            raise DatabaseUnavailable("the database could not be copied; see the free space and try again") from error
        with Path(copy.name).open("rb") as whole:
            shutil.copyfileobj(whole, out, 1 << 20)


def _replace_file(path: Path, source: BinaryIO, is_ours: IsOurs) -> None:
    # Beside first: a copy that does not read must not take the place of anything.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".copy-") as folder:
        copy = Path(folder) / path.name
        with copy.open("wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
        try:
            _check_and_strip(copy, is_ours)
        except sqlite3.DatabaseError as error:
            raise BackupDamaged("the copy of the database is damaged; take an earlier backup") from error
        for beside in ("-wal", "-shm"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
        copy.chmod(0o600)
        copy.replace(path)


def _check_and_strip(copy: Path, is_ours: IsOurs) -> None:
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise BackupDamaged("the copy of the database is damaged; take an earlier backup")
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            if not is_ours(name) and not name.startswith("sqlite_"):
                connection.execute(f'DROP TABLE "{name}"')
        # Nothing may be left in a log beside the copy: only the file takes its place.
        connection.execute("PRAGMA journal_mode=DELETE")


def _tables(tx: Connection, is_ours: IsOurs) -> Iterator[sa.Table]:
    found = sa.MetaData()
    found.reflect(tx, only=lambda name, _metadata: is_ours(name))
    # A table that others point at comes before them.
    return iter(found.sorted_tables)


def _send_table(tx: Connection, table: sa.Table, out: BinaryIO) -> None:
    columns = [column.name for column in table.columns]
    out.write(json.dumps({"table": table.name, "columns": columns}).encode() + b"\n")
    with _cursor(tx) as cursor, cursor.copy(f"COPY {_named(table.name, columns)} TO STDOUT") as rows:
        for piece in rows:
            out.write(_LENGTH.pack(len(piece)))
            out.write(piece)
    out.write(_LENGTH.pack(0))


def _take_table(tx: Connection, described: dict[str, Any], source: BinaryIO) -> None:
    with (
        _cursor(tx) as cursor,
        cursor.copy(f"COPY {_named(described['table'], described['columns'])} FROM STDIN") as rows,
    ):
        while length := _LENGTH.unpack(_exactly(source, _LENGTH.size))[0]:
            rows.write(_exactly(source, length))


def _move_sequence(tx: Connection, table: sa.Table) -> None:
    for column in table.primary_key.columns:
        sequence = tx.execute(
            sa.select(sa.func.pg_get_serial_sequence(table.name, column.name)).where(
                sa.literal(isinstance(column.type, sa.Integer))
            )
        ).scalar_one_or_none()
        if sequence:
            highest = sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1).scalar_subquery()
            tx.execute(sa.select(sa.func.setval(sequence, highest, sa.false())))


def _cursor(tx: Connection) -> Any:
    return tx.connection.cursor()


def _named(table: str, columns: list[str]) -> str:
    # The names come out of the catalogue of a database of ours; quotes keep words like "position" apart from SQL's.
    quoted = ", ".join('"' + column + '"' for column in columns)
    return f'"{table}" ({quoted})'


def _exactly(source: BinaryIO, count: int) -> bytes:
    found = source.read(count)
    if len(found) != count:
        raise BackupDamaged("the copy of the database ends too early; take an earlier backup")
    return found
