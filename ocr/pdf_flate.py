"""Keep a losslessly coded picture of a PDF page: its very rows where they are coded as ours, its very pixels elsewhere."""

from __future__ import annotations

import zlib

import cv2
import numpy as np
import pikepdf

from ocr.inflate import measure_inflation
from ocr.intake_limits import IntakeLimits
from ocr.picture import check_sides
from ocr.raster import Pixels, encode_lossless, look_over
from ocr.scan import ImageEncoding, PageImage, standalone_image

_COMPONENTS = {"/DeviceGray": 1, "/DeviceRGB": 3}
_KEPT_DEPTHS = ((1, 1), (1, 8), (3, 8))
_FIRST_PNG_PREDICTOR = 10
_BYTE = 8


def keep_flate(image: pikepdf.Stream, *, limits: IntakeLimits) -> tuple[PageImage, Pixels, tuple[str, ...]] | None:
    """Keep a Flate picture of plain grey or RGB; None leaves every other kind to the renderer.

    Raises:
        ScanRefused: CORRUPT_FILE, TOO_MANY_PIXELS or RESOLUTION_TOO_LOW.
    """
    width, height, depth = (int(image.get(key, 0)) for key in ("/Width", "/Height", "/BitsPerComponent"))
    components = _COMPONENTS.get(str(image.get("/ColorSpace")), 0)
    if (components, depth) not in _KEPT_DEPTHS or bool(image.get("/ImageMask", False)):
        return None
    check_sides(width, height, limits=limits)
    row_bytes = (width * components * depth + _BYTE - 1) // _BYTE
    parameters = image.get("/DecodeParms", pikepdf.Dictionary())
    predictor = int(parameters.get("/Predictor", 1)) if isinstance(parameters, pikepdf.Dictionary) else 0
    raw = bytes(image.read_raw_bytes())
    if predictor >= _FIRST_PNG_PREDICTOR:
        stated = tuple(
            int(parameters.get(key, default))
            for key, default in (("/Colors", 1), ("/BitsPerComponent", _BYTE), ("/Columns", 1))
        )
        if stated != (components, depth, width):
            return None
        rows = _whole_stream(raw, expected_bytes=height * (1 + row_bytes))
        if rows is None:
            return None
        kept = PageImage(ImageEncoding.FLATE, rows, width, height, depth, components)
        return kept, look_over(standalone_image(kept), width_px=width, height_px=height, components=components), ()
    if predictor != 1 or depth != _BYTE:
        return None
    whole = _whole_stream(raw, expected_bytes=height * row_bytes)
    if whole is None:
        return None
    flat = np.frombuffer(zlib.decompress(whole), np.uint8)
    stored = flat.reshape(height, width) if components == 1 else flat.reshape(height, width, components)
    pixels = stored if components == 1 else np.asarray(cv2.cvtColor(stored, cv2.COLOR_RGB2BGR), dtype=np.uint8)
    return encode_lossless(pixels), pixels, ("REENCODED_LOSSLESS",)


def _whole_stream(raw: bytes, *, expected_bytes: int) -> bytes | None:
    """Give the rows without what stands behind them; None when they do not inflate to exactly the promised size.

    Readers of PDF are lenient about that, so what such a picture shows is for the renderer to say.
    """
    try:
        inflation = measure_inflation(raw, max_bytes=expected_bytes)
    except zlib.error:
        return None
    if not inflation.complete or inflation.inflated_bytes != expected_bytes:
        return None
    return raw[: inflation.used_bytes]
