"""The database: whole transactions, readers that cannot write, instants in UTC."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from tests.vault_town import AT
from vault.database import Database, open_database
from vault.errors import DatabaseUnavailable
from vault.tables import tombstones

# Each has a database, a service or keys of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

HANOI = timezone(timedelta(hours=7))


def _insert(database: Database, document_id: str, at: datetime) -> None:
    with database.transaction() as tx:
        tx.execute(tombstones.insert().values(document_id=document_id, reason="TEST", erased_at=at))


def test_instant_written_in_hanoi_comes_back_as_the_same_instant_in_utc(database: Database) -> None:
    _insert(database, "a", datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=HANOI))
    with database.read() as tx:
        found = tx.execute(sa.select(tombstones.c.erased_at)).scalar_one()
    assert found == datetime(2026, 11, 22, 3, 0, 0, 123456, tzinfo=UTC)
    assert found.utcoffset() == timedelta(0)


def test_naive_instant_is_refused(database: Database) -> None:
    with pytest.raises((ValueError, exc.StatementError), match="naive"):
        _insert(database, "a", datetime(2026, 11, 22, 10, 0))  # noqa: DTZ001 - the point of the test


def test_failed_transaction_leaves_nothing(database: Database) -> None:
    def write_and_fail() -> None:
        with database.transaction() as tx:
            tx.execute(tombstones.insert().values(document_id="a", reason="TEST", erased_at=AT))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    with database.read() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(tombstones)).scalar_one() == 0


def test_reader_cannot_write_and_the_next_writer_can(database: Database) -> None:
    with pytest.raises((exc.DBAPIError, DatabaseUnavailable)), database.read() as tx:
        tx.execute(tombstones.insert().values(document_id="a", reason="TEST", erased_at=AT))
    _insert(database, "b", AT)


def test_fifty_writers_on_eight_threads_lose_nothing(database: Database) -> None:
    def work(worker: int) -> None:
        for number in range(50 // 8 + 1):
            _insert(database, f"{worker}-{number}", AT)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(tombstones)).scalar_one() == 8 * 7


def test_row_that_breaks_a_key_shows_no_value_in_the_error(database: Database) -> None:
    _insert(database, "secret-value", AT)
    with pytest.raises(exc.IntegrityError) as caught:
        _insert(database, "secret-value", AT)
    assert "TEST" not in str(caught.value)


def test_sqlite_file_is_private_durable_and_written_ahead(tmp_path: Path) -> None:
    path = tmp_path / "office.db"
    office = open_database(f"sqlite:///{path}")
    with office.read() as tx:
        settings = {
            name: tx.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    office.close()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "url", ["sqlite://", "mysql://localhost/vidimus", "no address", "sqlite:////nowhere/at/all.db"]
)
def test_address_that_cannot_hold_the_register_is_refused(url: str) -> None:
    with pytest.raises(DatabaseUnavailable):
        open_database(url)
