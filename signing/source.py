"""Where a file's bytes are while it grows: in memory, or on disk so that a file of any size is never held whole.

The file so far travels with its running SHA-256 (`HashedPdf`), so that a signature, its evidence and its archive
time-stamp together read the file a single time.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Protocol, Self

from guard.spool import Room, open_file_payload
from guard.wire import FilePayload, Payload, open_payload

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

    def cut(self, length: int) -> PdfStore:
        """Return the first bytes as a store of their own; the present one must not be used any more."""

    @property
    def payload(self) -> Payload:
        """Return the bytes as they are handed on; those of a file are read where they lie, as long as it is open."""


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

    def cut(self, length: int) -> PdfStore:
        """Return the beginning."""
        return BytesStore(self.pdf[:length])

    @property
    def payload(self) -> Payload:
        """Return the bytes."""
        return self.pdf


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

    def cut(self, length: int) -> PdfStore:
        """Return the beginning; the rest stays in the file until something is appended."""
        return FileStore(self.file, length)

    @property
    def payload(self) -> Payload:
        """Return the file."""
        return FilePayload(open_file_payload(self.file).path, self.length)


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


def growing(pdf: Payload, *, room: Room) -> bytes | HashedPdf:
    """Return a document so that it can be signed or extended: bytes as they are, a file as a copy in the room."""
    if isinstance(pdf, bytes):
        return pdf
    with open_payload(pdf) as source:
        return copy_hashed(source, room.file())


@contextmanager
def opened_store(pdf: Payload) -> Iterator[PdfStore]:
    """Open a document to be looked at; it cannot grow."""
    if isinstance(pdf, bytes):
        yield BytesStore(pdf)
        return
    with open_payload(pdf) as file:
        yield FileStore(file, pdf.length)


def hashed(pdf: bytes | HashedPdf) -> HashedPdf:
    """Return a document with the SHA-256 over it; one that is hashed already is not read again."""
    return hash_pdf(pdf) if isinstance(pdf, bytes) else pdf


def hash_beginning(store: PdfStore, length: int) -> HashedPdf:
    """Return the beginning of a file with the SHA-256 over it; what is appended takes the place of the rest."""
    running = hashlib.sha256()
    for start in range(0, length, _CHUNK_BYTES):
        running.update(store.read(start, min(_CHUNK_BYTES, length - start)))
    return HashedPdf(store.cut(length), running)


def copy_hashed(source: BinaryIO, target: BinaryIO, *, start: int = 0) -> HashedPdf:
    """Copy a file and hash it on the way: the one pass over its bytes. `target` is to be written to and read from."""
    running = hashlib.sha256()
    length = 0
    source.seek(start, os.SEEK_SET)
    while part := source.read(_CHUNK_BYTES):
        running.update(part)
        target.write(part)
        length += len(part)
    target.flush()
    return HashedPdf(FileStore(target, length), running)
