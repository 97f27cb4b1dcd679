"""Hash a file from its first byte to many places in one pass.

The ranges of all signatures begin at the first byte of the file, and so does its own digest: what two of them share is
hashed once. A file with two signatures and an archive time-stamp was hashed four times over before.
"""

from __future__ import annotations

from bisect import bisect_right

from signing.verify.algorithms import RunningDigest


class RunningDigests:
    """The states of every digest that was asked for, at every place it was asked for."""

    def __init__(self, content: bytes) -> None:
        """Bind the states to one file."""
        self._view = memoryview(content)
        self._ends: dict[str, list[int]] = {}
        self._states: dict[tuple[str, int], RunningDigest] = {}

    def up_to(self, end: int, name: str) -> RunningDigest:
        """Give the digest of everything before `end`, free to go on from there."""
        ends = self._ends.setdefault(name, [])
        position = bisect_right(ends, end)
        begin = ends[position - 1] if position else 0
        if not position or begin < end:
            state = self._states[name, begin].copy() if position else RunningDigest(name)
            state.update(self._view[begin:end])
            ends.insert(position, end)
            self._states[name, end] = state
        return self._states[name, end].copy()
