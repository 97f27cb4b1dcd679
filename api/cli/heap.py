"""How a serving process holds its memory together: fifty bodies and forty threads leave no holes behind them."""

from __future__ import annotations

import ctypes
from typing import Final

# Names and values of glibc's mallopt(3).
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8
_ARENAS: Final = 2
_OWN_MAPPING_BYTES: Final = 1 << 20


def hold_heap_together() -> None:
    """Let all threads share two heaps, and give large blocks back at once; call it before any thread starts.

    By itself glibc gives each thread a heap of its own (up to eight a core), and after the first large block that is
    freed keeps blocks up to 32 MiB in them: measured, 30 MB more at the peak of fifty uploads. Another C library has no
    such call, and nothing is done there.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)
        mallopt(_M_MMAP_THRESHOLD, _OWN_MAPPING_BYTES)
