"""Receiving a submitted case: somebody brought the paper, and vault and databases are asked before a fee is due."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from api.access import Principal
from api.acts.paper_databases import NOBODY_ASKED, Answers, ask_databases
from api.acts.reuse import ask_first
from api.services import Services
from certify import Case, Channel, ItemState, get_case, list_items
from certify.actors import Actor, ActorKind
from certify.case_moves import lock_case, move_case
from certify.case_transitions import CaseEvent, case_transition_of
from certify.counter import SeenBy, check_claim, note_presenter


def ask_before_receiving(services: Services, principal: Principal, case: Case) -> Answers:
    """Ask the databases for what a submitted case declares; a case that cannot be received is not asked about.

    Raises:
        GuardRefused: `CLAIMED`, somebody else works on it.
    """
    if case.state not in case_transition_of(CaseEvent.RECEIVE).sources:
        return NOBODY_ASKED
    with services.database.read() as tx:
        check_claim(tx, case, staff_id=principal.staff_id, at=services.clock.now())
        wanted = [one.doc_type for one in list_items(tx, case_id=case.case_id) if one.state is ItemState.DECLARED]
    return ask_databases(services, principal, holder_id=case.holder_id, doc_types=wanted)


def receive(
    services: Services, tx: Connection, principal: Principal, case_id: str, *, seen_by: str | None, databases: Answers
) -> None:
    """Receive a submitted case: the paper is there, somebody brought it, and the vault is asked before a fee is due."""
    at, me = services.clock.now(), principal.staff_id
    check_claim(tx, lock_case(tx, case_id), staff_id=me, at=at)
    case = get_case(tx, case_id)
    if case.channel is Channel.ONLINE:
        seen = SeenBy(seen_by) if seen_by and seen_by in SeenBy.__members__ else None
        note_presenter(tx, case_id, seen, blobs=services.blobs, staff_id=me, at=at)
    move_case(
        tx,
        case_id,
        event=CaseEvent.RECEIVE,
        actor=Actor(ActorKind.STAFF, me),
        at=at,
        calendar=services.law.calendar,
        changes={"waits_until": None},
    )
    for item in list_items(tx, case_id=case_id):
        if item.state is ItemState.DECLARED:
            ask_first(services, tx, principal, item, holder_id=case.holder_id, databases=databases)
