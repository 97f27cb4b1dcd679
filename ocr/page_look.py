"""Looks at a page as a clerk would: cut letters at the edge, a shadow, glare, a finger, words in pen ink.

Runs in the child on a copy of 25 to 100 dots per inch, some ten milliseconds a page. Everything here is a suspicion
with a figure; `ocr.quality` decides by its policy what a figure means.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from guard.wire import Json
from ocr.engine import GrayImage
from ocr.pixels import Pixels
from ocr.prepare import shrunk

_COARSE_DPI = 25
_INK_DPI = 100
_MM_PER_INCH = 25.4
_SKIN_RED = 140
_BLACK_BORDER = 60
"""Darker than this a margin is the scanner's lid or glass, no shadow on paper."""

Mask = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]


def look_at(pixels: Pixels, gray: GrayImage, *, pixels_dpi: float, gray_dpi: int) -> dict[str, Json]:
    """Return the figures of one page: `pixels` as decoded, `gray` evenly lit; neither need stand upright."""
    small = shrunk(pixels, _COARSE_DPI / pixels_dpi)
    paper = _paper(small)
    return {
        "cut_letters": _cut_letters(gray, dpi=gray_dpi),
        "shadow_share": round(_shadow_share(paper), 4),
        "glare_share": round(_glare_share(paper), 4),
        "finger_share": round(_finger_share(small), 4),
    }


def pen_mask(pixels: Pixels, *, pixels_dpi: float) -> Mask | None:
    """Return where blue ink lies, at about 100 dots per inch; None for a page without any."""
    if pixels.ndim == 2:
        return None
    blue, green, red = cv2.split(shrunk(pixels, min(1.0, _INK_DPI / pixels_dpi)))
    # Differences stop at 0, where no ink is.
    is_ink = (cv2.subtract(blue, red) > 45) & (cv2.subtract(blue, green) > 25) & (red < 170)
    mask = is_ink.astype(np.uint8)
    return mask if cv2.countNonZero(mask) > 30 else None


def pen_words(mask: Mask, boxes: Sequence[Box], *, scale: float) -> list[int]:
    """Return which boxes are written in the mask's ink; `scale` is pixels of the mask per pixel of a box.

    A share of the box counts that thin strokes of a pen reach and a stamp crossing a printed word does not.
    """
    found = []
    for index, box in enumerate(boxes):
        left, top, right, bottom = (max(0, round(side * scale)) for side in box)
        area = mask[top : max(bottom, top + 1), left : max(right, left + 1)]
        if area.size and float(area.mean()) > 0.08 and float(area.any(axis=0).mean()) > 0.6:
            found.append(index)
    return found


def straightened_mask(mask: Mask, *, quarter_turns: int, skew_degrees: float) -> Mask:
    """Return the mask turned clockwise and its skew undone, as the recognised copy of the page was."""
    upright = np.ascontiguousarray(np.rot90(mask, -quarter_turns % 4))
    if not skew_degrees:
        return upright
    height, width = upright.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), skew_degrees, 1.0)
    return np.asarray(cv2.warpAffine(upright, matrix, (width, height), flags=cv2.INTER_NEAREST), dtype=np.uint8)


def _paper(small: Pixels) -> GrayImage:
    """Return the brightness of the paper itself: letters closed over, noise smoothed."""
    gray = small if small.ndim == 2 else np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    closed = cv2.morphologyEx(gray, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    return np.asarray(cv2.medianBlur(closed, 5), dtype=np.uint8)


def _shadow_share(paper: GrayImage) -> float:
    """Return the share of the page that lies in a dark shadow reaching in from an edge."""
    bright = float(np.percentile(paper, 80))
    dark = ((paper < 0.5 * bright) & (paper > _BLACK_BORDER)).astype(np.uint8)
    # A frame, a ribbon of ornament or a sliver of lid is thin; a hand's or an arm's shadow is broad.
    broad = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
    return _edge_area(np.asarray(broad, dtype=np.uint8)) / paper.size


def _glare_share(paper: GrayImage) -> float:
    """Return the share of the page that is blown out to white amid clearly darker paper."""
    if float(np.percentile(paper, 60)) > 225:
        return 0.0
    blown = (paper >= 252).astype(np.uint8)
    broad = cv2.morphologyEx(blown, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return float(broad.mean())


def _finger_share(small: Pixels) -> float:
    """Return the share of the page under something of the colour of skin that comes in from an edge."""
    if small.ndim == 2:
        return 0.0
    luma = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2YCrCb), dtype=np.uint8)
    level, red, blue = luma[:, :, 0], luma[:, :, 1], luma[:, :, 2]
    is_skin = (red >= _SKIN_RED) & (red <= 178) & (blue >= 80) & (blue <= 120) & (level >= 50) & (level <= 225)
    if float(is_skin.mean()) > 0.35 or float(np.median(red)) >= _SKIN_RED - 6:
        # Paper of nearly that colour, a wooden table: nothing can be told.
        return 0.0
    solid = cv2.morphologyEx(is_skin.astype(np.uint8), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    return _edge_area(np.asarray(solid, dtype=np.uint8)) / solid.size


def _edge_area(mask: Mask) -> float:
    """Return how many pixels belong to patches that touch the border of the picture."""
    if not mask.any():
        return 0.0
    framed = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(np.asarray(framed), connectivity=8)
    height, width = mask.shape
    area = 0
    for label in range(1, count):
        left, top, across, down, size = (int(figure) for figure in stats[label])
        touches = left <= 3 or top <= 3 or left + across >= width - 1 or top + down >= height - 1
        area += size if touches else 0
    del labels
    return float(area)


def _cut_letters(gray: GrayImage, *, dpi: int) -> int:
    """Return how many pieces of the size of letters run out of the picture at one side, the worst side counted."""
    strip = max(4, round(8 * dpi / _MM_PER_INCH))
    sides = (gray[:strip], gray[-strip:][::-1], gray[:, :strip].T, gray[:, -strip:].T[::-1])
    return max(_cut_at_top(np.ascontiguousarray(side), dpi=dpi) for side in sides)


def _cut_at_top(strip: GrayImage, *, dpi: int) -> int:
    millimetre = dpi / _MM_PER_INCH
    ink = (strip < 140).astype(np.uint8)
    if not ink[:2].any():
        return 0
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    found = 0
    for left, top, width, height, area in stats[1:].tolist():
        del left
        is_letter = 0.25 * millimetre <= width <= 6 * millimetre and 0.7 * millimetre <= height <= 5 * millimetre
        # Letters leave half of their box free; a clip or the end of a rule fills it.
        found += top == 0 and is_letter and 0.12 <= area / (width * height) <= 0.75
    return found
