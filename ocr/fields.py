"""Finds a few fields in what was read: document type, ID numbers, dates, names by their label.

Precision before recall: a value is offered only where a label or a fixed form vouches for it, with the checks
it passed. A person confirms every field; nothing here decides anything.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from ocr.pages import Pages, Word

_DOC_TYPES: tuple[tuple[str, str], ...] = (
    # A longer title stands before the shorter one it contains.
    ("trich luc khai sinh", "VN.BIRTH_EXTRACT"),
    ("giay khai sinh", "VN.BIRTH_CERT"),
    ("trich luc khai tu", "VN.DEATH_EXTRACT"),
    ("giay xac nhan tinh trang hon nhan", "VN.MARITAL_STATUS"),
    ("giay chung nhan ket hon", "VN.MARRIAGE_CERT"),
    ("xac nhan thong tin ve cu tru", "VN.RESIDENCE"),
    ("giay chung nhan quyen su dung dat", "VN.LAND_CERT"),
    ("giay chung nhan dang ky ho kinh doanh", "VN.BUSINESS_REG"),
    ("giay chung nhan dang ky doanh nghiep", "VN.BUSINESS_REG"),
    ("giay uy quyen", "VN.POWER_OF_ATTORNEY"),
    ("bang tot nghiep", "VN.DIPLOMA"),
    ("bang cu nhan", "VN.DIPLOMA"),
    ("bang ky su", "VN.DIPLOMA"),
    ("chung chi ngoai ngu", "VN.BILINGUAL_CERT"),
    ("can cuoc cong dan", "VN.ID_CARD"),
    ("the cong dan", "VN.ID_CARD"),
    ("the can cuoc", "VN.ID_CARD"),
    ("giay xac nhan sinh vien", "VN.STUDENT_STATUS"),
    ("giay xac nhan thu nhap", "VN.INCOME"),
)
_NAME_LABELS = ("ho chu dem ten", "ho va ten", "ho ten", "ho chu dem va ten", "ba", "ong", "chu ho kinh doanh")
_NAME_BELOW = ("ho va ten full name", "hereby certifies that", "chung nhan")
"""Lines that announce a name on the next one; the last two end a sentence."""
_COUPLE_LABELS = ("ho chu dem ten vo", "ho chu dem ten chong")
_ID_LABELS = ("so dinh danh ca nhan", "can cuoc", "cccd", "cmnd", "so dinh danh")
_BIRTH_LABELS = ("ngay thang nam sinh", "sinh ngay", "ngay sinh")
_ISSUED_LABELS = ("ngay thang nam dang ky", "ngay cap", "ngay dang ky")
_DIGITS = re.compile(r"(?<!\d)(\d{12}|\d{9})(?!\d)")
_LONG_DATE = re.compile(r"ng[àa]y\s+(\d{1,2})\s+th[áa]ng\s+(\d{1,2})\s+n[ăa]m\s+(\d{4})", re.IGNORECASE)
_SHORT_DATE = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")
_TITLE_CONFIDENCE = 75.0
_FIELD_CONFIDENCE = 80.0
"""Below this a value is left empty: a wrong field shown as sure is worse than none."""
_NEXT_LABEL = re.compile(r"\s+(?:ngày|sinh|năm sinh|giới tính|dân tộc|quốc tịch|số|nam|nữ|nơi)\b", re.IGNORECASE)


class FieldCheck(StrEnum):
    """What spoke for a value; the values are stable and public."""

    LABELLED = "LABELLED"
    LENGTH_12 = "LENGTH_12"
    LENGTH_9 = "LENGTH_9"
    SPECIMEN_PREFIX = "SPECIMEN_PREFIX"
    CALENDAR_DATE = "CALENDAR_DATE"
    LETTERS_ONLY = "LETTERS_ONLY"


@dataclass(frozen=True, slots=True)
class ReadField:
    """One field as printed, with the least confidence among its words."""

    name: str
    value: str
    page_index: int
    confidence: float
    checks: tuple[FieldCheck, ...]


@dataclass(frozen=True, slots=True)
class DocumentFields:
    """The guessed type (None when no title was recognised) and the fields in reading order."""

    doc_type: str | None
    doc_type_confidence: float
    fields: tuple[ReadField, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    page_index: int
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    def confidence_of(self, value: str) -> float:
        """Return the least confidence of the words that make up the value."""
        wanted = set(value.split())
        found = [word.confidence for word in self.words if wanted & {word.text, word.text.strip(".,;:()")}]
        return round(min(found or [word.confidence for word in self.words]), 1)


def read_fields(pages: Pages) -> DocumentFields:
    """Return what a clerk need not type again: the first value of each field, and the type by its title."""
    lines = [_Line(page.page_index, line) for page in pages.pages for line in page.lines]
    doc_type, confidence = _doc_type(lines)
    first: dict[str, ReadField] = {}
    for index, line in enumerate(lines):
        below = lines[index + 1] if index + 1 < len(lines) else None
        for found in (*_fields_of(line), *_names_below(line, below)):
            # The first place decides: a doubtful first value is not replaced by another person's further down.
            first.setdefault(found.name, found)
    sure = tuple(found for found in first.values() if found.confidence >= _FIELD_CONFIDENCE)
    return DocumentFields(doc_type=doc_type, doc_type_confidence=confidence, fields=sure)


def fold(text: str) -> str:
    """Return the text in lower case without tone marks or punctuation, for comparing labels."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^a-z0-9 ]+", " ", letters).split())


def _doc_type(lines: list[_Line]) -> tuple[str | None, float]:
    """Return the type whose title stands in a line of its own, in capitals or surely read."""
    for index, line in enumerate(lines):
        joined = line.text + (" " + lines[index + 1].text if index + 1 < len(lines) else "")
        folded, folded_two = fold(line.text), fold(joined)
        for title, doc_type in _DOC_TYPES:
            if not (folded.startswith(title) or (folded and folded_two.startswith(title) and title.startswith(folded))):
                continue
            confidence = sum(word.confidence for word in line.words) / len(line.words)
            if line.text.isupper() and confidence >= _TITLE_CONFIDENCE:
                return doc_type, round(confidence, 1)
    return None, 0.0


def _fields_of(line: _Line) -> Iterator[ReadField]:
    dates = [tuple(int(part) for part in match.groups()) for match in _SHORT_DATE.finditer(line.text)]
    if not all(_is_date(*parts) for parts in dates):
        # A date that no calendar knows: handwriting misread with confidence, so its neighbours are not trusted.
        return
    yield from _numbers(line)
    yield from _dates(line)
    yield from _names(line)


def _numbers(line: _Line) -> Iterator[ReadField]:
    folded = fold(line.text)
    for match in _DIGITS.finditer(line.text):
        # Nine digits alone could be a telephone or a serial number: only a label makes them an identity.
        if not any(label in folded for label in _ID_LABELS):
            continue
        digits = match.group(1)
        checks = [FieldCheck.LABELLED, FieldCheck.LENGTH_12 if len(digits) == 12 else FieldCheck.LENGTH_9]
        if digits.startswith("000"):
            checks.append(FieldCheck.SPECIMEN_PREFIX)
        yield _field("id_number", digits, line, checks)


def _dates(line: _Line) -> Iterator[ReadField]:
    folded = fold(line.text)
    for match in (*_LONG_DATE.finditer(line.text), *_SHORT_DATE.finditer(line.text)):
        day, month, year = (int(part) for part in match.groups())
        if not _is_date(day, month, year):
            continue
        value = f"{day:02d}/{month:02d}/{year}"
        if any(label in folded for label in _BIRTH_LABELS):
            yield _field("birth_date", value, line, [FieldCheck.LABELLED, FieldCheck.CALENDAR_DATE])
        elif folded.startswith(_ISSUED_LABELS):
            yield _field("issued_on", value, line, [FieldCheck.LABELLED, FieldCheck.CALENDAR_DATE])


def _names(line: _Line) -> Iterator[ReadField]:
    label, colon, value = line.text.partition(":")
    folded = re.sub(r"^\d+ ", "", fold(label))
    if not colon or folded not in _NAME_LABELS:
        return
    # What follows leaders, digits or the next label on the same line is no part of the name.
    name = _NEXT_LABEL.split(re.split(r"[.…_]{2,}|\d", value)[0])[0].strip(" .,;")
    yield from _name("holder_name", name, line)


def _names_below(line: _Line, below: _Line | None) -> Iterator[ReadField]:
    """Read the name, or the couple's two names side by side, that a line announces for the next one."""
    if below is None or not below.text.isupper():
        return
    folded = fold(line.text)
    if folded == " ".join(_COUPLE_LABELS):
        wife, husband = _halves(below)
        yield from _name("wife_name", wife, below)
        yield from _name("husband_name", husband, below)
    elif folded.endswith(_NAME_BELOW):
        yield from _name("holder_name", below.text, below)


def _halves(line: _Line) -> tuple[str, str]:
    """Split a line of two columns at its widest gap."""
    gaps = [right.box_px[0] - left.box_px[2] for left, right in pairwise(line.words)]
    cut = gaps.index(max(gaps)) + 1 if gaps else 0
    return " ".join(word.text for word in line.words[:cut]), " ".join(word.text for word in line.words[cut:])


def _name(field: str, name: str, line: _Line) -> Iterator[ReadField]:
    words = name.split()
    if 2 <= len(words) <= 7 and all(word.isalpha() for word in words):
        yield _field(field, name, line, [FieldCheck.LABELLED, FieldCheck.LETTERS_ONLY])


def _field(name: str, value: str, line: _Line, checks: list[FieldCheck]) -> ReadField:
    return ReadField(
        name=name,
        value=unicodedata.normalize("NFC", value),
        page_index=line.page_index,
        confidence=line.confidence_of(value),
        checks=tuple(checks),
    )


def _is_date(day: int, month: int, year: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return 1850 <= year <= 2100
