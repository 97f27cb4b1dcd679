"""Reading a law pack from its data files, once, strictly: an unknown or missing key stops the start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from importlib import resources
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from yaml import CSafeLoader

from certify.errors import LawDataInvalid
from certify.rules import (
    LANGUAGES,
    ChecklistLine,
    DocType,
    FeeRule,
    FeeTier,
    LawPack,
    LegalBasis,
    RefusalReason,
    StatementTemplate,
    TemplateLine,
)

_MAX_CHECKLIST_LINES: Final = 5
Row = Mapping[str, object]


def load_law(country: str) -> LawPack:
    """Load the pack of a country, for example "vn", and check that it agrees with itself.

    Raises:
        LawDataInvalid: the pack is missing, has a gap, or names a legal basis it does not hold.
    """
    jurisdiction = _mapping(_read(country, "jurisdiction"), "jurisdiction")
    try:
        timezone = ZoneInfo(_text(jurisdiction, "timezone"))
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise LawDataInvalid(f"the time zone of the {country} pack is unknown: {exc}") from exc
    pack = LawPack(
        country=_text(jurisdiction, "country"),
        timezone=timezone,
        book_kind=_text(jurisdiction, "book_kind"),
        book_display=_text(jurisdiction, "book_display"),
        approval_minutes=_number(jurisdiction, "approval_minutes"),
        legal_bases=tuple(_legal_basis(row) for row in _rows(country, "legal_bases")),
        fee_rules=tuple(_fee_rule(row) for row in _rows(country, "fees")),
        refusals=tuple(_refusal(row) for row in _rows(country, "refusals")),
        notices=_languages(_mapping(_read(country, "notices"), "notices")),
        templates=tuple(_template(row) for row in _rows(country, "statement")),
        checklist=tuple(_checklist_line(row) for row in _rows(country, "checklist")),
        doc_types=tuple(_doc_type(row) for row in _rows(country, "doc_types")),
    )
    _check_pack(pack)
    return pack


def _check_pack(pack: LawPack) -> None:
    for basis_id in (
        *(rule.basis_id for rule in pack.fee_rules),
        *(reason.basis_id for reason in pack.refusals),
        *(template.basis_id for template in pack.templates),
    ):
        pack.legal_basis(basis_id)
    if len({reason.code for reason in pack.refusals}) != len(pack.refusals):
        raise LawDataInvalid(f"a refusal code stands twice in the {pack.country} pack")
    if len(pack.checklist) > _MAX_CHECKLIST_LINES:
        raise LawDataInvalid(f"a checklist has at most {_MAX_CHECKLIST_LINES} lines, not {len(pack.checklist)}")


def _read(country: str, name: str) -> object:
    source = resources.files("certify").joinpath("law", country.lower(), f"{name}.yaml")
    try:
        return yaml.load(source.read_text(encoding="utf-8"), Loader=CSafeLoader)
    except (OSError, yaml.YAMLError) as exc:
        raise LawDataInvalid(f"certify/law/{country}/{name}.yaml cannot be read: {type(exc).__name__}") from exc


def _rows(country: str, name: str) -> Sequence[Row]:
    found = _read(country, name)
    if not isinstance(found, list) or not found:
        raise LawDataInvalid(f"certify/law/{country}/{name}.yaml must hold a list with at least one row")
    return [_mapping(row, name) for row in found]


def _mapping(found: object, name: str) -> Row:
    if not isinstance(found, dict):
        raise LawDataInvalid(f"{name}: a mapping was expected")
    return found


def _field(row: Row, key: str) -> object:
    if key not in row:
        raise LawDataInvalid(f"the key {key!r} is missing in a law data row that has {sorted(row)}")
    return row[key]


def _text(row: Row, key: str) -> str:
    value = _field(row, key)
    if not isinstance(value, str) or not value:
        raise LawDataInvalid(f"{key!r} must be a text that is not empty")
    return value


def _number(row: Row, key: str) -> int:
    value = _field(row, key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise LawDataInvalid(f"{key!r} must be a whole number of at least 0")
    return value


def _day(row: Row, key: str) -> date:
    value = _field(row, key)
    if not isinstance(value, date):
        raise LawDataInvalid(f"{key!r} must be a date such as 2026-11-22")
    return value


def _last_day(row: Row) -> date | None:
    return None if _field(row, "valid_to") is None else _day(row, "valid_to")


def _languages(row: Row) -> Mapping[str, str]:
    return {language: _text(row, language) for language in LANGUAGES}


def _list(row: Row, key: str) -> Sequence[object]:
    value = _field(row, key)
    if not isinstance(value, list) or not value:
        raise LawDataInvalid(f"{key!r} must be a list with at least one entry")
    return value


def _texts(row: Row, key: str) -> tuple[str, ...]:
    return tuple(str(line) for line in _list(row, key))


def _legal_basis(row: Row) -> LegalBasis:
    return LegalBasis(
        basis_id=_text(row, "id"),
        title=_text(row, "title"),
        article=_text(row, "article"),
        valid_from=_day(row, "valid_from"),
        valid_to=_last_day(row),
    )


def _fee_rule(row: Row) -> FeeRule:
    tiers = [_mapping(tier, "tiers") for tier in _list(row, "tiers")]
    return FeeRule(
        version=_text(row, "version"),
        basis_id=_text(row, "legal_basis"),
        valid_from=_day(row, "valid_from"),
        valid_to=_last_day(row),
        tiers=tuple(
            FeeTier(
                up_to_page=None if _field(tier, "up_to_page") is None else _number(tier, "up_to_page"),
                per_page_vnd=_number(tier, "per_page_vnd"),
            )
            for tier in tiers
        ),
        cap_per_copy_vnd=_number(row, "cap_per_copy_vnd"),
    )


def _refusal(row: Row) -> RefusalReason:
    return RefusalReason(
        code=_text(row, "code"),
        basis_id=_text(row, "legal_basis"),
        text=_languages(_mapping(_field(row, "text"), "text")),
        remedy=_languages(_mapping(_field(row, "remedy"), "remedy")),
    )


def _template(row: Row) -> StatementTemplate:
    lines = [_mapping(line, "lines") for line in _list(row, "lines")]
    return StatementTemplate(
        version=_text(row, "version"),
        basis_id=_text(row, "legal_basis"),
        valid_from=_day(row, "valid_from"),
        valid_to=_last_day(row),
        language=_text(row, "language"),
        heading=_text(row, "heading"),
        lines=tuple(
            TemplateLine(
                text=_text(line, "text"),
                bold=_field(line, "bold") is True,
                align=_text(line, "align"),
                size_pt=float(_number(line, "size_pt")),
            )
            for line in lines
        ),
        officer_caption=_texts(row, "officer_caption"),
        seal_caption=_texts(row, "seal_caption"),
        blank_number=_text(row, "blank_number"),
        band_lines=_texts(row, "band_lines"),
        conversion_note=_text(row, "conversion_note"),
        specimen_text=_text(row, "specimen_text"),
    )


def _checklist_line(row: Row) -> ChecklistLine:
    return ChecklistLine(code=_text(row, "code"), text=_languages(_mapping(_field(row, "text"), "text")))


def _doc_type(row: Row) -> DocType:
    return DocType(
        code=_text(row, "code"),
        sensitive=_field(row, "sensitive") is not False,
        title=_languages(_mapping(_field(row, "title"), "title")),
    )
