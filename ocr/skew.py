"""How a page stands: its skew, its quarter turns, and the copy that is turned back."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from ocr.engine import GrayImage

_MAX_SKEW_DEGREES = 8.0
_STRIPS = 48
_WHITE = 255


def estimate_skew(gray: GrayImage, *, dpi: int) -> float:
    """Return how many degrees the lines fall to the right (clockwise positive); 0.0 when the page does not tell.

    The angle whose row profile has the sharpest steps wins; it is refined to a twentieth of a degree.
    """
    factor = 60 / dpi
    small = cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    ink = (_WHITE - small).astype(np.float32)
    ink[ink < 60] = 0
    if float(ink.sum()) < 255 * 200:
        return 0.0
    # A page is cut into upright strips, each summed into one profile: shifting profiles stands for turning the page.
    strips = np.asarray(
        cv2.resize(ink, (_STRIPS, ink.shape[0]), interpolation=cv2.INTER_AREA), dtype=np.float32
    ).T.copy()
    strip_width = ink.shape[1] / _STRIPS
    coarse = [angle * 0.5 for angle in range(round(-2 * _MAX_SKEW_DEGREES), round(2 * _MAX_SKEW_DEGREES) + 1)]
    best = max(coarse, key=lambda angle: _strips_sharpness(strips, angle, strip_width=strip_width))
    for step in (0.2, 0.05):
        near = [best + step * offset for offset in (-2, -1, 0, 1, 2)]
        best = max(near, key=lambda angle: _strips_sharpness(strips, angle, strip_width=strip_width))
    if abs(best) >= _MAX_SKEW_DEGREES:
        return 0.0
    return round(best, 2)


def lines_run_down(gray: GrayImage, *, dpi: int) -> bool:
    """Tell whether text lines seem to stand upright on the side, as on a page scanned sideways.

    A guess that only sets which turn is tried first: narrow receipts fool it.
    """
    factor = 50 / dpi
    small = cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    ink = (_WHITE - small).astype(np.float32)
    ink[ink < 60] = 0
    across = _sharpness(ink.sum(axis=1)) / max(1, ink.shape[1])
    down = _sharpness(ink.sum(axis=0)) / max(1, ink.shape[0])
    return bool(down > 1.3 * across)


def turn(gray: GrayImage, quarter_turns: int) -> GrayImage:
    """Return the image turned clockwise by quarter turns."""
    return _as_gray(np.ascontiguousarray(np.rot90(gray, -quarter_turns % 4)))


def straighten(gray: GrayImage, skew_degrees: float) -> GrayImage:
    """Return the image turned back by `skew_degrees` about its centre, same size, white where nothing was."""
    if not skew_degrees:
        return gray
    height, width = gray.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), skew_degrees, 1.0)
    return _as_gray(
        cv2.warpAffine(
            gray, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=_WHITE
        )
    )


def loses_ink(gray: GrayImage, skew_degrees: float) -> bool:
    """Tell whether straightening within the page's own size would cut ink off at a corner."""
    if not skew_degrees:
        return False
    height, width = gray.shape
    centre = ((width - 1) / 2, (height - 1) / 2)
    turned_frame = cv2.boxPoints((centre, (width, height), skew_degrees)).round().astype(np.int32)
    lost = cv2.fillConvexPoly(np.ones((height, width), np.uint8), turned_frame, 0)
    return cv2.countNonZero(cv2.bitwise_and(lost, (gray < 140).astype(np.uint8))) > 40


def _strips_sharpness(strips: npt.NDArray[np.float32], angle_degrees: float, *, strip_width: float) -> float:
    count, height = strips.shape
    slope = math.tan(math.radians(angle_degrees))
    profile = np.zeros(height, np.float64)
    for index in range(count):
        shift = slope * strip_width * (index - (count - 1) / 2)
        whole = math.floor(shift)
        share = shift - whole
        _add_shifted(profile, strips[index], whole, 1 - share)
        _add_shifted(profile, strips[index], whole + 1, share)
    return _sharpness(profile)


def _add_shifted(profile: npt.NDArray[np.float64], strip: npt.NDArray[np.float32], shift: int, weight: float) -> None:
    """Add a strip moved up by `shift` rows."""
    height = len(profile)
    if shift >= 0:
        profile[: height - shift] += weight * strip[shift:]
    else:
        profile[-shift:] += weight * strip[: height + shift]


def _sharpness(profile: npt.NDArray[np.float32] | npt.NDArray[np.float64]) -> float:
    steps = np.diff(profile.astype(np.float64))
    return float((steps * steps).sum())


def _as_gray(image: npt.NDArray[np.generic] | cv2.typing.MatLike) -> GrayImage:
    return np.asarray(image, dtype=np.uint8)
