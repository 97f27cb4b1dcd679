"""What happens to cases by the clock alone: tell what is late, end what waited in vain, put away what ended long ago."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from certify.counter import archive_ended, escalate_late, expire_waiting, forget_links
from guard import Clock
from vault import Database

# No due time is sharper than a minute, and a province has many cases to look through.
_EVERY: Final = timedelta(minutes=1)


class CaseClock:
    """A chore of housekeeping that looks at the cases once a minute."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Look at the cases of this database."""
        self._database = database
        self._clock = clock
        self._looked_at: datetime | None = None

    def __call__(self) -> None:
        """Do what is due; what two processes find at once, one of them does."""
        at = self._clock.now()
        if self._looked_at is not None and at < self._looked_at + _EVERY:
            return
        with self._database.transaction() as tx:
            escalate_late(tx, at=at)
            expire_waiting(tx, at=at)
            archive_ended(tx, at=at)
            forget_links(tx, at=at)
        self._looked_at = at
