"""The one place that reads the system clock and the system's randomness."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime


class SystemClock:
    """Gives the machine's time as an aware instant in UTC."""

    __slots__ = ()

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)


def system_random(count: int) -> bytes:
    """Give `count` bytes fit for keys and tokens."""
    return secrets.token_bytes(count)


def stopwatch() -> float:
    """Seconds on a clock that never jumps; only differences mean something."""
    return time.perf_counter()


def seconds_since_boot() -> float:
    """Seconds on a clock that nobody can set and that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
