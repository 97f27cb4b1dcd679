"""How much memory processes and all their children hold while something is measured."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

_BEAT_SECONDS = 0.5


class MemoryWatch:
    """Looks twice a second; `largest_mb` and `all_mb` are the most that was seen.

    What processes share is divided among them (Pss of `smaps_rollup`): the sum is what the machine really gives.
    """

    def __init__(self, roots: Callable[[], Iterable[int]]) -> None:
        self.largest_mb = 0.0
        self.all_mb = 0.0
        self._roots = roots
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_BEAT_SECONDS):
            held = [_pss_mb(pid) for pid in _with_children(self._roots())]
            self.largest_mb = max(self.largest_mb, *held, 0.0)
            self.all_mb = max(self.all_mb, sum(held))


def _with_children(roots: Iterable[int]) -> Iterable[int]:
    todo = list(roots)
    while todo:
        pid = todo.pop()
        yield pid
        try:
            tasks = list(Path(f"/proc/{pid}/task").iterdir())
            todo += [int(one) for task in tasks for one in (task / "children").read_text(encoding="ascii").split()]
        except OSError:
            # It ended between two looks.
            continue


def _pss_mb(pid: int) -> float:
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:")) / 1024
