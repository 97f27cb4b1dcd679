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
_STDERR = 2


def decode_whole(encoded: bytes, *, width_px: int, height_px: int) -> Pixels:
    """Decode a JPEG or PNG as grey or BGR and refuse it if the decoder had any complaint.

    Decoders paint damaged parts grey and say so on standard error only, so that is listened to.

    Raises:
        ScanRefused: CORRUPT_FILE.
    """
    with _complaints() as complaints:
        try:
            pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_ANYCOLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        except cv2.error as exc:
            raise ScanRefused(IntakeCode.CORRUPT_FILE, "the picture does not decode; scan the page again") from exc
    if pixels is None or complaints:
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "the picture is damaged; scan the page again")
    if pixels.shape[:2] != (height_px, width_px):
        raise ScanRefused(IntakeCode.CORRUPT_FILE, "the picture decodes to another size than it states")
    return np.asarray(pixels, dtype=np.uint8)


def has_colour(pixels: Pixels) -> bool:
    """Tell whether any part of the picture is more than grey."""
    if pixels.ndim == 2:
        return False
    step = max(1, max(pixels.shape[:2]) // _SAMPLED_SIDE_PX)
    sample = pixels[::step, ::step]
    return bool((sample.max(axis=2).astype(np.int16) - sample.min(axis=2)).max() > _GREY_SPREAD)


def encode_lossless(pixels: Pixels) -> PageImage:
    """Encode grey or BGR pixels as FLATE rows."""
    encoded = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 4])[1].tobytes()
    components = 1 if pixels.ndim == 2 else 3
    return PageImage(ImageEncoding.FLATE, idat_of(encoded), pixels.shape[1], pixels.shape[0], 8, components)


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
    if picture.mode in ("LA", "RGBA", "PA", "La", "RGBa") or "transparency" in picture.info:
        warnings.append("ALPHA_FLATTENED")
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture).convert("RGB")
    if picture.mode in ("CMYK", "YCbCr", "LAB"):
        warnings.append("COLOUR_CONVERTED")
    if picture.mode in ("1", "L"):
        return np.asarray(picture.convert("L"), dtype=np.uint8), tuple(warnings)
    if picture.mode not in ("RGB", "P", "CMYK", "YCbCr", "LAB"):
        raise ScanRefused(IntakeCode.UNSUPPORTED_IMAGE, f"pixels of kind {picture.mode} are not accepted")
    colours = np.asarray(picture.convert("RGB"), dtype=np.uint8)
    return np.ascontiguousarray(colours[:, :, ::-1]), tuple(warnings)


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
