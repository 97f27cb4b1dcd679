"""Writers of one process take turns at a SQLite file: whoever is at work goes on, and nobody is passed over for long."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from typing import Final

from vault.errors import DatabaseUnavailable

# As long as SQLite itself would poll for the lock before it gives up.
MOST_SECONDS: Final = 30.0
# Handing over costs a change of threads, and more on a busy machine: below this a writer's next transaction may go first.
PATIENCE_SECONDS: Final = 2.0
# Between two looks, as SQLite itself pauses; waking somebody at each end of a transaction took half the throughput.
_PAUSES_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05)


class _Ticket:
    """One writer who waits: since when, how it is woken, and whether the turn is already its own."""

    __slots__ = ("is_handed", "since", "woken")

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.woken = threading.Event()
        self.is_handed = False


class WriteTurns:
    """A lock in whose queue nobody waits much longer than the others.

    SQLite lets in whoever polls at the right moment, with longer and longer pauses between two looks: among fifty
    officers somebody waits for ever while others write twice. Other processes still meet at the file's own lock.
    """

    __slots__ = ("_guard", "_is_taken", "_patience_seconds", "_waiting")

    def __init__(self, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Nobody writes, nobody waits."""
        self._guard = threading.Lock()
        self._waiting: deque[_Ticket] = deque()
        self._is_taken = False
        self._patience_seconds = patience_seconds

    @property
    def waiting(self) -> int:
        """How many wait now."""
        with self._guard:
            return len(self._waiting)

    @contextmanager
    def turn(self, *, timeout_seconds: float = MOST_SECONDS) -> Iterator[None]:
        """Wait for one's turn, and give it on at the end.

        Raises:
            DatabaseUnavailable: it did not come in time; nothing was begun.
        """
        self._take(timeout_seconds)
        try:
            yield
        finally:
            self._give_on()

    def _take(self, timeout_seconds: float) -> None:
        with self._guard:
            if not self._is_taken and not self._is_overdue():
                self._is_taken = True
                return
            ticket = _Ticket()
            self._waiting.append(ticket)
        deadline = ticket.since + timeout_seconds
        for pause in chain(_PAUSES_SECONDS, repeat(_PAUSES_SECONDS[-1])):
            ticket.woken.wait(pause)
            with self._guard:
                if ticket.is_handed:
                    return
                if not self._is_taken and (self._waiting[0] is ticket or not self._is_overdue()):
                    self._waiting.remove(ticket)
                    self._is_taken = True
                    return
                if time.monotonic() >= deadline:
                    self._waiting.remove(ticket)
                    break
        raise DatabaseUnavailable(
            f"other writers did not finish within {timeout_seconds:.0f} s; nothing was changed, try again"
        )

    def _give_on(self) -> None:
        with self._guard:
            if not self._is_overdue():
                self._is_taken = False
                return
            first = self._waiting.popleft()
            first.is_handed = True
            first.woken.set()

    def _is_overdue(self) -> bool:
        return bool(self._waiting) and time.monotonic() - self._waiting[0].since >= self._patience_seconds
