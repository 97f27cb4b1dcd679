"""Files without a name in one folder: what is large lies there while it is worked on, and nothing of it outlives its user."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from guard.wire import FilePayload, Payload

HELD_BYTES: Final = 32 * 1024 * 1024
"""What has no more bytes than this stays in memory; nearly every document does."""
_WRITTEN_AT_ONCE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SpooledFile:
    """An open file that nobody finds by a name: it is gone when it is closed, by a crash too."""

    file: BinaryIO = field(repr=False)

    def payload(self) -> FilePayload:
        """Give it as a payload, with the length it has now; good while the file is open."""
        self.file.flush()
        return open_file_payload(self.file)


class Room:
    """Where one piece of work keeps its documents: in memory while they are small, else in files that close with it."""

    def __init__(self, folder: Path, *, held_bytes: int, stack: ExitStack) -> None:
        self.held_bytes = held_bytes
        self._folder = folder
        self._stack = stack

    def file(self) -> BinaryIO:
        """Open a new file until the work ends; raises OSError when there is no room."""
        # It is entered into the stack at once.
        return self._stack.enter_context(tempfile.TemporaryFile(dir=self._folder))

    def take(self, write: Callable[[BinaryIO], None]) -> Payload:
        """Let something be written, and give it: as bytes, or as a file when it became large."""
        filling = _Filling(self)
        writer = io.BufferedWriter(filling, _WRITTEN_AT_ONCE)
        write(writer)
        writer.flush()
        return filling.content()


class Spool:
    """A folder for such files, readable by the service account alone."""

    def __init__(self, folder: Path, *, held_bytes: int = HELD_BYTES) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self._held_bytes = held_bytes

    @contextmanager
    def file(self) -> Iterator[SpooledFile]:
        """Open one until the block ends; raises OSError when there is no room."""
        with tempfile.TemporaryFile(dir=self.folder) as file:
            yield SpooledFile(file)

    @contextmanager
    def room(self) -> Iterator[Room]:
        """Open a room for one piece of work."""
        with ExitStack() as stack:
            yield Room(self.folder, held_bytes=self._held_bytes, stack=stack)


class _Filling(io.RawIOBase):
    """Takes bytes in, and goes on in a file when they become many."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._held = bytearray()
        self._file: BinaryIO | None = None

    def writable(self) -> bool:
        """Say that it is there to be written."""
        return True

    def write(self, piece: Any) -> int:
        """Take a piece."""
        if self._file is None and len(self._held) + len(piece) > self._room.held_bytes:
            self._file = self._room.file()
            self._file.write(self._held)
            self._held = bytearray()
        if self._file is None:
            self._held += piece
        else:
            self._file.write(piece)
        return len(piece)

    def content(self) -> Payload:
        """Give what was taken."""
        return bytes(self._held) if self._file is None else SpooledFile(self._file).payload()


def open_file_payload(file: BinaryIO) -> FilePayload:
    """Take an open file as a payload: it is read through its descriptor, from its beginning."""
    # Opening this name gives a description of its own, so that the place where `file` stands does not move.
    return FilePayload.of(Path(f"/proc/self/fd/{file.fileno()}"))
