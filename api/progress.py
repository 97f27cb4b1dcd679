"""How far each item is, for the pages that watch it: the newest few messages per item, in memory of this process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from api.observe.meter import Histogram
from api.observe.traces import NoTraces, Traces
from certify.pipeline import Phase, Progress

_KEPT_ITEMS: Final = 1000


@dataclass(frozen=True, slots=True)
class ItemProgress:
    """The newest progress of an item, and the seconds of its steps so far."""

    step: str
    pages_done: int
    pages_total: int
    seconds_by_step: tuple[tuple[str, float], ...]
    version: int


class ProgressBoard:
    """Takes progress from worker threads and shows it to request threads."""

    def __init__(self, times: Histogram | None = None, traces: Traces | None = None) -> None:
        """Start empty; what happened before a restart stands in the item's history. `times` counts finished steps."""
        self._times = times
        self._traces = traces or NoTraces()
        self._items: OrderedDict[str, ItemProgress] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, progress: Progress) -> None:
        """Take one message in."""
        if self._times is not None and progress.phase is Phase.STEP_DONE:
            self._times.observe(f"{progress.workflow}.{progress.step}", progress.seconds)
        if progress.phase is Phase.STEP_DONE:
            self._traces.step_done(progress)
        with self._lock:
            before = self._items.pop(progress.item_id, ItemProgress("", 0, 0, (), 0))
            seconds = before.seconds_by_step
            if progress.phase is Phase.STEP_DONE:
                seconds = (*(pair for pair in seconds if pair[0] != progress.step), (progress.step, progress.seconds))
            done, total = (progress.done, progress.total) if progress.total else (before.pages_done, before.pages_total)
            self._items[progress.item_id] = ItemProgress(progress.step, done, total, seconds, before.version + 1)
            while len(self._items) > _KEPT_ITEMS:
                self._items.popitem(last=False)

    def of(self, item_id: str) -> ItemProgress | None:
        """The newest progress of an item, None when this process saw none."""
        with self._lock:
            return self._items.get(item_id)
