"""One database for the whole house: the metadata, the transaction and the types, equal on SQLite and PostgreSQL.

Every package keeps its tables on `metadata` under its own prefix. Code writes SQLAlchemy Core only, so that the same
statements run on a file in a small office and on a server in a province.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import URL, Connection, Dialect, Engine, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from vault.errors import DatabaseUnavailable
from vault.turns import WriteTurns

metadata: Final = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# A row number that grows by itself: SQLite only counts a column that is exactly INTEGER.
RowNumber: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ULID_LENGTH: Final = 26
SHA256_HEX_LENGTH: Final = 64

_BUSY_TIMEOUT_MS: Final = 30_000
# The workflow engine stalls on SQLite when it wants more connections than the pool holds (notes: three per worker).
_POOL_SIZE: Final = 16
_POOL_OVERFLOW: Final = 16
_POOL_TIMEOUT_SECONDS: Final = 30
_READ_OPTION: Final = "vidimus_read_only"


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware instant in UTC on both databases; a naive one is refused before it is stored."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn the instant into UTC; SQLite stores it without the offset."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was given to the database; pass an aware one (UTC)")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the instant back as aware UTC, whatever zone the connection speaks in."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """A pool of connections that only hands out transactions: `transaction()` to write, `read()` to look."""

    __slots__ = ("_engine", "_turns")

    def __init__(self, engine: Engine) -> None:
        """Wrap an engine made by `open_database`."""
        self._engine = engine
        self._turns = WriteTurns() if engine.dialect.name == "sqlite" else None

    @property
    def dialect(self) -> str:
        """The database spoken to: "sqlite" or "postgresql"."""
        return self._engine.dialect.name

    @property
    def url(self) -> URL:
        """Where it is (its string form hides the password)."""
        return self._engine.url

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine, for migrations and for the workflow engine only."""
        return self._engine

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Give a connection whose work is kept as a whole or not at all.

        On SQLite it starts with BEGIN IMMEDIATE: a transaction that reads first and writes later cannot then lose
        against another writer; and no writer of this process is passed over for long. On PostgreSQL it runs in READ COMMITTED; lock rows with `with_for_update()`.

        Raises:
            DatabaseUnavailable: the database is away or stayed locked; nothing was changed.
        """
        # Whoever waits for a turn holds no connection meanwhile, so that readers do not wait for writers.
        turn = self._turns.turn() if self._turns else nullcontext()
        with turn, _translated(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one unchanging state and cannot write.

        Raises:
            DatabaseUnavailable: the database is away.
        """
        options: dict[str, Any] = {_READ_OPTION: True}
        if self.dialect == "postgresql":
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with _translated(), self._engine.connect() as connection:
            connection = connection.execution_options(**options)
            with connection.begin():
                yield connection

    def create_all(self) -> None:
        """Create every table of `metadata` (tests; real homes are migrated by `api.migrations`)."""
        with self.transaction() as tx:
            metadata.create_all(tx)

    def close(self) -> None:
        """Close every connection; on SQLite also fold the write-ahead log into the file."""
        if self.dialect == "sqlite":
            with _translated(), self._engine.connect() as connection:
                raw = connection.connection.cursor()
                try:
                    # Deleted rows stay readable in the log until it is truncated. A writer of another process that
                    # is at work will do it in the end; nobody waits for it here.
                    raw.execute("PRAGMA busy_timeout = 0")
                    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                finally:
                    raw.close()
        self._engine.dispose()


def open_database(url: str) -> Database:
    """Open `sqlite:///PATH` or `postgresql+psycopg://…`; a bare `postgresql://` means the same driver.

    Raises:
        DatabaseUnavailable: the address is not understood or the SQLite file cannot be created.
    """
    try:
        parsed = make_url(url)
    except exc.ArgumentError as error:
        raise DatabaseUnavailable(
            "the database address cannot be read; use sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME"
        ) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return Database(_sqlite_engine(parsed))
    if backend == "postgresql":
        return Database(_postgresql_engine(parsed))
    raise DatabaseUnavailable(f"database kind {backend!r} is not supported; use sqlite or postgresql")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (exc.OperationalError, exc.TimeoutError, exc.InterfaceError) as error:
        raise DatabaseUnavailable(
            f"the database did not carry out the work ({type(error).__name__}); nothing was changed, try again"
        ) from error


def _sqlite_engine(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise DatabaseUnavailable("SQLite needs a file; an in-memory database would lose the register")
    _create_private_file(Path(url.database))
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW,
        pool_timeout=_POOL_TIMEOUT_SECONDS,
    )
    event.listen(engine, "connect", _prepare_sqlite_connection)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _create_private_file(path: Path) -> None:
    # Readable by the service account alone; the -wal and -shm files take over these rights.
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise DatabaseUnavailable(
            f"the database file {path} cannot be opened ({error.strerror}); check the folder and its rights"
        ) from error


def _prepare_sqlite_connection(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: its implicit BEGIN is deferred and comes too late.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        for pragma in (
            f"busy_timeout={_BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
    finally:
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(_READ_OPTION, False)
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _postgresql_engine(url: URL) -> Engine:
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW,
        pool_timeout=_POOL_TIMEOUT_SECONDS,
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
    )
