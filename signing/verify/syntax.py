"""Read single PDF objects from raw bytes, strictly and in one pass.

A judge that reads with the same library as the signer inherits its blind spots, so the verifier has
this small reader of its own (ISO 32000-2, 7.2 and 7.3). It never repairs: what it cannot read is
`PdfUnreadable`. Names are `str`, strings are `bytes`, null is `None`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from signing.verify.errors import PdfUnreadable

MAX_DEPTH = 64
"""Nesting of arrays and dictionaries we follow; honest files stay far below, bombs do not."""


class Ref(NamedTuple):
    """An indirect reference."""

    number: int
    generation: int


class HexString(bytes):
    """A string written in hexadecimal that remembers where in the file it stood.

    The hole in a ByteRange must be exactly this place, or the signature was wrapped.
    """

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream: its dictionary and its bytes as stored (still encoded); many of them are a view into the file."""

    entries: dict[str, PdfObject]
    stored: bytes | memoryview = field(repr=False)

    @property
    def raw(self) -> bytes:
        """Its bytes as stored."""
        return bytes(self.stored)


PdfObject: TypeAlias = "bool | int | float | str | bytes | list[PdfObject] | dict[str, PdfObject] | Ref | Stream | None"

# Possessive throughout: a file full of `%` must not make the matcher try every split.
_SPACE = rb"(?:[\x00\t\n\x0c\r ]++|%[^\r\n]*+)*+"
_REGULAR = rb"[^\x00\t\n\x0c\r ()<>\[\]{}/%]"
_TOKEN = re.compile(
    _SPACE
    + rb"(?:(?P<ref>(\d{1,10})[\x00\t\n\x0c\r ]++(\d{1,5})[\x00\t\n\x0c\r ]++R(?!"
    + _REGULAR
    + rb"))"
    + rb"|(?P<int>[+-]?\d+(?!"
    + _REGULAR
    + rb"))"
    + rb"|(?P<name>/"
    + _REGULAR
    + rb"*)|(?P<open><<)|(?P<close>>>)"
    + rb"|(?P<hex><[0-9A-Fa-f\x00\t\n\x0c\r ]*>)"
    + rb"|(?P<plain>\([^()\\\r]*\))|(?P<literal>\()"
    + rb"|(?P<real>[+-]*(?:\d+\.\d*|\.\d+|\d+)-?\d*)"
    + rb"|(?P<start>\[)|(?P<stop>\])"
    + rb"|(?P<word>[A-Za-z]+))"
)
_SKIP = re.compile(_SPACE)
_HEADER = re.compile(_SPACE + rb"(\d{1,10})" + _SPACE + rb"(\d{1,5})" + _SPACE + rb"obj(?!" + _REGULAR + rb")")
_AFTER = re.compile(_SPACE + rb"(endobj|stream\r?\n|stream\r)")
_STREAM_END = re.compile(rb"[\r\n\x00\t\x0c ]{0,3}endstream" + _SPACE + rb"(?:endobj)?")
_COPIED_BYTES = 64 * 1024
_ESCAPED_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")
_BLANK = bytes.maketrans(b"", b"")
_WHITESPACE = b"\x00\t\n\x0c\r "
_ESCAPES = {0x6E: 10, 0x72: 13, 0x74: 9, 0x62: 8, 0x66: 12}
_WORDS: dict[bytes, bool | None] = {b"true": True, b"false": False, b"null": None}
_CLOSE = object()
_STOP = object()


def skip_space(buffer: bytes, at: int) -> int:
    """Give the position of the next byte that is neither white space nor comment."""
    found = _SKIP.match(buffer, at)
    return found.end() if found else at


def read_name(token: bytes) -> str:
    """Decode a name token without its slash."""
    if b"#" in token:
        token = _ESCAPED_NAME.sub(lambda found: bytes([int(found[1], 16)]), token)
    return token.decode("latin-1")


def read_object(buffer: bytes, at: int) -> tuple[PdfObject, int]:
    """Read one direct object and give it with the position behind it."""
    value, end = _read(buffer, at, 0)
    if value is _CLOSE or value is _STOP:
        raise PdfUnreadable("SYNTAX", f"a bracket closes at byte {at} that was never opened")
    # The two markers were refused above.
    return value, end  # type: ignore[return-value]


def _read(buffer: bytes, at: int, depth: int) -> tuple[object, int]:
    found = _TOKEN.match(buffer, at)
    if found is None:
        raise PdfUnreadable("SYNTAX", f"no PDF object at byte {at}")
    kind = found.lastgroup
    end = found.end()
    if kind == "ref":
        return Ref(int(found[2]), int(found[3])), end
    if kind == "int":
        return int(found["int"]), end
    if kind == "name":
        return read_name(found["name"][1:]), end
    if kind == "open":
        return _read_dictionary(buffer, end, depth + 1)
    if kind == "start":
        return _read_array(buffer, end, depth + 1)
    return _read_rare(buffer, found, kind)


def _read_rare(buffer: bytes, found: re.Match[bytes], kind: str | None) -> tuple[object, int]:
    end = found.end()
    if kind == "plain":
        return found["plain"][1:-1], end
    if kind == "hex":
        return _read_hex(found), end
    if kind == "literal":
        return _read_literal(buffer, end)
    if kind == "real":
        return _read_real(found["real"]), end
    if kind == "close":
        return _CLOSE, end
    if kind == "stop":
        return _STOP, end
    if found["word"] in _WORDS:
        return _WORDS[found["word"]], end
    raise PdfUnreadable("SYNTAX", f"unknown keyword at byte {found.start('word')}")


def _read_hex(found: re.Match[bytes]) -> HexString:
    digits = found["hex"][1:-1]
    if len(digits) % 2 or any(space in digits for space in (b" ", b"\n", b"\r", b"\t", b"\x00", b"\x0c")):
        digits = digits.translate(_BLANK, _WHITESPACE)
        digits += b"0" * (len(digits) % 2)
    text = HexString(bytes.fromhex(digits.decode("ascii")))
    text.start, text.end = found.span("hex")
    return text


def _read_real(token: bytes) -> float:
    # Some producers write `0.00-35`; readers take what stands before the stray minus.
    text = token.lstrip(b"+-").split(b"-")[0]
    return -float(text) if token.startswith(b"-") else float(text)


def _read_literal(buffer: bytes, at: int) -> tuple[bytes, int]:
    out = bytearray()
    depth = 1
    length = len(buffer)
    while at < length:
        byte = buffer[at]
        at += 1
        if byte == 0x5C:
            at = _read_escape(buffer, at, out)
            continue
        if byte == 0x0D:
            at += buffer[at : at + 1] == b"\n"
            byte = 0x0A
        elif byte == 0x28:
            depth += 1
        elif byte == 0x29:
            depth -= 1
            if not depth:
                return bytes(out), at
        out.append(byte)
    raise PdfUnreadable("SYNTAX", "a string has no end")


def _read_escape(buffer: bytes, at: int, out: bytearray) -> int:
    following = buffer[at : at + 1]
    if not following:
        raise PdfUnreadable("SYNTAX", "a string ends in a backslash")
    byte = following[0]
    if 0x30 <= byte <= 0x37:
        end = at + 1
        while end < at + 3 and 0x30 <= (buffer[end : end + 1] or b"x")[0] <= 0x37:
            end += 1
        out.append(int(buffer[at:end], 8) & 0xFF)
        return end
    if byte == 0x0D:
        return at + 1 + (buffer[at + 1 : at + 2] == b"\n")
    if byte != 0x0A:
        out.append(_ESCAPES.get(byte, byte))
    return at + 1


def _read_array(buffer: bytes, at: int, depth: int) -> tuple[list[PdfObject], int]:
    _check_depth(depth, at)
    items: list[PdfObject] = []
    while True:
        value, at = _read(buffer, at, depth)
        if value is _STOP:
            return items, at
        if value is _CLOSE:
            raise PdfUnreadable("SYNTAX", f"an array is closed like a dictionary before byte {at}")
        # The two markers were handled above.
        items.append(value)  # type: ignore[arg-type]


def _read_dictionary(buffer: bytes, at: int, depth: int) -> tuple[dict[str, PdfObject], int]:
    _check_depth(depth, at)
    entries: dict[str, PdfObject] = {}
    while True:
        found = _TOKEN.match(buffer, at)
        if found is not None and found.lastgroup == "close":
            return entries, found.end()
        if found is None or found.lastgroup != "name":
            raise PdfUnreadable("SYNTAX", f"a dictionary key is missing at byte {at}")
        key = read_name(found["name"][1:])
        value, at = _read(buffer, found.end(), depth)
        if value is _CLOSE or value is _STOP:
            raise PdfUnreadable("SYNTAX", f"a dictionary key has no value before byte {at}")
        # The two markers were refused above; readers differ on which of two equal keys counts: an attacker's favourite.
        if key in entries and not same_object(entries[key], value):  # type: ignore[arg-type]
            raise PdfUnreadable("DUPLICATE_KEY", f"a dictionary holds a key twice before byte {at}")
        # As above.
        entries[key] = value  # type: ignore[assignment]


def _check_depth(depth: int, at: int) -> None:
    if depth > MAX_DEPTH:
        raise PdfUnreadable("NESTED_TOO_DEEP", f"objects are nested deeper than {MAX_DEPTH} at byte {at}")


def read_indirect_header(buffer: bytes, at: int) -> tuple[Ref, int]:
    """Read `12 0 obj` and give the reference with the position behind it."""
    found = _HEADER.match(buffer, at)
    if found is None:
        raise PdfUnreadable("XREF_WRONG", f"no object begins at byte {at}, though the cross-reference says so")
    return Ref(int(found[1]), int(found[2])), found.end()


def read_object_end(buffer: bytes, at: int) -> tuple[int, bool]:
    """Read what follows an object: gives the position behind it and whether a stream begins there."""
    found = _AFTER.match(buffer, at)
    if found is None:
        # Real files forget `endobj`; what the object is was settled before.
        return at, False
    return found.end(), found[1] != b"endobj"


def read_stream_bytes(buffer: bytes, at: int, *, length: int) -> tuple[bytes | memoryview, int]:
    """Read exactly `length` bytes of stream and its end marker."""
    end = at + length
    found = _STREAM_END.match(buffer, end) if length >= 0 and end <= len(buffer) else None
    if found is None:
        raise PdfUnreadable("STREAM_LENGTH", f"the stream at byte {at} does not end where its /Length says")
    # Every object of a file is looked at and kept: its images would stand in memory a second time.
    return memoryview(buffer)[at:end] if length > _COPIED_BYTES else buffer[at:end], found.end()


def same_object(left: PdfObject, right: PdfObject) -> bool:
    """Tell whether two objects are equal in type and value (Python's `1 == True` is not good enough)."""
    if type(left) is not type(right):
        if _is_number(left) and _is_number(right):
            # A writer may print the real number 54.000 as the integer 54 (ISO 32000-2, 7.3.3).
            return left == right
        return isinstance(left, bytes) and isinstance(right, bytes) and bytes(left) == bytes(right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_object, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same_object(left[key], right[key]) for key in left)
    if isinstance(left, Stream) and isinstance(right, Stream):
        return left.stored == right.stored and same_object(left.entries, right.entries)
    return left == right


def _is_number(value: PdfObject) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
