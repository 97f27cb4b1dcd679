"""Files that only their owner may read: written whole or not at all, refused when exposed."""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from keys.errors import KeyExists, KeyFileUnusable

if sys.platform == "win32":
    # Never run in this house (docs/limitations.md): the token agent is to run there, the office is not.
    import msvcrt

    def _lock(descriptor: int) -> None:
        wait_for_lock(lambda: msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1))
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)


_OTHERS = 0o077
_LOCK_PAUSE_SECONDS = 0.05
_NOT_INHERITED = getattr(os, "O_CLOEXEC", 0)


def make_private_folder(folder: Path) -> None:
    """Make a folder for its owner alone; an existing one must already be closed to others.

    Raises:
        KeyFileUnusable: the folder exists and others may enter it.
    """
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True)
        folder.chmod(0o700)
    check_private(folder)


def check_private(path: Path) -> None:
    """Refuse a key file or folder that others may read.

    Raises:
        KeyFileUnusable: the permissions are too open, or the path cannot be looked at.
    """
    try:
        mode = path.stat().st_mode
    except OSError as exc:
        raise KeyFileUnusable(f"{path.name} cannot be opened: {exc.strerror}") from exc
    # On Windows these bits say nothing; there the folder of the user's profile keeps others out.
    if mode & _OTHERS and sys.platform != "win32":
        wanted = "0700" if path.is_dir() else "0600"
        raise KeyFileUnusable(f"{path.name} is open to other users; close it with `chmod {wanted}` and change the key")


def read_private_file(path: Path) -> bytes:
    """Read a key file that is closed to others.

    Raises:
        KeyFileUnusable: unreadable, or open to others.
    """
    check_private(path)
    try:
        return path.read_bytes()
    except OSError as exc:
        raise KeyFileUnusable(f"{path.name} cannot be read: {exc.strerror}") from exc


def write_new_file(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 that did not exist; a power cut leaves all of it or nothing.

    Raises:
        KeyExists: the name is taken; nothing was changed.
        KeyFileUnusable: the disk refused.
    """
    # A name of this process: two writers of one key meet at `link`, where one of them loses.
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(partial, path)
        finally:
            partial.unlink(missing_ok=True)
        sync_folder(path.parent)
    except FileExistsError as exc:
        raise KeyExists(f"{path.name} exists already; keys are never overwritten") from exc
    except OSError as exc:
        raise KeyFileUnusable(f"{path.name} cannot be written: {exc.strerror}") from exc


def replace_file(path: Path, content: bytes) -> None:
    """Write a file that others may read at any moment: they find the old bytes or the new ones, never half of them."""
    # Hidden, and a name of this writer alone: readers of a folder pass hidden files over.
    partial = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Hold the folder alone among processes and threads until the block ends."""
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | _NOT_INHERITED, 0o600)
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def wait_for_lock(try_lock: Callable[[], None], *, pause: Callable[[float], None] = time.sleep) -> None:
    """Take a lock of a system that gives up after a while instead of waiting, however often it gives up."""
    while True:
        try:
            try_lock()
        except OSError as exc:
            # Another holds it (EACCES, or EDEADLK when the system stopped trying); anything else is a fault.
            if exc.errno not in {errno.EACCES, errno.EDEADLK}:
                raise
            pause(_LOCK_PAUSE_SECONDS)
        else:
            return


def sync_folder(folder: Path) -> None:
    """Make names just written in a folder survive a power cut."""
    if sys.platform == "win32":
        # There a folder cannot be opened; the file system journals its names.
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
