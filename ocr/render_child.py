"""The child's side of drawing pages: the rasteriser meets a document only here."""

from __future__ import annotations

import math
from collections.abc import Mapping

import cv2
import numpy as np
import pypdfium2

from guard.errors import TaskRefused
from guard.wire import Json, Reply
from ocr.errors import IntakeCode
from ocr.image_wire import image_from_header, number
from ocr.page_mark import with_mark
from ocr.pixels import Pixels, decode_pixels

_MOST_PIXELS = 40_000_000
_JPEG_QUALITY = 82
_MOST_CROPPED_PX = 4000
_WHITE = 255
_TINT = 0.22
_SURE, _DOUBTFUL, _HARDLY_READ = (60, 150, 30), (0, 140, 235), (40, 40, 220)
"""Colours of the boxes in the order blue, green, red."""
_SURE_CONFIDENCE = 85.0
_DOUBTFUL_CONFIDENCE = 65.0


def render_page(header: Mapping[str, Json], payloads: tuple[bytes, ...]) -> Reply:
    """Draw one page of the document in the first payload as PNG.

    Raises:
        TaskRefused: the document does not open, has no such page, or the page would be too large.
    """
    page_index, dpi = int(number(header, "page_index")), number(header, "dpi")
    if len(payloads) != 1 or not 10 <= dpi <= 600:
        raise TaskRefused(IntakeCode.UNSUPPORTED_IMAGE, "one document and 10 to 600 dpi are needed")
    try:
        document = pypdfium2.PdfDocument(payloads[0])
    except pypdfium2.PdfiumError as exc:
        raise TaskRefused(IntakeCode.CORRUPT_FILE, "the document does not open") from exc
    if not 0 <= page_index < len(document):
        raise TaskRefused(IntakeCode.NO_PAGES, f"there is no page {page_index + 1}; the document has {len(document)}")
    # Without the form environment pdfium leaves signature appearances out.
    document.init_forms()
    page = document[page_index]
    width_pt, height_pt = page.get_size()
    scale = dpi / 72
    if width_pt * height_pt * scale * scale > _MOST_PIXELS:
        raise TaskRefused(IntakeCode.TOO_MANY_PIXELS, f"{dpi:.0f} dpi is too fine for this page; ask for less")
    pixels = page.render(scale=scale, may_draw_forms=True).to_numpy()
    drawn = np.asarray(pixels, dtype=np.uint8)
    mark = header.get("mark")
    if isinstance(mark, list) and mark:
        drawn = with_mark(drawn, tuple(str(line) for line in mark))
    return Reply({}, (_encoded(drawn, ".png"),))


def preview_page(header: Mapping[str, Json], payloads: tuple[bytes, ...]) -> Reply:
    """Draw the scan page in the first payload upright and straight as a JPEG of at most `max_px`.

    Raises:
        TaskRefused: the image does not decode.
    """
    return Reply({}, (_encoded(upright_pixels(header, payloads), ".jpg"),))


def overlay_page(header: Mapping[str, Json], payloads: tuple[bytes, ...]) -> Reply:
    """Draw the same page as PNG with every word tinted and boxed by its confidence.

    Raises:
        TaskRefused: the image does not decode, or a box is no box.
    """
    upright = upright_pixels(header, payloads)
    pixels = upright if upright.ndim == 3 else np.asarray(cv2.cvtColor(upright, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    height, width = pixels.shape[:2]
    factor = width / max(1.0, number(header, "width_px_upright"))
    tinted = pixels.copy()
    boxes = []
    for left, top, right, bottom, confidence in _word_boxes(header):
        sides = np.clip(np.array([left, top, right, bottom]) * factor, 0, [width, height, width, height])
        corners = [int(side) for side in sides.round()]
        boxes.append((corners, _confidence_colour(confidence)))
    for (left_px, top_px, right_px, bottom_px), colour in boxes:
        cv2.rectangle(tinted, (left_px, top_px), (right_px, bottom_px), colour, thickness=cv2.FILLED)
    drawn = np.asarray(cv2.addWeighted(tinted, _TINT, pixels, 1 - _TINT, 0.0), dtype=np.uint8)
    for (left_px, top_px, right_px, bottom_px), colour in boxes:
        cv2.rectangle(drawn, (left_px, top_px), (right_px, bottom_px), colour, thickness=1)
    return Reply({}, (_encoded(drawn, ".png"),))


def crop_page(header: Mapping[str, Json], payloads: tuple[bytes, ...]) -> Reply:
    """Draw a part of the scan page in the first payload as PNG, upright and straight, its longer side at most `max_px`.

    Raises:
        TaskRefused: the image does not decode, or the box holds nothing of the page.
    """
    upright = upright_pixels({**header, "max_px": _MOST_CROPPED_PX}, payloads)
    height, width = upright.shape[:2]
    factor = width / max(1.0, number(header, "width_px_upright"))
    sides = [number(header, side) * factor for side in ("left", "top", "right", "bottom")]
    if not all(math.isfinite(side) for side in sides):
        raise TaskRefused(IntakeCode.CORRUPT_FILE, "a box is four sides")
    left, top = max(0, math.floor(sides[0])), max(0, math.floor(sides[1]))
    right, bottom = min(width, math.ceil(sides[2])), min(height, math.ceil(sides[3]))
    if right - left < 2 or bottom - top < 2:
        raise TaskRefused(IntakeCode.PAGE_SIZE, "the box holds nothing of the page")
    crop = np.ascontiguousarray(upright[top:bottom, left:right])
    shrink = min(1.0, number(header, "max_px") / max(crop.shape[:2]))
    if shrink < 1:
        crop = np.asarray(cv2.resize(crop, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return Reply({}, (_encoded(crop, ".png"),))


def upright_pixels(header: Mapping[str, Json], payloads: tuple[bytes, ...]) -> Pixels:
    """Return the page in the first payload upright and straight, its longer side at most `max_px`.

    Raises:
        TaskRefused: the image does not decode.
    """
    image = image_from_header(header, payloads)
    max_px = max(16, min(4000, int(number(header, "max_px"))))
    long_side = max(image.width_px, image.height_px)
    shrink = next((factor for factor in (8, 4, 2) if long_side / factor >= max_px), 1)
    pixels = decode_pixels(image, shrink=shrink)
    factor = min(1.0, max_px / max(pixels.shape[:2]))
    if factor < 1:
        pixels = np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
    pixels = np.ascontiguousarray(np.rot90(pixels, -int(number(header, "quarter_turns")) % 4))
    return _straightened(pixels, number(header, "skew_degrees"))


def _word_boxes(header: Mapping[str, Json]) -> list[tuple[float, float, float, float, float]]:
    rows, boxes = header.get("boxes"), []
    for row in rows if isinstance(rows, list) else [None]:
        if not isinstance(row, list) or len(row) != 5 or not all(_is_finite(figure) for figure in row):
            raise TaskRefused(IntakeCode.CORRUPT_FILE, "a box is four sides and a confidence")
        left, top, right, bottom, confidence = row
        boxes.append((left, top, right, bottom, confidence))
    return boxes


def _is_finite(figure: object) -> bool:
    return isinstance(figure, (int, float)) and not isinstance(figure, bool) and math.isfinite(figure)


def _confidence_colour(confidence: float) -> tuple[int, int, int]:
    if confidence >= _SURE_CONFIDENCE:
        return _SURE
    return _DOUBTFUL if confidence >= _DOUBTFUL_CONFIDENCE else _HARDLY_READ


def _straightened(pixels: Pixels, skew_degrees: float) -> Pixels:
    if not skew_degrees:
        return pixels
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), skew_degrees, 1.0)
    turned = cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(_WHITE,) * 3)
    return np.asarray(turned, dtype=np.uint8)


def _encoded(pixels: Pixels, suffix: str) -> bytes:
    options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY] if suffix == ".jpg" else []
    done, buffer = cv2.imencode(suffix, pixels, options)
    if not done:
        raise TaskRefused(IntakeCode.UNSUPPORTED_IMAGE, "the page could not be encoded")
    return bytes(buffer.tobytes())
