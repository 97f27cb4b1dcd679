"""The values that leave intake: a scan and its page images, stripped of metadata and safe to hand on.

A page image keeps the compressed bytes of the scanner wherever that is possible; `standalone_image` wraps
them, without decoding, as a file that any image library opens.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_GREY = 0
_PNG_RGB = 2
_TIFF_SHORT = 3
_TIFF_LONG = 4


class ImageEncoding(StrEnum):
    """How `PageImage.image_bytes` is compressed; each value maps to one PDF stream filter."""

    JPEG = "JPEG"
    """A whole JPEG file: DCTDecode. The stored APP14 segment decides about the colour transform."""

    FLATE = "FLATE"
    """zlib over rows with PNG filters: FlateDecode, Predictor 15, Colors, BitsPerComponent, Columns."""

    CCITT_G4 = "CCITT_G4"
    """ITU-T T.6 in one strip: CCITTFaxDecode, K -1, Columns, Rows, BlackIs1."""


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page as pixels; intake converts CMYK, alpha, palettes and 16 bits, so components are 1 or 3.

    `black_is_1` speaks only about CCITT_G4. With FLATE and one bit, 0 is black.
    """

    encoding: ImageEncoding
    image_bytes: bytes
    width_px: int
    height_px: int
    bits_per_component: int
    components: int
    black_is_1: bool = False


@dataclass(frozen=True, slots=True)
class ScanPage:
    """A page image with what is known about its scale and orientation.

    `dpi` is None when nothing in the file tells the true scale. `quarter_turns` (clockwise, 0 to 3) must be applied
    to the stored pixels to stand the page as the camera or scanner meant it.
    """

    page_index: int
    image: PageImage
    dpi: float | None
    is_colour: bool
    quarter_turns: int
    is_phone_photo: bool
    outline_rectified: bool
    layer_text: str | None = field(default=None, repr=False)
    """The text a scanner's own recognition put under the picture; never trusted, only held against ours."""


@dataclass(frozen=True, slots=True)
class Scan:
    """An upload that passed intake; `sha256_hex` is the digest of the bytes as they were uploaded.

    `warnings` are stable codes, for example `COLOUR_PROFILE_DROPPED`; each stands once. Of an original that came in
    several scans `part_sha256_hexes` are the digests of all uploads in their order, and `sha256_hex` is their
    `joined_sha256_hex`.
    """

    sha256_hex: str
    media_type: str
    byte_count: int
    pages: tuple[ScanPage, ...]
    warnings: tuple[str, ...] = ()
    part_sha256_hexes: tuple[str, ...] = ()


def joined_sha256_hex(digests: Sequence[str]) -> str:
    """Give the one digest of an original: of a single upload its own, of several that of their digests, one a line."""
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("".join(f"{digest}\n" for digest in digests).encode("ascii")).hexdigest()


def join_scans(scans: Sequence[Scan]) -> Scan:
    """Give several scans as one original, their pages counted through."""
    pages: list[ScanPage] = []
    for scan in scans:
        pages += [replace(page, page_index=len(pages) + page.page_index) for page in scan.pages]
    digests = tuple(scan.sha256_hex for scan in scans)
    media_types = {scan.media_type for scan in scans}
    return Scan(
        sha256_hex=joined_sha256_hex(digests),
        media_type=media_types.pop() if len(media_types) == 1 else "multipart/mixed",
        byte_count=sum(scan.byte_count for scan in scans),
        pages=tuple(pages),
        warnings=tuple(dict.fromkeys(code for scan in scans for code in scan.warnings)),
        part_sha256_hexes=digests if len(digests) > 1 else (),
    )


def standalone_image(image: PageImage) -> bytes:
    """Wrap a page image as a complete JPEG, PNG or TIFF file without touching its compressed pixels."""
    match image.encoding:
        case ImageEncoding.JPEG:
            return image.image_bytes
        case ImageEncoding.FLATE:
            return _as_png(image)
        case ImageEncoding.CCITT_G4:
            return _as_tiff(image)


def _as_png(image: PageImage) -> bytes:
    colour_type = _PNG_GREY if image.components == 1 else _PNG_RGB
    header = struct.pack(">IIBBBBB", image.width_px, image.height_px, image.bits_per_component, colour_type, 0, 0, 0)
    return b"".join(
        (
            _PNG_SIGNATURE,
            _png_chunk(b"IHDR", header),
            _png_chunk(b"IDAT", image.image_bytes),
            _png_chunk(b"IEND", b""),
        )
    )


def _png_chunk(name: bytes, body: bytes) -> bytes:
    return b"".join((struct.pack(">I", len(body)), name, body, struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))))


def _as_tiff(image: PageImage) -> bytes:
    photometric = 1 if image.black_is_1 else 0
    # In TIFF, PhotometricInterpretation 0 (WhiteIsZero) is what fax coders write: a black run is stored as ones.
    # PDF's BlackIs1 false means the decoder puts 0 for black; the coded bytes are the same in both cases.
    entries = (
        (256, _TIFF_LONG, image.width_px),
        (257, _TIFF_LONG, image.height_px),
        (258, _TIFF_SHORT, 1),
        (259, _TIFF_SHORT, 4),
        (262, _TIFF_SHORT, photometric),
        (273, _TIFF_LONG, 8 + 2 + 12 * 9 + 4),
        (277, _TIFF_SHORT, 1),
        (278, _TIFF_LONG, image.height_px),
        (279, _TIFF_LONG, len(image.image_bytes)),
    )
    rows = b"".join(struct.pack("<HHII", tag, kind, 1, number) for tag, kind, number in entries)
    directory = struct.pack("<H", len(entries)) + rows + struct.pack("<I", 0)
    return struct.pack("<2sHI", b"II", 42, 8) + directory + image.image_bytes
