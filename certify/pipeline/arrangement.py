"""How a person put the pages of a scan in order: which stand where, how they were turned, and what was left out and why.

The files of a scan stay as they came. An arrangement lies beside them and says how they are read; it is part of the
scan's digest, so that another order of the same files is another scan.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from ocr.errors import PagesUnreadable

PAGES_LEFT_OUT: Final = "PAGES_LEFT_OUT"
"""The warning of a scan of which a page was left out."""
_VERSION: Final = 1
_MOST_PAGES: Final = 2000


class LeftOutWhy(StrEnum):
    """Why a page of a file is no page of the original; the values are stable and public."""

    BLANK = "BLANK"
    SCANNED_TWICE = "SCANNED_TWICE"
    SEPARATOR = "SEPARATOR"


class PageAct(StrEnum):
    """What a person did to the pages of a scan; it stands in the history of the original. The values are stable."""

    REORDER = "REORDER"
    ROTATE = "ROTATE"
    LEAVE_OUT = "LEAVE_OUT"
    SPLIT = "SPLIT"
    JOIN = "JOIN"
    REPLACE = "REPLACE"
    ADD = "ADD"
    CARD = "CARD"
    START_OVER = "START_OVER"


@dataclass(frozen=True, slots=True)
class PlacedPage:
    """A page of a file (`part`, counted from 1) in its place; `quarter_turns` were added clockwise by a person."""

    part: int
    page_index: int
    quarter_turns: int = 0


@dataclass(frozen=True, slots=True)
class LeftOutPage:
    """A page of a file that is not in the original, and why."""

    part: int
    page_index: int
    why: LeftOutWhy


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The pages of an original in their order, and what was left out."""

    pages: tuple[PlacedPage, ...]
    left_out: tuple[LeftOutPage, ...] = ()
    acts: tuple[PageAct, ...] = ()
    """What was done last; it goes into the history and not into what is written down here."""

    def as_bytes(self) -> bytes:
        """Write it down; the same arrangement always gives the same bytes."""
        told = {
            "version": _VERSION,
            "pages": [[one.part, one.page_index, one.quarter_turns] for one in self.pages],
            "left_out": [[one.part, one.page_index, one.why.value] for one in self.left_out],
        }
        return json.dumps(told, sort_keys=True).encode()

    def sha256_hex(self) -> str:
        """The digest of what is written down."""
        return hashlib.sha256(self.as_bytes()).hexdigest()

    def runs(self) -> Iterator[Run]:
        """Give the longest stretches of pages that follow each other in one file."""
        start = 0
        for place in range(1, len(self.pages) + 1):
            if place == len(self.pages) or not _follows(self.pages[place - 1], self.pages[place]):
                stretch = self.pages[start:place]
                yield Run(stretch[0].part, start, stretch[0].page_index, tuple(one.quarter_turns for one in stretch))
                start = place


@dataclass(frozen=True, slots=True)
class Run:
    """Pages of one file that follow each other: they begin at `place` of the original and at `start` of the file."""

    part: int
    place: int
    start: int
    turns: tuple[int, ...]


def as_they_came(page_counts: tuple[int, ...]) -> Arrangement:
    """Every page of every file, as nobody touched them."""
    return Arrangement(
        tuple(PlacedPage(part, index) for part, count in enumerate(page_counts, start=1) for index in range(count))
    )


def read_arrangement(stored: bytes) -> Arrangement:
    """Read what was written down.

    Raises:
        PagesUnreadable: it does not decode.
    """
    try:
        told = json.loads(stored)
        if told["version"] != _VERSION or not 1 <= len(told["pages"]) <= _MOST_PAGES:
            raise ValueError("another version, or no pages")
        pages = tuple(PlacedPage(*_counts(row)) for row in told["pages"])
        left_out = tuple(_left_out(row) for row in told["left_out"])
    except (ValueError, TypeError, KeyError, IndexError) as exc:
        raise PagesUnreadable("the order of the pages does not decode; scan the original again") from exc
    return Arrangement(pages, left_out)


def _counts(row: Any) -> list[int]:
    if not isinstance(row, list) or not all(isinstance(one, int) and one >= 0 for one in row):
        raise ValueError("a page is named by counts")
    return row


def _left_out(row: Any) -> LeftOutPage:
    part, page_index = _counts(row[:2])
    return LeftOutPage(part, page_index, LeftOutWhy(row[2]))


def _follows(before: PlacedPage, after: PlacedPage) -> bool:
    return after.part == before.part and after.page_index == before.page_index + 1
