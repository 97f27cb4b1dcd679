"""Reuse and databases first: before an original is charged, vault and databases were asked, and what was chosen is on record.

Staff may not ask for papers that can be had from a database (DOMAIN section 1); so asking is a step with a legal basis,
and certifying although something was found needs a reason. That reason is what measures how often once-only is missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.actors import Actor, ActorKind
from certify.counter.data import DeskRules
from certify.desk_tables import reuse_checks
from certify.effects import log_event
from certify.errors import GuardRefused
from certify.items import Item, advance, get_item, lock_item, note
from certify.tables import items
from certify.transitions import ItemEvent, ItemState
from guard.clock import RandomBytes
from guard.identifiers import new_ulid

REASON_NOT_STATED: Final = "NOT_STATED"


class Finding(StrEnum):
    """What was found in place of the paper."""

    NOTHING = "NOTHING"
    COPY_IN_VAULT = "COPY_IN_VAULT"
    ORIGINAL_IN_VAULT = "ORIGINAL_IN_VAULT"
    PAPER_IN_DATABASE = "PAPER_IN_DATABASE"


class ReuseChoice(StrEnum):
    """What the person at the counter wants then."""

    REUSE = "REUSE"
    CERTIFY = "CERTIFY"


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """A source that was asked, and how it answered."""

    source: str
    outcome: str


@dataclass(frozen=True, slots=True)
class NewCheck:
    """What was asked for an item, by which law, and what came back."""

    item_id: str
    staff_id: str
    basis_id: str
    sources: tuple[SourceAnswer, ...]
    finding: Finding
    record_id: str | None = None
    look_up_id: str | None = None
    """The look-up in a database that found a paper, where the vault has none."""


@dataclass(frozen=True, slots=True)
class ReuseCheck:
    """A check with what was chosen."""

    check_id: str
    item_id: str
    staff_id: str
    basis_id: str
    sources: tuple[SourceAnswer, ...]
    finding: Finding
    record_id: str | None
    asked_at: datetime
    choice: ReuseChoice | None
    reason_code: str | None
    chosen_by: str | None
    chosen_at: datetime | None
    look_up_id: str | None = None

    @property
    def is_answered(self) -> bool:
        """Whether there is nothing left to choose."""
        return self.finding is Finding.NOTHING or self.choice is not None


def record_check(tx: Connection, new: NewCheck, *, at: datetime, random_bytes: RandomBytes) -> ReuseCheck:
    """Write that vault and databases were asked, and what they said; the public log gets ids and codes only."""
    item = lock_item(tx, new.item_id)
    check_id = new_ulid(at=at, random_bytes=random_bytes)
    tx.execute(
        reuse_checks.insert().values(
            check_id=check_id,
            item_id=new.item_id,
            staff_id=new.staff_id,
            basis_id=new.basis_id,
            sources=[{"source": one.source, "outcome": one.outcome} for one in new.sources],
            finding=new.finding.value,
            record_id=new.record_id,
            look_up_id=new.look_up_id,
            asked_at=at,
        )
    )
    found = {"reuse_record_id": new.record_id, "reuse_look_up_id": new.look_up_id}
    tx.execute(items.update().where(items.c.item_id == new.item_id).values(**found))
    actor = Actor(ActorKind.STAFF, new.staff_id)
    if new.finding is not Finding.NOTHING and item.state is ItemState.DECLARED:
        advance(tx, new.item_id, event=ItemEvent.OFFER_REUSE, actor=actor, at=at, detail_code=new.finding.value)
    else:
        note(tx, new.item_id, event="ASK_FIRST", actor=actor, at=at, detail_code=new.finding.value)
    payload = {"check": check_id, "basis": new.basis_id, "finding": new.finding.value}
    log_event(tx, "REUSE_ASKED", item=get_item(tx, new.item_id), payload=payload, random_bytes=random_bytes)
    return latest(tx, new.item_id)


def choose(
    tx: Connection,
    item_id: str,
    choice: ReuseChoice,
    *,
    reason_code: str | None,
    rules: DeskRules,
    actor: Actor,
    at: datetime,
    random_bytes: RandomBytes,
) -> Item:
    """Write what is wanted: to reuse ends the item at no fee, to certify all the same needs a reason of the list.

    Raises:
        GuardRefused: nothing was asked or found, it was answered, or the reason is missing.
        TransitionRefused: a number is reserved, or the item has ended.
    """
    lock_item(tx, item_id)
    check = latest(tx, item_id)
    if check.finding is Finding.NOTHING:
        raise GuardRefused("NOTHING_TO_REUSE", "nothing was found that could be reused")
    if check.choice is not None:
        raise GuardRefused("REUSE_ANSWERED", f"it was answered already: {check.choice.value}")
    if choice is ReuseChoice.CERTIFY:
        if not reason_code:
            raise GuardRefused("REASON_MISSING", "say why a new copy is made although the paper is there already")
        rules.choice("reuse_reason", reason_code)
    tx.execute(
        reuse_checks.update()
        .where(reuse_checks.c.check_id == check.check_id)
        .values(choice=choice.value, reason_code=reason_code, chosen_by=actor.actor_id, chosen_at=at)
    )
    if choice is ReuseChoice.REUSE:
        item = advance(tx, item_id, event=ItemEvent.REUSE, actor=actor, at=at, detail_code=check.finding.value)
    else:
        note(tx, item_id, event="CERTIFY_ANYWAY", actor=actor, at=at, detail_code=reason_code)
        item = get_item(tx, item_id)
    payload = {"check": check.check_id, "choice": choice.value, "reason": reason_code or ""}
    log_event(tx, "REUSE_CHOSEN", item=item, payload=payload, random_bytes=random_bytes)
    return item


def check_answered(tx: Connection, item_id: str) -> ReuseCheck:
    """Give the check of an item whose fee may be asked.

    Raises:
        GuardRefused: `REUSE_NOT_ASKED`, or `REUSE_NOT_ANSWERED` while the choice is open.
    """
    check = latest(tx, item_id)
    if not check.is_answered:
        raise GuardRefused(
            "REUSE_NOT_ANSWERED", "such a paper is there already; reuse it, or say why a new copy is made"
        )
    return check


def latest(tx: Connection, item_id: str) -> ReuseCheck:
    """Give the newest check of an item.

    Raises:
        GuardRefused: `REUSE_NOT_ASKED`.
    """
    check = latest_check(tx, item_id)
    if check is None:
        raise GuardRefused("REUSE_NOT_ASKED", "vault and databases were not asked yet; ask them before a fee is due")
    return check


def latest_check(tx: Connection, item_id: str) -> ReuseCheck | None:
    """Give the newest check of an item, or None when nobody asked."""
    row = tx.execute(
        sa.select(reuse_checks)
        .where(reuse_checks.c.item_id == item_id)
        .order_by(reuse_checks.c.check_id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    fields = dict(row._mapping)
    return ReuseCheck(
        sources=_sources(fields.pop("sources")),
        finding=Finding(fields.pop("finding")),
        choice=ReuseChoice(choice) if (choice := fields.pop("choice")) else None,
        **fields,
    )


def _sources(rows: Sequence[dict[str, str]]) -> tuple[SourceAnswer, ...]:
    return tuple(SourceAnswer(row["source"], row["outcome"]) for row in rows)
