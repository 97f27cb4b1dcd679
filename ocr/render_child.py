"""The child's side of drawing pages: the rasteriser meets a document only here."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import pypdfium2

from guard.errors import TaskRefused
from guard.wire import Json, Reply
from ocr.errors import IntakeCode
from ocr.image_wire import image_from_header, number
from ocr.pixels import Pixels, decode_pixels

_MOST_PIXELS = 40_000_000
_JPEG_QUALITY = 82
_WHITE = 255


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
    return Reply({}, (_encoded(np.asarray(pixels, dtype=np.uint8), ".png"),))


def preview_page(header: Mapping[str, Json], payloads: tuple[bytes, ...]) -> Reply:
    """Draw the scan page in the first payload upright and straight as a JPEG of at most `max_px`.

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
    pixels = _straightened(pixels, number(header, "skew_degrees"))
    return Reply({}, (_encoded(pixels, ".jpg"),))


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
