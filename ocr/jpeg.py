"""Take a JPEG apart by its markers and put it together again without metadata, its coded pixels untouched.

Kept: quantisation and Huffman tables, frame, scans, restart intervals, the Adobe segment (it decides about colour).
The JFIF segment is written anew without its thumbnail. Everything else leaves: EXIF, GPS, maker notes, XMP, ICC,
comments, second images and whatever stands behind the end.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

from ocr.errors import IntakeCode, ScanRefused
from ocr.exif import CM_PER_INCH, Exif, names_srgb, read_exif

SOI = b"\xff\xd8"
EOI = b"\xff\xd9"
_SOI, _EOI, _SOS, _DNL, _COM = 0xD8, 0xD9, 0xDA, 0xDC, 0xFE
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
_KEPT_TABLES = (0xC4, 0xDB, 0xDD)  # DHT, DQT, DRI
_FRAMES_READ = (0xC0, 0xC1, 0xC2)  # baseline, extended sequential, progressive: what DCTDecode may hold
_FRAMES_REFUSED = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
_STANDALONE = (*range(0xD0, 0xD8), 0x01)
# Coded data ends at a marker that is neither a stuffed zero, nor a restart, nor a fill byte.
_END_OF_CODED_DATA = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
# Each scan of a progressive file is a pass over the whole picture: thousands of them are an attack on time.
_MAX_SCANS = 64
_RGB_IDS = b"RGB"


@dataclass(frozen=True, slots=True)
class JpegFrame:
    """What the frame header says."""

    width_px: int
    height_px: int
    components: int
    component_ids: bytes


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A JPEG without metadata, and what its metadata said about the page."""

    stripped: bytes
    frame: JpegFrame
    dpi: float | None
    exif: Exif
    warnings: tuple[str, ...]


@dataclass(slots=True)
class _Taking:
    """The state while markers are walked."""

    kept: list[bytes] = field(default_factory=list)
    frame: JpegFrame | None = None
    jfif: bytes | None = None
    adobe: bytes | None = None
    exif: Exif = field(default_factory=Exif)
    scans: int = 0
    warnings: list[str] = field(default_factory=list)


def read_jpeg(jpeg: bytes, *, max_pixels: int) -> Jpeg:
    """Walk all markers to the end of the first image and rebuild it without metadata.

    Raises:
        ScanRefused: TRUNCATED, CORRUPT_FILE, UNSUPPORTED_IMAGE or TOO_MANY_PIXELS.
    """
    taking = _Taking()
    position = len(SOI)
    if jpeg[:position] != SOI:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "the JPEG does not start with SOI")
    while True:
        marker, position = _next_marker(jpeg, position)
        if marker == _EOI:
            break
        if marker in _STANDALONE or marker == _SOI:
            raise ScanRefused(IntakeCode.CORRUPT_FILE, f"marker {marker:#x} stands where a segment is due")
        body = _segment_body(jpeg, position)
        position += 2 + len(body)
        _take_segment(taking, marker=marker, body=body, max_pixels=max_pixels)
        if marker == _SOS:
            end = _END_OF_CODED_DATA.search(jpeg, position)
            if end is None:
                raise ScanRefused(IntakeCode.TRUNCATED, "the JPEG ends inside its coded data; scan the page again")
            taking.kept.append(jpeg[position : end.start()])
            position = end.start()
    if position < len(jpeg):
        taking.warnings.append("TRAILING_DATA_DROPPED")
    return _rebuild(taking)


def _next_marker(jpeg: bytes, position: int) -> tuple[int, int]:
    """Give the marker at `position`, behind any fill bytes, and the place behind it."""
    if position >= len(jpeg):
        raise ScanRefused(IntakeCode.TRUNCATED, "the JPEG ends before EOI; scan the page again")
    if jpeg[position] != 0xFF:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "a JPEG segment is followed by something that is no marker")
    while position < len(jpeg) and jpeg[position] == 0xFF:
        position += 1
    if position >= len(jpeg):
        raise ScanRefused(IntakeCode.TRUNCATED, "the JPEG ends inside a marker; scan the page again")
    return jpeg[position], position + 1


def _segment_body(jpeg: bytes, position: int) -> bytes:
    length = int.from_bytes(jpeg[position : position + 2], "big")
    if position + 2 > len(jpeg) or position + length > len(jpeg):
        raise ScanRefused(IntakeCode.TRUNCATED, "the JPEG ends inside a segment; scan the page again")
    if length < 2:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, f"a JPEG segment claims a length of {length}")
    return jpeg[position + 2 : position + length]


def _take_segment(taking: _Taking, *, marker: int, body: bytes, max_pixels: int) -> None:
    if _APP0 <= marker <= _APP15:
        _take_application_data(taking, marker=marker, body=body)
    elif marker in _FRAMES_READ:
        if taking.frame is not None:
            raise ScanRefused(IntakeCode.CORRUPT_FILE, "the JPEG holds two frames")
        taking.frame = _read_frame(body, max_pixels=max_pixels)
        taking.kept.append(_segment(marker, body))
    elif marker in _KEPT_TABLES:
        taking.kept.append(_segment(marker, body))
    elif marker == _SOS:
        taking.scans += 1
        if taking.frame is None or taking.scans > _MAX_SCANS:
            raise ScanRefused(IntakeCode.CORRUPT_FILE, "the JPEG has a scan before its frame, or too many scans")
        taking.kept.append(_segment(marker, body))
    elif marker in _FRAMES_REFUSED or marker == _DNL:
        raise ScanRefused(
            IntakeCode.UNSUPPORTED_IMAGE, f"JPEG frames of kind {marker:#x} are not accepted; save it as baseline JPEG"
        )
    elif marker != _COM:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, f"marker {marker:#x} is not part of a JPEG picture")


def _take_application_data(taking: _Taking, *, marker: int, body: bytes) -> None:
    if taking.scans:
        return  # Applications write before the picture; what hides between scans is dropped.
    if marker == _APP0 and body.startswith(b"JFIF\0") and len(body) >= 14 and taking.jfif is None:
        taking.jfif = body[:12]
    elif marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12 and taking.adobe is None:
        taking.adobe = body[:12]
    elif marker == _APP1 and body.startswith(b"Exif\0\0"):
        taking.exif = read_exif(body[6:])
    elif marker == _APP2 and body.startswith(b"ICC_PROFILE\0") and not names_srgb(body):
        taking.warnings.append("COLOUR_PROFILE_DROPPED")


def _read_frame(body: bytes, *, max_pixels: int) -> JpegFrame:
    if len(body) < 6 or len(body) != 6 + 3 * body[5]:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "the frame header of the JPEG is damaged")
    precision, height, width, components = struct.unpack(">BHHB", body[:6])
    if precision != 8 or components not in (1, 3, 4) or height == 0:
        raise ScanRefused(
            IntakeCode.UNSUPPORTED_IMAGE,
            f"a JPEG with {precision} bits, {components} components, height {height} is not accepted; "
            "save it as 8-bit grey or colour",
        )
    if width == 0:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "the JPEG is zero pixels wide")
    if width * height > max_pixels:
        raise ScanRefused(
            IntakeCode.TOO_MANY_PIXELS,
            f"{width} × {height} pixels; {max_pixels} are allowed; scan at a lower resolution",
        )
    return JpegFrame(width, height, components, body[6::3])


def _rebuild(taking: _Taking) -> Jpeg:
    if taking.frame is None or taking.scans == 0:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "the JPEG holds no picture")
    head = [SOI]
    if taking.jfif is not None:
        # libjpeg takes the mere presence of JFIF as YCbCr, so it must not be lost; its thumbnail must.
        head.append(_segment(_APP0, b"JFIF\0\x01\x01" + taking.jfif[7:12] + b"\0\0"))
    if taking.adobe is not None:
        head.append(_segment(_APP14, taking.adobe))
    elif taking.jfif is None and taking.frame.component_ids == _RGB_IDS:
        # Without any segment libjpeg guesses RGB from the ids while a PDF reader must assume YCbCr: say it.
        head.append(_segment(_APP14, b"Adobe\x00\x64\0\0\0\0\0"))
    stripped = b"".join((*head, *taking.kept, EOI))
    dpi = _jfif_dpi(taking.jfif) or taking.exif.dpi
    return Jpeg(stripped, taking.frame, dpi, taking.exif, tuple(dict.fromkeys(taking.warnings)))


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def _jfif_dpi(jfif: bytes | None) -> float | None:
    if jfif is None:
        return None
    unit, horizontal = struct.unpack(">BH", jfif[7:10])
    if horizontal == 0 or unit not in (1, 2):
        return None
    return float(horizontal) if unit == 1 else horizontal * CM_PER_INCH
