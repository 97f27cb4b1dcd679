"""Find free room for a mark on a rendered page: nothing is ever covered.

Everything here is arithmetic on pixels, one pixel a point, in the page as it is shown; `to_user_space` takes a found
place back to the coordinates in which the file describes its page, turned and cropped as it may be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from signing.looks import Zone

CLEARANCE_PT = 4
MARGIN_PT = 22
# Darker or lighter than the paper by this much is content; the grain of a scan stays below.
_INK = 26
_DARKEST_PAPER = 150
# A look at the top stays there; one at the bottom may climb until only the head of the page is left.
_TOP_SHARE, _BOTTOM_SHARE = 0.36, 0.80

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ShownPage:
    """A page as it is shown: the box it is cropped to (left, bottom, right, top), and how it is turned."""

    crop_pt: tuple[float, float, float, float]
    rotation: int

    @property
    def size_pt(self) -> tuple[float, float]:
        """Width and height as shown."""
        left, bottom, right, top = self.crop_pt
        width, height = right - left, top - bottom
        return (height, width) if self.rotation in (90, 270) else (width, height)

    def to_user_space(self, shown: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
        """Take (left, top, right, bottom), measured from the shown page's top left corner, to the file's coordinates."""
        corners = [self._point(shown[0], shown[1]), self._point(shown[2], shown[3])]
        xs, ys = sorted(corner[0] for corner in corners), sorted(corner[1] for corner in corners)
        return round(xs[0]), round(ys[0]), round(xs[1]), round(ys[1])

    def to_shown(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """Take a box of the file to (left, top, right, bottom) on the shown page."""
        left, bottom, right, top = self.crop_pt
        turned = {
            0: (box[0] - left, top - box[3], box[2] - left, top - box[1]),
            90: (box[1] - bottom, box[0] - left, box[3] - bottom, box[2] - left),
            180: (right - box[2], box[1] - bottom, right - box[0], box[3] - bottom),
            270: (top - box[3], right - box[2], top - box[1], right - box[0]),
        }
        return turned[self.rotation]

    def _point(self, x: float, y: float) -> tuple[float, float]:
        left, bottom, right, top = self.crop_pt
        return {
            0: (left + x, top - y),
            90: (left + y, bottom + x),
            180: (right - x, bottom + y),
            270: (right - y, top - x),
        }[self.rotation]


def content_mask(pixels: npt.NDArray[np.uint8]) -> Mask:
    """Say for each pixel whether something stands there; on dark paper everything counts as content.

    The darkest and the lightest colour channel are looked at, so that a yellow line is content like a black one.
    """
    planes = pixels.reshape(pixels.shape[0], pixels.shape[1], -1)[:, :, :3].astype(np.int16)
    darkest, lightest = planes.min(axis=2), planes.max(axis=2)
    paper_dark, paper_light = float(np.median(darkest)), float(np.median(lightest))
    if paper_dark < _DARKEST_PAPER:
        return np.ones(darkest.shape, dtype=np.bool_)
    mask: Mask = (darkest < paper_dark - _INK) | (lightest > paper_light + _INK)
    return mask


def find_room(mask: Mask, *, width: int, height: int, zone: Zone) -> tuple[int, int, int, int] | None:
    """Return the free box nearest to the zone's corner as (left, top, right, bottom), or None when there is none."""
    page_height, page_width = mask.shape
    outer_width, outer_height = width + 2 * CLEARANCE_PT, height + 2 * CLEARANCE_PT
    lefts = np.arange(MARGIN_PT - CLEARANCE_PT, page_width - MARGIN_PT - width - CLEARANCE_PT + 1)
    tops = np.arange(MARGIN_PT - CLEARANCE_PT, page_height - MARGIN_PT - height - CLEARANCE_PT + 1)
    if not lefts.size or not tops.size:
        return None
    sums = np.zeros((page_height + 1, page_width + 1), dtype=np.int64)
    sums[1:, 1:] = mask.cumsum(axis=0, dtype=np.int64).cumsum(axis=1)
    rows, columns = np.ix_(tops, lefts)
    inside = (
        sums[rows + outer_height, columns + outer_width]
        - sums[rows, columns + outer_width]
        - sums[rows + outer_height, columns]
        + sums[rows, columns]
    )
    distance = _distance(rows, columns, zone=zone, shape=inside.shape, page_height=page_height, height=height)
    distance[inside > 0] = np.inf
    best = int(np.argmin(distance))
    if not np.isfinite(distance.flat[best]):
        return None
    row, column = divmod(best, inside.shape[1])
    left, top = int(lefts[column]) + CLEARANCE_PT, int(tops[row]) + CLEARANCE_PT
    return left, top, left + width, top + height


def _distance(
    rows: npt.NDArray[np.int64],
    columns: npt.NDArray[np.int64],
    *,
    zone: Zone,
    shape: tuple[int, ...],
    page_height: int,
    height: int,
) -> npt.NDArray[np.float64]:
    """How far each place is from the zone's corner; infinite where the zone does not reach."""
    from_left, from_right = columns - columns.min(), columns.max() - columns
    from_top, from_bottom = rows - rows.min(), rows.max() - rows
    sideways = from_left if zone is Zone.TOP_LEFT else from_right
    upright = from_bottom if zone is Zone.BOTTOM_RIGHT else from_top
    distance: npt.NDArray[np.float64] = np.hypot(
        np.broadcast_to(sideways, shape), np.broadcast_to(upright, shape)
    ).astype(np.float64)
    half = (columns.max() - columns.min()) / 2
    share = _BOTTOM_SHARE if zone is Zone.BOTTOM_RIGHT else _TOP_SHARE
    too_far = np.broadcast_to(upright > max(share * page_height - height, 0), shape)
    distance[too_far] = np.inf
    if zone is not Zone.BOTTOM_RIGHT:
        # The left and the right look share the head of a page; neither takes the other's half.
        distance[np.broadcast_to(sideways > half, shape)] = np.inf
    return distance
