"""Makes the copy of a page that the engine reads: sized, evenly lit and free of seals.

Only this copy is changed; the page image in the PDF stays as scanned. Each step earned its place by an
ablation (`benchmarks/ocr.py --ablation`); ADR 0010 says which did not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
import numpy.typing as npt

from ocr.engine import GrayImage

ColourImage = npt.NDArray[np.uint8]

WORKING_DPI = 185
"""Recognition at 170 to 200 dpi reads as well as at 300 and costs half the time."""
_LOW_DPI_TARGET = 225
"""A page scanned below the working resolution gains from being enlarged beyond it."""
_A4_LONG_SIDE_INCHES = 11.69
_MAX_LONG_SIDE_PX = 3600
_SHARPEN_PX = 2.0
_SEAL_DPI = 60
_DARKEST_PAPER = np.uint8(70)
_SMALL_SEAL_PX = 41
"""17 mm at the 60 dpi at which seals are looked for: the neck between two that touch is narrower."""
_TWO_SEALS_PX = 1200
_WHITE = 255
_PAPER_FROM = 225
# Evenly white paper reads as well and packs faster: the engine packs and unpacks the picture of every line.
_PAPER_IS_WHITE = np.where(np.arange(256) < _PAPER_FROM, np.arange(256), _WHITE).astype(np.uint8)


class Step(Enum):
    """What is done to the recognised copy; the benchmark leaves each one out in turn."""

    ENLARGE = "enlarge"
    SEALS = "seals"
    LIGHT = "light"
    STRAIGHTEN = "straighten"
    TURN = "turn"
    LEADERS = "leaders"
    RULES = "rules"


EVERY_STEP = frozenset(Step)


@dataclass(frozen=True, slots=True)
class PreparedPage:
    """A grey copy for recognition; `scale` is its pixels per pixel of the page image, `dpi` its resolution."""

    gray: GrayImage
    scale: float
    dpi: int


def prepare(
    pixels: ColourImage | GrayImage,
    *,
    dpi: float | None,
    steps: frozenset[Step] = EVERY_STEP,
    small: ColourImage | GrayImage | None = None,
) -> PreparedPage:
    """Return the even and seal-free copy of a page, neither turned nor straightened yet.

    A page without a known scale is taken for A4, which only sets the size at which it is read. `small` is the page
    halved, if the caller has it.
    """
    long_side = max(pixels.shape[:2])
    source_dpi = dpi or long_side / _A4_LONG_SIDE_INCHES
    target_dpi = float(WORKING_DPI)
    if source_dpi < WORKING_DPI:
        target_dpi = _LOW_DPI_TARGET if Step.ENLARGE in steps else source_dpi
    scale = min(target_dpi / source_dpi, _MAX_LONG_SIDE_PX / long_side)
    working_dpi = max(70, round(source_dpi * scale))
    # Grey first: one plane is sized in a third of the time.
    gray = drop_red_seals(pixels, dpi=source_dpi, small=small) if Step.SEALS in steps else _gray_of(pixels)
    gray = _resize(gray, scale)
    if Step.LIGHT in steps:
        gray = flatten_light(gray, dpi=working_dpi)
    return PreparedPage(gray=gray, scale=scale, dpi=working_dpi)


def drop_red_seals(
    pixels: ColourImage | GrayImage, *, dpi: float, small: ColourImage | GrayImage | None = None
) -> GrayImage:
    """Return the page in grey with red ink faded inside round red blobs, so that black text under a seal stays.

    In the red channel red ink is nearly as bright as paper. Outside round blobs the grey value is kept:
    a red serial number or heading is text to be read.
    """
    gray = _gray_of(pixels)
    if pixels.ndim == 2:
        return gray
    seen = pixels if small is None else small
    blue, green, red_light = cv2.split(shrunk(seen, _SEAL_DPI / dpi * pixels.shape[0] / seen.shape[0]))
    red = (cv2.subtract(red_light, cv2.max(blue, green)) > 28).astype(np.uint8)
    if int(red.sum()) < 40:
        return gray
    closed = cv2.morphologyEx(red, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    mask = np.zeros(closed.shape, np.uint8)
    for label in range(1, count):
        if _is_round_blob(stats[label]):
            mask[labels == label] = _WHITE
        elif int(stats[label][cv2.CC_STAT_AREA]) >= _TWO_SEALS_PX:
            around = _surroundings(stats[label])
            mask[around] |= _discs_in((labels[around] == label).astype(np.uint8))
    if not mask.any():
        return gray
    grown = _as_gray(cv2.dilate(mask, np.ones((7, 7), np.uint8)))
    left, top, across, down = cv2.boundingRect(grown)
    y_scale, x_scale = gray.shape[0] / grown.shape[0], gray.shape[1] / grown.shape[1]
    place = (
        slice(round(top * y_scale), round((top + down) * y_scale)),
        slice(round(left * x_scale), round((left + across) * x_scale)),
    )
    where = grown[top : top + down, left : left + across]
    full = cv2.resize(where, gray[place].shape[::-1], interpolation=cv2.INTER_NEAREST)
    # Stretch what is left of the ink to white: a seal's red is seldom as bright as the paper around it.
    lifted = cv2.convertScaleAbs(np.ascontiguousarray(pixels[place][:, :, 2]), alpha=1.35, beta=-20)
    gray[place] = cv2.copyTo(lifted, full, np.ascontiguousarray(gray[place]))
    return gray


def flatten_light(gray: GrayImage, *, dpi: int) -> GrayImage:
    """Divide the page by its own background, so that shadows and yellowed paper become white."""
    background = _as_gray(cv2.morphologyEx(shrunk(gray, 25 / dpi), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)))
    # A black scanner border has no paper to be lifted to; a floor keeps noise in it from turning into text.
    background = _as_gray(np.maximum(cv2.medianBlur(background, 9), _DARKEST_PAPER))
    background = _as_gray(cv2.resize(background, (gray.shape[1], gray.shape[0]), interpolation=cv2.INTER_LINEAR))
    even = cv2.divide(gray, background, scale=245)
    return _as_gray(cv2.LUT(even, _PAPER_IS_WHITE))


def shrunk(pixels: npt.NDArray[np.uint8], factor: float) -> npt.NDArray[np.uint8]:
    """Return a small copy; halved as often as it goes, which costs a fraction of one odd step from the full size."""
    height, width = (max(1, round(side * factor)) for side in pixels.shape[:2])
    while pixels.shape[0] >= 2 * height and pixels.shape[1] >= 2 * width:
        pixels = halved(pixels)
    # Less than halved, every pixel still counts between its neighbours, for a sixth of what areas cost.
    return _as_gray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR))


def halved(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the picture at half its size, each pixel the mean of four; the last of an odd row or column is left out."""
    height, width = max(1, pixels.shape[0] // 2), max(1, pixels.shape[1] // 2)
    # Of an odd side no half is exact, and any other step costs ten times as much.
    even = pixels[: 2 * height, : 2 * width]
    return _as_gray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA))


def ink_share(gray: GrayImage) -> float:
    """Return the share of dark pixels, 0 to 1, on an evenly lit page."""
    return cv2.countNonZero((gray < 140).astype(np.uint8)) / gray.size


def _surroundings(stats: npt.NDArray[np.int32]) -> tuple[slice, slice]:
    """Return where a blob lies with so much paper around it that a disc fits beside."""
    left, top, across, down = (int(stats[i]) for i in range(4))
    margin = _SMALL_SEAL_PX
    return slice(max(0, top - margin), top + down + margin), slice(max(0, left - margin), left + across + margin)


def _discs_in(blob: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the seals in a blob of several that touch, or of one that touches red print: what holds a small seal."""
    outlines, _ = cv2.findContours(blob, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(np.zeros(blob.shape, np.uint8), outlines, -1, 1, thickness=cv2.FILLED)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_SMALL_SEAL_PX, _SMALL_SEAL_PX))
    opened = np.asarray(cv2.morphologyEx(filled, cv2.MORPH_OPEN, disc), dtype=np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    found = np.zeros(blob.shape, np.uint8)
    for label in range(1, count):
        if _is_round_blob(stats[label]):
            found[labels == label] = _WHITE
    return found


def _is_round_blob(stats: npt.NDArray[np.int32]) -> bool:
    width, height, area = (int(stats[i]) for i in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    millimetre = _SEAL_DPI / 25.4
    if not (12 * millimetre <= max(width, height) <= 70 * millimetre):
        return False
    if min(width, height) / max(width, height) < 0.6:
        return False
    # A disc fills 79 % of its box; a ring whose inside did not close still fills a third.
    return 0.25 <= area / (width * height) <= 0.95


def _resize(pixels: GrayImage, scale: float) -> GrayImage:
    if abs(scale - 1) < 0.02:
        return pixels
    if scale < 1:
        # By areas: fax pages are read wrongly half as often again when their dots are only looked at in places.
        return _as_gray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    enlarged = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    # Enlarged letters are soft: sharpened, their tone marks part from them again.
    soft = cv2.GaussianBlur(enlarged, (0, 0), _SHARPEN_PX)
    return _as_gray(cv2.addWeighted(enlarged, 1.8, soft, -0.8, 0))


def _gray_of(pixels: ColourImage | GrayImage) -> GrayImage:
    return pixels if pixels.ndim == 2 else _as_gray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY))


def _as_gray(image: npt.NDArray[np.generic] | cv2.typing.MatLike) -> GrayImage:
    return np.asarray(image, dtype=np.uint8)
