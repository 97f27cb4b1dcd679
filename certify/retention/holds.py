"""Legal holds: what must not be destroyed, though its time is over, until a decision lifts the hold."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.errors import RetentionNotFound, RetentionRefused
from certify.retention.tables import holds
from certify.tables import items
from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.log import Leaf, Tree, append
from vault.papers import Record


class HoldScope(StrEnum):
    """What a hold covers."""

    ITEM = "ITEM"
    CASE = "CASE"
    HOLDER = "HOLDER"
    AGENCY = "AGENCY"


Target: TypeAlias = tuple[HoldScope, str]


@dataclass(frozen=True, slots=True)
class NewHold:
    """What is to be held, by which decision, and who enters it."""

    scope: HoldScope
    target_id: str
    decision_number: str
    placed_by: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold as it stands; `lifted_at` ends it."""

    hold_id: str
    scope: HoldScope
    target_id: str
    decision_number: str
    placed_by: str
    placed_at: datetime
    lift_decision_number: str | None
    lifted_by: str | None
    lifted_at: datetime | None


def place_hold(tx: Connection, new: NewHold, *, at: datetime, random_bytes: RandomBytes) -> Hold:
    """Hold something from now on.

    Raises:
        RetentionRefused: no decision is named.
    """
    if not new.decision_number.strip():
        raise RetentionRefused("a legal hold names the decision it rests on")
    hold_id = new_ulid(at=at, random_bytes=random_bytes)
    tx.execute(
        holds.insert().values(
            hold_id=hold_id,
            scope=new.scope.value,
            target_id=new.target_id,
            decision_number=new.decision_number.strip(),
            placed_by=new.placed_by,
            placed_at=at,
        )
    )
    _log(tx, "LEGAL_HOLD_PLACED", hold_id, scope=new.scope, random_bytes=random_bytes)
    return get_hold(tx, hold_id)


def lift_hold(
    tx: Connection, hold_id: str, *, decision_number: str, lifted_by: str, at: datetime, random_bytes: RandomBytes
) -> Hold:
    """End a hold by a decision; lifting it again changes nothing.

    Raises:
        RetentionNotFound: no such hold.
        RetentionRefused: no decision is named.
    """
    hold = get_hold(tx, hold_id)
    if hold.lifted_at is not None:
        return hold
    if not decision_number.strip():
        raise RetentionRefused("lifting a legal hold names the decision it rests on")
    tx.execute(
        holds.update()
        .where(holds.c.hold_id == hold_id)
        .values(lifted_at=at, lifted_by=lifted_by, lift_decision_number=decision_number.strip())
    )
    _log(tx, "LEGAL_HOLD_LIFTED", hold_id, scope=hold.scope, random_bytes=random_bytes)
    return get_hold(tx, hold_id)


def get_hold(tx: Connection, hold_id: str) -> Hold:
    """Give one hold.

    Raises:
        RetentionNotFound: no such hold.
    """
    row = tx.execute(sa.select(holds).where(holds.c.hold_id == hold_id)).mappings().one_or_none()
    if row is None:
        raise RetentionNotFound(f"legal hold {hold_id} does not exist; `vidimus retention holds` lists them")
    return Hold(**{**row, "scope": HoldScope(row["scope"])})


def list_holds(tx: Connection, *, with_lifted: bool = False) -> tuple[Hold, ...]:
    """Give the holds that stand, or all that ever stood, oldest first."""
    chosen = sa.select(holds).order_by(holds.c.hold_id)
    rows = tx.execute(chosen if with_lifted else chosen.where(holds.c.lifted_at.is_(None))).mappings()
    return tuple(Hold(**{**row, "scope": HoldScope(row["scope"])}) for row in rows)


def held_targets(tx: Connection) -> frozenset[Target]:
    """Give everything that is held now."""
    return frozenset((hold.scope, hold.target_id) for hold in list_holds(tx))


def is_held(targets: Collection[Target], *, held: Collection[Target]) -> bool:
    """Whether one of the things something belongs to is held."""
    return any(target in held for target in targets)


def held_records(tx: Connection, papers: Collection[Record]) -> frozenset[str]:
    """Which of these papers a hold keeps: on its holder, its agency, or the original or case it was certified in; by id."""
    held = held_targets(tx)
    if not held:
        return frozenset()
    found = tx.execute(
        sa.select(items.c.record_id, items.c.item_id, items.c.case_id).where(
            items.c.record_id.in_([one.record_id for one in papers])
        )
    ).all()
    of_item = {row.record_id: {(HoldScope.ITEM, row.item_id), (HoldScope.CASE, row.case_id)} for row in found}
    return frozenset(
        one.record_id
        for one in papers
        if is_held(
            {(HoldScope.HOLDER, one.holder_id), (HoldScope.AGENCY, one.agency_code)}
            | of_item.get(one.record_id, set()),
            held=held,
        )
    )


def _log(tx: Connection, kind: str, hold_id: str, *, scope: HoldScope, random_bytes: RandomBytes) -> None:
    leaf = Leaf(kind, {"hold": hold_id, "scope": scope.value})
    append(tx, leaf, tree=Tree.ACCESS, random_bytes=random_bytes)
