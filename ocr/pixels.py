"""Decodes a page image to pixels, inside a child process only, no larger than the work needs."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from guard.errors import TaskRefused
from ocr.errors import IntakeCode
from ocr.scan import ImageEncoding, PageImage, standalone_image

Pixels = npt.NDArray[np.uint8]

_REDUCED_MODES = {
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


def decode_pixels(image: PageImage, *, shrink: int = 1) -> Pixels:
    """Return the stored pixels as grey or BGR rows, each side divided by `shrink` (1, 2, 4 or 8).

    Neither EXIF nor `quarter_turns` is applied. A JPEG shrinks while it is decoded, which bounds memory.

    Raises:
        TaskRefused: the image does not decode to the size intake saw.
    """
    if image.components == 1 or image.encoding is ImageEncoding.CCITT_G4:
        mode = cv2.IMREAD_GRAYSCALE
    else:
        mode = _REDUCED_MODES.get(shrink, cv2.IMREAD_COLOR)
    encoded = np.frombuffer(standalone_image(image), np.uint8)
    try:
        decoded = cv2.imdecode(encoded, mode | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as exc:
        raise TaskRefused(IntakeCode.CORRUPT_FILE, "the page image does not decode") from exc
    if decoded is None:
        raise TaskRefused(IntakeCode.CORRUPT_FILE, "the page image does not decode")
    pixels = np.asarray(decoded, dtype=np.uint8)
    wanted = (-(-image.width_px // shrink), -(-image.height_px // shrink))
    if (pixels.shape[1], pixels.shape[0]) == (image.width_px, image.height_px) and shrink > 1:
        pixels = np.asarray(cv2.resize(pixels, wanted, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if abs(pixels.shape[1] - wanted[0]) > 1 or abs(pixels.shape[0] - wanted[1]) > 1:
        raise TaskRefused(IntakeCode.CORRUPT_FILE, "the page image decodes to another size than it states")
    return pixels
