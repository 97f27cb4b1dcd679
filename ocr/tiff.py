"""Take a TIFF page by page: its directories are walked and checked by us, then each page is handed on alone."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from ocr.errors import IntakeCode, ScanRefused
from ocr.exif import TURNS, resolution_of
from ocr.intake_limits import IntakeLimits
from ocr.jpeg import SOI, read_jpeg
from ocr.picture import TakenPages, check_page_size, check_sides, full_pixels, keep_jpeg, open_picture
from ocr.raster import Pixels, encode_bilevel, encode_lossless, has_colour, to_pixels
from ocr.scan import ImageEncoding, PageImage, ScanPage
from ocr.tiff_directory import Directory, Entry, read_directories

_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 254, 256, 257, 258, 259, 262
_FILL_ORDER, _STRIP_OFFSETS, _ORIENTATION, _SAMPLES, _STRIP_BYTES = 266, 273, 274, 277, 279
_T6_OPTIONS, _TILE_OFFSETS, _TILE_BYTES, _JPEG_TABLES = 293, 324, 325, 347
# Width, height, bits, compression, photometric, fill order, samples, rows per strip, planes, T4, T6, predictor,
# colour map, tile sizes, extra samples, sample format, JPEG tables, YCbCr factors and positions: what pixels need.
_PIXEL_TAGS = (256, 257, 258, 259, 262, 266, 277, 278, 284, 292, 293, 317, 320, 322, 323, 338, 339, 347, 529, 530, 531, 532)  # fmt: skip
_REDUCED_OR_MASK = 0b101
_G4, _JPEG = 4, 7
# None, CCITT RLE, T.4, T.6, LZW, JPEG, Deflate (two numbers), PackBits.
_COMPRESSIONS = (1, 2, 3, _G4, 5, _JPEG, 8, 32946, 32773)
_GREY, _RGB, _YCBCR = 1, 2, 6
# Says "these components are RGB", which TIFF says outside of the JPEG.
_ADOBE_RGB = b"\xff\xee\x00\x0eAdobe\x00\x64\0\0\0\0\0"
_LONG = 4
_MM_PER_INCH = 25.4
_MAX_DIRECTORIES_BESIDE_PAGES = 100


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the pixels of one page lie."""

    width_px: int
    height_px: int
    bits: int
    samples: int
    compression: int
    pieces: tuple[memoryview, ...]
    tiled: bool


def tiff_pages(tiff: bytes, *, limits: IntakeLimits) -> list[Directory]:
    """List the directories that are pages: thumbnails and masks are not.

    Raises:
        ScanRefused: a loop, cut off, too many pages, none, or a page whose size or coding is not accepted.
    """
    directories = read_directories(tiff, max_directories=limits.max_pages + _MAX_DIRECTORIES_BESIDE_PAGES)
    pages = [directory for directory in directories if not directory.integer(_SUBFILE, 0) & _REDUCED_OR_MASK]
    if not pages:
        raise ScanRefused(IntakeCode.NO_PAGES, "the TIFF holds no page")
    if len(pages) > limits.max_pages:
        raise ScanRefused(IntakeCode.TOO_MANY_PAGES, f"the TIFF has {len(pages)} pages; {limits.max_pages} are allowed")
    for page in pages:
        _read_layout(tiff, page, limits=limits)
    return pages


def take_tiff_page(tiff: bytes, page: Directory, *, page_index: int, limits: IntakeLimits) -> TakenPages:
    """Take one page: a single strip of T.6 or JPEG as it is, everything else losslessly.

    Raises:
        ScanRefused: with the code that fits.
    """
    layout = _read_layout(tiff, page, limits=limits)
    image, pixels, warnings = _decode(page, layout, limits=limits)
    dpi = resolution_of(page)
    if dpi is not None:
        check_page_size(layout.width_px / dpi * _MM_PER_INCH, layout.height_px / dpi * _MM_PER_INCH, limits=limits)
    turns, mirrored = TURNS.get(page.integer(_ORIENTATION, 1), (0, False))
    if mirrored:
        mirrored_back = np.ascontiguousarray(full_pixels(image)[:, ::-1])
        image, warnings = encode_lossless(mirrored_back), (*warnings, "MIRRORING_UNDONE")
    taken = ScanPage(
        page_index=page_index,
        image=image,
        dpi=dpi,
        is_colour=has_colour(pixels),
        quarter_turns=turns,
        is_phone_photo=False,
        outline_rectified=False,
    )
    return TakenPages((taken,), warnings)


def _read_layout(tiff: bytes, page: Directory, *, limits: IntakeLimits) -> _Layout:
    width, height = page.integer(_WIDTH, 0), page.integer(_HEIGHT, 0)
    if width <= 0 or height <= 0:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "a page of the TIFF states no size")
    check_sides(width, height, limits=limits)
    compression, samples = page.integer(_COMPRESSION, 1), page.integer(_SAMPLES, 1)
    bits = page.integers(_BITS) or (1,)
    if compression not in _COMPRESSIONS or max(bits) > 16 or not 1 <= samples <= 5:
        raise ScanRefused(
            IntakeCode.UNSUPPORTED_IMAGE,
            f"TIFF compression {compression} with {samples} samples of {max(bits)} bits is not accepted; "
            "save it with LZW, Deflate, G4 or no compression",
        )
    tiled = _TILE_OFFSETS in page.entries
    offsets = page.integers(_TILE_OFFSETS if tiled else _STRIP_OFFSETS)
    lengths = page.integers(_TILE_BYTES if tiled else _STRIP_BYTES)
    if not offsets or len(offsets) != len(lengths):
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "a page of the TIFF does not say where its pixels are")
    if any(offset + length > len(tiff) for offset, length in zip(offsets, lengths, strict=True)):
        raise ScanRefused(IntakeCode.TRUNCATED, "the TIFF ends inside its pixels; scan the page again")
    if sum(lengths) > len(tiff):
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "strips of the TIFF lie on top of each other")
    view = memoryview(tiff)
    pieces = tuple(view[offset : offset + length] for offset, length in zip(offsets, lengths, strict=True))
    return _Layout(width, height, max(bits), samples, compression, pieces, tiled)


def _decode(page: Directory, layout: _Layout, *, limits: IntakeLimits) -> tuple[PageImage, Pixels, tuple[str, ...]]:
    single = len(layout.pieces) == 1 and not layout.tiled
    if single and layout.compression == _JPEG and page.integer(_PHOTOMETRIC, -1) in (_GREY, _RGB, _YCBCR):
        jpeg = read_jpeg(_join_tables(page, bytes(layout.pieces[0])), max_pixels=limits.max_pixels)
        if (jpeg.frame.width_px, jpeg.frame.height_px) == (layout.width_px, layout.height_px):
            return keep_jpeg(jpeg)
    picture = open_picture(_lone_page(page, layout), file_format="TIFF")
    if picture.size != (layout.width_px, layout.height_px):
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "a page of the TIFF decodes to another size than it states")
    pixels, warnings = to_pixels(picture)
    if layout.bits == 16 and "DEPTH_REDUCED" not in warnings:
        warnings = (*warnings, "DEPTH_REDUCED")
    plain_g4 = single and layout.compression == _G4 and page.integer(_T6_OPTIONS, 0) == 0
    if plain_g4 and page.integer(_FILL_ORDER, 1) == 1 and layout.bits == layout.samples == 1:
        black_is_1 = page.integer(_PHOTOMETRIC, 0) == 1
        kept = PageImage(
            ImageEncoding.CCITT_G4,
            bytes(layout.pieces[0]),
            layout.width_px,
            layout.height_px,
            1,
            1,
            black_is_1=black_is_1,
        )
        return kept, pixels, warnings
    if picture.mode == "1":
        return encode_bilevel(picture), pixels, warnings
    # The decoder's copy goes before the encoder makes its own.
    del picture
    return encode_lossless(pixels), pixels, warnings


def _join_tables(page: Directory, strip: bytes) -> bytes:
    """Put the tables that all strips share back into the one JPEG (TIFF Technical Note 2 keeps them apart)."""
    tables = page.entries.get(_JPEG_TABLES)
    shared = tables.raw[2:-2] if tables is not None and tables.raw.startswith(SOI) else b""
    colours = _ADOBE_RGB if page.integer(_PHOTOMETRIC, -1) == _RGB else b""
    return SOI + colours + shared + strip[2:]


def _lone_page(page: Directory, layout: _Layout) -> bytes:
    """Write a TIFF of this one page from checked fields only: no metadata, no other page, nowhere to wander off to."""
    order = "<" if page.little_endian else ">"
    entries = {tag: page.entries[tag] for tag in _PIXEL_TAGS if tag in page.entries}
    count = len(layout.pieces)
    offsets_tag, lengths_tag = (_TILE_OFFSETS, _TILE_BYTES) if layout.tiled else (_STRIP_OFFSETS, _STRIP_BYTES)
    lengths = [len(piece) for piece in layout.pieces]
    entries[lengths_tag] = Entry(_LONG, count, struct.pack(f"{order}{count}I", *lengths))
    entries[offsets_tag] = Entry(_LONG, count, bytes(_LONG * count))
    start = 8 + 2 + 12 * len(entries) + 4
    pixels_at = start + sum(len(entry.raw) + len(entry.raw) % 2 for entry in entries.values() if len(entry.raw) > 4)
    offsets = _running(pixels_at, lengths)
    entries[offsets_tag] = Entry(_LONG, count, struct.pack(f"{order}{count}I", *offsets))
    rows, values = b"", b""
    for tag, entry in sorted(entries.items()):
        field = struct.pack(order + "HHI", tag, entry.kind, entry.count)
        if len(entry.raw) <= 4:
            rows += field + entry.raw.ljust(4, b"\0")
        else:
            rows += field + struct.pack(order + "I", start + len(values))
            values += entry.raw + bytes(len(entry.raw) % 2)
    header = (b"II" if page.little_endian else b"MM") + struct.pack(order + "HI", 42, 8)
    directory = struct.pack(order + "H", len(entries)) + rows + bytes(4)
    return b"".join((header, directory, values, *layout.pieces))


def _running(start: int, lengths: list[int]) -> list[int]:
    offsets = []
    for length in lengths:
        offsets.append(start)
        start += length
    return offsets
