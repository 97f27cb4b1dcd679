"""The one way to move a case along its table: state, actor, guard, effects, and the audit event, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from certify.actors import Actor, ActorKind, check_actor
from certify.calendar import WorkingCalendar
from certify.case_transitions import (
    ENDED_STATES,
    CaseEffect,
    CaseEvent,
    CaseFacts,
    CaseState,
    case_transition_of,
)
from certify.errors import CaseNotFound, TransitionRefused
from certify.item_rows import list_items, move_item
from certify.outside.tables import payments
from certify.tables import case_events, cases
from certify.transitions import BEING_SIGNED, FINAL_STATES, GIVEN_STATES, ItemEvent, ItemState

# An ended case stays on the desk for questions as long as its working files do.
ARCHIVE_AFTER: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CaseStep:
    """One line of a case's history."""

    event_no: int
    event: str
    from_state: str
    to_state: str
    actor: Actor
    detail_code: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class _Move:
    """What the effects of an act are given."""

    case: Row[Any]
    actor: Actor
    at: datetime
    calendar: WorkingCalendar | None


def move_case(
    tx: Connection,
    case_id: str,
    *,
    event: CaseEvent,
    actor: Actor,
    at: datetime,
    calendar: WorkingCalendar | None = None,
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Move a case along the table, with what was named changed first.

    `calendar` is needed where the clock starts or goes on.

    Raises:
        CaseNotFound: no such id.
        TransitionRefused: the act cannot start from the case's state.
        GuardRefused: the actor may not, or a condition of the act is not met.
    """
    row = case_transition_of(event)
    before = lock_case(tx, case_id)
    # (1) the state
    if CaseState(before.state) not in row.sources:
        raise TransitionRefused(f"case {case_id} is {before.state}; {event.value} cannot start there")
    # (2) the actor
    check_actor(actor, row.actors, event=event.value)
    # (3) the facts as they will stand
    if changes:
        _write(tx, case_id, changes)
    row.guard(case_facts(tx, case_id, at=at))
    # (4) the move, and what follows from it
    ended = {"ended_at": at} if row.target in ENDED_STATES | {CaseState.COMPLETED} else {}
    _write(tx, case_id, {"state": row.target.value, **ended})
    present = lock_case(tx, case_id)
    note_case(tx, before, event=event.value, to_state=row.target.value, actor=actor, detail=present.reason_code, at=at)
    for effect in row.effects:
        _EFFECTS[effect](tx, _Move(present, actor, at, calendar))


def begin_case(tx: Connection, case_id: str, *, actor: Actor, at: datetime) -> None:
    """Let a received case be in progress, because somebody works on one of its originals."""
    if lock_case(tx, case_id).state == CaseState.RECEIVED.value:
        move_case(tx, case_id, event=CaseEvent.BEGIN, actor=actor, at=at)


def settle_case(tx: Connection, case_id: str, *, actor: Actor, at: datetime) -> None:
    """End a case whose last original has ended: completed, rejected, or stopped; the vault is delivered by that alone."""
    facts = case_facts(tx, case_id, at=at)
    if facts.items_open:
        return
    event = CaseEvent.COMPLETE if facts.items_given else CaseEvent.REJECT if facts.items_refused else CaseEvent.STOP
    case = lock_case(tx, case_id)
    if CaseState(case.state) not in case_transition_of(event).sources:
        return
    move_case(tx, case_id, event=event, actor=actor, at=at)
    if event is CaseEvent.COMPLETE and case.delivery in (None, "VAULT"):
        worker = Actor(ActorKind.WORKER, "delivery")
        move_case(tx, case_id, event=CaseEvent.DELIVER, actor=worker, at=at)


def lock_case(tx: Connection, case_id: str) -> Row[Any]:
    """Give a case's row and keep every other transaction from changing it until this one ends.

    Raises:
        CaseNotFound: no such id.
    """
    row = tx.execute(sa.select(cases).where(cases.c.case_id == case_id).with_for_update()).one_or_none()
    if row is None:
        raise CaseNotFound(f"case {case_id} does not exist")
    return row


def case_facts(tx: Connection, case_id: str, *, at: datetime) -> CaseFacts:
    """Count what the guards of the table look at."""
    found = list_items(tx, case_id=case_id)
    case = tx.execute(sa.select(cases).where(cases.c.case_id == case_id)).one()
    due = sa.select(sa.func.coalesce(sa.func.sum(payments.c.amount_vnd), 0)).where(
        payments.c.item_id.in_([item.item_id for item in found]), payments.c.state == "DUE"
    )
    return CaseFacts(
        at=at,
        items=len(found),
        items_open=sum(item.state not in FINAL_STATES for item in found),
        items_given=sum(item.state in GIVEN_STATES for item in found),
        items_refused=sum(item.state is ItemState.REFUSED for item in found),
        items_being_signed=sum(item.state in BEING_SIGNED for item in found),
        amount_due_vnd=int(tx.execute(due).scalar_one()),
        reason_code=case.reason_code,
        waits_until=case.waits_until,
        archive_from=case.ended_at + ARCHIVE_AFTER if case.ended_at else None,
    )


def case_history(tx: Connection, case_id: str) -> tuple[CaseStep, ...]:
    """Give what happened to a case, oldest first."""
    rows = tx.execute(sa.select(case_events).where(case_events.c.case_id == case_id).order_by(case_events.c.event_no))
    return tuple(
        CaseStep(
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


def note_case(
    tx: Connection,
    case: Row[Any],
    *,
    event: str,
    actor: Actor,
    at: datetime,
    to_state: str = "",
    detail: str | None = None,
) -> None:
    """Write a line into a case's history; without a state it stays where it is."""
    tx.execute(
        case_events.insert().values(
            case_id=case.case_id,
            event=event,
            from_state=case.state,
            to_state=to_state or case.state,
            actor_kind=actor.kind.value,
            actor_id=actor.actor_id,
            detail_code=detail,
            at=at,
        )
    )


def _write(tx: Connection, case_id: str, changes: Mapping[str, Any]) -> None:
    tx.execute(cases.update().where(cases.c.case_id == case_id).values(**changes))


def _start_clock(tx: Connection, move: _Move) -> None:
    if move.calendar is not None:
        _write(tx, move.case.case_id, {"due_at": move.calendar.due_at(move.at)})


def _stop_clock(tx: Connection, move: _Move) -> None:
    _write(tx, move.case.case_id, {"clock_stopped_at": move.at})


def _resume_clock(tx: Connection, move: _Move) -> None:
    stopped_at = move.case.clock_stopped_at
    changes: dict[str, Any] = {"clock_stopped_at": None, "waits_until": None, "reason_code": None}
    if stopped_at is not None and move.calendar is not None:
        due_at = move.calendar.due_after_pause(move.case.due_at, stopped_at=stopped_at, resumed_at=move.at)
        changes |= {"due_at": due_at, "escalated_at": None}
    _write(tx, move.case.case_id, changes)


def _withdraw_items(tx: Connection, move: _Move) -> None:
    for item in list_items(tx, case_id=move.case.case_id):
        if item.state not in FINAL_STATES:
            move_item(tx, item.item_id, event=ItemEvent.WITHDRAW, actor=move.actor, at=move.at)


def _release_claim(tx: Connection, move: _Move) -> None:
    _write(tx, move.case.case_id, {"claimed_by": None, "claimed_at": None})


def _settle(tx: Connection, move: _Move) -> None:
    settle_case(tx, move.case.case_id, actor=move.actor, at=move.at)


_EFFECTS: Final[Mapping[CaseEffect, Callable[[Connection, _Move], None]]] = {
    CaseEffect.START_CLOCK: _start_clock,
    CaseEffect.STOP_CLOCK: _stop_clock,
    CaseEffect.RESUME_CLOCK: _resume_clock,
    CaseEffect.WITHDRAW_ITEMS: _withdraw_items,
    CaseEffect.RELEASE_CLAIM: _release_claim,
    CaseEffect.SETTLE_CASE: _settle,
}
