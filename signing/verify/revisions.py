"""Split a PDF into its revisions and answer what each object was in each of them.

Every incremental update leaves the earlier bytes in place (ISO 32000-2, 7.5.6), so one parse gives all
states of the file: the state that was signed and the state a reader shows today.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from signing.verify.digests import RunningDigests
from signing.verify.errors import NotAPdf, PasswordProtected, PdfUnreadable
from signing.verify.stream_lengths import MAX_WRONG_LENGTHS, read_stream_of_wrong_length
from signing.verify.streams import decode_stream
from signing.verify.syntax import (
    PdfObject,
    Ref,
    Stream,
    read_indirect_header,
    read_object,
    read_object_end,
    read_stream_bytes,
    skip_space,
)
from signing.verify.xref import (
    COMPRESSED,
    FREE,
    IN_USE,
    MAX_OBJECTS,
    Section,
    XrefEntry,
    begins_section,
    read_section,
)

MAX_REVISIONS = 256
MAX_STREAM_DEPTH = 8
HEADER_WITHIN = 1024
"""How far from the beginning readers look for the header."""

# Libraries leave a comment (their version) between trailer and startxref.
_STARTXREF = re.compile(
    rb"(?:[\x00\t\n\x0c\r ]++|%(?!%EOF)[^\r\n]*+)*+startxref[\x00\t\n\x0c\r ]+(\d{1,12})[\x00\t\n\x0c\r ]*%%EOF"
)
_EOL = re.compile(rb"[\r\n]{0,2}")
_ANY_OBJECT = re.compile(rb"(?<![0-9])(\d{1,10})[\x00\t\n\x0c\r ]+\d{1,5}[\x00\t\n\x0c\r ]+obj(?![a-z])")


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of the file: the bytes up to `end` (just behind its `%%EOF`) and its objects."""

    index: int
    start: int
    end: int
    end_with_eol: int
    updated: dict[int, XrefEntry]
    objects: dict[int, XrefEntry] = field(repr=False)
    trailer: dict[str, PdfObject]
    is_hybrid: bool
    sections: tuple[Section, ...] = field(repr=False)


class PdfHistory:
    """All revisions of one file, oldest first, with every object read at most once."""

    def __init__(self, pdf: bytes, revisions: tuple[Revision, ...]) -> None:
        """Keep the bytes and the revisions; use `read_history` to make one."""
        self.pdf = pdf
        self.revisions = revisions
        self.digests = RunningDigests(pdf)
        self.wrong_lengths = 0
        self._read: dict[tuple[int, int, int], PdfObject] = {}
        self._spans: dict[int, int] = {}
        self._stream_spans: list[tuple[int, int]] = []
        self._containers: dict[int, list[tuple[int, PdfObject]]] = {}

    @property
    def newest(self) -> Revision:
        """The state a reader shows today."""
        return self.revisions[-1]

    def with_right_numbers(self) -> bytes:
        """Give the file with its tables that were read as one too high written as they were read."""
        sections = [section for revision in self.revisions for section in revision.sections]
        places = [section.one_too_high_at for section in sections if section.one_too_high_at is not None]
        if not places:
            return self.pdf
        written = bytearray(self.pdf)
        for place in places:
            written[place : place + 1] = b"0"
        return bytes(written)

    def fetch(self, revision: Revision, number: int) -> PdfObject:
        """Give the object as it was in `revision`; a free or unknown object is null (7.3.10)."""
        entry = revision.objects.get(number)
        if entry is None or entry.kind == FREE:
            return None
        key = (entry.kind, entry.where, entry.detail)
        if key not in self._read:
            if entry.kind == COMPRESSED:
                self._read[key] = self._read_compressed(revision, entry, number)
            else:
                self._read[key] = self._read_plain(revision, entry, number)
        return self._read[key]

    def resolve(self, revision: Revision, value: PdfObject) -> PdfObject:
        """Follow references until a direct object stands there."""
        for _ in range(16):
            if not isinstance(value, Ref):
                return value
            value = self.fetch(revision, value.number)
        raise PdfUnreadable("REFERENCE_LOOP", "references lead in a circle")

    def span(self, revision: Revision, number: int) -> tuple[int, int] | None:
        """Give the bytes an uncompressed object occupies, or None when it is compressed or free."""
        entry = revision.objects.get(number)
        if entry is None or entry.kind != 1:
            return None
        self.fetch(revision, number)
        return entry.where, self._spans[entry.where]

    @property
    def spans_of_read_streams(self) -> list[tuple[int, int]]:
        """The bytes of every stream that was read so far, in order."""
        return sorted(self._stream_spans)

    def _read_plain(self, revision: Revision, entry: XrefEntry, number: int, depth: int = 0) -> PdfObject:
        reference, at = read_indirect_header(self.pdf, entry.where)
        if reference != (number, entry.detail):
            raise PdfUnreadable("XREF_WRONG", f"another object than {number} stands where the cross-reference points")
        value, at = read_object(self.pdf, at)
        at, has_stream = read_object_end(self.pdf, at)
        if has_stream:
            if not isinstance(value, dict) or depth > MAX_STREAM_DEPTH:
                raise PdfUnreadable("SYNTAX", f"object {number} is a stream without a dictionary")
            raw, at = self._read_stream(at, length=self._length(revision, value, depth), entries=value)
            value = Stream(value, raw)
            self._stream_spans.append((entry.where, at))
        self._spans[entry.where] = at
        return value

    def _read_stream(self, at: int, *, length: int, entries: dict[str, PdfObject]) -> tuple[bytes | memoryview, int]:
        try:
            return read_stream_bytes(self.pdf, at, length=length)
        except PdfUnreadable:
            self.wrong_lengths += 1
            if self.wrong_lengths > MAX_WRONG_LENGTHS:
                raise
            return read_stream_of_wrong_length(self.pdf, at, length=length, entries=entries)

    def _length(self, revision: Revision, entries: dict[str, PdfObject], depth: int) -> int:
        length = entries.get("Length")
        if isinstance(length, Ref):
            entry = revision.objects.get(length.number)
            if entry is None or entry.kind == FREE:
                raise PdfUnreadable("STREAM_LENGTH", "the /Length of a stream points to nothing")
            if entry.kind == COMPRESSED:
                length = self.fetch(revision, length.number)
            else:
                length = self._read_plain(revision, entry, length.number, depth + 1)
        if not isinstance(length, int) or isinstance(length, bool):
            raise PdfUnreadable("STREAM_LENGTH", "the /Length of a stream is no number")
        return length

    def _read_compressed(self, revision: Revision, entry: XrefEntry, number: int) -> PdfObject:
        holder = revision.objects.get(entry.where)
        if holder is None or holder.kind != 1:
            raise PdfUnreadable("XREF_WRONG", f"the object stream of object {number} does not exist")
        if holder.where not in self._containers:
            self._containers[holder.where] = self._open_container(self.fetch(revision, entry.where))
        members = self._containers[holder.where]
        if entry.detail >= len(members) or members[entry.detail][0] != number:
            raise PdfUnreadable("XREF_WRONG", f"object {number} is not in the object stream that should hold it")
        return members[entry.detail][1]

    @staticmethod
    def _open_container(stream: PdfObject) -> list[tuple[int, PdfObject]]:
        if not isinstance(stream, Stream) or stream.entries.get("Type") != "ObjStm":
            raise PdfUnreadable("XREF_WRONG", "an object stream is something else")
        content = decode_stream(stream)
        count, first = stream.entries.get("N"), stream.entries.get("First")
        if not isinstance(count, int) or not isinstance(first, int) or not 0 <= count <= MAX_OBJECTS:
            raise PdfUnreadable("XREF_WRONG", "an object stream lacks its /N or /First")
        header = content[:first].split()
        if len(header) < 2 * count or not all(word.isdigit() for word in header[: 2 * count]):
            raise PdfUnreadable("XREF_WRONG", "an object stream has a damaged header")
        numbers = [int(word) for word in header[: 2 * count]]
        return [
            (numbers[index], read_object(content, first + numbers[index + 1])[0]) for index in range(0, 2 * count, 2)
        ]


def read_history(pdf: bytes) -> PdfHistory:
    """Read every revision of a file.

    Raises:
        NotAPdf: there is no PDF header.
        PasswordProtected: the file is encrypted.
        PdfUnreadable: the cross-reference cannot be followed without guessing.
    """
    header_at = pdf.find(b"%PDF-", 0, HEADER_WITHIN)
    if header_at < 0:
        if b"startxref" in pdf[-2048:]:
            # It was a PDF until somebody touched its first bytes, and those are signed too.
            raise PdfUnreadable("HEADER_DAMAGED", "the file ends like a PDF but does not begin like one")
        raise NotAPdf("the file has no PDF header; send the PDF itself")
    origin, chain = _follow_chain(pdf, header_at)
    groups = _group_by_revision(pdf, chain)
    revisions: list[Revision] = []
    objects: dict[int, XrefEntry] = {}
    start = 0
    for sections in groups:
        updated, is_hybrid = _merge(pdf, sections, origin)
        objects = {**objects, **updated}
        trailer = sections[-1].trailer
        if trailer.get("Encrypt") is not None:
            raise PasswordProtected("the PDF is encrypted; verify the unprotected original")
        end = _end_of(pdf, sections)
        padding = _EOL.match(pdf, end)
        revisions.append(
            Revision(
                index=len(revisions),
                start=start,
                end=end,
                end_with_eol=padding.end() if padding else end,
                updated=updated,
                objects=objects,
                trailer=trailer,
                is_hybrid=is_hybrid,
                sections=sections,
            )
        )
        start = end
    if header_at or any(section.is_displaced for section in chain):
        _check_rebuilt(pdf, objects)
    return PdfHistory(pdf, tuple(revisions))


def _check_rebuilt(pdf: bytes, objects: dict[int, XrefEntry]) -> None:
    """Where readers may give up on the cross-reference and search for objects, both ways must find the same ones."""
    found = {int(one[1]): one.start() for one in _ANY_OBJECT.finditer(pdf)}
    for number, at in found.items():
        entry = objects.get(number)
        if entry is None or entry.kind != IN_USE or skip_space(pdf, entry.where) != at:
            raise PdfUnreadable("XREF_WRONG", f"readers that repair this file would find another object {number}")


def _origin(pdf: bytes, header_at: int, offset: int) -> int:
    """Where offsets are counted from: the header, or the first byte of the file; writers differ."""
    return header_at if header_at and begins_section(pdf, header_at + offset) else 0


def _follow_chain(pdf: bytes, header_at: int) -> tuple[int, list[Section]]:
    """Read the sections from the newest to the oldest; gives the origin of offsets too."""
    last = pdf.rfind(b"startxref")
    found = _STARTXREF.match(pdf, last) if last >= 0 else None
    if found is None:
        raise PdfUnreadable("NO_STARTXREF", "the file does not end in startxref and %%EOF; it may be truncated")
    chain: list[Section] = []
    seen: set[int] = set()
    offset: int | None = int(found[1])
    origin = _origin(pdf, header_at, int(found[1]))
    while offset is not None:
        if offset in seen:
            raise PdfUnreadable("XREF_LOOP", "the cross-reference sections form a circle")
        if len(chain) >= MAX_REVISIONS:
            raise PdfUnreadable("TOO_MANY_REVISIONS", f"the file has more than {MAX_REVISIONS} revisions")
        seen.add(offset)
        section = read_section(pdf, offset, origin=origin)
        chain.append(section)
        offset = section.previous
    return origin, chain


def _group_by_revision(pdf: bytes, chain: list[Section]) -> list[tuple[Section, ...]]:
    """Give the sections of each revision, oldest revision first, newer sections last."""
    oldest_first = chain[::-1]
    is_linearised = len(chain) > 1 and oldest_first[0].begin > oldest_first[1].begin
    groups: list[tuple[Section, ...]] = []
    if is_linearised:
        # A linearised file keeps its first section near the top; both belong to the first save.
        groups.append((oldest_first[0], oldest_first[1]))
        oldest_first = oldest_first[2:]
    groups.extend((section,) for section in oldest_first)
    ends = [_end_of(pdf, sections) for sections in groups]
    for position, sections in enumerate(groups[1:], start=1):
        if sections[0].begin < ends[position - 1]:
            raise PdfUnreadable("XREF_ORDER", "a newer cross-reference stands before an older one")
    return groups


def _end_of(pdf: bytes, sections: tuple[Section, ...]) -> int:
    found = _STARTXREF.match(pdf, max(section.end for section in sections))
    if found is None:
        raise PdfUnreadable("NO_STARTXREF", "a revision has no startxref and %%EOF of its own")
    if int(found[1]) not in {section.offset for section in sections}:
        raise PdfUnreadable("XREF_WRONG", "a revision ends with a startxref that points elsewhere")
    return found.end()


def _merge(pdf: bytes, sections: tuple[Section, ...], origin: int) -> tuple[dict[int, XrefEntry], bool]:
    updated: dict[int, XrefEntry] = {}
    is_hybrid = False
    for section in sections:
        updated.update(section.entries)
        hidden = section.trailer.get("XRefStm")
        if isinstance(hidden, int):
            # Old readers see one file, new readers another: read it, and let `structure` object.
            is_hybrid = True
            for number, entry in read_section(pdf, hidden, origin=origin).entries.items():
                if updated.get(number, XrefEntry(FREE, 0, 0)).kind == FREE:
                    updated[number] = entry
    return updated, is_hybrid
