"""Sets what codes for machines say beside what was printed: they prove it, fill it in, or contradict it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ocr.doctypes import CARD, CARD_BACK, CARD_FRONT, UNKNOWN
from ocr.field_values import FieldCheck
from ocr.folding import fold
from ocr.machine_codes import CodeKind, MachineCode, read_card_code
from ocr.mrz import find_mrz
from ocr.pages import Pages
from ocr.read_field import ReadField
from ocr.syllables import same_spelling

_CONFIDENCE: Final = 99.0
"""Error correction and check digits leave less doubt than any print."""
_HOLDERS_PAPERS: Final = frozenset((CARD, CARD_FRONT, CARD_BACK, UNKNOWN))
"""On any other paper the code of a card is of somebody who may not be its holder."""
_SEXES: Final = {"M": "Nam", "F": "Nữ"}


def code_fields(pages: Pages, *, doc_type: str) -> tuple[ReadField, ...]:
    """Return the fields that the codes of a paper say; nothing for a kind whose holder they need not name."""
    if doc_type not in _HOLDERS_PAPERS:
        return ()
    return tuple(
        found
        for page in pages.pages
        for code in page.codes
        for found in (_zone_fields if code.kind is CodeKind.MRZ else _card_fields)(code, page.page_index)
    )


def with_codes(printed: dict[str, ReadField], coded: Iterable[ReadField]) -> dict[str, ReadField]:
    """Return the printed fields with those of codes: added, confirmed, or both left out where they differ."""
    merged = dict(printed)
    contradicted: set[str] = set()
    for code in coded:
        other = merged.get(code.name)
        if code.name in contradicted:
            continue
        if other is None:
            merged[code.name] = code
        elif _agree(other.value, code.value):
            merged[code.name] = _confirmed(other, code)
        else:
            # A code and a print that differ were misread or forged: a person must look, so nothing is offered.
            contradicted.add(code.name)
            del merged[code.name]
    return merged


def _zone_fields(code: MachineCode, page_index: int) -> Iterator[ReadField]:
    zone = find_mrz(code.text)
    if zone is None:
        return
    checks = (FieldCheck.MACHINE_READ, FieldCheck.CHECK_DIGIT)
    values = {
        "id_number": zone.citizen_number or "",
        "card_number": zone.document_number,
        "birth_date": f"{zone.birth_date:%d/%m/%Y}" if zone.birth_date else "",
        "expires_on": f"{zone.expires_on:%d/%m/%Y}" if zone.expires_on else "",
        "gender": _SEXES.get(zone.sex, ""),
    }
    # A zone spells names without marks: they are no spelling of a Vietnamese name, so none is offered.
    yield from (_field(name, value, code, page_index, checks) for name, value in values.items() if value)


def _card_fields(code: MachineCode, page_index: int) -> Iterator[ReadField]:
    card = read_card_code(code.text) if code.kind is CodeKind.QR else None
    if card is None:
        return
    values = {
        "id_number": card.citizen_number,
        "former_id_number": card.former_number,
        "holder_name": card.name,
        "birth_date": f"{card.birth_date:%d/%m/%Y}",
        "gender": card.gender,
        "address": card.address,
        "issued_on": f"{card.issued_on:%d/%m/%Y}",
    }
    checks = (FieldCheck.MACHINE_READ,)
    yield from (_field(name, value, code, page_index, checks) for name, value in values.items() if value)


def _field(name: str, value: str, code: MachineCode, page_index: int, checks: tuple[FieldCheck, ...]) -> ReadField:
    return ReadField(name, value, page_index, _CONFIDENCE, checks, code.box_px)


def _agree(printed: str, coded: str) -> bool:
    return same_spelling(printed, coded) or fold(printed) == fold(coded)


def _confirmed(printed: ReadField, code: ReadField) -> ReadField:
    added = tuple(check for check in code.checks if check not in printed.checks)
    # The code's spelling counts: it carries the marks that a print may have lost.
    value = code.value if code.name == "holder_name" else printed.value
    return ReadField(
        name=printed.name,
        value=value,
        page_index=printed.page_index,
        confidence=max(printed.confidence, code.confidence),
        checks=(*printed.checks, *added),
        box_px=printed.box_px,
    )
