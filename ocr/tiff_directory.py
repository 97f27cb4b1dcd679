"""Read the directories of a TIFF (and so of EXIF) without decoding anything and without trusting a number."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from ocr.errors import IntakeCode, ScanRefused

# Bytes per value of the field types 1 to 12 (TIFF 6.0, section 2).
_TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_INTEGER_FORMATS = {1: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i"}
_RATIONALS = (5, 10)
_MAX_ENTRIES = 512
_ENTRY_BYTES = 12
_BIG_TIFF = 43


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a directory: its type and its values as raw bytes."""

    kind: int
    count: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Directory:
    """One image file directory; `little_endian` tells how to read the entries."""

    entries: dict[int, Entry]
    little_endian: bool

    def integers(self, tag: int) -> tuple[int, ...]:
        """Give the whole numbers of a field; empty when it is absent or holds something else."""
        entry = self.entries.get(tag)
        if entry is None or entry.kind not in _INTEGER_FORMATS:
            return ()
        order = "<" if self.little_endian else ">"
        return struct.unpack(f"{order}{entry.count}{_INTEGER_FORMATS[entry.kind]}", entry.raw)

    def integer(self, tag: int, default: int) -> int:
        """Give the first whole number of a field."""
        numbers = self.integers(tag)
        return numbers[0] if numbers else default

    def rational(self, tag: int) -> Fraction | None:
        """Give the first ratio of a field; None when it is absent or divides by zero."""
        entry = self.entries.get(tag)
        if entry is None or entry.kind not in _RATIONALS or entry.count < 1:
            return None
        numerator, denominator = struct.unpack(("<" if self.little_endian else ">") + "II", entry.raw[:8])
        return Fraction(numerator, denominator) if denominator else None


def read_directories(tiff: bytes, *, max_directories: int) -> list[Directory]:
    """Follow the chain of directories to its end.

    Raises:
        ScanRefused: CORRUPT_FILE for a loop or an impossible entry, TRUNCATED when an offset lies behind the end,
            TOO_MANY_PAGES, UNSUPPORTED_IMAGE for BigTIFF.
    """
    little_endian = _byte_order(tiff)
    order = "<" if little_endian else ">"
    if len(tiff) < 8:
        raise ScanRefused(IntakeCode.TRUNCATED, "the TIFF ends inside its header; scan it again")
    version, offset = struct.unpack_from(order + "HI", tiff, 2)
    if version == _BIG_TIFF:
        raise ScanRefused(IntakeCode.UNSUPPORTED_IMAGE, "BigTIFF is not accepted; save it as plain TIFF")
    directories: list[Directory] = []
    visited: set[int] = set()
    while offset:
        # (1) a chain that bites its tail would be followed for ever by some decoders
        if offset in visited:
            raise ScanRefused(IntakeCode.CORRUPT_FILE, "the directories of the TIFF run in a circle")
        visited.add(offset)
        # (2) an end to the chain
        if len(directories) >= max_directories:
            raise ScanRefused(IntakeCode.TOO_MANY_PAGES, f"the TIFF has more than {max_directories} pages")
        # (3) every entry lies inside the file
        directory, offset = read_directory(tiff, offset, little_endian=little_endian)
        directories.append(directory)
    return directories


def read_directory(tiff: bytes, offset: int, *, little_endian: bool) -> tuple[Directory, int]:
    """Read one directory and the offset of the next.

    Raises:
        ScanRefused: TRUNCATED or CORRUPT_FILE.
    """
    order = "<" if little_endian else ">"
    count = _unpack(order + "H", tiff, offset)[0]
    if not 0 < count <= _MAX_ENTRIES:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, f"a TIFF directory claims {count} entries")
    entries = dict(_read_entries(tiff, offset + 2, count=count, order=order))
    next_offset = _unpack(order + "I", tiff, offset + 2 + count * _ENTRY_BYTES)[0]
    return Directory(entries, little_endian), next_offset


def _read_entries(tiff: bytes, start: int, *, count: int, order: str) -> Iterator[tuple[int, Entry]]:
    for index in range(count):
        position = start + index * _ENTRY_BYTES
        tag, kind, values = _unpack(order + "HHI", tiff, position)
        size = _TYPE_SIZES.get(kind)
        if size is None:
            continue  # TIFF 6.0, section 2: readers skip fields of unknown type.
        length = size * values
        where = position + 8 if length <= 4 else _unpack(order + "I", tiff, position + 8)[0]
        if where + length > len(tiff):
            raise ScanRefused(IntakeCode.TRUNCATED, f"field {tag} of the TIFF lies behind the end of the file")
        yield tag, Entry(kind, values, tiff[where : where + length])


def _unpack(layout: str, tiff: bytes, offset: int) -> tuple[int, ...]:
    if offset + struct.calcsize(layout) > len(tiff):
        raise ScanRefused(IntakeCode.TRUNCATED, "a directory of the TIFF lies behind the end of the file")
    return struct.unpack_from(layout, tiff, offset)


def _byte_order(tiff: bytes) -> bool:
    match tiff[:2]:
        case b"II":
            return True
        case b"MM":
            return False
    raise ScanRefused(IntakeCode.CORRUPT_FILE, "the TIFF names no byte order")
