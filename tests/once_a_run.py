"""What is made once in a run of tests, however many workers share it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def shared_folder(factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """A folder that all workers of the run have in common, held by one of them until the block ends.

    Whoever finds nothing in it makes it; whoever comes later finds it made.
    """
    base = factory.getbasetemp()
    # Each of several workers has a folder of its own in the one of the run.
    shared = (base.parent if base.name.startswith("popen-") else base) / name
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield shared
