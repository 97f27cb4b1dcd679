"""Finds dates as Vietnamese, English and French papers print them, in figures and in words.

Only what a calendar knows is a date; 31/02 or a year of 4485 is a misreading and speaks against its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from ocr.amounts import read_number_words
from ocr.folding import fold

_EARLIEST_YEAR: Final = 1850
_LATEST_YEAR: Final = 2100

_VIETNAMESE: Final = re.compile(
    r"ng[àa]y\s+(?P<day>\d{1,2})\s+th[áa]ng\s+(?P<month>\d{1,2})\s+n[ăa]m\s+(?P<year>\d{4})(?!\d)", re.IGNORECASE
)
_FIGURES: Final = re.compile(r"(?<![\d/.-])(?P<day>\d{1,2})([/.-])(?P<month>\d{1,2})\2(?P<year>\d{4})(?![\d/]|[.-]\d)")
_ENGLISH_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sept sep", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_FRENCH_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        (
            "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
            "novembre", "décembre",
        ),
        start=1,
    )
}  # fmt: skip
_MONTHS: Final = _ENGLISH_MONTHS | _FRENCH_MONTHS
_DAY_FIRST: Final = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})(?:er|st|nd|rd|th)?\s+(?:of\s+)?(?P<month>[^\W\d_]{3,9})\.?,?\s+(?P<year>\d{4})(?!\d)"
)
_MONTH_FIRST: Final = re.compile(
    r"(?P<month>[A-Za-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,\s+(?P<year>\d{4})(?!\d)"
)
_IN_WORDS: Final = re.compile(
    r"ngay\s+(?:mong\s+)?(?P<day>[a-z ]+?)\s+thang\s+(?P<month>[a-z ]+?)\s+nam\s+(?P<year>[a-z ]{8,})"
)
_OTHER_NAMES: Final = {"gieng": 1, "chap": 12, "tu": 4}


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date with the span of its characters in the text it was found in."""

    day: date
    start: int
    end: int

    @property
    def printed(self) -> str:
        """The date as Vietnamese forms print it, dd/mm/yyyy."""
        return f"{self.day:%d/%m/%Y}"


def find_dates(text: str) -> tuple[FoundDate, ...]:
    """Return the dates of a text in figures or with the month's name, in their order."""
    found: dict[int, FoundDate] = {}
    for pattern in (_VIETNAMESE, _FIGURES, _DAY_FIRST, _MONTH_FIRST):
        for match in pattern.finditer(text):
            day = _date_of(match["day"], match["month"], match["year"])
            if day is not None:
                found.setdefault(match.start(), FoundDate(day, match.start(), match.end()))
    return tuple(found[start] for start in sorted(found))


def holds_impossible_date(text: str) -> bool:
    """Tell whether something has the form of a date that no calendar knows."""
    matches = (*_VIETNAMESE.finditer(text), *_FIGURES.finditer(text))
    return any(_date_of(match["day"], match["month"], match["year"]) is None for match in matches)


def date_in_words(text: str) -> date | None:
    """Return the date that Vietnamese words spell, as on the line "Ghi bằng chữ"; None when they spell none."""
    match = _IN_WORDS.search(fold(text))
    if match is None:
        return None
    day, year = read_number_words(match["day"]), read_number_words(match["year"])
    month = _OTHER_NAMES.get(match["month"].strip()) or read_number_words(match["month"])
    if day is None or month is None or year is None:
        return None
    return _calendar_date(day, month, year)


def _date_of(day: str, month: str, year: str) -> date | None:
    number = int(month) if month.isdigit() else _MONTHS.get(month.lower())
    return None if number is None else _calendar_date(int(day), number, int(year))


def _calendar_date(day: int, month: int, year: int) -> date | None:
    if not _EARLIEST_YEAR <= year <= _LATEST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
