"""What this process counts itself: requests and their time by route, steps of the pipeline and theirs."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from typing import Final

# Seconds. A verification takes hundredths, the reading of a page a second or two, a long original a minute.
BOUNDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_MOST_SERIES: Final = 600


class Histogram:
    """Times by one label; how many labels there are is bounded, so that nobody can fill the memory with them."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._series: dict[str, list[float]] = {}

    def observe(self, label: str, seconds: float) -> None:
        """Count one time."""
        with self._lock:
            if label not in self._series and len(self._series) >= _MOST_SERIES:
                return
            # One place for each bound, one beyond the last, one for the sum.
            series = self._series.setdefault(label, [0.0] * (len(BOUNDS) + 2))
            series[bisect_left(BOUNDS, seconds)] += 1
            series[-1] += seconds

    def series(self) -> dict[str, list[float]]:
        """Give a copy: counts between the bounds, then the sum."""
        with self._lock:
            return {label: list(values) for label, values in self._series.items()}


class Meter:
    """The counts of one process; after a restart they begin at nothing, as counters may."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, str]] = Counter()
        self.request_seconds = Histogram()
        self.step_seconds = Histogram()

    def answered(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer by the pattern of its route: an address may hold a code, its pattern does not."""
        key = (method if method in _METHODS else "OTHER", route, str(status))
        with self._lock:
            if key in self._requests or len(self._requests) < _MOST_SERIES:
                self._requests[key] += 1
        self.request_seconds.observe(route, seconds)

    def requests(self) -> dict[tuple[str, str, str], int]:
        """Give a copy of the counts by method, route and status."""
        with self._lock:
            return dict(self._requests)


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
