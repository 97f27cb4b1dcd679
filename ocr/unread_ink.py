"""Finds printed lines that no word covers: the layout analysis drops whole paragraphs where a stamp lies over them.

What is looked for is shaped like print: pieces of the size of letters, several side by side on one base line. The
rings and arcs of a stamp, signatures, photos, specks and rules are not, so they are left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import median

import cv2
import numpy as np
import numpy.typing as npt

from ocr.engine import GrayImage, Layout, OcrEngine, RecognisedWord
from ocr.prepare import halved

_LOOK_DPI = 90
_INK_BELOW = 140
_LETTER_HEIGHT_MM = (1.1, 7.0)
_LETTER_WIDTH_MM = (0.25, 9.0)
_LETTER_FILL = (0.15, 0.85)
_SPACE_MM = 4.0
_LEAST_LETTERS = 7
_LEAST_WIDTH_MM = 18.0
_UNEVENNESS = 0.3
_COVER_HEIGHTS = 0.35
_TALLEST_COVER = 3.0
_LINE_GAP_HEIGHTS = 2.2
_MARGIN_MM = 1.2
_SURE_WORD = 50.0
_SURE_LINE = 65.0
_WHITE = 255

Box = tuple[int, int, int, int]
Stats = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Rescue:
    """The words of a page with those that a second look added, and the boxes of printed blocks that stay unread."""

    words: tuple[RecognisedWord, ...]
    unread: tuple[Box, ...]


def read_what_was_dropped(words: Sequence[RecognisedWord], gray: GrayImage, *, dpi: int, engine: OcrEngine) -> Rescue:
    """Read blocks of print again that no word covers, and tell what no reading covers; boxes are in pixels of `gray`.

    Raises:
        OcrEngineFailed: the engine broke off.
    """
    found = unread_lines(gray, words, dpi=dpi)
    if not found:
        return Rescue(tuple(words), ())
    kept = list(words)
    for block in _blocks(found):
        added = _reread(block, gray, words, dpi=dpi, engine=engine)
        _insert(added, kept)
    return Rescue(tuple(kept), tuple(_blocks(unread_lines(gray, kept, dpi=dpi))))


def unread_lines(gray: GrayImage, words: Iterable[RecognisedWord], *, dpi: int) -> list[Box]:
    """Return the boxes of what looks like printed lines outside every word, from top to bottom."""
    small, factor = (halved(gray), 0.5) if dpi >= 2 * _LOOK_DPI else (gray, 1.0)
    ink = (small < _INK_BELOW).astype(np.uint8)
    _cover(ink, words, factor=factor)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    letters = _letters(np.asarray(stats[1:]), millimetre=dpi * factor / 25.4)
    if len(letters) < _LEAST_LETTERS:
        return []
    rows = _rows(letters, shape=ink.shape, millimetre=dpi * factor / 25.4)
    return sorted((_scaled(row, 1 / factor) for row in rows), key=lambda box: (box[1], box[0]))


def _cover(ink: npt.NDArray[np.uint8], words: Iterable[RecognisedWord], *, factor: float) -> None:
    """Take the ink of words away, with their accents and descenders."""
    boxes = [word.box for word in words]
    tallest = _TALLEST_COVER * median(bottom - top for _, top, _, bottom in boxes) if boxes else 0.0
    for left, top, right, bottom in boxes:
        # A box of half a page is a misread frame, and hides the lines in it.
        if bottom - top > tallest:
            continue
        margin = _COVER_HEIGHTS * (bottom - top)
        rows = slice(max(0, round((top - margin) * factor)), round((bottom + margin) * factor) + 1)
        ink[rows, max(0, round((left - margin / 2) * factor)) : round((right + margin / 2) * factor) + 1] = 0


def _letters(stats: Stats, *, millimetre: float) -> Stats:
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    fill = stats[:, cv2.CC_STAT_AREA] / (width * height)
    is_letter = (
        (height >= _LETTER_HEIGHT_MM[0] * millimetre)
        & (height <= _LETTER_HEIGHT_MM[1] * millimetre)
        & (width >= _LETTER_WIDTH_MM[0] * millimetre)
        & (width <= _LETTER_WIDTH_MM[1] * millimetre)
        & (fill >= _LETTER_FILL[0])
        & (fill <= _LETTER_FILL[1])
    )
    return np.asarray(stats[is_letter], dtype=np.int32)


def _rows(letters: Stats, *, shape: tuple[int, ...], millimetre: float) -> list[Box]:
    """Join letters side by side, and keep what stands on one base line as print does."""
    mask = np.zeros(shape, np.uint8)
    for left, top, width, height, _ in letters.tolist():
        # The middle of each letter only: those of the next line must not touch it.
        mask[top + height // 4 : top + height - height // 4 + 1, left : left + width] = 1
    reach = max(3, round(_SPACE_MM * millimetre))
    joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, reach), np.uint8))
    count, labels = cv2.connectedComponents(np.asarray(joined, dtype=np.uint8), connectivity=8)
    row_of = labels[
        letters[:, cv2.CC_STAT_TOP] + letters[:, cv2.CC_STAT_HEIGHT] // 2,
        letters[:, cv2.CC_STAT_LEFT] + letters[:, cv2.CC_STAT_WIDTH] // 2,
    ]
    rows = (letters[row_of == label] for label in range(1, count))
    return [_box_of(row) for row in rows if len(row) >= _LEAST_LETTERS and _is_print(row, millimetre=millimetre)]


def _is_print(row: Stats, *, millimetre: float) -> bool:
    left, top, right, bottom = _box_of(row)
    height = float(np.median(row[:, cv2.CC_STAT_HEIGHT]))
    feet = row[:, cv2.CC_STAT_TOP] + row[:, cv2.CC_STAT_HEIGHT]
    strays = float(np.median(np.abs(feet - np.median(feet))))
    return (
        right - left >= _LEAST_WIDTH_MM * millimetre and bottom - top <= 3 * height and strays <= _UNEVENNESS * height
    )


def _box_of(row: Stats) -> Box:
    return (
        int(row[:, cv2.CC_STAT_LEFT].min()),
        int(row[:, cv2.CC_STAT_TOP].min()),
        int((row[:, cv2.CC_STAT_LEFT] + row[:, cv2.CC_STAT_WIDTH]).max()),
        int((row[:, cv2.CC_STAT_TOP] + row[:, cv2.CC_STAT_HEIGHT]).max()),
    )


def _scaled(box: Box, factor: float) -> Box:
    left, top, right, bottom = box
    return round(left * factor), round(top * factor), round(right * factor), round(bottom * factor)


def _blocks(lines: Sequence[Box]) -> list[Box]:
    """Join lines that follow each other closely into boxes around them."""
    blocks: list[Box] = []
    for line in lines:
        gap = _LINE_GAP_HEIGHTS * (line[3] - line[1])
        near = [block for block in blocks if line[1] - block[3] <= gap and _overlap(block, line)]
        blocks = [block for block in blocks if block not in near]
        blocks.append(_around([*near, line]))
    return blocks


def _overlap(one: Box, two: Box) -> bool:
    return (one[0] < two[2] and two[0] < one[2]) or min(one[3], two[3]) > max(one[1], two[1])


def _around(boxes: Sequence[Box]) -> Box:
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _reread(
    block: Box, gray: GrayImage, words: Sequence[RecognisedWord], *, dpi: int, engine: OcrEngine
) -> list[RecognisedWord]:
    """Read one block by itself, what was read before left white, and keep the lines that are read surely."""
    margin = round(_MARGIN_MM * dpi / 25.4)
    left, top = max(0, block[0] - margin), max(0, block[1] - margin)
    crop = gray[top : block[3] + margin, left : block[2] + margin].copy()
    for word in words:
        across = slice(max(0, word.box[0] - left), max(0, word.box[2] - left))
        crop[max(0, word.box[1] - top) : max(0, word.box[3] - top), across] = _WHITE
    again = engine.recognise(crop, dpi=dpi, layout=Layout.BLOCK)
    kept: list[RecognisedWord] = []
    for _, group in groupby(again, key=lambda word: (word.block, word.line)):
        line = list(group)
        letters = sum(len(word.text) for word in line)
        # The whole line must be sure: what is no print of this page reads as words here and there, too.
        if sum(word.confidence * len(word.text) for word in line) >= _SURE_LINE * letters:
            sure = (word for word in line if word.confidence >= _SURE_WORD)
            kept += (replace(word, box=_moved(word.box, left, top)) for word in sure)
    return kept


def _moved(box: Box, left: int, top: int) -> Box:
    return box[0] + left, box[1] + top, box[2] + left, box[3] + top


def _insert(added: Sequence[RecognisedWord], words: list[RecognisedWord]) -> None:
    """Put the words of a block before the first word below it, as a block of their own."""
    if not added:
        return
    bottom = max(word.box[3] for word in added)
    block = max((word.block for word in words), default=0) + 1
    place = next((index for index, word in enumerate(words) if (word.box[1] + word.box[3]) / 2 > bottom), len(words))
    # A block is never cut in two.
    while 0 < place < len(words) and words[place].block == words[place - 1].block:
        place -= 1
    words[place:place] = [replace(word, block=block) for word in added]
