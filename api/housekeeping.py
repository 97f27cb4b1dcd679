"""What must happen every few seconds without anybody asking: publish the log, void what has ended, close activations."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Final

from api.errors import PublicationFailed
from certify import CertifyError
from keys import KeysError
from vault import DatabaseUnavailable, LeaseLost, LogError, StoreUnavailable

_LOG: Final = logging.getLogger(__name__)
_EVERY_SECONDS: Final = 5.0
# What stands in `trouble` when a thread that should run for ever has ended.
ENDED: Final = "ENDED"
# These pass by themselves: the next round tries again.
_PASSING: Final = (DatabaseUnavailable, StoreUnavailable, CertifyError, KeysError, PublicationFailed)


class Housekeeping:
    """Runs its chores in one thread; what went wrong last stands in `trouble`, for readiness."""

    def __init__(self, chores: tuple[Callable[[], object], ...], *, every_seconds: float = _EVERY_SECONDS) -> None:
        """Take the chores in the order in which each round does them."""
        self._chores = chores
        self._every_seconds = every_seconds
        self._stopping = threading.Event()
        self.trouble: str | None = None

    def add(self, chore: Callable[[], object]) -> None:
        """Take one more chore, from the next round on."""
        self._chores = (*self._chores, chore)

    def round(self) -> None:
        """Do every chore once; a chore that fails does not keep the others from being done."""
        trouble: str | None = None
        for chore in self._chores:
            try:
                chore()
            except LeaseLost:
                # Another process sequences the log at this moment, and it does so for both.
                continue
            except LogError as exc:
                trouble = "LOG_TAMPERED"
                _LOG.critical("the transparency log contradicts what was signed; a person must look", exc_info=exc)
            except _PASSING as exc:
                trouble = trouble or type(exc).__name__
                _LOG.warning("a chore failed and is tried again", extra={"error": type(exc).__name__})
        self.trouble = trouble

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Do the rounds in the background until the block ends."""
        thread = threading.Thread(target=self._work, name="housekeeping", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            thread.join(timeout=30)

    def _work(self) -> None:
        try:
            while not self._stopping.wait(self._every_seconds):
                self.round()
        finally:
            if not self._stopping.is_set():
                # Something unforeseen ends the thread with its traceback; a watchdog restarts the process by this word.
                self.trouble = ENDED
