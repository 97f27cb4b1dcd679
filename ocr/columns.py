"""Puts the words of two columns one column after the other; the engine reads straight across the gutter.

Only text set in columns is moved: many lines in a row with one gap at the same place and several words on both
sides. A table has more gaps, a form has fewer words, and both are read row by row as a person would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from statistics import median

from ocr.engine import RecognisedWord

_LEAST_GAP_HEIGHTS = 1.1
_LEAST_GUTTER_HEIGHTS = 0.6
_LEAST_LINES = 6
_LEAST_WORDS = 3.5
_SINGLE_GAP_SHARE = 0.8

Line = tuple[RecognisedWord, ...]
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Run:
    """Lines from `first` up to `last`, exclusive, that leave the same gutter free."""

    first: int
    last: int
    gutter: Interval


def in_reading_order(words: Sequence[RecognisedWord]) -> tuple[RecognisedWord, ...]:
    """Return the words with columns put one after the other; all else keeps its order."""
    lines = [tuple(line) for _, line in groupby(words, key=lambda word: (word.block, word.line))]
    if len(lines) < _LEAST_LINES:
        return tuple(words)
    ordered: list[RecognisedWord] = []
    free_block = max(word.block for word in words) + 1
    index = 0
    while index < len(lines):
        run = _run_from(lines, index)
        if run is None or not _is_columns(lines[run.first : run.last], gutter=run.gutter):
            ordered += lines[index]
            index += 1
            continue
        middle = (run.gutter[0] + run.gutter[1]) / 2
        for side in (False, True):
            for line in lines[run.first : run.last]:
                part = (word for word in line if (word.box[0] > middle) == side)
                # Blocks and lines number anew, so that no line is taken for the rest of its neighbour.
                ordered += (replace(word, block=free_block) for word in part)
            free_block += 1
        index = run.last
    return tuple(ordered)


def _run_from(lines: Sequence[Line], first: int) -> _Run | None:
    """Return the run that starts with a line that has a gap; lines on one side of the gutter belong to it."""
    for gutter in _gaps(lines[first]):
        last = first + 1
        while last < len(lines):
            narrowed = _narrowed(lines[last], gutter)
            if narrowed is None:
                break
            gutter = narrowed
            last += 1
        if last - first >= _LEAST_LINES:
            return _Run(first, last, gutter)
    return None


def _narrowed(line: Line, gutter: Interval) -> Interval | None:
    """Return what of the gutter this line leaves free, or None when it crosses."""
    left, right = gutter
    for word in line:
        if word.box[2] <= (left + right) / 2:
            left = max(left, word.box[2])
        elif word.box[0] >= (left + right) / 2:
            right = min(right, word.box[0])
        else:
            return None
    return (left, right) if right - left >= _LEAST_GUTTER_HEIGHTS * _height(line) else None


def _is_columns(lines: Sequence[Line], *, gutter: Interval) -> bool:
    middle = (gutter[0] + gutter[1]) / 2
    spanning = [line for line in lines if line[0].box[2] <= middle <= line[-1].box[0]]
    if len(spanning) < _LEAST_LINES:
        return False
    left = median(sum(word.box[2] <= middle for word in line) for line in spanning)
    right = median(sum(word.box[0] >= middle for word in line) for line in spanning)
    single = sum(len(_gaps(line)) <= 1 for line in spanning)
    return min(left, right) >= _LEAST_WORDS and single >= _SINGLE_GAP_SHARE * len(spanning)


def _gaps(line: Line) -> list[Interval]:
    least = _LEAST_GAP_HEIGHTS * _height(line)
    return [(here.box[2], after.box[0]) for here, after in pairwise(line) if after.box[0] - here.box[2] >= least]


def _height(line: Line) -> float:
    return median(word.box[3] - word.box[1] for word in line)
