"""Append one revision with a signature's space in it: earlier bytes are never rewritten, and hashed once.

The file so far travels with its running SHA-256 (`HashedPdf`), so that a signature, its evidence and its archive
time-stamp together read the file a single time.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodeLimits, DocumentDecodeBudget, StreamDecodeLimits
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.errors import NotAPdf, PdfaOne, PdfEncrypted, PdfHybrid, SignatureTooLarge, SigningError
from signing.objects import entry

MIB = 1024 * 1024
_LIMITS = DecodeLimits(
    per_stream=StreamDecodeLimits(max_output_size=64 * MIB),
    document_budget=DocumentDecodeBudget(base_allowance=64 * MIB, max_ratio=20),
)
# `[0 ` and three numbers of at most ten digits.
_BYTE_RANGE_WIDTH = 40
# What pyHanko lets escape on malformed files (notes/signing.md, trap 12).
_DAMAGE = (PdfError, KeyError, ValueError, TypeError, AttributeError, IndexError, RecursionError, AssertionError)
_PDFA_PREFIX = re.compile(rb"xmlns:([A-Za-z_][\w.-]*)\s*=\s*[\"']http://www\.aiim\.org/pdfa/ns/id/[\"']")


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


@dataclass(frozen=True, slots=True)
class HashedPdf:
    """A file and the running SHA-256 over all of it."""

    pdf: bytes
    running: RunningDigest

    @property
    def sha256_hex(self) -> str:
        """The digest of the whole file."""
        return self.running.hexdigest()


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
        at, after = self.contents_start - len(self.base.pdf), self.contents_end - len(self.base.pdf)
        filled = b"<" + hex_digits + b">"
        running = self.head.copy()
        running.update(filled)
        running.update(self.appended[after:])
        return HashedPdf(b"".join((self.base.pdf, self.appended[:at], filled, self.appended[after:])), running)


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


class RevisionWriter(IncrementalPdfFileWriter):
    """pyHanko's incremental writer without its side effects.

    The stock writer stamps the system's time into the XMP packet and a random number into /ID. After approval only
    signature dictionaries and their appearances may be added, so the metadata stays as approved.
    """

    def _update_meta(self) -> None:
        return

    def rewrite_root(self) -> None:
        """Have the document catalog written again."""
        # pyHanko leaves this one untyped.
        self.update_root()  # type: ignore[no-untyped-call]

    def write_section(self, stream: _Appended) -> None:
        """Write the new objects, cross-reference and trailer, and nothing of the file before them."""
        # pyHanko leaves this one untyped.
        self._write_updated_section(stream)  # type: ignore[no-untyped-call]

    @classmethod
    def _handle_id(cls, prev: PdfFileReader) -> generic.ArrayObject:
        before = entry(prev.trailer.flatten(), "/ID", ())
        kept = [getattr(part, "original_bytes", b"") for part in before] or [hashlib.sha256(b"no /ID").digest()[:16]]
        fresh = hashlib.sha256(kept[-1] + str(prev.last_startxref).encode("ascii")).digest()[:16]
        return generic.ArrayObject([generic.ByteStringObject(kept[0]), generic.ByteStringObject(fresh)])


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


@contextmanager
def refusing_damage() -> Iterator[None]:
    """Turn whatever the PDF library throws at a malformed file into our refusal.

    Raises:
        NotAPdf: the file is damaged.
    """
    try:
        yield
    except SigningError:
        raise
    except _DAMAGE as exc:
        raise NotAPdf(
            f"the file cannot be read well enough to be signed ({type(exc).__name__}); repair it or scan again"
        ) from exc


def hash_pdf(pdf: bytes) -> HashedPdf:
    """Return the file with the SHA-256 over it: the one pass over its bytes."""
    return HashedPdf(pdf, hashlib.sha256(pdf))


def open_revision(pdf: bytes) -> RevisionWriter:
    """Return a writer for one more revision of `pdf`.

    Raises:
        NotAPdf: it is no PDF, or damaged.
        PdfEncrypted: it is encrypted.
        PdfHybrid: it has a hybrid cross-reference.
        PdfaOne: it claims PDF/A-1.
    """
    if not pdf.startswith(b"%PDF-"):
        raise NotAPdf("the file does not begin with %PDF-; only PDF files can be signed")
    with refusing_damage():
        if _is_hybrid(pdf):
            raise PdfHybrid(
                "the file has a hybrid cross-reference; save it again as a plain PDF before the first signature"
            )
        reader = PdfFileReader(io.BytesIO(pdf), strict=True, decode_limits=_LIMITS)
        if "/Encrypt" in reader.trailer.flatten():
            raise PdfEncrypted("the file is encrypted; remove the password before signing")
        if int(reader.root["/Pages"]["/Count"]) < 1:
            raise NotAPdf("the file has no page; there is nothing to sign")
        part = claimed_pdfa_part(reader)
        writer = RevisionWriter(reader.stream, prev=reader)
    if part == 1:
        raise PdfaOne("the file claims PDF/A-1, which a PAdES signature would break; convert it to PDF/A-2u first")
    return writer


def _is_hybrid(pdf: bytes) -> bool:
    if b"/XRefStm" not in pdf:
        return False
    reader = PdfFileReader(io.BytesIO(pdf), strict=False, decode_limits=_LIMITS)
    return any(section.xref_data.hybrid is not None for section in reader.xrefs._xref_sections)


def claimed_pdfa_part(reader: PdfFileReader) -> int | None:
    """Return the part of PDF/A that the XMP packet claims, or None; a claim, not a proof."""
    metadata = entry(reader.root, "/Metadata")
    if metadata is None:
        return None
    packet: bytes = metadata.data
    for encoding in ("utf-16-le", "utf-16-be"):
        if packet.startswith("\ufeff".encode(encoding)):
            packet = packet.decode(encoding, errors="replace").encode("utf-8")
    for prefix in _PDFA_PREFIX.findall(packet):
        claim = re.search(rb"\b" + re.escape(prefix) + rb":part\s*(?:=\s*[\"']|>)\s*(\d)", packet)
        if claim:
            return int(claim[1])
    return None


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
    section = _Appended(len(base.pdf))
    if not base.pdf.endswith((b"\n", b"\r")):
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
    section = _Appended(len(base.pdf))
    if not base.pdf.endswith((b"\n", b"\r")):
        section.write(b"\n")
    with refusing_damage():
        writer.write_section(section)
    running = base.running.copy()
    running.update(bytes(section.buffer))
    return HashedPdf(base.pdf + bytes(section.buffer), running)
