"""A citizen's requests online: submit one from home, follow it, ask for it back. The paper is still shown at the counter.

A certified copy is made from a paper original (Decree 45/2020, art. 10): what is submitted online saves the form and the
waiting, and nothing is scanned or signed before somebody of the office received the paper and saw who brought it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.access import Principal
from api.acts.cases import Original
from api.errors import RequestInvalid
from api.services import Services
from certify import Case, CaseNotFound, Channel, Item, NewCase, add_item, get_case, list_agencies, list_items
from certify.actors import Actor, ActorKind
from certify.agencies import Agency, acts_at
from certify.case import Delivery
from certify.case_moves import move_case
from certify.case_transitions import OPEN_STATES, CaseEvent, CaseState
from certify.counter import (
    DeliveryTerms,
    NewPerson,
    PersonRole,
    Power,
    SeenBy,
    add_people,
    book_appointment,
    check_terms,
    desk_rules,
    set_terms,
)
from certify.errors import GuardRefused
from certify.tables import cases
from vault import AccessAction, AccessEvent, HolderKind, MandateRefused, read_identity, record_access
from vault import ActorKind as ActingKind
from vault.mandates import Covers, Mandate, MandateKind, mandate_in_force, open_by_mandate

_POWERS: Final[Mapping[MandateKind, Power]] = {
    MandateKind.PARENT: Power.PARENT,
    MandateKind.GUARDIAN: Power.GUARDIAN,
    MandateKind.LEGAL_REPRESENTATIVE: Power.LEGAL_REPRESENTATIVE,
    MandateKind.APPOINTED_USER: Power.POWER_OF_ATTORNEY,
}
_MOST_ITEMS: Final = 20
# Enough for a family; a programme that floods an office's queue ends here.
_MOST_OPEN: Final = 10


@dataclass(frozen=True, slots=True)
class OwnCaseForm:
    """What a citizen asks for: of which agency, which originals, how the copies come, and when the paper is brought."""

    agency_code: str
    originals: tuple[Original, ...]
    delivery: Delivery = Delivery.VAULT
    terms: DeliveryTerms = field(default_factory=DeliveryTerms, repr=False)
    appointment_at: datetime | None = None
    holder_id: str | None = None
    """Whose vault, when it is that of somebody whom a mandate lets one act for."""


@dataclass(frozen=True, slots=True)
class OwnCase:
    """A request of one's own with its originals."""

    case: Case
    items: tuple[Item, ...]


def submit(services: Services, principal: Principal, form: OwnCaseForm) -> OwnCase:
    """Submit a request; it waits for the paper, and expires when nobody brings it.

    Raises:
        RequestInvalid: no original is named, or too many.
        GuardRefused: `TOO_MANY_OPEN`, the delivery misses its address, or the appointment cannot be had.
        AgencyNotFound: the agency does not act.
        NotFound: the vault of somebody else is not open to the one who asks.
        MandateRefused: the mandate lets its person only read, or does not cover such papers.
    """
    if not 1 <= len(form.originals) <= _MOST_ITEMS or not all(1 <= one.copies <= 100 for one in form.originals):
        raise RequestInvalid("name from 1 to 20 originals, each with 1 to 100 copies", field="originals")
    check_terms(form.delivery, form.terms)
    law, at, me = services.law, services.clock.now(), principal.holder_id
    rules, actor = desk_rules(law, at=at), Actor(ActorKind.CITIZEN, me)
    with services.database.read() as tx:
        _check_room(tx, me)
        identity = read_identity(tx, me, vault=services.blobs)
        mandate = None if form.holder_id in {None, me} else _mandate(tx, me, form, at=at)
        appointment = form.appointment_at and book_appointment(
            tx, agency_code=form.agency_code, wanted=form.appointment_at, calendar=law.calendar, rules=rules, at=at
        )
    new = NewCase(
        agency_code=form.agency_code,
        channel=Channel.ONLINE,
        holder_id=mandate.holder_id if mandate else me,
        requester_digest=services.number_index.digests(HolderKind.PERSON, identity.number)[0][1],
        requester_id_last4=identity.number[-4:],
        due_at=law.calendar.due_at(appointment or at),
        delivery=form.delivery,
        appointment_at=appointment,
        state=CaseState.DRAFT,
    )
    case = services.pipeline.open_case(new, requester_name=identity.name, opened_by=me)
    person = NewPerson(
        PersonRole.PRESENTER, identity.name, identity.number, identity.birth_date, SeenBy.SIGNED_IN, holder_id=me
    )
    if mandate:
        person = replace(
            person,
            power=_POWERS[mandate.kind],
            power_paper=mandate.document_number,
            power_until=mandate.ends_at,
        )
    with services.database.transaction() as tx:
        holder = _holder(services, tx, mandate, at=at) if mandate else replace(person, role=PersonRole.HOLDER)
        add_people(
            tx,
            case.case_id,
            [person, replace(person, role=PersonRole.REQUESTER), holder],
            blobs=services.blobs,
            digest_of=lambda number: services.number_index.digests(HolderKind.PERSON, number)[0][1],
            staff_id=me,
            at=at,
        )
        if form.delivery is not Delivery.VAULT:
            set_terms(
                tx,
                case.case_id,
                form.delivery,
                form.terms,
                blobs=services.blobs,
                actor=actor,
                at=at,
                random_bytes=services.random_bytes,
            )
        for one in form.originals:
            doc_type = law.doc_type(one.doc_type)
            add_item(
                tx,
                case.case_id,
                doc_type=doc_type.code,
                title=law.paper_title(doc_type.code),
                copies=one.copies,
                at=at,
                random_bytes=services.random_bytes,
            )
        # Who never brings the paper holds no place for ever.
        waits_until = law.calendar.due_after(appointment or at, working_days=rules.times.draft_days)
        move_case(tx, case.case_id, event=CaseEvent.SUBMIT, actor=actor, at=at, changes={"waits_until": waits_until})
    return see_own(services, principal, case.case_id)


def list_own(services: Services, principal: Principal, *, limit: int = 100) -> tuple[OwnCase, ...]:
    """Give one's own requests, newest first."""
    mine = sa.and_(cases.c.opened_by == principal.holder_id, cases.c.channel == Channel.ONLINE.value)
    with services.database.read() as tx:
        ids = tx.execute(sa.select(cases.c.case_id).where(mine).order_by(cases.c.case_id.desc()).limit(limit)).scalars()
        return tuple(OwnCase(get_case(tx, one), list_items(tx, case_id=one)) for one in ids.all())


def see_own(services: Services, principal: Principal, case_id: str) -> OwnCase:
    """Give one of one's own requests.

    Raises:
        CaseNotFound: there is none, or it is somebody else's: nobody can tell the two apart.
    """
    with services.database.read() as tx:
        return OwnCase(_own(tx, principal, case_id), list_items(tx, case_id=case_id))


def ask_back(services: Services, principal: Principal, case_id: str) -> OwnCase:
    """Ask for a request back; the office answers.

    Raises:
        CaseNotFound: as `see_own`.
        TransitionRefused, GuardRefused: it has ended, or a copy is being signed.
    """
    at, actor = services.clock.now(), Actor(ActorKind.CITIZEN, principal.holder_id)
    with services.database.transaction() as tx:
        _own(tx, principal, case_id)
        move_case(tx, case_id, event=CaseEvent.ASK_WITHDRAWAL, actor=actor, at=at)
    return see_own(services, principal, case_id)


def offices(services: Services) -> tuple[Agency, ...]:
    """Give the agencies that act now, of which one may be asked."""
    at = services.clock.now()
    with services.database.read() as tx:
        return tuple(one for one in list_agencies(tx) if acts_at(one, at=at))


def _own(tx: Connection, principal: Principal, case_id: str) -> Case:
    case = get_case(tx, case_id)
    if case.channel is not Channel.ONLINE or case.opened_by != principal.holder_id:
        raise CaseNotFound(f"case {case_id} does not exist")
    return case


def _mandate(tx: Connection, me: str, form: OwnCaseForm, *, at: datetime) -> Mandate:
    """Give the mandate by which somebody asks for another; one that only reads, or of an heir, asks for nothing."""
    access = open_by_mandate(tx, person_id=me, holder_id=form.holder_id or "", at=at)
    mandate = mandate_in_force(tx, access)
    wanted = {one.doc_type for one in form.originals}
    covers = mandate.covers is Covers.EVERYTHING or (mandate.covers is Covers.TYPES and wanted <= set(mandate.covered))
    if not mandate.may_act or mandate.kind not in _POWERS or not covers:
        raise MandateRefused("this mandate does not let its person ask for copies of such papers; ask at the counter")
    return mandate


def _holder(services: Services, tx: Connection, mandate: Mandate, *, at: datetime) -> NewPerson:
    """Give whose vault it is, and write into its history who asked in its name."""
    identity = read_identity(tx, mandate.holder_id, vault=services.blobs)
    event = AccessEvent(
        holder_id=mandate.holder_id,
        action=AccessAction.READ,
        actor_kind=ActingKind.REPRESENTATIVE,
        actor_id=mandate.person_id,
        at=at,
        reason="ONLINE_REQUEST",
    )
    record_access(tx, event, random_bytes=services.random_bytes)
    return NewPerson(
        PersonRole.HOLDER, identity.name, identity.number, identity.birth_date, holder_id=mandate.holder_id
    )


def _check_room(tx: Connection, holder_id: str) -> None:
    still_open = [state.value for state in OPEN_STATES]
    count = tx.execute(
        sa.select(sa.func.count())
        .select_from(cases)
        .where(
            cases.c.opened_by == holder_id,
            cases.c.channel == Channel.ONLINE.value,
            cases.c.state.in_(still_open),
        )
    ).scalar_one()
    if count >= _MOST_OPEN:
        raise GuardRefused("TOO_MANY_OPEN", f"{count} of your requests are still open; bring their papers first")
