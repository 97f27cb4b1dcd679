"""Who has a short question goes before those who hand in a pile of paper.

The interpreter does one thing at a time: while fifty scans of some megabytes come in at once, each question waits for
a piece of each of them, several times over. So the pieces of all bodies pass one after the other, one a turn of the
loop, and each of them lets the questions that are being answered go first, for a bounded time.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

SHORT_BYTES: Final = 64 << 10
"""A request that sends no more than this is a question."""
# A piece is up to 256 KiB: bodies go on coming in at ten megabytes a second, however many ask.
_LONGEST_WAIT_SECONDS: Final = 0.02


class Courtesy:
    """Keeps the order at one front door; used from the thread of its loop alone."""

    def __init__(self) -> None:
        self._questions = 0
        self._nobody_asks = asyncio.Event()
        self._nobody_asks.set()
        self._turn = asyncio.Lock()

    def question(self) -> Callable[[], None]:
        """Begin to answer a question; call what this gives when the answer begins, or when none comes (twice is once)."""
        is_open = True
        self._questions += 1
        self._nobody_asks.clear()

        def answered() -> None:
            nonlocal is_open
            self._questions -= is_open
            is_open = False
            if not self._questions:
                self._nobody_asks.set()

        return answered

    async def let_others_go_first(self) -> None:
        """Wait for the turn of one more piece of a body."""
        async with self._turn:
            await asyncio.sleep(0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LONGEST_WAIT_SECONDS):
                    await self._nobody_asks.wait()
