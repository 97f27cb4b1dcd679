"""A folder that takes another's place in one step, so that a reader never meets a gap."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

if sys.platform != "win32":
    # No site is published elsewhere; the token agent must still be able to import us.
    import fcntl

_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2
# File systems of memory sticks, and systems before Linux 3.15.
_NOT_OFFERED: Final = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP})


def take_place(folder: Path, *, target: Path) -> None:
    """Put `folder` where `target` is and remove what was there.

    Where the file system cannot exchange two names (FAT), there is a moment without either.

    Raises:
        OSError: it could not be done; the old folder is still there.
    """
    if not target.exists():
        folder.rename(target)
        return
    if not _exchange(folder, target):
        old = target.with_name(f".{target.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        target.rename(old)
        folder.rename(target)
        folder = old
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def alone_with(lock: Path) -> Iterator[bool]:
    """Say whether no other process holds this lock; it is held until the block ends."""
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _exchange(one: Path, other: Path) -> bool:
    # Python has no name for renameat2(2); the C library has had one since 2018.
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    if renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NOT_OFFERED:
        return False
    raise OSError(number, os.strerror(number), str(other))
