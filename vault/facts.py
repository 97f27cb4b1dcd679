"""Figures are counted from facts: one row for one event, with its id, its group, a number, and whom it was about.

A figure and the list of events behind it come from the same statement, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant up to another one, the second not counted in."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """A statement with the columns `event_id`, `grouping`, `amount` and `person` (a digest, or null)."""

    statement: sa.Select[Any]


@dataclass(frozen=True, slots=True)
class GroupTotal:
    """One group: events, sum of their numbers, and of how many people (None where nobody can say)."""

    group: str
    count: int
    amount: int
    people: int | None


def group_totals(tx: Connection, facts: Facts) -> tuple[GroupTotal, ...]:
    """Count facts by group, in the order of the groups' names."""
    rows = facts.statement.subquery()
    chosen = (
        sa.select(
            rows.c.grouping,
            sa.func.count().label("events"),
            sa.func.coalesce(sa.func.sum(rows.c.amount), 0).label("amount"),
            sa.func.count(sa.distinct(rows.c.person)).label("people"),
            sa.func.count(rows.c.person).label("known"),
        )
        .group_by(rows.c.grouping)
        .order_by(rows.c.grouping)
    )
    return tuple(
        GroupTotal(str(row.grouping), row.events, int(row.amount), row.people if row.known == row.events else None)
        for row in tx.execute(chosen)
    )


def amounts_by_group(tx: Connection, facts: Facts) -> Mapping[str, tuple[float, ...]]:
    """Give the numbers of the facts by group, smallest first; facts without a number are left out."""
    rows = facts.statement.subquery()
    chosen = sa.select(rows.c.grouping, rows.c.amount).where(rows.c.amount.is_not(None)).order_by(rows.c.amount)
    found: dict[str, list[float]] = {}
    for row in tx.execute(chosen):
        found.setdefault(str(row.grouping), []).append(float(row.amount))
    return {group: tuple(amounts) for group, amounts in sorted(found.items())}


def event_ids(
    tx: Connection, facts: Facts, *, group: str | None = None, after: str | None = None, limit: int
) -> tuple[str, ...]:
    """Give the ids of the events behind a figure, or of one group of it, behind the one already seen."""
    rows = facts.statement.subquery()
    chosen = sa.select(rows.c.event_id).order_by(rows.c.event_id).limit(limit)
    if group is not None:
        chosen = chosen.where(rows.c.grouping == group)
    if after is not None:
        chosen = chosen.where(rows.c.event_id > after)
    return tuple(str(one) for one in tx.execute(chosen).scalars())
