"""Reading a law pack from its data files, once, strictly: an unknown or missing key stops the start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from functools import cache
from importlib import resources
from string import Formatter
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from yaml import CSafeLoader

from certify.calendar import OfficeHours, WorkingCalendar
from certify.dated import Dated, check_periods
from certify.errors import LawDataInvalid
from certify.retention.rules import load_retention
from certify.rules import (
    LANGUAGES,
    ApprovalTime,
    AskingFirst,
    BookName,
    ChecklistLine,
    DateWords,
    DocType,
    FeeRule,
    FeeTier,
    LawPack,
    LegalBasis,
    NoticePattern,
    RefusalReason,
    ScanRule,
    StatementTemplate,
    TemplateLine,
)

_MAX_CHECKLIST_LINES: Final = 5
_MONTHS: Final = 12
_PLACES_IN_BOOKS: Final = frozenset({"volume", "year", "suffix"})
_PLACES_IN_NOTICES: Final = frozenset({"text", "free_text", "remedy", "basis"})
_FILES: Final = (
    *("jurisdiction", "calendar", "legal_bases", "fees", "refusals"),
    *("notices", "statement", "checklist", "doc_types"),
)
Row = Mapping[str, object]


@cache
def load_law(country: str) -> LawPack:
    """Load the pack of a country, for example "vn", and check that it agrees with itself.

    Raises:
        LawDataInvalid: the pack is missing, has a gap, or names a legal basis it does not hold.
    """
    return read_law({name: _read(country, name) for name in _FILES}, country=country)


def read_law(written: Mapping[str, object], *, country: str) -> LawPack:
    """Check what the files of a pack say; `written` has what stands in each, by its name.

    Raises:
        LawDataInvalid: as `load_law`.
    """
    jurisdiction = _mapping(written["jurisdiction"], "jurisdiction")
    try:
        timezone = ZoneInfo(_text(jurisdiction, "timezone"))
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise LawDataInvalid(f"the time zone of the {country} pack is unknown: {exc}") from exc
    language = _text(jurisdiction, "language")
    pack = LawPack(
        country=_text(jurisdiction, "country"),
        is_sample=_field(jurisdiction, "is_sample") is not False,
        timezone=timezone,
        language=language,
        ocr_languages=_texts(jurisdiction, "ocr_languages"),
        scan_rules=tuple(_scan_rule(_mapping(row, "scan")) for row in _list(jurisdiction, "scan")),
        book_kind=_text(jurisdiction, "book_kind"),
        book_names=tuple(_book_name(_mapping(row, "book_names")) for row in _list(jurisdiction, "book_names")),
        approval_times=tuple(
            _approval_time(_mapping(row, "approval_times")) for row in _list(jurisdiction, "approval_times")
        ),
        asking_first=tuple(
            _asking_first(_mapping(row, "databases_first")) for row in _list(jurisdiction, "databases_first")
        ),
        retention=load_retention(country),
        calendar=_calendar(_mapping(written["calendar"], "calendar"), timezone=timezone),
        legal_bases=tuple(_legal_basis(row) for row in _rows(written, "legal_bases")),
        fee_rules=tuple(_fee_rule(row) for row in _rows(written, "fees")),
        refusals=tuple(_refusal(row) for row in _rows(written, "refusals")),
        notices=tuple(_notice(row) for row in _rows(written, "notices")),
        templates=tuple(_template(row) for row in _rows(written, "statement")),
        checklist=tuple(_checklist_line(row) for row in _rows(written, "checklist")),
        doc_types=tuple(_doc_type(row, language=language) for row in _rows(written, "doc_types")),
    )
    check_pack(pack)
    return pack


def _calendar(row: Row, *, timezone: ZoneInfo) -> WorkingCalendar:
    rested = _field(row, "holidays")
    worked = _field(row, "worked")
    if not isinstance(rested, list) or not isinstance(worked, list) or not all(isinstance(day, date) for day in worked):
        raise LawDataInvalid("'holidays' and 'worked' must be lists of days")
    holidays = [_mapping(one, "calendar") for one in rested]
    return WorkingCalendar(
        timezone=timezone,
        hours=tuple(_hours(_mapping(one, "hours")) for one in _list(row, "hours")),
        holidays={_day(one, "day"): _text(one, "name") for one in holidays},
        worked=frozenset(worked),
        known_until=_day(row, "known_until"),
    )


def _hours(row: Row) -> OfficeHours:
    weekdays = _list(row, "weekdays")
    if not all(isinstance(day, int) and 0 <= day <= 6 for day in weekdays):
        raise LawDataInvalid("'weekdays' are numbers from 0 (Monday) to 6")
    hours = OfficeHours(
        basis_id=_text(row, "legal_basis"),
        valid_from=_day(row, "valid_from"),
        valid_to=_last_day(row),
        weekdays=frozenset(int(str(day)) for day in weekdays),
        opens_at=_clock(row, "opens_at"),
        cut_off=_clock(row, "cut_off"),
        closes_at=_clock(row, "closes_at"),
    )
    if not hours.opens_at < hours.cut_off <= hours.closes_at:
        raise LawDataInvalid(f"the office hours from {hours.valid_from} must open, cut off and close in this order")
    return hours


def _clock(row: Row, key: str) -> time:
    try:
        return time.fromisoformat(_text(row, key))
    except ValueError as exc:
        raise LawDataInvalid(f"{key!r} must be a time of day such as 15:00") from exc


def check_pack(pack: LawPack) -> None:
    """Check that a pack agrees with itself: bases, codes, days.

    Raises:
        LawDataInvalid: it does not.
    """
    for basis_id in (
        *(rule.basis_id for rule in pack.fee_rules),
        *(reason.basis_id for reason in pack.refusals),
        *(template.basis_id for template in pack.templates),
        *(rule.basis_id for rule in pack.retention),
        *(text.basis_id for text in pack.asking_first),
        *(hours.basis_id for hours in pack.calendar.hours),
        *(rule.basis_id for rule in pack.scan_rules),
        *(name.basis_id for name in pack.book_names),
        *(wait.basis_id for wait in pack.approval_times),
        *(pattern.basis_id for pattern in pack.notices),
    ):
        pack.legal_basis(basis_id)
    for what, rows in _WITHOUT_GAP.items():
        check_periods(what, rows(pack), without_gap=True)
    for what, coded in (("refusal", pack.refusals), ("checklist line", pack.checklist), ("type", pack.doc_types)):
        for code in {row.code for row in coded}:
            check_periods(f"{what} {code}", [row for row in coded if row.code == code], without_gap=False)
    for first_day in {line.valid_from for line in pack.checklist}:
        lines = [line for line in pack.checklist if line.valid_to is None or line.valid_to >= first_day]
        shown = [line for line in lines if line.valid_from <= first_day]
        if len(shown) > _MAX_CHECKLIST_LINES:
            raise LawDataInvalid(f"a checklist has at most {_MAX_CHECKLIST_LINES} lines, not {len(shown)}")


# What an office needs on every day, by the word for one row of it.
_WITHOUT_GAP: Final[Mapping[str, Callable[[LawPack], Sequence[Dated]]]] = {
    "row of office hours": lambda pack: pack.calendar.hours,
    "fee table": lambda pack: pack.fee_rules,
    "statement template": lambda pack: pack.templates,
    "scan rule": lambda pack: pack.scan_rules,
    "name of register books": lambda pack: pack.book_names,
    "time for an approval": lambda pack: pack.approval_times,
    "text about asking first": lambda pack: pack.asking_first,
    "pattern of a refusal notice": lambda pack: pack.notices,
}


def _read(country: str, name: str) -> object:
    source = resources.files("certify").joinpath("law", country.lower(), f"{name}.yaml")
    try:
        return yaml.load(source.read_text(encoding="utf-8"), Loader=CSafeLoader)
    except (OSError, yaml.YAMLError) as exc:
        raise LawDataInvalid(f"certify/law/{country}/{name}.yaml cannot be read: {type(exc).__name__}") from exc


def _rows(written: Mapping[str, object], name: str) -> Sequence[Row]:
    found = written[name]
    if not isinstance(found, list) or not found:
        raise LawDataInvalid(f"{name}.yaml of a law pack must hold a list with at least one row")
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


def _scan_rule(row: Row) -> ScanRule:
    return ScanRule(
        basis_id=_text(row, "legal_basis"),
        valid_from=_day(row, "valid_from"),
        valid_to=_last_day(row),
        least_dpi=_number(row, "least_dpi"),
        needs_colour=_field(row, "needs_colour") is not False,
    )


def _approval_time(row: Row) -> ApprovalTime:
    minutes = _number(row, "minutes")
    if not minutes:
        raise LawDataInvalid("an approval has at least one minute; a copy that is void at once is no copy")
    return ApprovalTime(_text(row, "legal_basis"), _day(row, "valid_from"), _last_day(row), minutes)


def _asking_first(row: Row) -> AskingFirst:
    return AskingFirst(_text(row, "legal_basis"), _day(row, "valid_from"), _last_day(row))


def _book_name(row: Row) -> BookName:
    display = _text(row, "display")
    if not _places_of(display) <= _PLACES_IN_BOOKS:
        raise LawDataInvalid(f"the name of a book has places for {', '.join(sorted(_PLACES_IN_BOOKS))} and no others")
    return BookName(_text(row, "legal_basis"), _day(row, "valid_from"), _last_day(row), display)


def _notice(row: Row) -> NoticePattern:
    text = _languages(row)
    if any(_places_of(pattern) != _PLACES_IN_NOTICES for pattern in text.values()):
        raise LawDataInvalid(f"the notice of a refusal says in each language {', '.join(sorted(_PLACES_IN_NOTICES))}")
    return NoticePattern(_text(row, "legal_basis"), _day(row, "valid_from"), _last_day(row), text)


def _places_of(pattern: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(pattern) if name is not None}
    except ValueError as exc:
        raise LawDataInvalid(f"{pattern!r} is no pattern: {exc}") from exc


def _date_words(row: Row) -> DateWords:
    names = None if _field(row, "month_names") is None else _texts(row, "month_names")
    if names is not None and len(names) != _MONTHS:
        raise LawDataInvalid(f"'month_names' are {_MONTHS} words, or null")
    return DateWords(_number(row, "pad_day_below"), _number(row, "pad_month_below"), names)


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
        currency=_text(row, "currency"),
        valid_from=_day(row, "valid_from"),
        valid_to=_last_day(row),
        tiers=tuple(
            FeeTier(
                up_to_page=None if _field(tier, "up_to_page") is None else _number(tier, "up_to_page"),
                per_page=_number(tier, "per_page"),
            )
            for tier in tiers
        ),
        cap_per_copy=_number(row, "cap_per_copy"),
    )


def _refusal(row: Row) -> RefusalReason:
    return RefusalReason(
        code=_text(row, "code"),
        basis_id=_text(row, "legal_basis"),
        valid_from=_day(row, "valid_from"),
        valid_to=_last_day(row),
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
        dates=_date_words(_mapping(_field(row, "dates"), "dates")),
        blank_number=_text(row, "blank_number"),
        band_lines=_texts(row, "band_lines"),
        conversion_note=_text(row, "conversion_note"),
        specimen_text=_text(row, "specimen_text"),
        training_text=_text(row, "training_text"),
    )


def _checklist_line(row: Row) -> ChecklistLine:
    return ChecklistLine(
        code=_text(row, "code"),
        valid_from=_day(row, "valid_from"),
        valid_to=_last_day(row),
        text=_languages(_mapping(_field(row, "text"), "text")),
    )


def _doc_type(row: Row, *, language: str) -> DocType:
    title = _mapping(_field(row, "title"), "title")
    return DocType(
        code=_text(row, "code"),
        sensitive=_field(row, "sensitive") is not False,
        valid_from=_day(row, "valid_from"),
        valid_to=_last_day(row),
        title={**_languages(title), language: _text(title, language)},
    )
