"""What an auditor reads in the register: lines by number, code, day or person acting, and what deserves a second look.

Everything here is read only and holds ids, codes and days; names stay where they are encrypted.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.register import NumberStatus, get_book
from certify.register_export import gaps
from certify.register_tables import line_notes, seal_approvals
from certify.restored import list_gaps
from certify.rules import LawPack
from certify.tables import approvals, books, item_events, items, numbers, ready_copies
from certify.transitions import ItemEvent

# A seal that follows the officer's signature by more than this is looked at.
LATE_SEAL: Final = timedelta(hours=24)
_GOOD: Final = "GOOD"


@dataclass(frozen=True, slots=True)
class AuditQuestion:
    """What is looked for; every part that is named must fit."""

    agencies: Collection[str]
    book_id: str | None = None
    number: int | None = None
    code: str | None = None
    day: date | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One number of the register with who took part in it, by id."""

    book_id: str
    book_display: str
    number: int
    status: NumberStatus
    code: str | None
    item_id: str
    reserved_at: datetime
    finalised_at: datetime | None
    voided_at: datetime | None
    void_reason: str | None
    officer_id: str | None
    keeper_id: str | None


class FindingKind(StrEnum):
    """What deserves a second look."""

    GAP = "GAP"
    LOST = "LOST"
    VOID = "VOID"
    OVERRIDE = "OVERRIDE"
    LATE_SEAL = "LATE_SEAL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One of them: at which number, why as a code, about which item."""

    kind: FindingKind
    number: int
    code: str
    item_id: str | None
    at: datetime | None


def find_lines(tx: Connection, asked: AuditQuestion, *, law: LawPack, limit: int) -> tuple[AuditLine, ...]:
    """Give the numbers that fit a question, newest first."""
    chosen = (
        sa.select(
            numbers,
            books.c.display,
            ready_copies.c.code,
            ready_copies.c.officer_id,
            seal_approvals.c.keeper_id,
        )
        .join(books, books.c.book_id == numbers.c.book_id)
        .join(
            ready_copies,
            sa.and_(ready_copies.c.book_id == numbers.c.book_id, ready_copies.c.seq_no == numbers.c.seq_no),
            isouter=True,
        )
        .join(approvals, approvals.c.ready_id == ready_copies.c.ready_id, isouter=True)
        .join(seal_approvals, seal_approvals.c.approval_id == approvals.c.approval_id, isouter=True)
        .where(books.c.agency_code.in_(list(asked.agencies)), *_conditions(asked, law=law))
        .order_by(numbers.c.reserved_at.desc(), numbers.c.seq_no.desc())
        .limit(limit)
    )
    return tuple(_line(dict(row._mapping)) for row in tx.execute(chosen))


def findings(tx: Connection, book_id: str) -> tuple[Finding, ...]:
    """Give what deserves a second look in one book, in the order of its numbers."""
    get_book(tx, book_id)
    found = [Finding(FindingKind.GAP, number, "NO_LINE", None, None) for number in gaps(tx, book_id)]
    found += [
        Finding(FindingKind.LOST, number, "RESTORED", None, gap.noted_at)
        for gap in list_gaps(tx, book_id)
        for number in gap.numbers
    ]
    found += _voids(tx, book_id)
    found += _overrides(tx, book_id)
    found += _late_seals(tx, book_id)
    return tuple(sorted(found, key=lambda one: (one.number, one.kind.value, one.code)))


def _conditions(asked: AuditQuestion, *, law: LawPack) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if asked.book_id is not None:
        conditions.append(numbers.c.book_id == asked.book_id)
    if asked.number is not None:
        conditions.append(numbers.c.seq_no == asked.number)
    if asked.code is not None:
        conditions.append(ready_copies.c.code == asked.code)
    if asked.day is not None:
        begin = datetime.combine(asked.day, time.min, tzinfo=law.timezone)
        times = (numbers.c.reserved_at, numbers.c.finalised_at, numbers.c.voided_at)
        until = begin + timedelta(days=1)
        conditions.append(sa.or_(*(sa.and_(at >= begin, at < until) for at in times)))
    if asked.person is not None:
        acted = sa.exists().where(item_events.c.item_id == numbers.c.item_id, item_events.c.actor_id == asked.person)
        noted = sa.exists().where(
            line_notes.c.book_id == numbers.c.book_id,
            line_notes.c.seq_no == numbers.c.seq_no,
            line_notes.c.noted_by == asked.person,
        )
        conditions.append(sa.or_(ready_copies.c.officer_id == asked.person, acted, noted))
    return conditions


def _voids(tx: Connection, book_id: str) -> list[Finding]:
    rows = tx.execute(
        sa.select(numbers).where(numbers.c.book_id == book_id, numbers.c.status == NumberStatus.VOID.value)
    )
    return [Finding(FindingKind.VOID, row.seq_no, row.void_reason or "", row.item_id, row.voided_at) for row in rows]


def _overrides(tx: Connection, book_id: str) -> list[Finding]:
    """Copies that were certified although something asked a person to look: the gate was not content, or warned."""
    rows = tx.execute(
        sa.select(numbers.c.seq_no, numbers.c.finalised_at, items.c.item_id, items.c.quality_verdict, items.c.warnings)
        .join(items, items.c.item_id == numbers.c.item_id)
        .where(numbers.c.book_id == book_id, numbers.c.finalised_at.is_not(None))
    )
    found = []
    for row in rows:
        codes = list(row.warnings)
        if row.quality_verdict not in (None, _GOOD):
            codes.append(f"QUALITY_{row.quality_verdict}")
        found += [Finding(FindingKind.OVERRIDE, row.seq_no, code, row.item_id, row.finalised_at) for code in codes]
    return found


def _late_seals(tx: Connection, book_id: str) -> list[Finding]:
    signed, sealed = item_events.alias(), item_events.alias()
    rows = tx.execute(
        sa.select(numbers.c.seq_no, numbers.c.item_id, signed.c.at.label("signed_at"), sealed.c.at.label("sealed_at"))
        .join(signed, sa.and_(signed.c.item_id == numbers.c.item_id, signed.c.event == ItemEvent.OFFICER_SIGN.value))
        .join(
            sealed,
            sa.and_(
                sealed.c.item_id == numbers.c.item_id,
                sealed.c.event == ItemEvent.SEAL.value,
                sealed.c.event_no > signed.c.event_no,
            ),
        )
        .where(numbers.c.book_id == book_id, numbers.c.finalised_at.is_not(None))
    )
    return [
        Finding(FindingKind.LATE_SEAL, row.seq_no, "LATE_SEAL", row.item_id, row.sealed_at)
        for row in rows
        if row.sealed_at - row.signed_at > LATE_SEAL
    ]


def _line(fields: dict[str, Any]) -> AuditLine:
    return AuditLine(
        book_id=fields["book_id"],
        book_display=fields["display"],
        number=fields["seq_no"],
        status=NumberStatus(fields["status"]),
        code=fields["code"],
        item_id=fields["item_id"],
        reserved_at=fields["reserved_at"],
        finalised_at=fields["finalised_at"],
        voided_at=fields["voided_at"],
        void_reason=fields["void_reason"],
        officer_id=fields["officer_id"],
        keeper_id=fields["keeper_id"],
    )
