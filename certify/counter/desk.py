"""Whose work a case is and how long it may take: claims, leave, routing, supplements, appointments, what is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from certify.actors import Actor, ActorKind
from certify.agencies import check_agency_at
from certify.calendar import WorkingCalendar
from certify.case import Case, Delivery, get_case
from certify.case_moves import ARCHIVE_AFTER, case_facts, lock_case, move_case, note_case
from certify.case_transitions import (
    ENDED_STATES,
    OPEN_STATES,
    WORKING_STATES,
    CaseEvent,
    CaseState,
    case_transition_of,
)
from certify.counter.data import DeskRules
from certify.desk_tables import absences
from certify.errors import CaseNotFound, GuardRefused
from certify.rules import LawPack
from certify.staff import Role, check_role, get_staff
from certify.tables import cases, items
from vault.outbox import Message, put

LATE_TOPIC: Final = "case.late"


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away until an instant, and who stands in; a substitute signs under the own certificate only."""

    staff_id: str
    since: datetime
    until: datetime
    substitute_id: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class TrackedCase:
    """What a tracking code tells: how far it is, and nothing about a person."""

    state: CaseState
    agency_code: str
    received_by_agency: str
    opened_at: datetime
    due_at: datetime
    clock_stopped: bool
    reason_code: str | None
    delivery: Delivery
    items: int
    items_open: int
    ended_at: datetime | None


def claim(tx: Connection, case_id: str, *, staff_id: str, at: datetime) -> Case:
    """Take a case as one's own work; again changes nothing.

    Raises:
        CaseNotFound: no such case.
        GuardRefused: `CLAIMED` by somebody who is not away, or `CASE_ENDED`.
    """
    case = lock_case(tx, case_id)
    if CaseState(case.state) not in OPEN_STATES | {CaseState.COMPLETED}:
        raise GuardRefused("CASE_ENDED", f"case {case_id} is {case.state}; there is nothing left to do")
    check_claim(tx, case, staff_id=staff_id, at=at)
    if case.claimed_by != staff_id:
        _hold(tx, case, staff_id=staff_id, actor=Actor(ActorKind.STAFF, staff_id), event="CLAIM", at=at)
    return get_case(tx, case_id)


def check_claim(tx: Connection, case: Row[Any] | Case, *, staff_id: str, at: datetime) -> None:
    """Refuse to act on what somebody else works on; for whoever is away the substitute may.

    Raises:
        GuardRefused: `CLAIMED`, with who and since when.
    """
    owner = case.claimed_by
    if owner is None or owner == staff_id or substitute_of(tx, owner, at=at) == staff_id:
        return
    raise GuardRefused(
        "CLAIMED", f"staff {owner} works on this case since {case.claimed_at:%Y-%m-%d %H:%M}Z; ask there"
    )


def release(tx: Connection, case_id: str, *, staff_id: str, at: datetime) -> Case:
    """Give a case back to everybody.

    Raises:
        GuardRefused: `CLAIMED` by somebody else.
    """
    case = lock_case(tx, case_id)
    check_claim(tx, case, staff_id=staff_id, at=at)
    if case.claimed_by is not None:
        _hold(tx, case, staff_id=None, actor=Actor(ActorKind.STAFF, staff_id), event="RELEASE", at=at)
    return get_case(tx, case_id)


def hand_over(tx: Connection, case_id: str, *, to_staff_id: str, staff_id: str, at: datetime) -> Case:
    """Give a case to a colleague of the same agency, who is in office and not away.

    Raises:
        GuardRefused: `CLAIMED` by a third person, `NOT_A_COLLEAGUE`, or `AWAY`.
        StaffNotFound: nobody of this id works here.
    """
    case = lock_case(tx, case_id)
    check_claim(tx, case, staff_id=staff_id, at=at)
    _check_colleague(tx, to_staff_id, agency_code=case.agency_code, at=at)
    _hold(tx, case, staff_id=to_staff_id, actor=Actor(ActorKind.STAFF, staff_id), event="HAND_OVER", at=at)
    return get_case(tx, case_id)


def leave_until(tx: Connection, staff_id: str, *, until: datetime, substitute_id: str, at: datetime) -> int:
    """Note that somebody is on leave until then, and hand their open work to the substitute. Gives how many cases moved.

    Raises:
        GuardRefused: the end has passed, or the substitute is no colleague or away.
    """
    if until <= at:
        raise GuardRefused("LEAVE_ENDED", "a leave ends in the future; enter until when")
    member = get_staff(tx, staff_id)
    if substitute_id == staff_id:
        raise GuardRefused("NOT_A_COLLEAGUE", "name somebody else as substitute")
    _check_colleague(tx, substitute_id, agency_code=member.agency_code, at=at)
    tx.execute(
        absences.update().where(absences.c.staff_id == staff_id, absences.c.ended_at.is_(None)).values(ended_at=at)
    )
    tx.execute(absences.insert().values(staff_id=staff_id, since=at, until=until, substitute_id=substitute_id))
    held = tx.execute(sa.select(cases).where(cases.c.claimed_by == staff_id).order_by(cases.c.case_id)).all()
    for case in held:
        _hold(tx, case, staff_id=substitute_id, actor=Actor(ActorKind.STAFF, staff_id), event="HAND_OVER", at=at)
    return len(held)


def substitute_of(tx: Connection, staff_id: str, *, at: datetime) -> str | None:
    """Who stands in for somebody now, or None when nobody has to."""
    found = tx.execute(
        sa.select(absences.c.substitute_id)
        .where(
            absences.c.staff_id == staff_id,
            absences.c.since <= at,
            absences.c.until > at,
            absences.c.ended_at.is_(None) | (absences.c.ended_at > at),
        )
        .order_by(absences.c.since.desc())
        .limit(1)
    ).scalar_one_or_none()
    return str(found) if found is not None else None


def route(
    tx: Connection, case_id: str, *, to_agency: str, reason: str, rules: DeskRules, staff_id: str, at: datetime
) -> Case:
    """Send a case to the agency that is responsible for it; who received it stays on record, the clock goes on.

    Raises:
        AgencyNotFound: the other agency does not act.
        GuardRefused: a number was taken, the case has ended, or it is there already.
    """
    rules.choice("route", reason)
    case = lock_case(tx, case_id)
    check_claim(tx, case, staff_id=staff_id, at=at)
    check_agency_at(tx, to_agency, at=at)
    if to_agency == case.agency_code:
        raise GuardRefused("ALREADY_THERE", f"agency {to_agency} is responsible for case {case_id} already")
    if CaseState(case.state) not in OPEN_STATES:
        raise GuardRefused("CASE_ENDED", f"case {case_id} is {case.state}; it stays where it is")
    started = tx.execute(
        sa.select(sa.func.count()).select_from(items).where(items.c.case_id == case_id, items.c.attempt > 0)
    ).scalar_one()
    if started:
        raise GuardRefused("NUMBER_TAKEN", "a number of this agency was taken for the case; it must be finished here")
    tx.execute(
        cases.update()
        .where(cases.c.case_id == case_id)
        .values(
            agency_code=to_agency,
            receiving_agency_code=case.receiving_agency_code or case.agency_code,
            claimed_by=None,
            claimed_at=None,
        )
    )
    tx.execute(items.update().where(items.c.case_id == case_id).values(agency_code=to_agency))
    note_case(tx, case, event="ROUTE", actor=Actor(ActorKind.STAFF, staff_id), at=at, detail=reason)
    return get_case(tx, case_id)


def ask_supplement(
    tx: Connection, case_id: str, *, code: str, rules: DeskRules, law: LawPack, staff_id: str, at: datetime
) -> Case:
    """Ask the citizen for what is missing; the clock stands still until it comes, and the case expires when it never does."""
    rules.choice("supplement", code)
    waits_until = law.calendar.due_after(at, working_days=rules.times.supplement_days)
    return _act(
        tx,
        case_id,
        event=CaseEvent.ASK_SUPPLEMENT,
        staff_id=staff_id,
        law=law,
        at=at,
        changes={"reason_code": code, "waits_until": waits_until},
    )


def deliver(tx: Connection, case_id: str, *, law: LawPack, staff_id: str, at: datetime) -> Case:
    """Note that the copies were handed over in the way that was chosen."""
    return _act(tx, case_id, event=CaseEvent.DELIVER, staff_id=staff_id, law=law, at=at)


def book_appointment(
    tx: Connection, *, agency_code: str, wanted: datetime, calendar: WorkingCalendar, rules: DeskRules, at: datetime
) -> datetime:
    """Give the beginning of the slot in which a person may come.

    Raises:
        GuardRefused: `SLOT_PAST`, `SLOT_CLOSED` (the office does not work then) or `SLOT_FULL`.
    """
    local = wanted.astimezone(calendar.timezone)
    minutes = rules.times.slot_minutes
    start = local.replace(minute=local.minute - local.minute % minutes, second=0, microsecond=0)
    if start <= at:
        raise GuardRefused("SLOT_PAST", "choose a time that is still to come")
    ends = start + timedelta(minutes=minutes)
    hours = calendar.hours_on(start.date())
    opened = hours.opens_at <= start.time() and ends.time() <= hours.closes_at and ends.date() == start.date()
    if not calendar.is_working_day(start.date()) or not opened:
        raise GuardRefused("SLOT_CLOSED", "the office does not work at this time; choose another")
    slot = start.astimezone(at.tzinfo)
    taken = tx.execute(
        sa.select(sa.func.count())
        .select_from(cases)
        .where(
            cases.c.agency_code == agency_code,
            cases.c.appointment_at == slot,
            cases.c.state.in_([state.value for state in OPEN_STATES]),
        )
    ).scalar_one()
    if taken >= rules.times.per_slot:
        raise GuardRefused("SLOT_FULL", "this time is taken; choose another")
    return slot


def escalate_late(tx: Connection, *, at: datetime, limit: int = 100) -> int:
    """Tell, once for each case, that its answer is overdue. Gives how many."""
    late = tx.execute(
        sa.select(cases)
        .where(
            cases.c.state.in_([state.value for state in WORKING_STATES]),
            cases.c.due_at < at,
            cases.c.clock_stopped_at.is_(None),
            cases.c.escalated_at.is_(None),
        )
        .order_by(cases.c.case_id)
        .limit(limit)
    ).all()
    for case in late:
        tx.execute(cases.update().where(cases.c.case_id == case.case_id).values(escalated_at=at))
        note_case(tx, case, event="ESCALATE", actor=Actor(ActorKind.WORKER, "clock"), at=at)
        put(
            tx,
            Message(
                LATE_TOPIC, f"{case.case_id}:{case.due_at:%Y%m%d}", {"case": case.case_id, "agency": case.agency_code}
            ),
            at=at,
        )
    return len(late)


def expire_waiting(tx: Connection, *, at: datetime, limit: int = 100) -> int:
    """End the cases for which nobody brought what was missing in time. Gives how many."""
    waiting = [state.value for state in case_transition_of(CaseEvent.EXPIRE).sources]
    found = tx.execute(
        sa.select(cases.c.case_id)
        .where(cases.c.state.in_(waiting), cases.c.waits_until <= at)
        .order_by(cases.c.case_id)
        .limit(limit)
    ).scalars()
    ended = 0
    for case_id in found.all():
        if case_facts(tx, case_id, at=at).items_being_signed == 0:
            move_case(tx, case_id, event=CaseEvent.EXPIRE, actor=Actor(ActorKind.WORKER, "clock"), at=at)
            ended += 1
    return ended


def archive_ended(tx: Connection, *, at: datetime, limit: int = 100) -> int:
    """Put cases away that ended long enough ago. Gives how many."""
    found = tx.execute(
        sa.select(cases.c.case_id)
        .where(
            cases.c.state.in_([state.value for state in ENDED_STATES]),
            cases.c.ended_at <= at - ARCHIVE_AFTER,
        )
        .order_by(cases.c.case_id)
        .limit(limit)
    ).scalars()
    archived = found.all()
    for case_id in archived:
        move_case(tx, case_id, event=CaseEvent.ARCHIVE, actor=Actor(ActorKind.WORKER, "clock"), at=at)
    return len(archived)


def find_tracked(tx: Connection, tracking_code: str, *, at: datetime) -> TrackedCase:
    """Tell how far the case of a code is.

    Raises:
        CaseNotFound: no case has it.
    """
    row = tx.execute(sa.select(cases.c.case_id).where(cases.c.tracking_code == tracking_code)).one_or_none()
    if row is None:
        raise CaseNotFound("no case has this tracking code")
    case, facts = get_case(tx, row.case_id), case_facts(tx, row.case_id, at=at)
    return TrackedCase(
        state=case.state,
        agency_code=case.agency_code,
        received_by_agency=case.received_by_agency,
        opened_at=case.opened_at,
        due_at=case.due_at,
        clock_stopped=case.clock_stopped_at is not None,
        reason_code=case.reason_code if case.state not in ENDED_STATES else None,
        delivery=case.delivery,
        items=facts.items,
        items_open=facts.items_open,
        ended_at=case.ended_at,
    )


def _act(
    tx: Connection,
    case_id: str,
    *,
    event: CaseEvent,
    staff_id: str,
    law: LawPack,
    at: datetime,
    changes: dict[str, Any] | None = None,
) -> Case:
    check_claim(tx, lock_case(tx, case_id), staff_id=staff_id, at=at)
    actor = Actor(ActorKind.STAFF, staff_id)
    move_case(tx, case_id, event=event, actor=actor, at=at, calendar=law.calendar, changes=changes)
    return get_case(tx, case_id)


def _check_colleague(tx: Connection, staff_id: str, *, agency_code: str, at: datetime) -> None:
    member = check_role(tx, staff_id, role=_working_role(tx, staff_id), at=at)
    if member.agency_code != agency_code:
        raise GuardRefused("NOT_A_COLLEAGUE", f"staff {staff_id} belongs to another agency; route the case instead")
    if substitute_of(tx, staff_id, at=at) is not None:
        raise GuardRefused("AWAY", f"staff {staff_id} is away; choose somebody else")


def _working_role(tx: Connection, staff_id: str) -> Role:
    # Whoever works on cases receives or certifies; others have nothing to do with one.
    return Role.CERTIFIER if Role.CERTIFIER in get_staff(tx, staff_id).roles else Role.COUNTER_CLERK


def _hold(tx: Connection, case: Row[Any], *, staff_id: str | None, actor: Actor, event: str, at: datetime) -> None:
    since = at if staff_id is not None else None
    tx.execute(cases.update().where(cases.c.case_id == case.case_id).values(claimed_by=staff_id, claimed_at=since))
    note_case(tx, case, event=event, actor=actor, at=at)
