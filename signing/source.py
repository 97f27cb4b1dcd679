"""Where a file's bytes are while it grows: in memory, or on disk so that a file of any size is never held whole.

The file so far travels with its running SHA-256 (`HashedPdf`), so that a signature, its evidence and its archive
time-stamp together read the file a single time.
"""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass
from typing import BinaryIO, Protocol, Self

_CHUNK_BYTES = 1024 * 1024


class RunningDigest(Protocol):
    """A hash that can be continued and copied, as `hashlib` makes them."""

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""

    def digest(self) -> bytes:
        """Return the digest of everything taken in."""

    def hexdigest(self) -> str:
        """Return the digest in hex."""

    def copy(self) -> Self:
        """Return another hash in the same state."""


class PdfStore(Protocol):
    """The bytes of a file, which can only grow."""

    @property
    def length(self) -> int:
        """How many bytes there are."""

    def read(self, start: int, count: int) -> bytes:
        """Return up to `count` bytes from `start` on."""

    def stream(self) -> BinaryIO:
        """Return a stream over exactly these bytes, for the PDF library to seek in."""

    def append(self, *parts: bytes) -> PdfStore:
        """Return the store with `parts` at its end; the present one must not be used any more."""


@dataclass(frozen=True, slots=True)
class BytesStore:
    """A file in memory."""

    pdf: bytes

    @property
    def length(self) -> int:
        """How many bytes there are."""
        return len(self.pdf)

    def read(self, start: int, count: int) -> bytes:
        """Return a slice."""
        return self.pdf[start : start + count]

    def stream(self) -> BinaryIO:
        """Return a stream that shares these bytes."""
        return io.BytesIO(self.pdf)

    def append(self, *parts: bytes) -> PdfStore:
        """Return a longer file; this one is unchanged."""
        return BytesStore(b"".join((self.pdf, *parts)))


@dataclass(frozen=True, slots=True)
class FileStore:
    """A file on disk that is ours alone, open for reading and writing."""

    file: BinaryIO
    length: int

    def read(self, start: int, count: int) -> bytes:
        """Read a part."""
        self.file.seek(start)
        return self.file.read(min(count, self.length - start))

    def stream(self) -> BinaryIO:
        """Return the file itself: its buffered reader is fast at single bytes."""
        self.file.seek(0)
        return self.file

    def append(self, *parts: bytes) -> PdfStore:
        """Write at the end; what stood there before is never touched."""
        self.file.seek(self.length)
        for part in parts:
            self.file.write(part)
        self.file.flush()
        return FileStore(self.file, self.length + sum(map(len, parts)))


@dataclass(frozen=True, slots=True)
class HashedPdf:
    """A file and the running SHA-256 over all of it."""

    store: PdfStore
    running: RunningDigest

    @property
    def length(self) -> int:
        """How many bytes there are."""
        return self.store.length

    @property
    def pdf(self) -> bytes:
        """The whole file; do not ask for it when the file is large."""
        return self.store.read(0, self.store.length)

    @property
    def sha256_hex(self) -> str:
        """The digest of the whole file."""
        return self.running.hexdigest()

    @property
    def ends_a_line(self) -> bool:
        """Tell whether a new object may begin at the end."""
        return self.store.read(self.length - 1, 1) in (b"\n", b"\r")


def hash_pdf(pdf: bytes) -> HashedPdf:
    """Return the file with the SHA-256 over it: the one pass over its bytes."""
    return HashedPdf(BytesStore(pdf), hashlib.sha256(pdf))


def copy_hashed(source: BinaryIO, target: BinaryIO) -> HashedPdf:
    """Copy a file and hash it on the way: the one pass over its bytes. `target` is to be written to and read from."""
    running = hashlib.sha256()
    length = 0
    source.seek(0, os.SEEK_SET)
    while part := source.read(_CHUNK_BYTES):
        running.update(part)
        target.write(part)
        length += len(part)
    target.flush()
    return HashedPdf(FileStore(target, length), running)
