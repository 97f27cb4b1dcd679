"""Reads the machine-readable zone of identity cards (TD1) and passports (TD3); nothing counts unless every digit checks.

The layout and the check digits are those of ICAO Doc 9303: weights 7, 3, 1, letters from 10, the filler "<" as 0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Final

from ocr.identity_numbers import read_identity_number

_WEIGHTS: Final = (7, 3, 1)
_TO_DIGIT: Final = str.maketrans("OQDIZSBG", "00012586")
_FIGURES: Final = re.compile(r"\d{6}")
_TD1: Final = (3, 30)
_TD3: Final = (2, 44)
_OLDEST_YEARS: Final = 110


@dataclass(frozen=True, slots=True)
class Mrz:
    """What a zone says; `citizen_number` is set on cards of Vietnam, dates only where their century is certain."""

    document_number: str
    issuing_state: str
    nationality: str
    surname: str
    given_names: str
    sex: str
    birth_date: date | None
    expires_on: date | None
    citizen_number: str | None


def read_mrz(lines: Sequence[str]) -> Mrz | None:
    """Return what the lines of a zone say, or None when they are no zone or one check digit is wrong."""
    rows = [re.sub(r"\s", "", line.upper()).replace("«", "<<").replace("‹", "<") for line in lines]
    # The last line of a card is a name and fillers: how many of them were read does not matter.
    if len(rows) == _TD1[0] and len(rows[2]) <= _TD1[1] + 4:
        rows[2] = rows[2].rstrip("<").ljust(_TD1[1], "<")
    if (len(rows), *{len(row) for row in rows}) == _TD1:
        return _read_td1(rows)
    if (len(rows), *{len(row) for row in rows}) == _TD3:
        return _read_td3(rows)
    return None


def find_mrz(text: str) -> Mrz | None:
    """Return the zone that stands among the lines of a text, or None.

    A speck at the edge that was read as a letter too many is left out: the check digits prove which end it stood at.
    """
    lines = text.splitlines()
    for count, width in (_TD1, _TD3):
        for start in range(len(lines) - count + 1):
            for rows in product(*(_without_speck(line, width) for line in lines[start : start + count])):
                found = read_mrz(rows)
                if found is not None:
                    return found
    return None


def _without_speck(line: str, width: int) -> tuple[str, ...]:
    return (line, line[1:], line[:-1]) if len(line) == width + 1 else (line,)


def check_digit(field: str) -> int:
    """Return the check digit of a field of the zone."""
    return sum(_value(char) * _WEIGHTS[place % 3] for place, char in enumerate(field)) % 10


def _read_td1(rows: Sequence[str]) -> Mrz | None:
    first, second, names = rows
    number, optional = first[5:14], first[15:30]
    born, expires = _digits(second[0:6]), _digits(second[8:14])
    middle = first[5:30] + born + _digits(second[6]) + expires + _digits(second[14]) + second[18:29]
    checked = ((number, first[14]), (born, second[6]), (expires, second[14]), (middle, second[29]))
    if first[0] not in "IAC" or not _all_check(checked):
        return None
    state = first[2:5].replace("<", "")
    citizen = optional[:12] if state == "VNM" and read_identity_number(optional[:12]) is not None else None
    return _mrz(number, state, second[15:18], names, second[7], born, expires, citizen)


def _read_td3(rows: Sequence[str]) -> Mrz | None:
    first, second = rows
    number, personal = second[0:9], second[28:42]
    born, expires = _digits(second[13:19]), _digits(second[21:27])
    middle = second[0:10] + born + _digits(second[19]) + expires + _digits(second[27]) + second[28:43]
    personal_check = second[42] if second[42] != "<" else str(check_digit(personal))
    checked = (
        (number, second[9]), (born, second[19]), (expires, second[27]), (personal, personal_check), (middle, second[43]),
    )  # fmt: skip
    if first[0] != "P" or not _all_check(checked):
        return None
    citizen = personal[:12] if read_identity_number(personal[:12]) is not None else None
    state = first[2:5].replace("<", "")
    return _mrz(number, state, second[10:13], first[5:44], second[20], born, expires, citizen)


def _mrz(
    number: str, state: str, nationality: str, names: str, sex: str, born: str, expires: str, citizen: str | None
) -> Mrz:
    surname, _, given = names.rstrip("<").partition("<<")
    ends = _day(expires, year=2000 + int(expires[:2]))
    return Mrz(
        document_number=number.replace("<", ""),
        issuing_state=state,
        nationality=nationality.replace("<", ""),
        surname=" ".join(surname.split("<")),
        given_names=" ".join(given.replace("<", " ").split()),
        sex=sex,
        birth_date=_birth(born, ends, citizen),
        expires_on=ends,
        citizen_number=citizen,
    )


def _birth(born: str, ends: date | None, citizen: str | None) -> date | None:
    """Return the birth date; two digits tell no century, so a citizen's number or the end of validity must."""
    number = read_identity_number(citizen) if citizen is not None else None
    if number is not None:
        return _day(born, year=number.birth_year) if number.birth_year % 100 == int(born[:2]) else None
    if ends is None:
        return None
    late, early = 2000 + int(born[:2]), 1900 + int(born[:2])
    may_be = [year for year in (late, early) if year <= ends.year and ends.year - year <= _OLDEST_YEARS]
    return _day(born, year=may_be[0]) if len(may_be) == 1 else None


def _day(figures: str, *, year: int) -> date | None:
    try:
        return date(year, int(figures[2:4]), int(figures[4:6]))
    except ValueError:
        return None


def _all_check(checked: Sequence[tuple[str, str]]) -> bool:
    return all(
        _digits(digit) == str(check_digit(field)) and (not field[0:6].isdigit() or bool(_FIGURES.match(field)))
        for field, digit in checked
    ) and all(_FIGURES.fullmatch(checked[place][0]) for place in (1, 2))


def _digits(field: str) -> str:
    """Return a field of figures with the letters an engine takes for them put right; the check digit proves it."""
    return field.translate(_TO_DIGIT)


def _value(char: str) -> int:
    if char.isdigit():
        return int(char)
    return 0 if char == "<" else ord(char) - ord("A") + 10
