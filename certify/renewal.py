"""Which copies need a fresh archive time-stamp, in which order: before its certificate or one of its algorithms ends.

One row a record says what its newest rendition rests on. The plan is a question to these rows and to dated policy
data, so that a drill ("what if SHA-256 ends on that day?") is the same question with another date.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from certify.tables import items, renewals
from certify.transitions import ItemState

CERTIFICATE: Final = "CERTIFICATE"
ERASED: Final = "ERASED"


class RenewalState(StrEnum):
    """How a record stands."""

    PROTECTED = "PROTECTED"
    DUE = "DUE"
    PROBLEM = "PROBLEM"


@dataclass(frozen=True, slots=True)
class RenewalPolicy:
    """How long before an end a copy is renewed, and when algorithms end."""

    lead: timedelta
    retry: timedelta
    per_round: int
    algorithm_ends: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))

    def with_sunset(self, algorithm: str, *, ends_at: datetime) -> RenewalPolicy:
        """Give the policy of a drill in which an algorithm ends at another moment."""
        return replace(self, algorithm_ends=MappingProxyType({**self.algorithm_ends, algorithm: ends_at}))

    def end_of(self, algorithms: tuple[str, ...]) -> datetime | None:
        """Give when the first of these algorithms ends, or None when no end is known."""
        return min((self.algorithm_ends[word] for word in algorithms if word in self.algorithm_ends), default=None)

    def deadline(self, *, ends_at: datetime, algorithms: tuple[str, ...]) -> datetime:
        """Give until when a protection holds."""
        end = self.end_of(algorithms)
        return ends_at if end is None else min(ends_at, end)


@dataclass(frozen=True, slots=True)
class ProtectedRecord:
    """What is known of a record's newest rendition."""

    record_id: str
    holder_id: str
    sha256_hex: str
    algorithms: tuple[str, ...]
    ends_at: datetime
    attempts: int = 0
    renewed: int = 0
    problem_code: str | None = None
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DueRecord:
    """A record to renew: until when, and because of what (the certificate, or the word of an algorithm)."""

    record: ProtectedRecord
    deadline: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class RenewalPlan:
    """The records that are due, most urgent first, and how many there are of each kind."""

    due: tuple[DueRecord, ...]
    due_count: int
    protected_count: int
    problem_count: int


def end_of_day(last_day: date, *, timezone: ZoneInfo) -> datetime:
    """Give the moment at which a last day is over."""
    return datetime.combine(last_day + timedelta(days=1), time(0), tzinfo=timezone)


def plan_renewals(
    tx: Connection, *, policy: RenewalPolicy, at: datetime, limit: int, agencies: Collection[str] | None = None
) -> RenewalPlan:
    """Answer which records are due at a moment, most urgent first; a record whose retry lies ahead is a problem.

    With `agencies` only copies that these certified are looked at and counted.
    """
    certified = sa.exists().where(items.c.record_id == renewals.c.record_id, items.c.agency_code.in_(agencies or ()))
    theirs = sa.true() if agencies is None else certified
    deadline, cause = _deadline(tx, policy)
    is_due = deadline <= at + policy.lead
    waits = sa.and_(renewals.c.retry_at.is_not(None), renewals.c.retry_at > at)
    alive = sa.or_(renewals.c.problem_code.is_(None), renewals.c.problem_code != ERASED)
    rows = tx.execute(
        sa.select(renewals, deadline.label("deadline"), cause.label("cause"))
        .where(is_due, alive, sa.not_(waits), theirs)
        .order_by(deadline, renewals.c.record_id)
        .limit(limit)
    ).all()
    counts = tx.execute(
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(sa.case((sa.and_(is_due, alive, sa.not_(waits)), 1), else_=0)), 0),
            sa.func.coalesce(sa.func.sum(sa.case((sa.and_(is_due, alive, waits), 1), else_=0)), 0),
        )
        .select_from(renewals)
        .where(theirs)
    ).one()
    due = tuple(DueRecord(_record(row), row.deadline, row.cause) for row in rows)
    return RenewalPlan(due, int(counts[1]), int(counts[0]) - int(counts[1]) - int(counts[2]), int(counts[2]))


def list_unsurveyed(tx: Connection, *, limit: int) -> tuple[str, ...]:
    """Name the records of certified copies whose protection was never read."""
    known = sa.exists().where(renewals.c.record_id == items.c.record_id)
    rows = tx.execute(
        sa.select(items.c.record_id)
        .where(items.c.state == ItemState.CERTIFIED.value, items.c.record_id.is_not(None), sa.not_(known))
        .order_by(items.c.record_id)
        .limit(limit)
    )
    return tuple(rows.scalars())


def get_protected(tx: Connection, record_id: str) -> ProtectedRecord | None:
    """Give what is known of a record, or None before the first survey."""
    row = tx.execute(sa.select(renewals).where(renewals.c.record_id == record_id)).one_or_none()
    return None if row is None else _record(row)


def note_protection(tx: Connection, found: ProtectedRecord, *, at: datetime) -> None:
    """Write what a record's newest rendition rests on, in place of what was known."""
    values = {
        "holder_id": found.holder_id,
        "sha256_hex": found.sha256_hex,
        "algorithms": ",".join(found.algorithms),
        "ends_at": found.ends_at,
        "attempts": found.attempts,
        "renewed": found.renewed,
        "problem_code": found.problem_code,
        "retry_at": found.retry_at,
        "surveyed_at": at,
    }
    rewrite = renewals.update().where(renewals.c.record_id == found.record_id).values(**values)
    if tx.execute(rewrite).rowcount:
        return
    try:
        with tx.begin_nested():
            tx.execute(renewals.insert().values(record_id=found.record_id, **values))
    except sa.exc.IntegrityError:
        # Another process of the office surveyed the same record meanwhile, and read the same.
        tx.execute(rewrite)


def note_moved(tx: Connection, record_id: str, *, holder_id: str) -> None:
    """Write into whose vault a record was moved, so that its next renewal finds it there."""
    tx.execute(renewals.update().where(renewals.c.record_id == record_id).values(holder_id=holder_id))


def note_problem(tx: Connection, record_id: str, *, code: str, retry_at: datetime) -> None:
    """Write that a renewal did not work out, why, and when it is tried again."""
    tx.execute(
        renewals.update()
        .where(renewals.c.record_id == record_id)
        .values(problem_code=code, retry_at=retry_at, attempts=renewals.c.attempts + 1)
    )


def _deadline(tx: Connection, policy: RenewalPolicy) -> tuple[sa.ColumnElement[datetime], sa.ColumnElement[str]]:
    """Say in SQL until when a row's protection holds: few different sets of algorithms occur, so they are listed."""
    ends_at = renewals.c.ends_at
    sets = tx.execute(sa.select(renewals.c.algorithms).distinct()).scalars().all()
    deadlines: list[tuple[sa.ColumnElement[bool], sa.ColumnElement[datetime]]] = []
    causes: list[tuple[sa.ColumnElement[bool], sa.ColumnElement[str]]] = []
    for joined in sets:
        words = tuple(joined.split(","))
        end = policy.end_of(words)
        if end is None:
            continue
        first = next(word for word in words if policy.algorithm_ends.get(word) == end)
        ends_first = sa.and_(renewals.c.algorithms == joined, ends_at > sa.literal(end, ends_at.type))
        deadlines.append((ends_first, sa.literal(end, ends_at.type)))
        causes.append((ends_first, sa.literal(first)))
    if not deadlines:
        return ends_at.expression, sa.literal(CERTIFICATE)
    return sa.case(*deadlines, else_=ends_at), sa.case(*causes, else_=CERTIFICATE)


def _record(row: Row[tuple[object, ...]]) -> ProtectedRecord:
    return ProtectedRecord(
        record_id=row.record_id,
        holder_id=row.holder_id,
        sha256_hex=row.sha256_hex,
        algorithms=tuple(row.algorithms.split(",")),
        ends_at=row.ends_at,
        attempts=row.attempts,
        renewed=row.renewed,
        problem_code=row.problem_code,
        retry_at=row.retry_at,
    )
