"""How many sealed reports strangers may ask for: each costs a signature and a time-stamp of the office."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta
from typing import Final

from api.errors import TooManyRequests

_WINDOW: Final = timedelta(hours=1)


class ReportBudget:
    """Counts the reports of the last hour, for all strangers of this process together."""

    def __init__(self, per_hour: int) -> None:
        """With 0 nobody outside gets one."""
        self._per_hour = per_hour
        self._taken: deque[datetime] = deque()
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Whether strangers may ask at all."""
        return self._per_hour > 0

    def take(self, *, at: datetime) -> None:
        """Count one report.

        Raises:
            TooManyRequests: the hour's reports are spent.
        """
        with self._lock:
            while self._taken and at - self._taken[0] >= _WINDOW:
                self._taken.popleft()
            if len(self._taken) >= self._per_hour:
                raise TooManyRequests(
                    f"{self._per_hour} sealed reports an hour may be asked for here; take the report in XML, or come later"
                )
            self._taken.append(at)
