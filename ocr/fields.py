"""Finds the fields of a paper by its kind: each with its box, its confidence and the checks that spoke for it.

Precision before recall: a value is offered only where a label or a fixed form vouches for it and nothing on the
paper speaks against it. A person confirms every field; nothing here decides anything.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from ocr.code_fields import code_fields, with_codes
from ocr.dates import holds_impossible_date
from ocr.doctypes import UNKNOWN, TitleLine, document_type
from ocr.field_lines import LabelMatch, PlacedWord, Row, below, box_of, find_labels, rows_of
from ocr.field_rules import STOP_LABELS, FieldRule, FieldSet, Kind, Place, fields_of
from ocr.field_values import FieldCheck, FoundValue, read_value
from ocr.folding import fold
from ocr.identity_numbers import Sex, agrees_with_birth, read_identity_number
from ocr.pages import Pages
from ocr.read_field import DocumentFields, ReadField

__all__ = ["UNKNOWN", "DocumentFields", "FieldCheck", "ReadField", "fold", "read_fields"]

_FIELD_CONFIDENCE: Final = 80.0
"""Below this a value is left empty: a wrong field shown as sure is worse than none."""
_UNUSUAL_NAME_CONFIDENCE: Final = 93.0
"""A name that is not of Vietnamese syllables is foreign or misread: only a very sure reading is offered."""
_NO_COLON_NEEDED: Final = frozenset((Kind.CITIZEN_NUMBER, Kind.DATE))
_MAY_RUN_ON: Final = 0.9
"""A text that ends in the last tenth of the page's print may go on in the next row, and is left out."""


@dataclass(slots=True)
class _Search:
    """What was found so far; a name is claimed by its first label, whether or not a value could be read there."""

    fields: FieldSet
    labels: frozenset[str]
    pen_words: Mapping[int, frozenset[int]]
    claimed: dict[str, ReadField | None] = field(default_factory=dict)
    sections: tuple[tuple[float, str], ...] = ((float("-inf"), ""),)


def read_fields(pages: Pages) -> DocumentFields:
    """Return what a clerk need not type again, and the kind of paper."""
    lines = [
        TitleLine(" ".join(word.text for word in line), sum(word.confidence for word in line) / len(line))
        for page in pages.pages
        for line in page.lines
    ]
    kind = document_type(lines)
    wanted = fields_of(kind.code)
    search = _Search(
        fields=wanted,
        labels=frozenset(STOP_LABELS)
        | {label for rule in wanted.rules for label in rule.labels}
        | {opener for opener, _ in wanted.sections},
        pen_words={page.page_index: frozenset(page.look.pen_words) for page in pages.pages},
    )
    for page in pages.pages:
        rows = rows_of(page)
        right = max((word.box_px[2] for word in page.words), default=0.0)
        for index in range(len(rows)):
            _read_row(search, rows, index, right=right)
    printed = {name: one for name, one in search.claimed.items() if one is not None and _is_sure(one)}
    found = _weighed(with_codes(printed, code_fields(pages, doc_type=kind.code)))
    return DocumentFields(doc_type=kind.code, doc_type_confidence=kind.confidence, fields=found)


def _read_row(search: _Search, rows: Sequence[Row], index: int, *, right: float) -> None:
    row = rows[index]
    matches = find_labels(row, search.labels)
    _open_sections(search, row, matches)
    # A date that no calendar knows: handwriting misread with confidence, so its neighbours are not trusted.
    is_trusted = not holds_impossible_date(row.text)
    for place, match in enumerate(matches):
        # A label that no colon closes may be a word of the value: "số" in an address.
        until = next((later.start for later in matches[place + 1 :] if later.has_colon), len(row.words))
        for rule in _rules_for(search, row, match):
            if rule.name not in search.claimed:
                found = _value_at(rule, rows, index, match, until=until, right=right) if is_trusted else None
                if found is not None or (match.has_colon and rule.place is not Place.BELOW):
                    _claim(search, rule, found, row.page_index, is_labelled=True)
    if is_trusted:
        _read_pieces(search, row)


def _open_sections(search: _Search, row: Row, matches: Sequence[LabelMatch]) -> None:
    """Note which section begins in this row; two side by side share the rows below by where they begin."""
    openers = dict(search.fields.sections)
    found = [
        (row.words[match.start].word.box_px[0], openers[match.label])
        for match in matches
        if match.label in openers and (match.has_colon or match.start == 0 or _is_heading(row, match))
    ]
    if found:
        search.sections = ((float("-inf"), found[0][1]), *found[1:])


def _is_heading(row: Row, match: LabelMatch) -> bool:
    return all(one.word.text.isupper() for one in row.words[match.start : match.end])


def _rules_for(search: _Search, row: Row, match: LabelMatch) -> Iterator[FieldRule]:
    left = row.words[match.start].word.box_px[0] + 5.0
    section = next(name for start, name in reversed(search.sections) if start <= left)
    for rule in search.fields.rules:
        if match.label in rule.labels and rule.section in ("*", section) and rule.place is not Place.PIECE:
            yield rule


def _value_at(
    rule: FieldRule, rows: Sequence[Row], index: int, match: LabelMatch, *, until: int, right: float
) -> FoundValue | None:
    row = rows[index]
    label_words = row.words[match.start : match.end]
    if rule.place is Place.BELOW:
        return read_value(rule.kind, below(rows, index, around=box_of(label_words)))
    if not match.has_colon and rule.kind not in _NO_COLON_NEEDED and rule.place is not Place.PROSE:
        return None
    end = min((cut for cut in row.cuts if match.end < cut < until), default=until)
    words = row.words[match.end : end]
    if rule.place is Place.PROSE:
        found = read_value(rule.kind, words)
        return found if found is not None and found.words[-1].word.text.endswith(",") else None
    if not words and rule.kind is Kind.NAME:
        under = below(rows, index, around=box_of(label_words))
        return read_value(rule.kind, under) if under and all(one.word.text.isupper() for one in under) else None
    if rule.kind is Kind.TEXT and end == len(row.words):
        return _whole_text(rows, index, words, right=right)
    return read_value(rule.kind, words)


def _whole_text(rows: Sequence[Row], index: int, words: Sequence[PlacedWord], *, right: float) -> FoundValue | None:
    """Read a text that may go on in the next row; where it cannot be told, nothing is read."""
    if not words or words[-1].word.box_px[2] < _MAY_RUN_ON * right or index + 1 >= len(rows):
        return read_value(Kind.TEXT, words)
    row, following = rows[index], rows[index + 1]
    height = words[-1].word.box_px[3] - words[-1].word.box_px[1]
    is_near = following.words[0].word.box_px[1] - words[-1].word.box_px[3] < 1.3 * height
    if not is_near or ":" in following.text or find_labels(following, frozenset(STOP_LABELS)):
        return read_value(Kind.TEXT, words)
    is_rest = abs(following.words[0].word.box_px[0] - row.words[0].word.box_px[0]) < 3 * height
    if not is_rest or len(following.words) > 8 or following.cuts:
        return None
    return read_value(Kind.TEXT, (*words, *following.words))


def _read_pieces(search: _Search, row: Row) -> None:
    """Read what needs no label behind it: a place with its date, and a name with its title alone in a piece."""
    for rule in search.fields.rules:
        if rule.name in search.claimed or not (rule.kind is Kind.PLACE_DATE or rule.place is Place.PIECE):
            continue
        for piece in row.pieces:
            found = read_value(rule.kind, piece)
            if found is None:
                continue
            if rule.place is Place.PIECE:
                titles = [fold(one.word.text) for one in piece[: -len(found.words)]]
                if len(titles) != 1 or titles[0] not in rule.labels:
                    continue
            _claim(search, rule, found, row.page_index, is_labelled=False)
            break


def _claim(search: _Search, rule: FieldRule, found: FoundValue | None, page_index: int, *, is_labelled: bool) -> None:
    """Settle a field by its first place: a doubtful first value is not replaced by another person's further down."""
    written = search.pen_words.get(page_index, frozenset())
    if found is None or any(one.place in written for one in found.words):
        search.claimed[rule.name] = None
        return
    spoken = (FieldCheck.LABELLED, *found.checks) if is_labelled else found.checks
    search.claimed[rule.name] = ReadField(
        name=rule.name,
        value=unicodedata.normalize("NFC", found.value),
        page_index=found.words[0].page_index,
        confidence=round(min(one.word.confidence for one in found.words), 1),
        checks=spoken,
        box_px=box_of(found.words),
    )


def _weighed(found: dict[str, ReadField]) -> tuple[ReadField, ...]:
    """Return the sure fields, after those that contradict each other left."""
    spelled = found.pop("birth_date_words", None)
    born = found.get("birth_date")
    if spelled is not None and born is not None:
        if spelled.value == born.value:
            found["birth_date"] = replace(born, checks=(*born.checks, FieldCheck.WORDS_AGREE))
        else:
            del found["birth_date"]
    for prefix in ("", "wife_", "husband_", "mother_", "father_", "agent_"):
        _compare_person(found, prefix)
    return tuple(found.values())


def _is_sure(one: ReadField) -> bool:
    if one.confidence < _FIELD_CONFIDENCE:
        return False
    is_name = one.name.endswith("_name") and FieldCheck.LETTERS_ONLY in one.checks
    return not is_name or FieldCheck.SYLLABLES in one.checks or one.confidence >= _UNUSUAL_NAME_CONFIDENCE


def _compare_person(found: dict[str, ReadField], prefix: str) -> None:
    """Let a twelve-digit number and the birth date and sex beside it speak for or against each other."""
    holder = found.get(f"{prefix}id_number")
    number = read_identity_number(holder.value) if holder is not None else None
    if holder is None or number is None:
        return
    agreed = []
    for name, check in (("birth_date", FieldCheck.BIRTH_YEAR_AGREES), ("gender", FieldCheck.SEX_AGREES)):
        other = found.get(f"{prefix}{name}")
        if other is None:
            continue
        if _agrees(number.sex, other) if name == "gender" else agrees_with_birth(number, _day(other.value)):
            found[other.name] = replace(other, checks=(*other.checks, check))
            agreed.append(check)
        else:
            # One of the two was misread, and nothing tells which.
            del found[other.name]
            found.pop(holder.name, None)
    if holder.name in found:
        found[holder.name] = replace(holder, checks=(*holder.checks, *agreed))


def _agrees(sex: Sex, gender: ReadField) -> bool:
    return (gender.value.upper() == "NỮ") == (sex is Sex.FEMALE)


def _day(printed: str) -> date:
    day, month, year = (int(part) for part in printed.split("/"))
    return date(year, month, day)
