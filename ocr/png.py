"""Take a PNG apart by its chunks; its compressed rows are kept where a PDF can hold them as they are."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from ocr.errors import IntakeCode, ScanRefused
from ocr.exif import Exif, read_exif
from ocr.inflate import measure_inflation

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_METRES_PER_INCH = 0.0254
_CHUNK_HEAD_BYTES = 8
# Colour type → (samples per pixel, allowed bit depths); PNG 1.2, 4.1.1.
_COLOUR_TYPES = {0: (1, (1, 2, 4, 8, 16)), 2: (3, (8, 16)), 3: (1, (1, 2, 4, 8)), 4: (2, (8, 16)), 6: (4, (8, 16))}
_KEPT_AS_STORED = {(0, 1), (0, 8), (2, 8)}
_CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_ANIMATION = (b"acTL", b"fcTL", b"fdAT")
# The seven passes of Adam7: first column, first row, column step, row step.
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


@dataclass(frozen=True, slots=True)
class PngHeader:
    """IHDR."""

    width_px: int
    height_px: int
    bit_depth: int
    colour_type: int
    interlaced: bool


@dataclass(frozen=True, slots=True)
class Png:
    """A PNG whose structure and sizes hold.

    `stripped` is a PNG of the critical chunks and tRNS alone, its rows in one chunk from `rows_start` on.
    `stored_as_is` tells that rows fit a PDF unchanged.
    """

    header: PngHeader
    stripped: bytes
    rows_start: int
    rows_length: int
    stored_as_is: bool
    dpi: float | None
    exif: Exif
    warnings: tuple[str, ...]

    @property
    def rows(self) -> bytes:
        """The one zlib stream of all IDAT chunks without anything behind it; a copy, made when it is asked for."""
        return self.stripped[self.rows_start : self.rows_start + self.rows_length]


@dataclass(slots=True)
class _Taking:
    header: PngHeader | None = None
    kept: list[bytes] = field(default_factory=list)
    rows: list[memoryview] = field(default_factory=list)
    transparent: bool = False
    dpi: float | None = None
    exif: Exif = field(default_factory=Exif)
    warnings: list[str] = field(default_factory=list)


def read_png(png: bytes, *, max_pixels: int) -> Png:
    """Walk all chunks, check their sums and that the rows inflate to exactly the promised size.

    Raises:
        ScanRefused: TRUNCATED, CORRUPT_FILE, ANIMATED_IMAGE, UNSUPPORTED_IMAGE, TOO_MANY_PIXELS, DECOMPRESSION_LIMIT.
    """
    taking = _Taking()
    position = len(SIGNATURE)
    name = b""
    while name != b"IEND":
        name, body, position = _next_chunk(png, position)
        # Rows stay where they are until they are joined; every other chunk is short.
        is_rows = name == b"IDAT"
        _take_chunk(taking, name=name, body=b"" if is_rows else bytes(body), max_pixels=max_pixels)
        if is_rows:
            taking.rows.append(body)
    if position < len(png):
        taking.warnings.append("TRAILING_DATA_DROPPED")
    if taking.header is None or not taking.rows:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "the PNG holds no picture")
    header = taking.header
    rows = _checked_rows(b"".join(taking.rows), expected_bytes=_raw_bytes(header))
    plain = (header.colour_type, header.bit_depth) in _KEPT_AS_STORED
    before = b"".join((SIGNATURE, *taking.kept))
    stripped = b"".join((before, *_chunk_parts(b"IDAT", rows), *_chunk_parts(b"IEND", b"")))
    return Png(
        header,
        stripped,
        len(before) + _CHUNK_HEAD_BYTES,
        len(rows),
        stored_as_is=plain and not header.interlaced and not taking.transparent,
        dpi=taking.dpi or taking.exif.dpi,
        exif=taking.exif,
        warnings=tuple(dict.fromkeys(taking.warnings)),
    )


def idat_of(png: bytes | memoryview) -> bytes:
    """Give the joined IDAT bodies of a PNG that we wrote ourselves."""
    position = len(SIGNATURE)
    name, rows = b"", []
    while name != b"IEND":
        name, body, position = _next_chunk(png, position)
        if name == b"IDAT":
            rows.append(body)
    # Joined once: encoders write thousands of chunks, and adding them up one by one takes minutes on a large sheet.
    return b"".join(rows)


def _next_chunk(png: bytes | memoryview, position: int) -> tuple[bytes, memoryview, int]:
    if position + 12 > len(png):
        raise ScanRefused(IntakeCode.TRUNCATED, "the PNG ends before IEND; scan the page again")
    length = int.from_bytes(png[position : position + 4], "big")
    end = position + 12 + length
    if end > len(png):
        raise ScanRefused(IntakeCode.TRUNCATED, "the PNG ends inside a chunk; scan the page again")
    view = memoryview(png)
    name, body = bytes(view[position + 4 : position + 8]), view[position + 8 : end - 4]
    if zlib.crc32(view[position + 4 : end - 4]) != int.from_bytes(view[end - 4 : end], "big"):
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "a chunk of the PNG does not match its check sum")
    return name, body, end


def _take_chunk(taking: _Taking, *, name: bytes, body: bytes, max_pixels: int) -> None:
    if (taking.header is None) is not (name == b"IHDR"):
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "the PNG has no header, or two")
    if name in _ANIMATION:
        raise ScanRefused(IntakeCode.ANIMATED_IMAGE, "the PNG is animated; send a still picture")
    match name:
        case b"IHDR":
            taking.header = _read_header(body, max_pixels=max_pixels)
            taking.kept.append(_chunk(name, body))
        case b"PLTE" | b"tRNS":
            taking.kept.append(_chunk(name, body))
            taking.transparent |= name == b"tRNS"
        case b"pHYs" if len(body) == 9 and body[8] == 1:
            taking.dpi = int.from_bytes(body[:4], "big") * _METRES_PER_INCH or None
        case b"eXIf":
            taking.exif = read_exif(body)
        case b"iCCP" if b"sRGB" not in body[:80]:
            taking.warnings.append("COLOUR_PROFILE_DROPPED")
        case _ if name[:1].isupper() and name not in _CRITICAL:
            raise ScanRefused(IntakeCode.UNSUPPORTED_IMAGE, "the PNG holds a critical chunk nobody knows")


def _read_header(body: bytes, *, max_pixels: int) -> PngHeader:
    if len(body) != 13:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "the header of the PNG is damaged")
    width, height, depth, colour, compression, filtering, interlace = struct.unpack(">IIBBBBB", body)
    depths = _COLOUR_TYPES.get(colour, (0, ()))[1]
    if not width or not height or depth not in depths or compression or filtering or interlace > 1:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "the header of the PNG states what PNG does not know")
    if width * height > max_pixels:
        raise ScanRefused(
            IntakeCode.TOO_MANY_PIXELS,
            f"{width} × {height} pixels; {max_pixels} are allowed; scan at a lower resolution",
        )
    return PngHeader(width, height, depth, colour, interlaced=bool(interlace))


def _raw_bytes(header: PngHeader) -> int:
    bits = _COLOUR_TYPES[header.colour_type][0] * header.bit_depth
    if not header.interlaced:
        return header.height_px * (1 + (header.width_px * bits + 7) // 8)
    total = 0
    for first_column, first_row, column_step, row_step in _ADAM7:
        columns = max(0, -(-(header.width_px - first_column) // column_step))
        rows = max(0, -(-(header.height_px - first_row) // row_step))
        total += rows * (1 + (columns * bits + 7) // 8) if columns else 0
    return total


def _checked_rows(compressed: bytes, *, expected_bytes: int) -> bytes:
    """Check the size the rows inflate to, and cut off what stands behind the stream."""
    try:
        inflation = measure_inflation(compressed, max_bytes=expected_bytes)
    except zlib.error as exc:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, f"the rows of the PNG do not inflate: {exc}") from exc
    if inflation.inflated_bytes > expected_bytes:
        raise ScanRefused(IntakeCode.DECOMPRESSION_LIMIT, "the PNG inflates to more rows than it announces")
    if not inflation.complete or inflation.inflated_bytes < expected_bytes:
        raise ScanRefused(IntakeCode.TRUNCATED, "the PNG has fewer rows than it announces; scan the page again")
    return compressed[: inflation.used_bytes]


def _chunk(name: bytes, body: bytes) -> bytes:
    return b"".join(_chunk_parts(name, body))


def _chunk_parts(name: bytes, body: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    # Unjoined and summed in two steps: rows of a hundred megabytes are not copied for their frame.
    return (struct.pack(">I", len(body)), name, body, struct.pack(">I", zlib.crc32(body, zlib.crc32(name))))
