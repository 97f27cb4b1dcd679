"""Find the sheet in a phone photo and lay it flat at its true size; a sheet of A4 is the only scale a photo has."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ocr.raster import Pixels

_A4_MM = (210.0, 297.0)
_MM_PER_INCH = 25.4
_SEARCH_SIDE_PX = 1000
_LEAST_AREA_SHARE = 0.25
_LARGEST_AREA_SHARE = 0.98
_BORDER_SHARE = 0.004
_ASPECT_TOLERANCE = 0.15
_STRAIGHTNESS_SHARES = (0.01, 0.015, 0.02, 0.03)
_LEAST_DPI = 72
_LARGEST_DPI = 400
_STRAIGHT_CORNER_COSINE = 0.4
_PAPER_SPREAD = 30.0
_LARGEST_PALE_SHARE = 0.3
_LEAST_CONTRAST = 15.0
_SAMPLES_PER_SIDE = 41
_STEP_PX = 8.0

Corners = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FlatPage:
    """A sheet laid flat; `dpi` is what the photo really resolved, not what it was enlarged to."""

    pixels: Pixels
    dpi: float


def flatten_page(photo: Pixels) -> FlatPage | None:
    """Rectify the sheet seen in the photo to A4; None when no whole sheet is seen, so its scale is unknown."""
    corners = find_page_outline(photo)
    if corners is None:
        return None
    top, right, bottom, left = (math.dist(corners[i], corners[(i + 1) % 4]) for i in range(4))
    across, down = min(top, bottom), min(left, right)
    landscape = (top + bottom) > (left + right)
    width_mm, height_mm = (_A4_MM[1], _A4_MM[0]) if landscape else _A4_MM
    # The far edge has the fewest pixels per millimetre; claiming more would be resolution made of nothing.
    dpi = math.floor(min(across / width_mm, down / height_mm) * _MM_PER_INCH)
    if dpi < _LEAST_DPI:
        return None
    dpi = min(dpi, _LARGEST_DPI)
    size = (round(width_mm / _MM_PER_INCH * dpi), round(height_mm / _MM_PER_INCH * dpi))
    target = np.array([(0, 0), (size[0], 0), size, (0, size[1])], np.float32)
    flat = cv2.warpPerspective(photo, cv2.getPerspectiveTransform(corners, target), size, flags=cv2.INTER_AREA)
    return FlatPage(np.asarray(flat, dtype=np.uint8), float(dpi))


def find_page_outline(photo: Pixels) -> Corners | None:
    """Give the four corners of the one sheet, clockwise from the upper left, in pixels of the photo."""
    shrink = max(1.0, max(photo.shape[:2]) / _SEARCH_SIDE_PX)
    size = (round(photo.shape[1] / shrink), round(photo.shape[0] / shrink))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    colour = np.asarray(small if small.ndim == 3 else cv2.cvtColor(small, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    paleness = _paleness(colour)
    best: Corners | None = None
    best_area = 0.0
    for mask in _sheet_masks(colour, paleness=paleness):
        contours = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
        for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:3]:
            corners = _as_sheet(contour, size=size)
            if corners is None or not _lies_on_a_table(corners, paleness=paleness):
                continue
            area = float(cv2.contourArea(corners))
            if area > best_area:
                best, best_area = corners, area
    return None if best is None else (best * np.float32(shrink)).astype(np.float32)


def _paleness(colour: Pixels) -> Pixels:
    """Paper is bright and pale, wood and cloth are darker or coloured; a shadow dims but hardly colours."""
    hsv = cv2.cvtColor(cv2.GaussianBlur(colour, (5, 5), 0), cv2.COLOR_BGR2HSV)
    return np.asarray(cv2.addWeighted(hsv[:, :, 2], 1.0, hsv[:, :, 1], -0.5, 0.0), dtype=np.uint8)


def _sheet_masks(colour: Pixels, *, paleness: Pixels) -> list[Pixels]:
    """Separate paper from table in four ways: by paleness, by light, by colour, by edges."""
    hsv = cv2.cvtColor(cv2.GaussianBlur(colour, (5, 5), 0), cv2.COLOR_BGR2HSV)
    kernel = np.ones((9, 9), np.uint8)
    masks = []
    for channel in (paleness, hsv[:, :, 2], cv2.subtract(np.full_like(hsv[:, :, 1], 255), hsv[:, :, 1])):
        _, mask = cv2.threshold(channel, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
        masks.append(np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, kernel), dtype=np.uint8))
    edges = cv2.Canny(cv2.GaussianBlur(colour, (5, 5), 0), 40, 120)
    masks.append(np.asarray(cv2.morphologyEx(edges, cv2.MORPH_CLOSE, kernel), dtype=np.uint8))
    return masks


def _as_sheet(contour: npt.NDArray[Any], *, size: tuple[int, int]) -> Corners | None:
    """Accept a contour only if it is a whole, convex, A4-like quadrilateral inside the photo."""
    hull = cv2.convexHull(contour)
    area = cv2.contourArea(hull)
    frame = size[0] * size[1]
    if not _LEAST_AREA_SHARE * frame < area < _LARGEST_AREA_SHARE * frame:
        return None
    for share in _STRAIGHTNESS_SHARES:
        quad = cv2.approxPolyDP(hull, share * cv2.arcLength(hull, closed=True), closed=True)
        if len(quad) == 4:
            corners = _clockwise(quad.reshape(4, 2).astype(np.float32))
            return corners if _is_a4_like(corners, size=size) else None
    return None


def _is_a4_like(corners: Corners, *, size: tuple[int, int]) -> bool:
    border = _BORDER_SHARE * max(size)
    inside = (corners >= border).all() and (corners[:, 0] <= size[0] - border).all()
    # (1) a sheet cut off by the edge of the photo has no known size
    if not inside or not (corners[:, 1] <= size[1] - border).all():
        return False
    # (2) corners near right angles: a slanting view keeps them within bounds
    for i in range(4):
        to_last, to_next = corners[i - 1] - corners[i], corners[(i + 1) % 4] - corners[i]
        cosine = abs(float(np.dot(to_last, to_next)) / float(np.linalg.norm(to_last) * np.linalg.norm(to_next) + 1e-9))
        if cosine > _STRAIGHT_CORNER_COSINE:
            return False
    # (3) the shape of A4, upright or lying
    top, right, bottom, left = (math.dist(corners[i], corners[(i + 1) % 4]) for i in range(4))
    sides = sorted((top + bottom, left + right))
    aspect = sides[1] / max(sides[0], 1e-9)
    return abs(aspect / (_A4_MM[1] / _A4_MM[0]) - 1) < _ASPECT_TOLERANCE


def _lies_on_a_table(corners: Corners, *, paleness: Pixels) -> bool:
    """Tell the edge of a sheet from a printed frame or a block of text, which paper surrounds on the outside too.

    Taking such a frame for the sheet would give a false scale and cut off everything around it.
    """
    inside = np.asarray(cv2.fillConvexPoly(np.zeros_like(paleness), corners.astype(np.int32), 255), dtype=np.uint8)
    paper = float(np.median(paleness[inside > 0]))
    # (1) little outside is as pale as the sheet
    outside = paleness[cv2.dilate(inside, np.ones((5, 5), np.uint8)) == 0]
    if outside.size == 0 or float((outside >= paper - _PAPER_SPREAD).mean()) > _LARGEST_PALE_SHARE:
        return False
    # (2) along each side the sheet is paler than what lies beside it
    centre = corners.mean(axis=0)
    shares = np.linspace(0.1, 0.9, _SAMPLES_PER_SIDE)[:, None]
    for i in range(4):
        edge = corners[i] + (corners[(i + 1) % 4] - corners[i]) * shares
        inward = (centre - edge) / np.linalg.norm(centre - edge, axis=1, keepdims=True) * _STEP_PX
        if _median_at(paleness, edge + inward) - _median_at(paleness, edge - inward) < _LEAST_CONTRAST:
            return False
    return True


def _median_at(levels: Pixels, points: npt.NDArray[np.floating[Any]]) -> float:
    columns = np.clip(points[:, 0].round().astype(int), 0, levels.shape[1] - 1)
    rows = np.clip(points[:, 1].round().astype(int), 0, levels.shape[0] - 1)
    return float(np.median(levels[rows, columns]))


def _clockwise(quad: Corners) -> Corners:
    """Order corners clockwise from the upper left."""
    centre = quad.mean(axis=0)
    around = quad[np.argsort(np.arctan2(quad[:, 1] - centre[1], quad[:, 0] - centre[0]))]
    first = int(np.argmin(around.sum(axis=1)))
    return np.roll(around, -first, axis=0).astype(np.float32)
