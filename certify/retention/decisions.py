"""How long a class is kept on a day: what the law says, else what the office decided, else what is proposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.errors import RetentionRefused
from certify.retention.rules import RetentionClass, RetentionRule
from certify.retention.tables import decisions
from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.log import Leaf, Tree, append


@dataclass(frozen=True, slots=True)
class Decision:
    """What the office decided for a class from a day on; `days` is None for ever."""

    decision_id: str
    kind: RetentionClass
    days: int | None
    valid_from: date
    decision_number: str
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class KeepRule:
    """How long a class is kept that began its time on a day; `days` None is for ever. `source` names who said so."""

    kind: RetentionClass
    days: int | None
    source: str
    is_decided: bool


def keep_rule(
    kind: RetentionClass, *, on: date, law: Sequence[RetentionRule], decided: Sequence[Decision]
) -> KeepRule | None:
    """Give the rule for things whose time began on this day; None where nothing is known of that day.

    A later decision changes nothing for them: what was promised when the time began is kept.
    """
    rule = next((one for one in law if one.kind is kind and _holds(one, on=on)), None)
    if rule is None:
        return None
    if rule.is_forever or rule.days is not None:
        return KeepRule(kind, None if rule.is_forever else rule.days, rule.basis_id, is_decided=True)
    own = [one for one in decided if one.kind is kind and one.valid_from <= on]
    if own:
        newest = max(own, key=lambda one: one.valid_from)
        return KeepRule(kind, newest.days, newest.decision_number, is_decided=True)
    return KeepRule(kind, rule.proposed_days, "PROPOSED", is_decided=False)


def undecided(tx: Connection, *, on: date, law: Sequence[RetentionRule]) -> tuple[RetentionClass, ...]:
    """Give the classes for which on this day neither the law nor the office says how long they are kept."""
    decided = list_decisions(tx)
    found = {kind: keep_rule(kind, on=on, law=law, decided=decided) for kind in RetentionClass}
    return tuple(kind for kind, rule in found.items() if rule is None or not rule.is_decided)


def decide(
    tx: Connection,
    new: Decision,
    *,
    law: Sequence[RetentionRule],
    today: date,
    random_bytes: RandomBytes,
) -> Decision:
    """Enter a decision of the office; it holds for what begins its time from its first day on.

    Raises:
        RetentionRefused: the law says it already, the day is past, a number is missing, or that day has a decision.
    """
    rule = next((one for one in law if one.kind is new.kind and _holds(one, on=new.valid_from)), None)
    if rule is None or rule.is_forever or rule.days is not None:
        raise RetentionRefused(f"how long {new.kind.value} is kept is not the office's to decide")
    if new.valid_from < today:
        raise RetentionRefused(f"a decision changes nothing before the day it is entered; {new.valid_from} is past")
    if not new.decision_number.strip() or (new.days is not None and new.days < 0):
        raise RetentionRefused("a decision has a number, and days that are not below zero")
    same = sa.select(decisions.c.decision_id).where(
        decisions.c.kind == new.kind.value, decisions.c.valid_from == new.valid_from
    )
    if tx.execute(same).one_or_none() is not None:
        raise RetentionRefused(f"{new.kind.value} has a decision from {new.valid_from} already; choose another day")
    tx.execute(
        decisions.insert().values(
            decision_id=new.decision_id,
            kind=new.kind.value,
            days=new.days,
            valid_from=new.valid_from,
            decision_number=new.decision_number.strip(),
            entered_by=new.entered_by,
            entered_at=new.entered_at,
        )
    )
    payload = {"class": new.kind.value, "days": new.days, "from": new.valid_from.isoformat(), "id": new.decision_id}
    append(tx, Leaf("RETENTION_DECIDED", payload), tree=Tree.ACCESS, random_bytes=random_bytes)
    return new


def adopt_proposals(
    tx: Connection,
    *,
    law: Sequence[RetentionRule],
    decision_number: str,
    entered_by: str,
    today: date,
    at: datetime,
    random_bytes: RandomBytes,
) -> tuple[Decision, ...]:
    """Decide, for every class nobody has decided, what the country's data proposes.

    Raises:
        RetentionRefused: as `decide`.
    """
    adopted = []
    for kind in undecided(tx, on=today, law=law):
        rule = keep_rule(kind, on=today, law=law, decided=())
        if rule is not None:
            decision_id = new_ulid(at=at, random_bytes=random_bytes)
            new = Decision(decision_id, kind, rule.days, today, decision_number, entered_by, at)
            adopted.append(decide(tx, new, law=law, today=today, random_bytes=random_bytes))
    return tuple(adopted)


def list_decisions(tx: Connection) -> tuple[Decision, ...]:
    """Give every decision, by class and first day."""
    rows = tx.execute(sa.select(decisions).order_by(decisions.c.kind, decisions.c.valid_from)).mappings()
    return tuple(Decision(**{**row, "kind": RetentionClass(row["kind"])}) for row in rows)


def _holds(rule: RetentionRule, *, on: date) -> bool:
    return rule.valid_from <= on and (rule.valid_to is None or on <= rule.valid_to)
