"""Codes that a page carries for machines, and what the code of a Vietnamese identity card says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from ocr.identity_numbers import read_identity_number


class CodeKind(StrEnum):
    """How a code is printed; the values are stable and public."""

    QR = "QR"
    BARCODE = "BARCODE"
    MRZ = "MRZ"


@dataclass(frozen=True, slots=True)
class MachineCode:
    """One code with its text and the box around it, in pixels of the upright page; an MRZ is its lines."""

    kind: CodeKind
    text: str
    box_px: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class CardCode:
    """What the QR code on an identity card says: seven fields between bars."""

    citizen_number: str
    former_number: str
    name: str
    birth_date: date
    gender: str
    address: str
    issued_on: date


_MOST_LETTERS: Final = 8000


def code_to_json(code: MachineCode) -> list[object]:
    """Return a code as a row of plain JSON values."""
    return [code.kind.value, code.text, *code.box_px]


def code_from_json(row: object) -> MachineCode:
    """Return the code of a row.

    Raises:
        TypeError, ValueError: the row has not that form.
    """
    if not isinstance(row, list) or len(row) != 6 or not isinstance(row[1], str) or len(row[1]) > _MOST_LETTERS:
        raise TypeError("a code is a kind, a text and four sides")
    left, top, right, bottom = (float(side) for side in row[2:])
    if not all(map(math.isfinite, (left, top, right, bottom))) or left > right or top > bottom:
        raise ValueError("a code has a box")
    return MachineCode(CodeKind(row[0]), row[1], (left, top, right, bottom))


def read_card_code(text: str) -> CardCode | None:
    """Return what the QR code of a card says, or None when it is another code or a field has not its form."""
    parts = [part.strip() for part in text.split("|")]
    if len(parts) < 7:
        return None
    number, former, name, born, gender, address, issued = parts[:7]
    days = (_day(born), _day(issued))
    is_person = all(word.isalpha() for word in name.split()) and len(name.split()) >= 2 and gender in ("Nam", "Nữ")
    if read_identity_number(number) is None or not is_person or days[0] is None or days[1] is None:
        return None
    if former and not (len(former) == 9 and former.isdigit()):
        return None
    return CardCode(number, former, name, days[0], gender, address, days[1])


def _day(figures: str) -> date | None:
    if len(figures) != 8 or not (figures.isascii() and figures.isdigit()):
        return None
    try:
        return date(int(figures[4:]), int(figures[2:4]), int(figures[:2]))
    except ValueError:
        return None
