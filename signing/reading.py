"""Open a file for one more revision, or refuse it: damaged, encrypted, hybrid, PDF/A-1."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodeLimits, DocumentDecodeBudget, StreamDecodeLimits
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.errors import NotAPdf, PdfaOne, PdfEncrypted, PdfHybrid, SigningError
from signing.objects import entry
from signing.source import BytesStore, HashedPdf, PdfStore

MIB = 1024 * 1024
_LIMITS = DecodeLimits(
    per_stream=StreamDecodeLimits(max_output_size=64 * MIB),
    document_budget=DocumentDecodeBudget(base_allowance=64 * MIB, max_ratio=20),
)
# What pyHanko lets escape on malformed files (notes/signing.md, trap 12).
_DAMAGE = (PdfError, KeyError, ValueError, TypeError, AttributeError, IndexError, RecursionError, AssertionError)
_PDFA_PREFIX = re.compile(rb"xmlns:([A-Za-z_][\w.-]*)\s*=\s*[\"']http://www\.aiim\.org/pdfa/ns/id/[\"']")
# A signature's hex digits: the library reads them one by one, which costs more than everything else together.
_LONG_HEX = re.compile(rb"/Contents\s*<(?=[0-9A-Fa-f]{256})")
_OBJECT_HEADER = re.compile(rb"(\d{1,10}) (\d{1,5}) obj\s*")
_HEAD_BYTES, _TAIL_BYTES, _MAX_HEX_BYTES = 2048, 16 * 1024, 4 * MIB
_STAND_IN = hashlib.sha256(b"stands for a long /Contents while its dictionary is parsed").digest()


class _Writable(Protocol):
    def tell(self) -> int: ...

    def write(self, part: bytes, /) -> int: ...


class SignatureReader(PdfFileReader):
    """pyHanko's reader, but the hex digits of a signature are decoded in one go."""

    # pyHanko's reader is untyped throughout; this passes every argument on.
    def get_object(self, ref: Any, *arguments: Any, **options: Any) -> Any:
        """Read an object, from the cache when it is there."""
        key = (ref.generation, ref.idnum)
        if not arguments and options.get("revision") is None and key not in self.resolved_objects:
            place = self.xrefs[ref]
            if isinstance(place, int):
                signature = self._read_signature(ref, place)
                if signature is not None:
                    self.resolved_objects[key] = signature
        # pyHanko leaves this one untyped.
        return super().get_object(ref, *arguments, **options)  # type: ignore[no-untyped-call]

    def _read_signature(self, ref: Any, place: int) -> generic.DictionaryObject | None:
        """Return the dictionary at `place` when a long /Contents stands in it, or None for the library's own way.

        A stand-in of a few digits takes the place of the long string. Only when exactly that comes back as the
        value of /Contents was the string really that value, and not a part of some other one.
        """
        self.stream.seek(place)
        head = self.stream.read(_HEAD_BYTES)
        found = _LONG_HEX.search(head)
        if found is None:
            return None
        self.stream.seek(place + found.end())
        digits, closed, rest = self.stream.read(_MAX_HEX_BYTES).partition(b">")
        if not closed:
            return None
        short = head[: found.end()] + _STAND_IN.hex().encode("ascii") + b">" + rest[:_TAIL_BYTES]
        header = _OBJECT_HEADER.match(short)
        if header is None or (int(header[1]), int(header[2])) != (ref.idnum, ref.generation):
            return None
        stream = io.BytesIO(short[header.end() :])
        try:
            parsed = generic.read_object(stream, generic.Reference(ref.idnum, ref.generation, self))
            contents = bytes.fromhex(digits.decode("ascii"))
        except (PdfError, ValueError, KeyError, IndexError):
            return None
        if not isinstance(parsed, generic.DictionaryObject) or isinstance(parsed, generic.StreamObject):
            return None
        stood = parsed.raw_get("/Contents") if "/Contents" in parsed else None
        if getattr(stood, "original_bytes", None) != _STAND_IN:
            return None
        parsed[generic.pdf_name("/Contents")] = generic.ByteStringObject(contents)
        return parsed


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

    def write_section(self, stream: _Writable) -> None:
        """Write the new objects, cross-reference and trailer, and nothing of the file before them."""
        # pyHanko leaves this one untyped.
        self._write_updated_section(stream)  # type: ignore[no-untyped-call]

    @classmethod
    def _handle_id(cls, prev: PdfFileReader) -> generic.ArrayObject:
        before = entry(prev.trailer.flatten(), "/ID", ())
        kept = [getattr(part, "original_bytes", b"") for part in before] or [hashlib.sha256(b"no /ID").digest()[:16]]
        fresh = hashlib.sha256(kept[-1] + str(prev.last_startxref).encode("ascii")).digest()[:16]
        return generic.ArrayObject([generic.ByteStringObject(kept[0]), generic.ByteStringObject(fresh)])


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


def open_revision(file: bytes | HashedPdf | PdfStore) -> RevisionWriter:
    """Return a writer for one more revision of the file.

    Raises:
        NotAPdf: it is no PDF, or damaged.
        PdfEncrypted: it is encrypted.
        PdfHybrid: it has a hybrid cross-reference.
        PdfaOne: it claims PDF/A-1.
    """
    store = _store_of(file)
    if store.read(0, 5) != b"%PDF-":
        raise NotAPdf("the file does not begin with %PDF-; only PDF files can be signed")
    with refusing_damage():
        reader = _open_reader(store)
        if "/Encrypt" in reader.trailer.flatten():
            raise PdfEncrypted("the file is encrypted; remove the password before signing")
        if int(reader.root["/Pages"]["/Count"]) < 1:
            raise NotAPdf("the file has no page; there is nothing to sign")
        part = claimed_pdfa_part(reader)
        writer = RevisionWriter(reader.stream, prev=reader)
    if part == 1:
        raise PdfaOne(
            "the file claims PDF/A-1, which a PAdES signature would break; convert it to PDF/A-2u first, "
            "for example with `vidimus ocr FILE --out-dir FOLDER`, and sign the converted file"
        )
    return writer


def _store_of(file: bytes | HashedPdf | PdfStore) -> PdfStore:
    if isinstance(file, HashedPdf):
        return file.store
    return BytesStore(file) if isinstance(file, bytes) else file


def _open_reader(store: PdfStore) -> SignatureReader:
    try:
        reader = SignatureReader(store.stream(), strict=True, decode_limits=_LIMITS)
    except PdfError as exc:
        # A hybrid file is damage to the strict reader, but its owner deserves to hear the real reason.
        if _is_hybrid(SignatureReader(store.stream(), strict=False, decode_limits=_LIMITS)):
            raise _hybrid() from exc
        raise
    if _is_hybrid(reader):
        raise _hybrid()
    return reader


def _hybrid() -> PdfHybrid:
    return PdfHybrid("the file has a hybrid cross-reference; save it again as a plain PDF before the first signature")


def _is_hybrid(reader: PdfFileReader) -> bool:
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
