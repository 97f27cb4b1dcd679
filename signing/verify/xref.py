"""Read one cross-reference section, table or stream (ISO 32000-2, 7.5.4 and 7.5.8), from raw bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from signing.verify.errors import PdfUnreadable
from signing.verify.streams import decode_stream
from signing.verify.syntax import (
    PdfObject,
    Stream,
    read_indirect_header,
    read_object,
    read_object_end,
    read_stream_bytes,
    skip_space,
)

MAX_OBJECTS = 400_000
"""More objects than this in one file are a bomb, not a document a counter handles."""

MAX_OBJECT_NUMBER = 8_388_607
"""The largest number Acrobat accepts; what lies beyond exists for one reader and not for the next."""

DISPLACED_BYTES = 16
"""How far from its promised place a section is looked for."""

FREE, IN_USE, COMPRESSED = 0, 1, 2


class XrefEntry(NamedTuple):
    """Where an object lives: `(IN_USE, offset, generation)` or `(COMPRESSED, stream number, index)`."""

    kind: int
    where: int
    detail: int


@dataclass(frozen=True, slots=True)
class Section:
    """One cross-reference section with its trailer.

    `offset` is where the file says it begins, `begin` where it does, `end` the position behind it.
    """

    offset: int
    begin: int
    end: int
    entries: dict[int, XrefEntry]
    trailer: dict[str, PdfObject]
    own_object: int | None
    is_displaced: bool = False
    one_too_high_at: int | None = None
    """Where the first number of a table stands that calls its objects by one too much."""

    @property
    def previous(self) -> int | None:
        """Offset of the section this one updates."""
        value = self.trailer.get("Prev")
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int):
            raise PdfUnreadable("XREF_WRONG", "the /Prev of a cross-reference section is no number")
        return value


_SUBSECTION = re.compile(rb"[\x00\t\n\x0c\r ]*(\d{1,10})[\t ]+(\d{1,10})[\t ]*(?:\r\n|\n|\r)?")
_ROW = re.compile(rb"[\t ]*(\d{1,10})[\t ]+(\d{1,5})[\t ]+([nf])[\t\r\n ]{0,2}")
_TRAILER = re.compile(rb"[\x00\t\n\x0c\r ]*trailer")
_STREAM_HEAD = re.compile(rb"\d{1,10}[\x00\t\n\x0c\r ]+\d{1,5}[\x00\t\n\x0c\r ]+obj")
_OBJECT_HEAD = re.compile(rb"[\x00\t\n\x0c\r ]*(\d{1,10})[\x00\t\n\x0c\r ]+(\d{1,5})[\x00\t\n\x0c\r ]+obj")
_HEAD_GENERATION = 65535
_SECTION_HEAD = re.compile(rb"(?<![a-z])xref|(?<![0-9])\d{1,10}[\x00\t\n\x0c\r ]+\d{1,5}[\x00\t\n\x0c\r ]+obj")


def read_section(pdf: bytes, offset: int, *, origin: int = 0) -> Section:
    """Read the section that begins at `offset`, counted from `origin` (where the header stands).

    Raises:
        PdfUnreadable: no section begins there, or it is damaged.
    """
    if not 0 <= offset + origin < len(pdf):
        raise PdfUnreadable("XREF_WRONG", "a cross-reference points outside the file")
    is_displaced = not begins_section(pdf, offset + origin)
    begin = _find_near(pdf, offset + origin) if is_displaced else skip_space(pdf, offset + origin)
    if pdf.startswith(b"xref", begin):
        section = _read_table(pdf, offset=offset, begin=begin, origin=origin)
    else:
        section = _read_stream(pdf, offset=offset, begin=begin, origin=origin)
    size = section.trailer.get("Size")
    if not isinstance(size, int) or max((*section.entries, size)) > MAX_OBJECT_NUMBER:
        raise PdfUnreadable("XREF_WRONG", "a cross-reference section has an impossible /Size")
    return replace(section, is_displaced=True) if is_displaced else section


def begins_section(pdf: bytes, at: int) -> bool:
    """Tell whether a table or the object of a cross-reference stream begins here."""
    start = skip_space(pdf, at)
    return pdf.startswith(b"xref", start) or _STREAM_HEAD.match(pdf, start) is not None


def _find_near(pdf: bytes, at: int) -> int:
    """Give where a section begins; writers that count line ends wrongly are a few bytes off.

    Whoever finds one elsewhere than promised must make sure that no reader can find another (`revisions`).
    """
    near = list(_SECTION_HEAD.finditer(pdf, max(at - DISPLACED_BYTES, 0), at + DISPLACED_BYTES))
    if len(near) != 1:
        raise PdfUnreadable("XREF_WRONG", f"no cross-reference section begins at byte {at}")
    return near[0].start()


def _read_table(pdf: bytes, *, offset: int, begin: int, origin: int) -> Section:
    entries: dict[int, XrefEntry] = {}
    one_too_high_at: int | None = None
    at = begin + 4
    while (trailer := _TRAILER.match(pdf, at)) is None:
        found = _SUBSECTION.match(pdf, at)
        if found is None:
            raise PdfUnreadable("XREF_WRONG", f"the cross-reference table at byte {offset} has no trailer")
        first, count = int(found[1]), int(found[2])
        _check_count(len(entries) + count)
        is_first = not entries
        at = _read_rows(pdf, found.end(), first=first, count=count, entries=entries, origin=origin)
        if is_first and first == 1 and _is_numbered_one_too_high(pdf, entries):
            entries, one_too_high_at = {number - 1: entry for number, entry in entries.items()}, found.end(1) - 1
    value, end = read_object(pdf, trailer.end())
    if not isinstance(value, dict):
        raise PdfUnreadable("XREF_WRONG", f"the trailer of the table at byte {offset} is no dictionary")
    is_displaced = one_too_high_at is not None
    return Section(offset, begin, end, entries, value, None, is_displaced, one_too_high_at)


def _is_numbered_one_too_high(pdf: bytes, entries: dict[int, XrefEntry]) -> bool:
    """Tell whether a table begins with the head of the free list, which is object 0, but calls it object 1.

    It is one only if every row leads to the object before its number: then no row leads to its own, and nobody
    can read the table in both ways. Whoever repairs instead finds the same objects, or `revisions` refuses.
    """
    in_use = [(number, entry) for number, entry in entries.items() if entry.kind == IN_USE]
    return (
        entries.get(1) == XrefEntry(FREE, 0, _HEAD_GENERATION)
        and bool(in_use)
        and all(_begins_object(pdf, entry, number - 1) for number, entry in in_use)
    )


def _begins_object(pdf: bytes, entry: XrefEntry, number: int) -> bool:
    found = _OBJECT_HEAD.match(pdf, entry.where)
    return found is not None and (int(found[1]), int(found[2])) == (number, entry.detail)


def _read_rows(pdf: bytes, at: int, *, first: int, count: int, entries: dict[int, XrefEntry], origin: int) -> int:
    for number in range(first, first + count):
        row = _ROW.match(pdf, at)
        if row is None:
            raise PdfUnreadable("XREF_WRONG", f"a cross-reference row is damaged at byte {at}")
        if number in entries:
            raise PdfUnreadable("XREF_WRONG", "one cross-reference section lists an object twice")
        # Nothing can stand where the header stands: an object in use at byte 0 is one that was never written.
        kind = IN_USE if row[3] == b"n" and int(row[1]) else FREE
        entries[number] = XrefEntry(kind, int(row[1]) + (origin if kind == IN_USE else 0), int(row[2]))
        at = row.end()
    return at


def _check_count(count: int) -> None:
    if count > MAX_OBJECTS:
        raise PdfUnreadable("TOO_MANY_OBJECTS", f"the file claims more than {MAX_OBJECTS} objects")


def _read_stream(pdf: bytes, *, offset: int, begin: int, origin: int) -> Section:
    reference, at = read_indirect_header(pdf, begin)
    entries, at = read_object(pdf, at)
    at, has_stream = read_object_end(pdf, at)
    if not isinstance(entries, dict) or not has_stream or entries.get("Type") != "XRef":
        raise PdfUnreadable("XREF_WRONG", f"no cross-reference section begins at byte {begin}")
    length = entries.get("Length")
    if not isinstance(length, int):
        raise PdfUnreadable("XREF_WRONG", "a cross-reference stream has no direct /Length")
    raw, end = read_stream_bytes(pdf, at, length=length)
    content = decode_stream(Stream(entries, raw))
    rows = _unpack_rows(entries, content, origin=origin)
    return Section(
        offset=offset,
        begin=begin,
        end=end,
        entries=rows,
        trailer=entries,
        own_object=reference.number,
    )


def _unpack_rows(entries: dict[str, PdfObject], content: bytes, *, origin: int) -> dict[int, XrefEntry]:
    widths = _integers(entries.get("W"))
    size = entries.get("Size")
    if len(widths) != 3 or max(widths) > 8 or min(widths) < 0 or not sum(widths) or not isinstance(size, int):
        raise PdfUnreadable("XREF_WRONG", "a cross-reference stream has wrong field widths")
    index = _integers(entries.get("Index", [0, size]))
    if len(index) % 2 or any(number < 0 for number in index):
        raise PdfUnreadable("XREF_WRONG", "a cross-reference stream has a wrong /Index")
    _check_count(sum(index[1::2]))
    rows: dict[int, XrefEntry] = {}
    first, second = widths[0], widths[0] + widths[1]
    width = sum(widths)
    at = 0
    for start, count in zip(index[::2], index[1::2], strict=True):
        for number in range(start, start + count):
            row = content[at : at + width]
            if len(row) < width:
                raise PdfUnreadable("XREF_WRONG", "a cross-reference stream is shorter than it says")
            kind = int.from_bytes(row[:first], "big") if first else IN_USE
            where = int.from_bytes(row[first:second], "big")
            rows[number] = XrefEntry(
                kind, where + origin if kind == IN_USE else where, int.from_bytes(row[second:], "big")
            )
            at += width
    return rows


def _integers(value: PdfObject) -> list[int]:
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, int) and not isinstance(item, bool)]
