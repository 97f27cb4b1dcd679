"""Read a stream whose /Length is wrong, where every reader must come to the same content; otherwise it stays unreadable.

Some readers believe the length, others look for `endstream`. A file in which both see the same is odd; one in which they do not
shows two documents. What the believing reader sees may differ from what the searching one sees by white space or by
the closing keywords themselves, or lie behind the end of compressed data, where nobody looks.
"""

from __future__ import annotations

import re
import zlib

from signing.verify.errors import PdfUnreadable
from signing.verify.syntax import PdfObject

MAX_WRONG_LENGTHS = 64
"""How many streams of one file are looked at in this way: each may cost a search through the file."""

_PLAIN_PIECE = 1024 * 1024
_SEARCHED = 32 * 1024 * 1024
_WHITE_SPACE = b"\x00\t\n\x0c\r "
_CLOSING = re.compile(rb"endstream[\x00\t\n\x0c\r ]{1,4}endobj(?![A-Za-z0-9])")
_LINE_END = re.compile(rb"(?:\r\n|\n|\r)?\Z")


def read_stream_of_wrong_length(
    buffer: bytes, at: int, *, length: int, entries: dict[str, PdfObject]
) -> tuple[bytes, int]:
    """Give the bytes of a stream up to its one possible end, and the position behind it.

    Raises:
        PdfUnreadable: a reader that believes the length would see something else.
    """
    keyword = buffer.find(b"endstream", at, at + _SEARCHED)
    closing = _CLOSING.match(buffer, keyword) if keyword >= 0 else None
    if closing is None or length < 0:
        raise PdfUnreadable("STREAM_LENGTH", f"the stream at byte {at} does not end where its /Length says")
    raw = _LINE_END.sub(b"", buffer[at:keyword], count=1)
    believed = at + length
    # (1) Too long: it may swallow its own closing keywords, and not a byte behind them.
    is_harmless = keyword < believed <= closing.end()
    # (2) Too short: what is cut off is white space, or compressed data had ended before.
    if believed <= keyword:
        rest = buffer[believed:keyword]
        is_harmless = not rest.strip(_WHITE_SPACE) or (
            entries.get("Filter") == "FlateDecode" and _ends_within(buffer[at:believed])
        )
    if not is_harmless:
        raise PdfUnreadable("STREAM_LENGTH", f"readers see different ends of the stream at byte {at}")
    return raw, closing.end()


def _ends_within(compressed: bytes) -> bool:
    """Tell whether compressed data comes to its own end, checksum included; nothing of it is kept."""
    engine = zlib.decompressobj()
    waiting = compressed
    try:
        for _ in range(64):
            engine.decompress(waiting, _PLAIN_PIECE)
            waiting = engine.unconsumed_tail
            if engine.eof or not waiting:
                break
    except zlib.error:
        return False
    return engine.eof
