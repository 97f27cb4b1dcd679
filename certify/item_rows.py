"""The rows of items: reading them, their history, and a move along the table of transitions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.actors import Actor, ActorKind, check_actor
from certify.errors import ItemNotFound, TransitionRefused
from certify.tables import cases, item_events, items
from certify.transitions import ItemEvent, ItemFacts, ItemState, transition_of


@dataclass(frozen=True, slots=True)
class Item:
    """One original on its way to one register number; `version` grows with every act (If-Match)."""

    item_id: str
    case_id: str
    position: int
    state: ItemState
    version: int
    document_id: str
    scan_number: int
    attempt: int
    copies: int
    doc_type: str
    title: str
    page_count: int | None
    source_sha256_hex: str | None
    scan_pdf_sha256_hex: str | None
    quality_verdict: str | None
    problem_code: str | None
    warnings: tuple[str, ...]
    scanned_by: str | None
    compared_by: str | None
    compared_at: datetime | None
    pages_compared: int | None
    refusal_code: str | None
    record_id: str | None
    purged_at: datetime | None = None
    reuse_record_id: str | None = None
    """The paper in the vault that could be reused in place of a new copy."""
    reuse_look_up_id: str | None = None
    """The look-up that found a paper in a database, which could be used instead."""
    subject_match: str | None = None
    relation_code: str | None = None

    @property
    def facts(self) -> ItemFacts:
        """What the guards of the transition table look at."""
        return ItemFacts(
            page_count=self.page_count,
            pages_compared=self.pages_compared,
            quality_verdict=self.quality_verdict,
            problem_code=self.problem_code,
            has_source=self.source_sha256_hex is not None,
            refusal_code=self.refusal_code,
            attempt=self.attempt,
            has_record=self.record_id is not None,
            is_purged=self.purged_at is not None,
            has_finding=self.reuse_record_id is not None or self.reuse_look_up_id is not None,
            subject_differs=self.subject_match == "DIFFERENT" and self.relation_code is None,
        )

    @property
    def scan_prefix(self) -> str:
        """Where the blobs of the present scan stand under `document_id`."""
        return f"scan-{self.scan_number}"

    @property
    def copy_prefix(self) -> str:
        """Where the blobs of the present attempt stand under `document_id`."""
        return f"copy-{self.attempt}"


@dataclass(frozen=True, slots=True)
class ItemStep:
    """One line of an item's history."""

    event_no: int
    event: str
    from_state: str
    to_state: str
    actor: Actor
    detail_code: str | None
    at: datetime


def get_item(tx: Connection, item_id: str) -> Item:
    """Give an item.

    Raises:
        ItemNotFound: no such id.
    """
    row = tx.execute(sa.select(items).where(items.c.item_id == item_id)).one_or_none()
    if row is None:
        raise ItemNotFound(f"item {item_id} does not exist")
    return _item(dict(row._mapping))


def lock_item(tx: Connection, item_id: str) -> Item:
    """Give an item and keep every other transaction from changing it until this one ends.

    Raises:
        ItemNotFound: no such id.
    """
    row = tx.execute(sa.select(items).where(items.c.item_id == item_id).with_for_update()).one_or_none()
    if row is None:
        raise ItemNotFound(f"item {item_id} does not exist")
    return _item(dict(row._mapping))


def list_items(tx: Connection, *, case_id: str) -> tuple[Item, ...]:
    """Give the items of a case in their order."""
    rows = tx.execute(sa.select(items).where(items.c.case_id == case_id).order_by(items.c.position))
    return tuple(_item(dict(row._mapping)) for row in rows)


def list_items_in(tx: Connection, *, states: Sequence[ItemState], agency_code: str | None = None) -> tuple[Item, ...]:
    """Give every item that stands in one of these states, oldest first; of one agency only when it is named."""
    chosen = sa.select(items).where(items.c.state.in_([state.value for state in states]))
    if agency_code is not None:
        chosen = chosen.join(cases, cases.c.case_id == items.c.case_id).where(cases.c.agency_code == agency_code)
    rows = tx.execute(chosen.order_by(items.c.item_id))
    return tuple(_item(dict(row._mapping)) for row in rows)


def list_agency_items(
    tx: Connection,
    agency_code: str,
    *,
    states: Collection[ItemState] = frozenset(ItemState),
    after_item_id: str | None = None,
    limit: int,
) -> tuple[Item, ...]:
    """Give so many items of an agency that stand in one of these states, oldest first, after the one already seen."""
    wanted: sa.ColumnElement[bool] = sa.true()
    if len(states) < len(ItemState):
        wanted = (
            items.c.state.in_([state.value for state in states])
            if len(states) == 1
            else items.c.state.not_in(_others(states))
        )
    if after_item_id is not None:
        wanted = sa.and_(wanted, items.c.item_id > after_item_id)
    of_agency = sa.exists().where(cases.c.case_id == items.c.case_id, cases.c.agency_code == agency_code)
    # Apart, so that each is read along its index: the second finds the few rows that an older release wrote.
    rows = [
        row
        for own in (
            items.c.agency_code == agency_code,
            sa.and_(items.c.agency_code.is_(None), of_agency),
        )
        for row in tx.execute(sa.select(items).where(own, wanted).order_by(items.c.item_id).limit(limit))
    ]
    found = sorted((_item(dict(row._mapping)) for row in rows), key=lambda item: item.item_id)
    return tuple(found[:limit])


def _others(states: Collection[ItemState]) -> list[str]:
    # Said by what is left out, the database goes along the ids and does not gather the states first.
    return sorted(state.value for state in ItemState if state not in states)


def move_item(
    tx: Connection,
    item_id: str,
    *,
    event: ItemEvent,
    actor: Actor,
    at: datetime,
    changes: Mapping[str, Any] | None = None,
    detail_code: str | None = None,
) -> Item:
    """Move an item along the table, with its facts changed first, and write the audit event; its case is not told.

    Raises:
        ItemNotFound: no such id.
        TransitionRefused: the act cannot start from the item's state.
        GuardRefused: the actor may not, or a condition of the act is not met.
    """
    row = transition_of(event)
    before = lock_item(tx, item_id)
    # (1) the state
    if before.state not in row.sources:
        raise TransitionRefused(f"item {item_id} is {before.state.value}; {event.value} cannot start there")
    # (2) the actor
    check_actor(actor, row.actors, event=event.value)
    # (3) the facts as they will stand
    if changes:
        tx.execute(items.update().where(items.c.item_id == item_id).values(**changes))
    row.guard(get_item(tx, item_id).facts)
    # (4) the move
    tx.execute(
        items.update().where(items.c.item_id == item_id).values(state=row.target.value, version=items.c.version + 1)
    )
    _write_event(tx, before, event=event.value, target=row.target, actor=actor, detail_code=detail_code, at=at)
    return get_item(tx, item_id)


def note(
    tx: Connection, item_id: str, *, event: str, actor: Actor, at: datetime, detail_code: str | None = None
) -> None:
    """Write a line into the item's history without moving it."""
    item = get_item(tx, item_id)
    _write_event(tx, item, event=event, target=item.state, actor=actor, detail_code=detail_code, at=at)


def history_of(tx: Connection, item_id: str, *, after_event_no: int = 0) -> tuple[ItemStep, ...]:
    """Give what happened to an item, oldest first, after the line already seen."""
    rows = tx.execute(
        sa.select(item_events)
        .where(item_events.c.item_id == item_id, item_events.c.event_no > after_event_no)
        .order_by(item_events.c.event_no)
    )
    return tuple(
        ItemStep(
            event_no=row.event_no,
            event=row.event,
            from_state=row.from_state,
            to_state=row.to_state,
            actor=Actor(ActorKind(row.actor_kind), row.actor_id),
            detail_code=row.detail_code,
            at=row.at,
        )
        for row in rows
    )


def _write_event(
    tx: Connection, item: Item, *, event: str, target: ItemState, actor: Actor, detail_code: str | None, at: datetime
) -> None:
    tx.execute(
        item_events.insert().values(
            item_id=item.item_id,
            event=event,
            from_state=item.state.value,
            to_state=target.value,
            actor_kind=actor.kind.value,
            actor_id=actor.actor_id,
            detail_code=detail_code,
            at=at,
        )
    )


def _item(fields: dict[str, Any]) -> Item:
    # The case says whose it is; the column is there for the list alone.
    fields.pop("agency_code")
    return Item(state=ItemState(fields.pop("state")), warnings=tuple(fields.pop("warnings")), **fields)
