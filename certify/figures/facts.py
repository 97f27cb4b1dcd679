"""The facts behind the office's figures: each a statement over the rows that the work itself wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from certify.credential_tables import credentials
from certify.figures.tables import readings
from certify.register import NumberStatus
from certify.tables import agencies, books, cases, item_events, items, numbers, ready_copies
from vault.facts import Facts, Period

_GIVEN: Final = (NumberStatus.FINAL.value, NumberStatus.SUPERSEDED.value, NumberStatus.ANNULLED.value)
SAME_DAY: Final = "same_day"
SAME_DAY_BY_AGENCY: Final = "same_day_by_agency"
_ENDED: Final = ("COMPLETED", "DELIVERED", "ARCHIVED")


class Measure(StrEnum):
    """What is told of the facts of a figure."""

    COUNT = "COUNT"
    SUM = "SUM"
    MEDIAN = "MEDIAN"
    P95 = "P95"
    MEAN = "MEAN"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose facts, of which time."""

    agency_codes: tuple[str, ...]
    period: Period


_Column = sa.ColumnElement[Any]
_Make = Callable[[Scope], sa.Select[Any]]


def agencies_within(tx: Connection, code: str) -> tuple[str, ...]:
    """Give an agency and all that stand below it, abolished ones too: what they did is still counted."""
    found, edge = [code], [code]
    while edge:
        below = sa.select(agencies.c.agency_code).where(agencies.c.parent_code.in_(edge))
        edge = [one for one in tx.execute(below).scalars() if one not in found]
        found += edge
    return tuple(found)


def facts_of(key: str, scope: Scope, *, offset: timedelta) -> Facts:
    """Give the facts of a figure; `offset` is how far the office's clock is ahead of Greenwich.

    Raises:
        KeyError: no figure of the office has this key.
    """
    if key in (SAME_DAY, SAME_DAY_BY_AGENCY):
        grouping = cases.c.channel if key == SAME_DAY else books.c.agency_code
        return Facts(_same_day(scope, grouping, offset=offset))
    return Facts(FACTS[key](scope))


def _row(event_id: _Column, grouping: _Column | str, amount: _Column | int | None, person: _Column | None) -> list[Any]:
    return [
        sa.cast(event_id, sa.String).label("event_id"),
        (sa.literal(grouping) if isinstance(grouping, str) else grouping).label("grouping"),
        (sa.literal(amount, sa.Integer) if isinstance(amount, int) or amount is None else amount).label("amount"),
        (sa.null() if person is None else person).label("person"),
    ]


def _within(column: _Column, period: Period) -> _Column:
    return sa.and_(column >= period.since, column < period.until)


def _requests(grouping: _Column) -> _Make:
    def make(scope: Scope) -> sa.Select[Any]:
        return sa.select(*_row(cases.c.case_id, grouping, 1, cases.c.requester_digest)).where(
            cases.c.agency_code.in_(scope.agency_codes), _within(cases.c.opened_at, scope.period)
        )

    return make


def _given(grouping: _Column, amount: _Column | int) -> _Make:
    """Numbers that became final in the period, by the agency of their book."""

    def make(scope: Scope) -> sa.Select[Any]:
        return (
            sa.select(*_row(numbers.c.item_id, grouping, amount, cases.c.requester_digest))
            .join(books, books.c.book_id == numbers.c.book_id)
            .join(items, items.c.item_id == numbers.c.item_id)
            .join(cases, cases.c.case_id == items.c.case_id)
            .outerjoin(
                ready_copies,
                sa.and_(ready_copies.c.book_id == numbers.c.book_id, ready_copies.c.seq_no == numbers.c.seq_no),
            )
            .where(
                books.c.agency_code.in_(scope.agency_codes),
                numbers.c.status.in_(_GIVEN),
                _within(numbers.c.finalised_at, scope.period),
            )
        )

    return make


class _SecondsBetween(FunctionElement[int]):
    """Whole seconds from the second moment to the first."""

    name = "seconds_between"
    type = sa.Integer()
    inherit_cache = True


class _DayOf(FunctionElement[int]):
    """The number of the day of a moment, counted where clocks are so many seconds ahead of Greenwich."""

    name = "day_of"
    type = sa.Integer()
    inherit_cache = True


@compiles(_SecondsBetween)
def _seconds_elsewhere(element: Any, compiler: Any, **options: Any) -> str:
    until, since = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(extract(epoch FROM ({until} - {since})) AS INTEGER)"


@compiles(_SecondsBetween, "sqlite")
def _seconds_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    until, since = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(round((julianday({until}) - julianday({since})) * 86400) AS INTEGER)"


@compiles(_DayOf)
def _day_elsewhere(element: Any, compiler: Any, **options: Any) -> str:
    moment, ahead = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(floor((extract(epoch FROM {moment}) + {ahead}) / 86400) AS INTEGER)"


@compiles(_DayOf, "sqlite")
def _day_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    moment, ahead = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST((CAST(strftime('%s', {moment}) AS INTEGER) + {ahead}) / 86400 AS INTEGER)"


def _same_day(scope: Scope, grouping: _Column, *, offset: timedelta) -> sa.Select[Any]:
    ahead: _Column = sa.literal_column(str(int(offset.total_seconds())))
    same = _DayOf(numbers.c.finalised_at, ahead) == _DayOf(cases.c.opened_at, ahead)
    return _given(grouping, sa.case((same, 1), else_=0))(scope)


def _voids(scope: Scope) -> sa.Select[Any]:
    return (
        sa.select(
            *_row(numbers.c.item_id + "/" + sa.cast(numbers.c.attempt, sa.String), numbers.c.void_reason, 1, None)
        )
        .join(books, books.c.book_id == numbers.c.book_id)
        .where(
            books.c.agency_code.in_(scope.agency_codes),
            numbers.c.status == NumberStatus.VOID.value,
            _within(numbers.c.voided_at, scope.period),
        )
    )


def _item_events(event: str, grouping: _Column) -> _Make:
    def make(scope: Scope) -> sa.Select[Any]:
        return (
            sa.select(*_row(item_events.c.event_no, grouping, 1, cases.c.requester_digest))
            .join(items, items.c.item_id == item_events.c.item_id)
            .join(cases, cases.c.case_id == items.c.case_id)
            .where(
                cases.c.agency_code.in_(scope.agency_codes),
                item_events.c.event == event,
                _within(item_events.c.at, scope.period),
            )
        )

    return make


def _confidence(scope: Scope) -> sa.Select[Any]:
    event_id = readings.c.item_id + "/" + sa.cast(readings.c.scan_number, sa.String)
    return (
        sa.select(*_row(event_id, items.c.doc_type, readings.c.mean_confidence, None))
        .join(items, items.c.item_id == readings.c.item_id)
        .join(cases, cases.c.case_id == items.c.case_id)
        .where(cases.c.agency_code.in_(scope.agency_codes), _within(readings.c.read_at, scope.period))
    )


def _certificates(column: _Column, *, status: str | None = None) -> _Make:
    """Keys of the inventory; it is the whole office's, so agencies do not choose among personal ones."""

    def make(scope: Scope) -> sa.Select[Any]:
        chosen = sa.select(*_row(credentials.c.key_id, credentials.c.kind, 1, None)).where(
            _within(column, scope.period)
        )
        return chosen if status is None else chosen.where(credentials.c.status == status)

    return make


def _active_certificates(scope: Scope) -> sa.Select[Any]:
    return sa.select(*_row(credentials.c.key_id, credentials.c.kind, 1, None)).where(
        credentials.c.status == "ACTIVE",
        credentials.c.not_before < scope.period.until,
        credentials.c.not_after >= scope.period.until,
    )


_STATE: Final = sa.case((cases.c.state.in_(_ENDED), "DONE"), else_="OPEN")
_DURATION: Final = _SecondsBetween(numbers.c.finalised_at, cases.c.opened_at)
_IN_TIME: Final = sa.case((numbers.c.finalised_at <= cases.c.due_at, 1), else_=0)

FACTS: Final[Mapping[str, _Make]] = MappingProxyType(
    {
        "requests_by_channel": _requests(cases.c.channel),
        "requests_by_state": _requests(_STATE),
        "requests_by_agency": _requests(cases.c.agency_code),
        "certified_by_channel": _given(cases.c.channel, 1),
        "certified_by_signer": _given(sa.func.coalesce(ready_copies.c.officer_id, "UNKNOWN"), 1),
        "certified_by_agency": _given(books.c.agency_code, 1),
        "copies": _given(books.c.agency_code, numbers.c.copies),
        "pages": _given(books.c.agency_code, items.c.page_count),
        "fees": _given(books.c.agency_code, numbers.c.fee_vnd),
        "seconds_by_channel": _given(cases.c.channel, _DURATION),
        "seconds_by_signer": _given(sa.func.coalesce(ready_copies.c.officer_id, "UNKNOWN"), _DURATION),
        "seconds_by_agency": _given(books.c.agency_code, _DURATION),
        "in_time_by_channel": _given(cases.c.channel, _IN_TIME),
        "refusals_by_reason": _item_events("REFUSE", sa.func.coalesce(item_events.c.detail_code, "UNKNOWN")),
        "refusals_by_agency": _item_events("REFUSE", cases.c.agency_code),
        "rescans": _item_events("RESCAN", cases.c.channel),
        "scans_rejected": _item_events("REJECT_SCAN", sa.func.coalesce(item_events.c.detail_code, "UNKNOWN")),
        "voids_by_reason": _voids,
        "ocr_confidence": _confidence,
        "certificates_issued": _certificates(credentials.c.not_before),
        "certificates_active": _active_certificates,
        "certificates_expiring": _certificates(credentials.c.not_after),
        "certificates_revoked": _certificates(credentials.c.changed_at, status="REVOKED"),
    }
)
