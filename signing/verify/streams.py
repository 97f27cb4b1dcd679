"""Decode the streams a judge has to read: cross-references, object streams, certificates, revocation data.

Only what such streams use in practice is understood (Flate with predictors, ASCIIHex); page content
and images are compared as stored and never decoded here.
"""

from __future__ import annotations

import zlib

from signing.verify.errors import PdfUnreadable
from signing.verify.syntax import PdfObject, Stream

MAX_DECODED_BYTES = 32 * 1024 * 1024
"""One structural stream may not grow beyond this: a cross-reference of a million objects needs 8 MiB."""


def decode_stream(stream: Stream) -> bytes:
    """Give the decoded bytes of a structural stream.

    Raises:
        PdfUnreadable: an unknown filter, damaged compression, or more bytes than we accept.
    """
    filters = _as_list(stream.entries.get("Filter"))
    parameters = _as_list(stream.entries.get("DecodeParms"))
    content = stream.raw
    for position, name in enumerate(filters):
        chosen = parameters[position] if position < len(parameters) else None
        if name == "FlateDecode":
            content = _undo_predictor(_inflate(content), chosen)
        elif name == "ASCIIHexDecode":
            content = _from_hex(content)
        else:
            raise PdfUnreadable("STREAM_FILTER", "a structural stream uses a filter we do not read")
    return content


def _as_list(value: PdfObject) -> list[PdfObject]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _inflate(content: bytes) -> bytes:
    engine = zlib.decompressobj()
    try:
        plain = engine.decompress(content, MAX_DECODED_BYTES)
    except zlib.error as exc:
        raise PdfUnreadable("STREAM_DAMAGED", "a structural stream cannot be decompressed") from exc
    if engine.unconsumed_tail:
        raise PdfUnreadable("STREAM_TOO_LARGE", f"a structural stream grows beyond {MAX_DECODED_BYTES} bytes")
    return plain


def _from_hex(content: bytes) -> bytes:
    digits = b"".join(content.split(b">")[0].split())
    try:
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
    except ValueError as exc:
        raise PdfUnreadable("STREAM_DAMAGED", "a structural stream holds no hexadecimal") from exc


def _undo_predictor(content: bytes, parameters: PdfObject) -> bytes:
    if not isinstance(parameters, dict):
        return content
    predictor = parameters.get("Predictor", 1)
    if predictor == 1:
        return content
    columns = parameters.get("Columns", 1)
    bits = parameters.get("BitsPerComponent", 8)
    colours = parameters.get("Colors", 1)
    if not (isinstance(columns, int) and isinstance(predictor, int) and predictor >= 10 and bits == 8 and colours == 1):
        raise PdfUnreadable("STREAM_FILTER", "a structural stream uses a predictor we do not read")
    if not 1 <= columns <= 64:
        raise PdfUnreadable("STREAM_FILTER", "a structural stream has rows of an impossible width")
    return _undo_png_rows(content, columns)


def _undo_png_rows(content: bytes, columns: int) -> bytes:
    out = bytearray()
    above = bytes(columns)
    for start in range(0, len(content) - columns, columns + 1):
        kind = content[start]
        row = bytearray(content[start + 1 : start + 1 + columns])
        if kind == 2:
            row = bytearray((byte + upper) & 0xFF for byte, upper in zip(row, above, strict=True))
        elif kind:
            _undo_rare_row(kind, row, above)
        out += row
        above = bytes(row)
    return bytes(out)


def _undo_rare_row(kind: int, row: bytearray, above: bytes) -> None:
    for index in range(len(row)):
        left = row[index - 1] if index else 0
        upper = above[index]
        corner = above[index - 1] if index else 0
        if kind == 1:
            guess = left
        elif kind == 3:
            guess = (left + upper) // 2
        elif kind == 4:
            guess = _paeth(left, upper, corner)
        else:
            raise PdfUnreadable("STREAM_DAMAGED", "a structural stream uses an unknown row filter")
        row[index] = (row[index] + guess) & 0xFF


def _paeth(left: int, upper: int, corner: int) -> int:
    estimate = left + upper - corner
    distances = (abs(estimate - left), abs(estimate - upper), abs(estimate - corner))
    return (left, upper, corner)[distances.index(min(distances))]
