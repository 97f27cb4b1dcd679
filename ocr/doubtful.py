"""Marks words that a reader should look at twice, by what Vietnamese cannot spell; no word is ever changed.

Confidence alone misses a misreading that the engine is sure of. The grammar of the syllable catches what no rule can
build; a small list of our own holds what offices write that is no syllable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ocr.identity_numbers import PROVINCE_NAMES
from ocr.language import VIETNAMESE, column_pieces, is_common_foreign_word, language_of
from ocr.pages import ReadPage
from ocr.syllables import is_plain_syllable, read_syllable

_EDGE: Final = ".,;:!?()[]\"'“”‘’«»…-–/*•"
_CODE: Final = re.compile(r"[A-ZĐƯƠ0-9]+(?:[./_-][A-ZĐƯƠ0-9a-zđ]+)*")
_MIXED: Final = re.compile(r"(?=.*\d)(?=.*[^\W\d_])")
_ALLOWED: Final = frozenset(
    [
        "m2",
        "km2",
        "ha",
        "kg",
        "km",
        "cm",
        "mm",
        "email",
        "web",
        "website",
        "internet",
        "fax",
        "online",
        "scan",
        "wifi",
        "video",
        "covid",
        "ubnd",
        "hđnd",
        "tnhh",
        "tm",
        "cp",
        "thpt",
        "thcs",
        "cccd",
        "cmnd",
        "vneid",
        "qđ",
        "nđ",
        "tt",
        "bhxh",
        "bhyt",
        "ths",
        "ts",
        "pgs",
        "gs",
        "ks",
        "cn",
        "bs",
        "gcn",
        "cty",
        "đhqg",
    ]
)
_FOREIGN_PLACES: Final = frozenset(
    part.lower() for name in PROVINCE_NAMES.values() for part in name.split() if read_syllable(part) is None
)


class Doubt(StrEnum):
    """Why a word is doubtful; the values are stable and public."""

    NO_SYLLABLE = "NO_SYLLABLE"
    MARKS_MISSING = "MARKS_MISSING"
    LETTERS_AND_DIGITS = "LETTERS_AND_DIGITS"


@dataclass(frozen=True, slots=True)
class DoubtfulWord:
    """A word by its place in the page's words, and why it is doubtful."""

    place: int
    doubt: Doubt


def doubtful_words(page: ReadPage) -> tuple[DoubtfulWord, ...]:
    """Return the words of Vietnamese lines that Vietnamese cannot spell; foreign lines are not judged."""
    found = []
    place = 0
    for line in page.lines:
        for cut in column_pieces([word.box_px for word in line]):
            texts = [word.text for word in line[cut]]
            is_judged = language_of(texts) in (None, VIETNAMESE)
            has_marks = any(not text.isascii() for text in texts)
            for text in texts:
                doubt = _doubt(text.strip(_EDGE), has_marks=has_marks) if is_judged else None
                if doubt is not None:
                    found.append(DoubtfulWord(place, doubt))
                place += 1
    return tuple(found)


def _doubt(word: str, *, has_marks: bool) -> Doubt | None:
    if len(word) < 2 or "@" in word or (_CODE.fullmatch(word) and _MIXED.match(word)):
        return None
    parts = [part for part in re.split(r"[-–/.'’]", word) if part]
    doubts = (_part_doubt(part, has_marks=has_marks) for part in parts)
    return next((doubt for doubt in doubts if doubt is not None), None)


def _part_doubt(part: str, *, has_marks: bool) -> Doubt | None:
    lowered = part.lower()
    if lowered in _ALLOWED or lowered in _FOREIGN_PLACES or len(part) < 2:
        return None
    if _MIXED.match(part):
        return None if _CODE.fullmatch(part) else Doubt.LETTERS_AND_DIGITS
    if not part.isalpha() or read_syllable(part) is not None or is_common_foreign_word(part):
        return None
    if is_plain_syllable(part):
        # LE NGOC CHAU alone is a spelling; amid words with marks the marks were lost.
        return Doubt.MARKS_MISSING if has_marks else None
    is_abbreviation = part.isupper() and len(part) <= 5
    return None if is_abbreviation else Doubt.NO_SYLLABLE
