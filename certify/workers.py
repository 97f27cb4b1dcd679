"""Who works under which name: a lease on the database's clock, so that one name is one living process.

A job belongs to the name of the worker that took it, and who starts under the name takes it up again. Two processes
under one name would do so side by side; the second one refuses to start. A dead one's name is free when its lease is
over, or at once where it is seen to be gone. Steps may run twice (certify/pipeline/steps.py), so a paused worker that
wakes up behind its successor spoils nothing; it notices at its next beat and ends.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.errors import WorkerNameTaken
from certify.tables import workers
from vault.database import Database
from vault.errors import VaultError

_LOG: Final = logging.getLogger(__name__)
LEASE_TERM: Final = timedelta(seconds=30)
_BEAT_SECONDS: Final = LEASE_TERM.total_seconds() / 3
_LOOK_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """One process: a random id, where it runs, and how to see that the process at another place is gone."""

    process_id: str
    place: str
    is_gone: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class WorkerState:
    """One name as the job board shows it."""

    name: str
    is_alive: bool
    taken_at: datetime
    seen_at: datetime


class WorkerLease:
    """The right to work under a name."""

    def __init__(self, database: Database, *, name: str, process: WorkerProcess, term: timedelta = LEASE_TERM) -> None:
        self._database = database
        self._name = name
        self._process = process
        self._term = term

    def try_take(self) -> bool:
        """Take the name when it is free, over, ours, or its process is gone; say whether it is ours now."""
        return self._try() is None

    def take(self, *, may_wait: bool = False) -> None:
        """Take the name; wait for a lease to end only where nobody prolongs it, or where `may_wait` says so.

        Raises:
            WorkerNameTaken: a living process works under this name.
        """
        first = self._try()
        seen = first
        while seen is not None:
            if seen != first and not may_wait:
                raise WorkerNameTaken(
                    f"a living worker has the name {self._name}; give this one another name (--name), "
                    "or stop that one and start again"
                )
            time.sleep(_LOOK_SECONDS)
            seen = self._try()

    def prolong(self) -> bool:
        """Prolong the lease; False when another process has taken the name meanwhile."""
        with self._database.transaction() as tx:
            now = database_now(tx)
            done = tx.execute(
                workers.update()
                .where(workers.c.name == self._name, workers.c.process_id == self._process.process_id)
                .values(seen_at=now, expires_at=now + self._term)
            )
        return done.rowcount == 1

    def give_back(self) -> None:
        """Free the name at once."""
        with self._database.transaction() as tx:
            now = database_now(tx)
            tx.execute(
                workers.update()
                .where(workers.c.name == self._name, workers.c.process_id == self._process.process_id)
                .values(expires_at=now)
            )

    @contextmanager
    def kept(self, *, on_lost: Callable[[], None]) -> Iterator[None]:
        """Prolong the lease in the background until the block ends; call `on_lost` when it is another's."""
        stopping = threading.Event()
        beat = self._term.total_seconds() / 3

        def keep() -> None:
            while not stopping.wait(beat):
                try:
                    if not self.prolong():
                        _LOG.critical("another process works under this name; this one ends")
                        on_lost()
                        return
                except VaultError:
                    # Nobody else can take the name either while the database is away.
                    _LOG.warning("the lease could not be prolonged and is tried again")

        thread = threading.Thread(target=keep, name="worker-lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join(timeout=_BEAT_SECONDS)
            try:
                self.give_back()
            except VaultError:
                _LOG.warning("the lease could not be given back; it ends by itself")

    def _try(self) -> datetime | None:
        """Take the name if possible; else say when its holder was last seen."""
        mine = self._process
        with self._database.transaction() as tx:
            now = database_now(tx)
            row = tx.execute(sa.select(workers).where(workers.c.name == self._name).with_for_update()).one_or_none()
            values = {
                "process_id": mine.process_id,
                "place": mine.place,
                "taken_at": now,
                "seen_at": now,
                "expires_at": now + self._term,
            }
            if row is None:
                try:
                    with tx.begin_nested():
                        tx.execute(workers.insert().values(name=self._name, **values))
                except sa.exc.IntegrityError:
                    # Two began at the same moment.
                    return now
                return None
            is_free = row.expires_at <= now or row.process_id == mine.process_id or mine.is_gone(row.place)
            if not is_free:
                seen_at: datetime = row.seen_at
                return seen_at
            tx.execute(workers.update().where(workers.c.name == self._name).values(**values))
        return None


def list_workers(tx: Connection) -> tuple[WorkerState, ...]:
    """Give every name that was ever worked under and whether somebody works under it now."""
    now = database_now(tx)
    rows = tx.execute(sa.select(workers).order_by(workers.c.name))
    return tuple(WorkerState(row.name, row.expires_at > now, row.taken_at, row.seen_at) for row in rows)


def database_now(tx: Connection) -> datetime:
    """What time it is by the clock that every process shares."""
    if tx.dialect.name == "sqlite":
        # The clock of the machine that the file lies on; every process that opens it has the same.
        seconds = tx.execute(sa.text("SELECT (julianday('now') - 2440587.5) * 86400.0")).scalar_one()
        return datetime.fromtimestamp(seconds, tz=UTC)
    told: datetime = tx.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return told.astimezone(UTC)
