"""Notice that the wall clock jumped: a wrong clock would put wrong times into signatures and windows of validity."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from guard.clock import Clock
from signing.errors import ClockJumped

# A clock that is kept right by small steps never moves this much between two looks; one that is set does.
TOLERANCE = timedelta(seconds=5)


class ClockWatch:
    """Compares the wall clock with a steady one that nobody can set; safe for several threads.

    The steady clock must go on while the machine sleeps, or waking up would look like a jump. A jump that is undone
    is forgiven; one that stays stops every signature until the service is started again by someone who looked.
    """

    def __init__(self, clock: Clock, *, steady_seconds: Callable[[], float]) -> None:
        self._clock = clock
        self._steady_seconds = steady_seconds
        self._lock = threading.Lock()
        self._wall_before = clock.now()
        self._steady_before = steady_seconds()

    def check(self) -> None:
        """Pass when both clocks went on by the same time since the last check that passed.

        Raises:
            ClockJumped: they did not.
        """
        with self._lock:
            wall, steady = self._clock.now(), self._steady_seconds()
            drift = (wall - self._wall_before) - timedelta(seconds=steady - self._steady_before)
            if abs(drift) > TOLERANCE:
                raise ClockJumped(
                    f"the wall clock jumped by {drift.total_seconds():+.0f} s since the last signature; nothing was "
                    "signed: put the clock right (check the time service) and start Vidimus again"
                )
            self._wall_before, self._steady_before = wall, steady
