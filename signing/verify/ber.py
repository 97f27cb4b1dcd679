"""Bring a CMS object that was written as a stream (BER, indefinite lengths) into definite lengths (X.690, 8.1.3).

Java and smart-card middleware sign that way. What a signature is over is DER in any case (RFC 5652, 5.4), so nothing
that counts is lost; the reader behind gets one form only.
"""

from __future__ import annotations

from signing.verify.errors import CmsUnreadable

MAX_DEPTH = 48
_CONSTRUCTED, _OCTET_STRING, _INDEFINITE = 0x20, 0x04, 0x80


def is_indefinite(contents: bytes) -> bool:
    """Tell whether an object begins with an indefinite length."""
    return contents[1:2] == b"\x80"


def to_definite(contents: bytes) -> tuple[bytes, int]:
    """Give the first object with definite lengths, and how many bytes it took as it was.

    Raises:
        CmsUnreadable: it ends early or is nested too deep.
    """
    encoded, end = _convert(contents, 0, 0)
    return encoded, end


def _convert(contents: bytes, at: int, depth: int) -> tuple[bytes, int]:
    if depth > MAX_DEPTH:
        raise CmsUnreadable("CMS_UNREADABLE", "the signature's CMS object is nested too deep")
    identifier, start, length = _read_header(contents, at)
    if not identifier[0] & _CONSTRUCTED:
        if length is None:
            raise CmsUnreadable("CMS_UNREADABLE", "a primitive value has no length")
        return contents[at : start + length], start + length
    members: list[bytes] = []
    position, end = start, len(contents) if length is None else start + length
    while position < end:
        if length is None and contents[position : position + 2] == b"\x00\x00":
            break
        member, position = _convert(contents, position, depth + 1)
        members.append(member)
    if position > end or (length is None and position >= end):
        raise CmsUnreadable("CMS_UNREADABLE", "a value in the CMS object ends behind its parent")
    if length is None:
        position += 2
    if identifier == bytes([_OCTET_STRING | _CONSTRUCTED]):
        # Pieces of one octet string.
        identifier, members = bytes([_OCTET_STRING]), [_body(member) for member in members]
    joined = b"".join(members)
    return identifier + _write_length(len(joined)) + joined, position


def _read_header(contents: bytes, at: int) -> tuple[bytes, int, int | None]:
    """Give identifier, position of the body and its length; None when the length is indefinite."""
    start = at + 1
    if contents[at : at + 1] and contents[at] & 0x1F == 0x1F:
        while contents[start : start + 1] and contents[start] & 0x80:
            start += 1
        start += 1
    first = contents[start : start + 1]
    if not first:
        raise CmsUnreadable("CMS_UNREADABLE", "the CMS object ends early")
    identifier, start = contents[at:start], start + 1
    if first[0] == _INDEFINITE:
        return identifier, start, None
    length = first[0]
    if length & 0x80:
        count = length & 0x7F
        length, start = int.from_bytes(contents[start : start + count], "big"), start + count
    if start + length > len(contents):
        raise CmsUnreadable("CMS_UNREADABLE", "the CMS object ends early")
    return identifier, start, length


def _body(encoded: bytes) -> bytes:
    _, start, length = _read_header(encoded, 0)
    return encoded[start : start + (length or 0)]


def _write_length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    body = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(body)]) + body
