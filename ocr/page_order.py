"""Looks over the pages of one original together: pages scanned twice, and numbers that say a page is missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Final

from ocr.folding import fold
from ocr.pages import ReadPage

_LEAST_WORDS: Final = 12
_SAME_SHARE: Final = 0.92
_GRID: Final = 24
"""Words are compared with their place on a grid of so many fields a side: a form filled for two people differs there."""
_OF_TOTAL: Final = re.compile(r"\b(?:trang|page|tr)\s+(\d{1,3})\s*(?:tren|of|sur|trong so)?\s+(\d{1,3})$")
_EDGE_SHARE: Final = 0.12
_MOST_PAGES: Final = 500


def duplicate_pages(pages: Sequence[ReadPage]) -> tuple[tuple[int, int], ...]:
    """Return pairs of page indexes that show the same words in the same places."""
    placed = {page.page_index: _placed_words(page) for page in pages if len(page.words) >= _LEAST_WORDS}
    return tuple((one, two) for one, two in combinations(sorted(placed), 2) if _are_alike(placed[one], placed[two]))


def missing_pages(pages: Sequence[ReadPage]) -> tuple[tuple[int, int], ...]:
    """Return (number, total) of every page that "trang 2/5" on another page promises and none is.

    Numbers count only in the upper or lower edge of a page, and each total is a document of its own.
    """
    found: dict[int, set[int]] = {}
    for page in pages:
        for number, total in _page_numbers(page):
            if 1 <= number <= total <= _MOST_PAGES:
                found.setdefault(total, set()).add(number)
    return tuple(
        (number, total)
        for total, numbers in sorted(found.items())
        for number in range(1, total + 1)
        if number not in numbers
    )


def _page_numbers(page: ReadPage) -> list[tuple[int, int]]:
    numbers = []
    for line in page.lines:
        top, bottom = min(word.box_px[1] for word in line), max(word.box_px[3] for word in line)
        if _EDGE_SHARE * page.height_px < top and bottom < (1 - _EDGE_SHARE) * page.height_px:
            continue
        match = _OF_TOTAL.search(fold(" ".join(word.text for word in line)))
        if match is not None:
            numbers.append((int(match[1]), int(match[2])))
    return numbers


def _placed_words(page: ReadPage) -> Counter[tuple[str, int, int]]:
    placed: Counter[tuple[str, int, int]] = Counter()
    for word in page.words:
        left, top, right, bottom = word.box_px
        across, down = (left + right) / 2 / page.width_px, (top + bottom) / 2 / page.height_px
        placed[(fold(word.text), int(across * _GRID), int(down * _GRID))] += 1
    return placed


def _are_alike(one: Counter[tuple[str, int, int]], two: Counter[tuple[str, int, int]]) -> bool:
    """Tell whether nearly every word of each page stands on the other, there or one field beside."""
    if not 0.85 <= one.total() / two.total() <= 1 / 0.85:
        return False
    shared = sum(min(count, _near(two, key)) for key, count in one.items())
    return shared >= _SAME_SHARE * max(one.total(), two.total())


def _near(words: Counter[tuple[str, int, int]], key: tuple[str, int, int]) -> int:
    text, across, down = key
    return sum(words[(text, across + x, down + y)] for x in (-1, 0, 1) for y in (-1, 0, 1))
