"""Decode pictures to prove them whole and encode what had to be rebuilt; runs only inside the child."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from ocr.errors import IntakeCode, ScanRefused
from ocr.png import idat_of
from ocr.scan import ImageEncoding, PageImage

Pixels = npt.NDArray[np.uint8]

REBUILT_JPEG_QUALITY = 95
# Chroma noise of a colour scanner is far above this on any sheet; a grey page saved as RGB stays far below.
_GREY_SPREAD = 3
_SAMPLED_SIDE_PX = 1500
_BAND_ROWS = 256
_LARGE_BYTES = 60_000_000
_MEMORY_COMPLAINTS = ("Insufficient memory", "Failed to allocate", "OutOfMemory", "Out of memory")
_STDERR = 2


def decode_whole(encoded: bytes, *, width_px: int, height_px: int) -> Pixels:
    """Decode a JPEG or PNG as grey or BGR and refuse it if the decoder had any complaint.

    Decoders paint damaged parts grey and say so on standard error only, so that is listened to.

    Raises:
        ScanRefused: CORRUPT_FILE.
    """
    pixels = _decode_strictly(encoded, mode=cv2.IMREAD_ANYCOLOR)
    if pixels.shape[:2] != (height_px, width_px):
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "the picture decodes to another size than it states")
    return pixels


def look_over(encoded: bytes, *, width_px: int, height_px: int, components: int) -> Pixels:
    """Decode a JPEG, PNG or fax as strictly, but give it at half its size: enough to judge, a quarter of the memory.

    A JPEG shrinks while it is decoded, which also costs a third of the time; every coded bit is still read.

    Raises:
        ScanRefused: CORRUPT_FILE.
    """
    mode = cv2.IMREAD_REDUCED_GRAYSCALE_2 if components == 1 else cv2.IMREAD_REDUCED_COLOR_2
    pixels = _decode_strictly(encoded, mode=mode)
    if abs(pixels.shape[0] - height_px / 2) > 1 or abs(pixels.shape[1] - width_px / 2) > 1:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "the picture decodes to another size than it states")
    return pixels


def has_colour(pixels: Pixels) -> bool:
    """Tell whether any part of the picture is more than grey."""
    if pixels.ndim == 2:
        return False
    step = max(1, max(pixels.shape[:2]) // _SAMPLED_SIDE_PX)
    blue, green, red = cv2.split(pixels[::step, ::step])
    # Channel by channel: over the three values of each pixel numpy takes a tenth of a second a page.
    spread = cv2.subtract(cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red))
    return bool(cv2.minMaxLoc(spread)[1] > _GREY_SPREAD)


def encode_lossless(pixels: Pixels) -> PageImage:
    """Encode grey or BGR pixels as FLATE rows."""
    # Level 4 is a sixth smaller than the fast setting, but a noisy sheet of A2 would take it a quarter of a minute.
    level = 4 if pixels.size <= _LARGE_BYTES else 1
    encoded = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, level])[1]
    components = 1 if pixels.ndim == 2 else 3
    return PageImage(ImageEncoding.FLATE, idat_of(encoded.data), pixels.shape[1], pixels.shape[0], 8, components)


def encode_bilevel(picture: Image.Image) -> PageImage:
    """Encode a bilevel picture as one-bit FLATE rows."""
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return PageImage(ImageEncoding.FLATE, idat_of(buffer.getvalue()), picture.width, picture.height, 1, 1)


def encode_jpeg(pixels: Pixels) -> PageImage:
    """Encode grey or BGR pixels as JPEG of quality 95 without chroma subsampling."""
    options = [
        cv2.IMWRITE_JPEG_QUALITY,
        REBUILT_JPEG_QUALITY,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]
    encoded = cv2.imencode(".jpg", pixels, options)[1].tobytes()
    components = 1 if pixels.ndim == 2 else 3
    return PageImage(ImageEncoding.JPEG, encoded, pixels.shape[1], pixels.shape[0], 8, components)


def to_pixels(picture: Image.Image) -> tuple[Pixels, tuple[str, ...]]:
    """Bring any Pillow picture to 8-bit grey or BGR on white paper, and say what that cost.

    Raises:
        ScanRefused: UNSUPPORTED_IMAGE for modes that are no page.
    """
    warnings: list[str] = []
    if picture.mode.startswith("I;16") or picture.mode == "I":
        warnings.append("DEPTH_REDUCED")
        wide = np.asarray(picture).astype(np.int64)
        return (np.clip(wide, 0, 0xFFFF) >> 8).astype(np.uint8), tuple(warnings)
    if _has_alpha(picture):
        warnings.append("ALPHA_FLATTENED")
        return _to_bgr(picture), tuple(warnings)
    if picture.mode in ("CMYK", "YCbCr", "LAB"):
        warnings.append("COLOUR_CONVERTED")
    if picture.mode in ("1", "L"):
        return np.asarray(picture.convert("L"), dtype=np.uint8), tuple(warnings)
    if picture.mode not in ("RGB", "P", "CMYK", "YCbCr", "LAB"):
        raise ScanRefused(IntakeCode.UNSUPPORTED_IMAGE, f"pixels of kind {picture.mode} are not accepted")
    return _to_bgr(picture), tuple(warnings)


def _to_bgr(picture: Image.Image) -> Pixels:
    """Convert band by band: a large picture in four colours beside three whole copies of it fills a machine."""
    out = np.empty((picture.height, picture.width, 3), dtype=np.uint8)
    for top in range(0, picture.height, _BAND_ROWS):
        bottom = min(top + _BAND_ROWS, picture.height)
        band = picture.crop((0, top, picture.width, bottom))
        if _has_alpha(picture):
            band = band.convert("RGBA")
            band = Image.alpha_composite(Image.new("RGBA", band.size, "white"), band)
        out[top:bottom] = np.asarray(band.convert("RGB"), dtype=np.uint8)[:, :, ::-1]
    return out


def _has_alpha(picture: Image.Image) -> bool:
    return picture.mode in ("LA", "RGBA", "PA", "La", "RGBa") or "transparency" in picture.info


def _decode_strictly(encoded: bytes, *, mode: int) -> Pixels:
    with _complaints() as complaints:
        try:
            pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), mode | cv2.IMREAD_IGNORE_ORIENTATION)
        except cv2.error as exc:
            complaints.append(str(exc))
            pixels = None
    if any(word in line for line in complaints for word in _MEMORY_COMPLAINTS):
        # The file may be whole: the pool answers that it needs too much, not that it is damaged.
        raise MemoryError
    if pixels is None or complaints:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "the picture is damaged; scan the page again")
    return np.asarray(pixels, dtype=np.uint8)


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """Collect what native code writes to standard error meanwhile."""
    lines: list[str] = []
    saved = os.dup(_STDERR)
    listening = os.memfd_create("complaints")
    os.dup2(listening, _STDERR)
    try:
        yield lines
    finally:
        os.dup2(saved, _STDERR)
        os.close(saved)
        os.lseek(listening, 0, os.SEEK_SET)
        lines.extend(os.read(listening, 10_000).decode("utf-8", "replace").splitlines())
        os.close(listening)
