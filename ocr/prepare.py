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


def prepare(pixels: ColourImage | GrayImage, *, dpi: float | None, steps: frozenset[Step] = EVERY_STEP) -> PreparedPage:
    """Return the even and seal-free copy of a page, neither turned nor straightened yet.

    A page without a known scale is taken for A4, which only sets the size at which it is read.
    """
    long_side = max(pixels.shape[:2])
    source_dpi = dpi or long_side / _A4_LONG_SIDE_INCHES
    target_dpi = float(WORKING_DPI)
    if source_dpi < WORKING_DPI:
        target_dpi = _LOW_DPI_TARGET if Step.ENLARGE in steps else source_dpi
    scale = min(target_dpi / source_dpi, _MAX_LONG_SIDE_PX / long_side)
    working_dpi = max(70, round(source_dpi * scale))
    # Grey first: one plane is sized in a third of the time.
    gray = drop_red_seals(pixels, dpi=source_dpi) if Step.SEALS in steps else _gray_of(pixels)
    gray = _resize(gray, scale)
    if Step.LIGHT in steps:
        gray = flatten_light(gray, dpi=working_dpi)
    return PreparedPage(gray=gray, scale=scale, dpi=working_dpi)


def drop_red_seals(pixels: ColourImage | GrayImage, *, dpi: float) -> GrayImage:
    """Return the page in grey with red ink faded inside round red blobs, so that black text under a seal stays.

    In the red channel red ink is nearly as bright as paper. Outside round blobs the grey value is kept:
    a red serial number or heading is text to be read.
    """
    gray = _gray_of(pixels)
    if pixels.ndim == 2:
        return gray
    blue, green, red_light = cv2.split(shrunk(pixels, 60 / dpi))
    red = (cv2.subtract(red_light, cv2.max(blue, green)) > 28).astype(np.uint8)
    if int(red.sum()) < 40:
        return gray
    closed = cv2.morphologyEx(red, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    mask = np.zeros(closed.shape, np.uint8)
    for label in range(1, count):
        if _is_round_blob(stats[label]):
            mask[labels == label] = _WHITE
    if not mask.any():
        return gray
    grown = cv2.dilate(mask, np.ones((7, 7), np.uint8))
    full = cv2.resize(grown, (gray.shape[1], gray.shape[0]), interpolation=cv2.INTER_NEAREST)
    # Stretch what is left of the ink to white: a seal's red is seldom as bright as the paper around it.
    lifted = cv2.convertScaleAbs(cv2.extractChannel(pixels, 2), alpha=1.35, beta=-20)
    return _as_gray(cv2.copyTo(lifted, full, gray))


def flatten_light(gray: GrayImage, *, dpi: int) -> GrayImage:
    """Divide the page by its own background, so that shadows and yellowed paper become white."""
    background = _as_gray(cv2.morphologyEx(shrunk(gray, 25 / dpi), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)))
    background = _as_gray(
        cv2.resize(cv2.medianBlur(background, 9), (gray.shape[1], gray.shape[0]), interpolation=cv2.INTER_LINEAR)
    )
    # A black scanner border has no paper to be lifted to; a floor keeps noise in it from turning into text.
    even = cv2.divide(gray, _as_gray(np.maximum(background, 70)), scale=245)
    return _as_gray(cv2.LUT(even, _PAPER_IS_WHITE))


def shrunk(pixels: npt.NDArray[np.uint8], factor: float) -> npt.NDArray[np.uint8]:
    """Return a small copy; halved as often as it goes, which costs a fraction of one odd step from the full size."""
    height, width = (max(1, round(side * factor)) for side in pixels.shape[:2])
    while pixels.shape[0] >= 2 * height and pixels.shape[1] >= 2 * width:
        halved = (pixels.shape[1] // 2, pixels.shape[0] // 2)
        pixels = _as_gray(cv2.resize(pixels, halved, interpolation=cv2.INTER_AREA))
    # Less than halved, every pixel still counts between its neighbours, for a sixth of what areas cost.
    return _as_gray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR))


def ink_share(gray: GrayImage) -> float:
    """Return the share of dark pixels, 0 to 1, on an evenly lit page."""
    return cv2.countNonZero((gray < 140).astype(np.uint8)) / gray.size


def _is_round_blob(stats: npt.NDArray[np.int32]) -> bool:
    width, height, area = (int(stats[i]) for i in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    millimetre = 60 / 25.4
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
