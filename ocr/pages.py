"""What was read from a scan: words with boxes, how each page stands, and how well it could be read.

Boxes are in pixels of the upright page: the stored image after `quarter_turns`, then turned back by
`skew_degrees` about its centre within its own size.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from ocr.look import UNSEEN, PageLook
from ocr.machine_codes import MachineCode
from ocr.scan import Scan

PAGE_BREAK = "\f"


class QualityCode(StrEnum):
    """What is wrong with a page, or worth knowing about it; the values are stable and public."""

    BLURRED = "BLURRED"
    HARD_TO_READ = "HARD_TO_READ"
    UNREADABLE = "UNREADABLE"
    BLANK_PAGE = "BLANK_PAGE"
    RESOLUTION_TOO_LOW = "RESOLUTION_TOO_LOW"
    NOT_COLOUR = "NOT_COLOUR"
    SCALE_UNKNOWN = "SCALE_UNKNOWN"
    UPSIDE_DOWN = "UPSIDE_DOWN"
    SIDEWAYS = "SIDEWAYS"
    SKEWED = "SKEWED"
    CUT_OFF = "CUT_OFF"
    SHADOWED = "SHADOWED"
    GLARE = "GLARE"
    FINGER = "FINGER"
    HANDWRITING = "HANDWRITING"
    TEXT_UNREAD = "TEXT_UNREAD"
    DUPLICATE_PAGE = "DUPLICATE_PAGE"
    PAGES_MISSING = "PAGES_MISSING"


class QualityVerdict(StrEnum):
    """Whether a page may be certified; WARN asks a person."""

    GOOD = "GOOD"
    WARN = "WARN"
    REFUSE = "REFUSE"


@dataclass(frozen=True, slots=True)
class QualityReason:
    """One reason with the verdict it alone would give; `detail` holds figures, never text of the page."""

    code: QualityCode
    verdict: QualityVerdict
    detail: str


@dataclass(frozen=True, slots=True)
class PageQuality:
    """How well a page could be read; `low_share` is the share (0 to 1) of words under the low mark."""

    verdict: QualityVerdict
    reasons: tuple[QualityReason, ...]
    mean_confidence: float
    low_share: float


@dataclass(frozen=True, slots=True)
class Word:
    """One word in NFC; `box_px` is (left, top, right, bottom), `confidence` 0 to 100."""

    text: str
    box_px: tuple[float, float, float, float]
    confidence: float
    block: int
    line: int


@dataclass(frozen=True, slots=True)
class ReadPage:
    """One page as read. `dpi` is what the page is placed at; when the scan told none, A4 was assumed."""

    page_index: int
    quarter_turns: int
    skew_degrees: float
    dpi: float
    width_px: int
    height_px: int
    ink_share: float
    words: tuple[Word, ...]
    quality: PageQuality
    look: PageLook = UNSEEN
    codes: tuple[MachineCode, ...] = ()

    @property
    def lines(self) -> tuple[tuple[Word, ...], ...]:
        """The words line by line, in reading order."""
        return tuple(tuple(words) for _, words in groupby(self.words, key=lambda word: (word.block, word.line)))

    @property
    def text(self) -> str:
        """The page's text, one line a row, an empty row between blocks."""
        rows: list[str] = []
        block: int | None = None
        for line in self.lines:
            if block is not None and line[0].block != block:
                rows.append("")
            block = line[0].block
            rows.append(" ".join(word.text for word in line))
        return unicodedata.normalize("NFC", "\n".join(rows))


@dataclass(frozen=True, slots=True)
class Pages:
    """A scan with everything that was read from it."""

    scan: Scan
    pages: tuple[ReadPage, ...]
    languages: tuple[str, ...]

    @property
    def text(self) -> str:
        """The text of all pages, joined by form feeds."""
        return PAGE_BREAK.join(page.text for page in self.pages)
