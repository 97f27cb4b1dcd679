"""A circuit breaker: a service that failed several times in a row rests a while instead of being waited for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from guard.clock import Clock
from keys.errors import EvidenceReason, RevocationRejected, TrustServiceError

_THRESHOLD = 3
_REST = timedelta(seconds=20)


class CircuitBreaker:
    """Closed, open after three failures in a row, and half open for one trial once twenty seconds have passed."""

    def __init__(self, *, clock: Clock, threshold: int = _THRESHOLD, rest: timedelta = _REST) -> None:
        self._clock = clock
        self._threshold = threshold
        self._rest = rest
        self._failures = 0
        self._opened_at: datetime | None = None
        self._on_trial = False
        self._lock = threading.Lock()

    @property
    def is_resting(self) -> bool:
        """Whether a call would be refused now."""
        with self._lock:
            return self._rests()

    def admits(self) -> bool:
        """Ask before a call; a half-open breaker admits one caller, whose outcome decides for all."""
        with self._lock:
            if self._opened_at is None:
                return True
            if self._rests():
                return False
            self._on_trial = True
            return True

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count the block: a service that gave nothing usable has failed; any other outcome is its answer."""
        succeeded = True
        try:
            yield
        except TrustServiceError as exc:
            # "I never issued this" is bad news about a certificate, not about the service that tells it.
            told = isinstance(exc, RevocationRejected) and exc.reason is EvidenceReason.UNKNOWN_CERTIFICATE
            succeeded = told
            raise
        finally:
            self._note(succeeded=succeeded)

    def _rests(self) -> bool:
        if self._opened_at is None:
            return False
        # A clock that was set back must not keep the breaker open for ever.
        now = self._clock.now()
        return self._on_trial or self._opened_at <= now < self._opened_at + self._rest

    def _note(self, *, succeeded: bool) -> None:
        with self._lock:
            self._on_trial = False
            if succeeded:
                self._failures, self._opened_at = 0, None
                return
            self._failures += 1
            if self._failures >= self._threshold:
                self._opened_at = self._clock.now()
