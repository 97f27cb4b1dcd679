"""Append one revision with a signature's space in it: earlier bytes are never rewritten, and hashed once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pyhanko.pdf_utils import generic

from signing.errors import SignatureTooLarge
from signing.reading import RevisionWriter, refusing_damage
from signing.source import HashedPdf, RunningDigest

# `[0 ` and three numbers of at most ten digits.
_BYTE_RANGE_WIDTH = 40


@dataclass(frozen=True, slots=True)
class OpenRevision:
    """A revision written except for the contents of its one signature."""

    base: HashedPdf
    appended: bytes
    contents_start: int
    contents_end: int
    document_sha256: bytes
    head: RunningDigest

    @property
    def capacity_bytes(self) -> int:
        """How many bytes of DER fit between the angle brackets."""
        return (self.contents_end - self.contents_start - 2) // 2

    def close(self, contents_der: bytes) -> HashedPdf:
        """Return the file with `contents_der` in the space kept for it.

        Raises:
            SignatureTooLarge: it does not fit.
        """
        if len(contents_der) > self.capacity_bytes:
            raise SignatureTooLarge(
                f"the signature takes {len(contents_der)} bytes and {self.capacity_bytes} were reserved; "
                "raise SigningServices.timestamp_bytes to the size of your authority's time-stamps"
            )
        hex_digits = contents_der.hex().upper().encode("ascii").ljust(2 * self.capacity_bytes, b"0")
        at, after = self.contents_start - self.base.length, self.contents_end - self.base.length
        filled = b"<" + hex_digits + b">"
        running = self.head.copy()
        running.update(filled)
        running.update(self.appended[after:])
        return HashedPdf(self.base.store.append(self.appended[:at], filled, self.appended[after:]), running)


class Placeholder(generic.PdfObject):
    """Bytes of fixed width whose place in the file is remembered while it is written."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.start = -1

    # pyHanko calls it with all three.
    def write_to_stream(self, stream: Any, handler: Any = None, container_ref: Any = None) -> None:  # noqa: ARG002
        """Write the bytes and note where they begin."""
        self.start = stream.tell()
        stream.write(self.text)


@dataclass(slots=True)
class _Appended:
    """Collects the new section while telling offsets as if the old file stood before it."""

    offset: int
    buffer: bytearray = field(default_factory=bytearray)

    def tell(self) -> int:
        return self.offset + len(self.buffer)

    def write(self, part: bytes) -> int:
        self.buffer += part
        return len(part)


def write_revision(
    writer: RevisionWriter, *, base: HashedPdf, signature: generic.DictionaryObject, contents_bytes: int
) -> OpenRevision:
    """Write the new section with room for `contents_bytes` of DER in `signature` and return it unsigned.

    `signature` must be reachable from what the writer holds; its /Contents and /ByteRange are set here.
    """
    contents = Placeholder(b"<" + b"0" * (2 * contents_bytes) + b">")
    byte_range = Placeholder(b"[" + b" " * _BYTE_RANGE_WIDTH + b"]")
    signature["/Contents"] = contents
    signature["/ByteRange"] = byte_range
    section = _Appended(base.length)
    if not base.ends_a_line:
        section.write(b"\n")
    with refusing_damage():
        writer.write_section(section)
    start, end = contents.start, contents.start + len(contents.text)
    values = b"[0 %d %d %d" % (start, end, section.tell() - end)
    at = byte_range.start - section.offset
    section.buffer[at : at + _BYTE_RANGE_WIDTH + 2] = values.ljust(_BYTE_RANGE_WIDTH + 1) + b"]"
    appended = bytes(section.buffer)
    head = base.running.copy()
    head.update(appended[: start - section.offset])
    covered = head.copy()
    covered.update(appended[end - section.offset :])
    return OpenRevision(base, appended, start, end, covered.digest(), head)


def write_plain_revision(writer: RevisionWriter, *, base: HashedPdf) -> HashedPdf:
    """Write the new section of a revision that carries no signature of its own."""
    section = _Appended(base.length)
    if not base.ends_a_line:
        section.write(b"\n")
    with refusing_damage():
        writer.write_section(section)
    running = base.running.copy()
    running.update(bytes(section.buffer))
    return HashedPdf(base.store.append(bytes(section.buffer)), running)
