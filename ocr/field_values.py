"""Turns the words behind a label into a value, or into nothing: each kind of value has a form it must have.

A word that has not the form of its kind was misread, or the label was: the field stays empty then.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ocr.amounts import find_amounts
from ocr.dates import date_in_words, find_dates
from ocr.field_lines import PlacedWord, text_of
from ocr.field_rules import Kind
from ocr.identity_numbers import read_identity_number
from ocr.syllables import is_plain_syllable, read_syllable


class FieldCheck(StrEnum):
    """What spoke for a value; the values are stable and public."""

    LABELLED = "LABELLED"
    LENGTH_12 = "LENGTH_12"
    LENGTH_9 = "LENGTH_9"
    SPECIMEN_PREFIX = "SPECIMEN_PREFIX"
    PROVINCE_CODE = "PROVINCE_CODE"
    BIRTH_YEAR_AGREES = "BIRTH_YEAR_AGREES"
    SEX_AGREES = "SEX_AGREES"
    CALENDAR_DATE = "CALENDAR_DATE"
    WORDS_AGREE = "WORDS_AGREE"
    LETTERS_ONLY = "LETTERS_ONLY"
    SYLLABLES = "SYLLABLES"
    FAMILY_NAME = "FAMILY_NAME"
    NUMBER_FORM = "NUMBER_FORM"
    CHECK_DIGIT = "CHECK_DIGIT"
    MACHINE_READ = "MACHINE_READ"
    TITLE = "TITLE"


@dataclass(frozen=True, slots=True)
class FoundValue:
    """A value with the words it was read from and what spoke for it."""

    value: str
    words: tuple[PlacedWord, ...]
    checks: tuple[FieldCheck, ...]


FAMILY_NAMES: Final = frozenset(
    [
        "nguyễn",
        "trần",
        "lê",
        "phạm",
        "hoàng",
        "huỳnh",
        "phan",
        "vũ",
        "võ",
        "đặng",
        "bùi",
        "đỗ",
        "hồ",
        "ngô",
        "dương",
        "lý",
        "đinh",
        "đoàn",
        "trương",
        "lâm",
        "mai",
        "trịnh",
        "đào",
        "cao",
        "lương",
        "hà",
        "tạ",
        "tô",
        "châu",
        "thái",
        "lưu",
        "phùng",
        "vương",
        "kiều",
        "chu",
        "quách",
        "la",
        "tống",
        "triệu",
        "mạc",
        "cù",
        "khổng",
        "tôn",
        "thạch",
        "nông",
        "vi",
        "lò",
        "sầm",
        "giàng",
        "vàng",
        "hứa",
        "quan",
        "từ",
        "doãn",
        "nghiêm",
        "lại",
        "viên",
        "ninh",
        "bạch",
        "hoa",
        "đồng",
        "tăng",
        "thân",
        "đàm",
        "kim",
        "lục",
        "ông",
        "ung",
        "uông",
        "văn",
    ]
)
"""Common ones; a rarer family name only lacks this check."""

_NUMBER: Final = re.compile(r"(?<!\d)(\d{12}|\d{9})(?!\d)")
_DOCUMENT_NUMBER: Final = re.compile(r"(?:[A-ZĐ]{1,4}(?:-[A-ZĐ0-9]{1,4})? ?)?\d[0-9A-ZĐƯƠ]*(?:[./-][0-9A-ZĐƯƠ]+)*")
_HONORIFIC: Final = re.compile(r"^(?:ông|bà|ÔNG|BÀ|Ông|Bà)\s+")
_WHOLE: Final = re.compile(r"\d{1,6}")
_DECIMAL: Final = re.compile(r"\d{1,3}[.,]\d{1,2}")
_YEAR: Final = re.compile(r"(?:19|20)\d{2}")
_EDGE: Final = " .,;:()_…"


def read_value(kind: Kind, words: Sequence[PlacedWord]) -> FoundValue | None:
    """Return the value that words begin with, when they have the form of the kind."""
    kept = _without_leaders(words)
    if not kept:
        return None
    return _READERS[kind](kept)


def _name(words: Sequence[PlacedWord]) -> FoundValue | None:
    taken: list[PlacedWord] = []
    for one in words:
        bare = one.word.text.strip(_EDGE)
        if not bare.isalpha() or not bare[0].isupper():
            # "bà" before a name is no part of it; anything else ends the name.
            if not taken and bare.lower() in ("ông", "bà"):
                continue
            break
        taken.append(one)
        if one.word.text[-1] in ",;.":
            break
    name = _HONORIFIC.sub("", " ".join(one.word.text.strip(_EDGE) for one in taken))
    parts = name.split()
    if not 2 <= len(parts) <= 7:
        return None
    checks = [FieldCheck.LETTERS_ONLY]
    if all(read_syllable(part) is not None for part in parts) or all(is_plain_syllable(part) for part in parts):
        checks.append(FieldCheck.SYLLABLES)
    if parts[0].lower() in FAMILY_NAMES:
        checks.append(FieldCheck.FAMILY_NAME)
    return FoundValue(name, tuple(taken[-len(parts) :]), tuple(checks))


def _citizen_number(words: Sequence[PlacedWord]) -> FoundValue | None:
    digits = words[0].word.text.strip(_EDGE)
    if not _NUMBER.fullmatch(digits):
        return None
    checks = [FieldCheck.LENGTH_12 if len(digits) == 12 else FieldCheck.LENGTH_9]
    if len(digits) == 12:
        number = read_identity_number(digits)
        if number is None:
            return None
        checks.append(FieldCheck.SPECIMEN_PREFIX if number.is_specimen else FieldCheck.PROVINCE_CODE)
    elif digits.startswith("000"):
        checks.append(FieldCheck.SPECIMEN_PREFIX)
    return FoundValue(digits, (words[0],), tuple(checks))


def _date(words: Sequence[PlacedWord]) -> FoundValue | None:
    text = text_of(words)
    dates = find_dates(text)
    # Only what directly follows the label is its date; a comma or "ngày" may stand before it.
    if not dates or len(text[: dates[0].start].strip(_EDGE).split()) > 3:
        return None
    first = dates[0]
    return FoundValue(first.printed, _within(words, first.start, first.end), (FieldCheck.CALENDAR_DATE,))


def _place_date(words: Sequence[PlacedWord]) -> FoundValue | None:
    """Read "Thí Dụ, ngày 03 tháng 9 năm 2026": a place, a date and nothing else in the piece."""
    text = text_of(words)
    dates = find_dates(text)
    if len(dates) != 1:
        return None
    place, rest = text[: dates[0].start].strip(), text[dates[0].end :].strip(_EDGE)
    is_place = place.endswith(",") and place[0].isupper() and 1 <= len(place.split()) <= 6
    if rest or not is_place:
        return None
    return FoundValue(dates[0].printed, tuple(words), (FieldCheck.CALENDAR_DATE,))


def _date_words(words: Sequence[PlacedWord]) -> FoundValue | None:
    day = date_in_words(text_of(words))
    return None if day is None else FoundValue(f"{day:%d/%m/%Y}", tuple(words), (FieldCheck.CALENDAR_DATE,))


def _document_number(words: Sequence[PlacedWord]) -> FoundValue | None:
    for count in (3, 2, 1):
        taken = tuple(words[:count])
        number = text_of(taken).strip(_EDGE)
        if len(taken) == count and _DOCUMENT_NUMBER.fullmatch(number) and 3 <= len(number) <= 28:
            # Digits and slashes only could be a date or a telephone.
            return None if find_dates(number) else FoundValue(number, taken, (FieldCheck.NUMBER_FORM,))
    return None


def _text(words: Sequence[PlacedWord]) -> FoundValue | None:
    text = text_of(words).strip(_EDGE)
    if len(text.split()) < 2:
        return None
    return _spelled(text, words)


def _short_text(words: Sequence[PlacedWord]) -> FoundValue | None:
    text = text_of(words).strip(_EDGE)
    return _spelled(text, words) if text and len(text.split()) <= 10 else None


def _spelled(text: str, words: Sequence[PlacedWord]) -> FoundValue | None:
    letters = [word.strip(_EDGE) for word in re.split(r"[\s/-]+", text) if word.strip(_EDGE).isalpha()]
    known = [word for word in letters if read_syllable(word) is not None or (word.isupper() and len(word) <= 5)]
    # One word in eight may be a name of another language; more, and the line was misread.
    if len(letters) - len(known) > len(letters) // 8:
        return None
    return FoundValue(text, tuple(words), (FieldCheck.SYLLABLES,) if len(known) == len(letters) else ())


def _pattern(pattern: re.Pattern[str]) -> Callable[[Sequence[PlacedWord]], FoundValue | None]:
    def read(words: Sequence[PlacedWord]) -> FoundValue | None:
        number = words[0].word.text.strip(_EDGE)
        return FoundValue(number, (words[0],), (FieldCheck.NUMBER_FORM,)) if pattern.fullmatch(number) else None

    return read


def _sex(words: Sequence[PlacedWord]) -> FoundValue | None:
    said = unicodedata.normalize("NFC", words[0].word.text.strip(_EDGE))
    return FoundValue(said, (words[0],), ()) if said in ("Nam", "Nữ", "NAM", "NỮ") else None


def _amount(words: Sequence[PlacedWord]) -> FoundValue | None:
    amounts = find_amounts(text_of(words))
    if not amounts or amounts[0].start > 0 or amounts[0].agrees is False:
        return None
    first = amounts[0]
    text = text_of(words)[first.start : first.end]
    checks = (FieldCheck.NUMBER_FORM, FieldCheck.WORDS_AGREE) if first.agrees else (FieldCheck.NUMBER_FORM,)
    return FoundValue(text, _within(words, first.start, first.end), checks)


def _without_leaders(words: Sequence[PlacedWord]) -> list[PlacedWord]:
    """Return the words from the first that says something: dots and colons before a value are the form's."""
    kept = list(words)
    while kept and not any(char.isalnum() for char in kept[0].word.text):
        kept.pop(0)
    for place, one in enumerate(kept):
        if re.search(r"[.…_]{3,}", one.word.text):
            return kept[:place]
    return kept


def _within(words: Sequence[PlacedWord], start: int, end: int) -> tuple[PlacedWord, ...]:
    """Return the words that share characters with a span of their joined text."""
    found, cursor = [], 0
    for one in words:
        if cursor < end and cursor + len(one.word.text) > start:
            found.append(one)
        cursor += len(one.word.text) + 1
    return tuple(found)


_READERS: Final[dict[Kind, Callable[[Sequence[PlacedWord]], FoundValue | None]]] = {
    Kind.NAME: _name,
    Kind.CITIZEN_NUMBER: _citizen_number,
    Kind.DATE: _date,
    Kind.PLACE_DATE: _place_date,
    Kind.DATE_WORDS: _date_words,
    Kind.DOCUMENT_NUMBER: _document_number,
    Kind.TEXT: _text,
    Kind.SHORT_TEXT: _short_text,
    Kind.WHOLE: _pattern(_WHOLE),
    Kind.DECIMAL: _pattern(_DECIMAL),
    Kind.YEAR: _pattern(_YEAR),
    Kind.SEX: _sex,
    Kind.AMOUNT: _amount,
}
