"""Takes dotted leaders and ruled lines out of the copy that is read; the copy must stand upright and nearly straight.

A form prints a row of dots under what is filled in. Where the dots stay, they are read as full stops between
the words, and the layout analysis drops whole lines of text. Descenders cut such rows into short pieces, so a
row once found is followed along its own pitch across what interrupts it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from ocr.engine import GrayImage

_INK_BELOW = 175
_RULE_BELOW = 170
_LEAST_RULE_MM = 12
"""No stroke of a letter is this long; a dash in a heading may be."""
_DOT_WIDTH_MM, _DOT_HEIGHT_MM = 1.3, 0.75
_LEAST_STEP_MM, _LARGEST_STEP_MM = 0.35, 2.2
_LEAST_ROW_MM = 6.0
"""Accents stand in rows too, but no six millimetres of them without a gap."""
_LEAST_EVEN_DOTS = 6
_UNEVENNESS = 0.15
_LARGEST_GAP_STEPS = 14
_LEAST_DOT_CONTRAST = 25
_MOST_DOTS = 30_000
_SHARPEN_MM = 0.25
_DOT_RADIUS_MM = 0.2
_WHITE = 255

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Dots:
    """Small blobs of ink: label in the page's map, centre and area."""

    labels: npt.NDArray[np.int64]
    x: Numbers
    y: Numbers
    area: Numbers


@dataclass(frozen=True, slots=True)
class _Leaders:
    """What belongs to leaders: dots that stand alone, by index, and places where a dot has grown into a letter."""

    dots: list[int]
    merged: list[tuple[float, float]]


def drop_dotted_leaders(gray: GrayImage, *, dpi: int) -> GrayImage:
    """Whiten rows of small dots, which forms print under what was filled in."""
    millimetre = dpi / 25.4
    # Sharpened first: at a low resolution the dots run into the feet of the letters above them.
    soft = cv2.GaussianBlur(gray, (0, 0), _SHARPEN_MM * millimetre)
    sharp = np.asarray(cv2.addWeighted(gray, 3.0, soft, -2.0, 0), dtype=np.uint8)
    ink = (sharp < _INK_BELOW).astype(np.uint8)
    # Short labels take less than half of the time; a page can hold more pieces than they number.
    kind = cv2.CV_16U if _most_pieces(ink) < np.iinfo(np.uint16).max else cv2.CV_32S
    count, labels, stats, centres = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=kind)
    dots = _find_dots(np.asarray(stats), np.asarray(centres), millimetre=millimetre)
    # A page with more dots than letters is a raster picture or noise.
    if len(dots.labels) > _MOST_DOTS:
        return gray
    found = _leaders_of(dots, gray=gray, millimetre=millimetre)
    if not found.dots and not found.merged:
        return gray
    is_leader = np.zeros(count, np.uint8)
    is_leader[dots.labels[found.dots]] = 1
    where = is_leader[labels]
    radius = max(1, round(_DOT_RADIUS_MM * millimetre))
    for x, y in found.merged:
        cv2.circle(where, (round(x), round(y)), radius, 1, -1)
    return _whiten(gray, where)


def drop_ruled_lines(gray: GrayImage, *, dpi: int) -> GrayImage:
    """Whiten frames and table rules: next to them the layout analysis drops whole blocks of text."""
    length = round(_LEAST_RULE_MM * dpi / 25.4)
    down = _long_runs(gray < _RULE_BELOW, length)
    across = _long_runs(np.asarray(cv2.transpose(gray)) < _RULE_BELOW, length)
    rules = np.zeros(gray.shape, np.uint8) if down is None else down
    if across is not None:
        rules = np.asarray(cv2.bitwise_or(rules, cv2.transpose(across)), dtype=np.uint8)
    return gray if down is None and across is None else _whiten(gray, rules)


def _long_runs(ink: npt.NDArray[np.bool_], length: int) -> npt.NDArray[np.uint8] | None:
    """Return the pixels of runs down the picture that are at least so long; None when there are none.

    That is an opening with a column of ones, on eight columns at once: they are the bits of a byte. Each step doubles
    what is known of the runs, so that seven do what took as many as the length.
    """
    if ink.shape[0] < length:
        return None
    starts = np.packbits(ink, axis=1)
    for step in _doublings(length):
        starts = starts[:-step] & starts[step:]
    if not starts.any():
        return None
    runs = starts
    for step in _doublings(length):
        wider = np.zeros((runs.shape[0] + step, runs.shape[1]), np.uint8)
        wider[:-step] = runs
        wider[step:] |= runs
        runs = wider
    return np.unpackbits(runs, axis=1, count=ink.shape[1])


def _doublings(length: int) -> list[int]:
    """Return the steps by which 1 grows to the length, each at most as long as what there is."""
    steps, reached = [], 1
    while reached < length:
        steps.append(min(reached, length - reached))
        reached += steps[-1]
    return steps


def _most_pieces(ink: npt.NDArray[np.uint8]) -> int:
    """Return a number that the pieces of ink cannot exceed: each has a pixel with no ink before it and above."""
    before = ink[:-1, :-2] | ink[:-1, 1:-1] | ink[:-1, 2:] | ink[1:, :-2]
    inner = int(np.count_nonzero(ink[1:, 1:-1] > before))
    return inner + int(np.count_nonzero(ink[0])) + int(np.count_nonzero(ink[:, 0])) + int(np.count_nonzero(ink[:, -1]))


def _find_dots(stats: npt.NDArray[np.int32], centres: Numbers, *, millimetre: float) -> _Dots:
    small = (stats[:, cv2.CC_STAT_WIDTH] <= max(3.0, _DOT_WIDTH_MM * millimetre)) & (
        stats[:, cv2.CC_STAT_HEIGHT] <= max(3.0, _DOT_HEIGHT_MM * millimetre)
    )
    small[0] = False
    labels = np.flatnonzero(small)
    return _Dots(labels, centres[labels, 0], centres[labels, 1], stats[labels, cv2.CC_STAT_AREA].astype(np.float64))


def _leaders_of(dots: _Dots, *, gray: GrayImage, millimetre: float) -> _Leaders:
    """Find long rows, and even rows with what continues them across the letters that interrupt them."""
    at = _DotMap(dots, shape=gray.shape)
    follower = _Follower(gray, dots=dots, at=at)
    for run in _runs(at.neighbours_to_the_right(millimetre=millimetre)):
        if len(run) < _LEAST_EVEN_DOTS:
            continue
        if dots.x[run[-1]] - dots.x[run[0]] >= _LEAST_ROW_MM * millimetre:
            follower.taken.update(run)
        for even in _even_pieces(run, dots):
            follower.taken.update(even)
            follower.follow(even)
    return _Leaders(sorted(follower.taken), follower.merged)


def _runs(following: npt.NDArray[np.int64]) -> list[list[int]]:
    """Follow the links from each dot that nothing leads to."""
    linked = set(following[following >= 0].tolist())
    seen: set[int] = set()
    runs = []
    for start in range(len(following)):
        if start in linked or following[start] < 0:
            continue
        run = [start]
        # Two rows that flow together are followed once.
        while (after := int(following[run[-1]])) >= 0 and after not in seen:
            seen.add(after)
            run.append(after)
        runs.append(run)
    return runs


def _even_pieces(run: list[int], dots: _Dots) -> list[list[int]]:
    """Cut a run where its step changes; only pieces of several equal steps are made by a machine."""
    pieces: list[list[int]] = [[run[0]]]
    last_step = 0.0
    for here, after in pairwise(run):
        step = float(dots.x[after] - dots.x[here])
        if last_step and abs(step - last_step) > max(1.3, _UNEVENNESS * last_step):
            pieces.append([here])
        pieces[-1].append(after)
        last_step = step
    return [piece for piece in pieces if len(piece) >= _LEAST_EVEN_DOTS]


class _Follower:
    """Walks along an even row at its own pitch, as long as each place holds a dot or a letter.

    Where paper shows, the row has ended; so dots under vowels beside it are kept.
    """

    def __init__(self, gray: GrayImage, *, dots: _Dots, at: _DotMap) -> None:
        self._gray = gray
        self._dots = dots
        self._at = at
        self.taken: set[int] = set()
        self.merged: list[tuple[float, float]] = []

    def follow(self, even: list[int]) -> None:
        """Continue the row to both sides."""
        first, last = even[0], even[-1]
        step = float(self._dots.x[last] - self._dots.x[first]) / (len(even) - 1)
        fall = float(self._dots.y[last] - self._dots.y[first]) / (len(even) - 1)
        largest_area = 3.5 * float(np.median(self._dots.area[even]))
        self._walk(first, step=-step, fall=-fall, largest_area=largest_area)
        self._walk(last, step=step, fall=fall, largest_area=largest_area)

    def _walk(self, end: int, *, step: float, fall: float, largest_area: float) -> None:
        x, y = float(self._dots.x[end]), float(self._dots.y[end])
        hidden: list[tuple[float, float]] = []
        gap = blanks = 0
        while gap < _LARGEST_GAP_STEPS and blanks < 2:
            gap += 1
            there = (x + step * gap, y + fall * gap)
            dot = self._at.near(there, step=abs(step))
            seen = None
            if dot is not None and self._dots.area[dot] <= largest_area:
                self.taken.add(dot)
                seen = float(self._dots.x[dot]), float(self._dots.y[dot])
            elif (dark := self._darkest_near(there, step=abs(step))) is not None:
                # A stem that goes on below is a descender; what ends here is a dot grown into a foot.
                if not self._has_ink(there[0], there[1] + 0.55 * abs(step)):
                    hidden.append(there)
                if self._stands_out(dark, step=abs(step)):
                    seen = (there[0] + dark[0]) / 2, (there[1] + dark[1]) / 2
            else:
                blanks += 1
            if seen is not None:
                x, y = seen
                self.merged += hidden
                hidden = []
                gap = blanks = 0

    def _darkest_near(self, place: tuple[float, float], *, step: float) -> tuple[float, float] | None:
        """Return the darkest pixel around a place, if there is ink."""
        column, row, reach = round(place[0]), round(place[1]), max(1, round(0.15 * step))
        if not (reach <= row < self._gray.shape[0] - reach and reach <= column < self._gray.shape[1] - reach):
            return None
        window = self._gray[row - reach : row + reach + 1, column - reach : column + reach + 1]
        lowest = int(np.argmin(window))
        down, across = divmod(lowest, window.shape[1])
        if window[down, across] >= _INK_BELOW:
            return None
        return float(column - reach + across), float(row - reach + down)

    def _stands_out(self, place: tuple[float, float], *, step: float) -> bool:
        """Tell whether it is lighter half a step to both sides, as between dots."""
        column, row, half = round(place[0]), round(place[1]), round(step / 2)
        if not half <= column < self._gray.shape[1] - half:
            return False
        lightest = min(int(self._gray[row, column - half]), int(self._gray[row, column + half]))
        return lightest - int(self._gray[row, column]) > _LEAST_DOT_CONTRAST

    def _has_ink(self, x: float, y: float) -> bool:
        column, row = round(x), round(y)
        inside = 0 <= row < self._gray.shape[0] and 0 <= column < self._gray.shape[1]
        return inside and bool(self._gray[row, column] < _INK_BELOW)


class _DotMap:
    """Finds dots by their place."""

    def __init__(self, dots: _Dots, *, shape: tuple[int, ...]) -> None:
        self._dots = dots
        # One row and column of margin on each side, as wide as any look around.
        self._margin = 64
        self._map = np.full((shape[0] + 2 * self._margin, shape[1] + 2 * self._margin), -1, np.int32)
        self._rows = dots.y.round().astype(np.int64) + self._margin
        self._columns = dots.x.round().astype(np.int64) + self._margin
        self._map[self._rows, self._columns] = np.arange(len(dots.labels))

    def neighbours_to_the_right(self, *, millimetre: float) -> npt.NDArray[np.int64]:
        """Return for each dot the nearest one beside it on nearly the same height and of like size, or -1."""
        following = np.full(len(self._rows), -1, np.int64)
        for across in range(max(2, round(_LEAST_STEP_MM * millimetre)), round(_LARGEST_STEP_MM * millimetre) + 1):
            reach = max(1, round(0.1 * across))
            for down in sorted(range(-reach, reach + 1), key=abs):
                there = self._map[self._rows + down, self._columns + across].astype(np.int64)
                area = self._dots.area
                ratio = np.where(there >= 0, area[there], 0.0) / area if len(area) else area
                following = np.where((following < 0) & (there >= 0) & (ratio > 0.3) & (ratio < 3.3), there, following)
        return following

    def near(self, place: tuple[float, float], *, step: float) -> int | None:
        """Return the dot at this place of a row of that pitch, if there is one."""
        column, row = round(place[0]) + self._margin, round(place[1]) + self._margin
        across, down = max(1, round(0.25 * step)), max(1, round(0.3 * step))
        if not (down <= row < self._map.shape[0] - down and across <= column < self._map.shape[1] - across):
            return None
        window = self._map[row - down : row + down + 1, column - across : column + across + 1]
        found = window[window >= 0]
        return int(found[0]) if found.size else None


def _whiten(gray: GrayImage, where: GrayImage) -> GrayImage:
    """Return the page with these pixels and their soft edges white."""
    out = gray.copy()
    out[cv2.dilate(where, np.ones((3, 3), np.uint8)) > 0] = _WHITE
    return out
