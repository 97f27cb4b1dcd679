"""The counter's work on cases: open one with its people and originals, move it along, hand it over, follow it by its code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.engine import Connection

from api.access import Principal, Role
from api.acts.paper_databases import NOBODY_ASKED, ask_databases
from api.acts.receiving import ask_before_receiving, receive
from api.acts.reuse import ask_first
from api.errors import NotFound as NothingThere
from api.errors import RequestInvalid
from api.services import Services
from certify import Case, CaseNotFound, Channel, Item, NewCase, add_item, get_case, list_items, stands_for
from certify.actors import Actor, ActorKind
from certify.case import Delivery
from certify.case_moves import CaseStep, case_history, lock_case, move_case
from certify.case_transitions import CaseEvent
from certify.counter import (
    Arrival,
    Assistance,
    CasePerson,
    DeliveryTerms,
    NewPerson,
    PersonRole,
    TrackedCase,
    add_people,
    ask_supplement,
    book_appointment,
    check_channel,
    check_claim,
    check_terms,
    claim,
    desk_rules,
    find_tracked,
    hand_over,
    leave_until,
    note_arrival,
    note_assistance,
    people_of,
    read_card,
    release,
    route,
    set_terms,
)
from certify.errors import GuardRefused
from dossiers.names import NameLikeness, compare_names
from vault import (
    CodeMistyped,
    Holder,
    HolderKind,
    Identity,
    NewHolder,
    NotFound,
    enrol_holder,
    find_by_number,
    parse_code,
    read_identity,
)

_MOST_ITEMS: Final = 50


@dataclass(frozen=True, slots=True)
class Original:
    """An original that is declared: its type and how many copies are wanted."""

    doc_type: str
    copies: int = 1


@dataclass(frozen=True, slots=True)
class CaseForm:
    """What the counter enters for a case; whoever is left out is the one who presents the paper."""

    presenter: NewPerson
    originals: tuple[Original, ...]
    requester: NewPerson | None = None
    holder: NewPerson | None = None
    subjects: tuple[NewPerson, ...] = ()
    channel: Channel = Channel.COUNTER
    delivery: Delivery = Delivery.VAULT
    responsible_agency: str | None = None
    appointment_at: datetime | None = None
    terms: DeliveryTerms = field(default_factory=DeliveryTerms, repr=False)
    """Where copies go that are mailed or posted."""
    arrival: Arrival | None = None
    helped: Assistance | None = None
    card: str = field(default="", repr=False)
    """The code of the presenter's identity card as it was read."""


class CaseAct(StrEnum):
    """What somebody at the counter does to a case."""

    CLAIM = "CLAIM"
    RELEASE = "RELEASE"
    HAND_OVER = "HAND_OVER"
    ROUTE = "ROUTE"
    ASK_SUPPLEMENT = "ASK_SUPPLEMENT"
    TAKE_SUPPLEMENT = "TAKE_SUPPLEMENT"
    ASK_PAYMENT = "ASK_PAYMENT"
    SETTLE_PAYMENT = "SETTLE_PAYMENT"
    ASK_WITHDRAWAL = "ASK_WITHDRAWAL"
    GRANT_WITHDRAWAL = "GRANT_WITHDRAWAL"
    DENY_WITHDRAWAL = "DENY_WITHDRAWAL"
    RECEIVE = "RECEIVE"
    DELIVER = "DELIVER"


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with its people (without names), its originals and its history."""

    case: Case
    people: tuple[CasePerson, ...]
    items: tuple[Item, ...]
    steps: tuple[CaseStep, ...]


def open_for(services: Services, principal: Principal, form: CaseForm) -> CaseView:
    """Open a case at the counter, find or open the holder's vault, and ask vault and databases for each original.

    Raises:
        RequestInvalid: a field cannot be meant, or name and birth date are not those of the vault.
        GuardRefused: the presenter was not seen, acts without a power, the appointment cannot be had, or channel and
            delivery miss what they need.
        AgencyNotFound: the responsible agency does not act.
    """
    if not 1 <= len(form.originals) <= _MOST_ITEMS or not all(1 <= one.copies <= 100 for one in form.originals):
        raise RequestInvalid("name from 1 to 50 originals, each with 1 to 100 copies", field="originals")
    if Role.COUNTER_CLERK not in principal.roles and form.channel is not Channel.POSTAL:
        raise GuardRefused("POST_ONLY", "who takes in the post opens cases by post; a counter clerk opens the others")
    form = _with_card(form)
    check_channel(
        form.channel,
        seen_by=form.presenter.seen_by,
        delivery=form.delivery,
        arrival=form.arrival,
        helped=form.helped,
    )
    check_terms(form.delivery, form.terms)
    presenter = replace(form.presenter, role=PersonRole.PRESENTER)
    requester = replace(form.requester or presenter, role=PersonRole.REQUESTER)
    wanted = replace(form.holder or requester, role=PersonRole.HOLDER)
    holder = enrol(services, principal, wanted)
    law, at = services.law, services.clock.now()
    agency = form.responsible_agency or principal.agency_code
    with services.database.read() as tx:
        appointment = form.appointment_at and book_appointment(
            tx,
            agency_code=agency,
            wanted=form.appointment_at,
            calendar=law.calendar,
            rules=desk_rules(law, at=at),
            at=at,
        )
    new = NewCase(
        agency_code=agency,
        channel=form.channel,
        holder_id=holder.holder_id,
        requester_digest=_digest(services)(requester.number),
        requester_id_last4="".join(requester.number.split())[-4:],
        due_at=law.calendar.due_at(appointment or at),
        receiving_agency_code=principal.agency_code if agency != principal.agency_code else None,
        delivery=form.delivery,
        appointment_at=appointment,
    )
    case = services.pipeline.open_case(new, requester_name=requester.name, opened_by=principal.staff_id)
    doc_types = [law.doc_type(one.doc_type).code for one in form.originals]
    databases = ask_databases(services, principal, holder_id=holder.holder_id, doc_types=doc_types)
    with services.database.transaction() as tx:
        _note_way(services, tx, principal, case.case_id, form)
        add_people(
            tx,
            case.case_id,
            (presenter, requester, replace(wanted, holder_id=holder.holder_id), *form.subjects),
            blobs=services.blobs,
            digest_of=_digest(services),
            staff_id=principal.staff_id,
            at=at,
        )
        for one in form.originals:
            doc_type = law.doc_type(one.doc_type)
            item = add_item(
                tx,
                case.case_id,
                doc_type=doc_type.code,
                title=law.paper_title(doc_type.code),
                copies=one.copies,
                at=at,
                random_bytes=services.random_bytes,
            )
            ask_first(services, tx, principal, item, holder_id=holder.holder_id, databases=databases)
    return see(services, principal, case.case_id)


def _note_way(services: Services, tx: Connection, principal: Principal, case_id: str, form: CaseForm) -> None:
    """Write where the copies go, under which number a letter came, and who helps."""
    at, me = services.clock.now(), principal.staff_id
    if form.delivery is not Delivery.VAULT:
        actor = Actor(ActorKind.STAFF, me)
        set_terms(
            tx,
            case_id,
            form.delivery,
            form.terms,
            blobs=services.blobs,
            actor=actor,
            at=at,
            random_bytes=services.random_bytes,
        )
    if form.arrival is not None:
        note_arrival(tx, case_id, form.arrival, staff_id=me, at=at)
    if form.helped is not None:
        note_assistance(tx, case_id, form.helped, staff_id=me, at=at)


def enrol(services: Services, principal: Principal, person: NewPerson) -> Holder:
    """Find whose vault it is by number, name and birth date, or open an unclaimed one for a person who has none.

    Raises:
        RequestInvalid: the number is none, no name was given, or the vault of this number is somebody else's.
    """
    number = "".join(person.number.split())
    if not (number.isascii() and number.isdigit() and 9 <= len(number) <= 12):
        raise RequestInvalid("the holder's number has 9 to 12 digits", field="holder")
    with services.database.transaction() as tx:
        try:
            found = find_by_number(tx, HolderKind.PERSON, number, index=services.number_index)
        except NotFound as exc:
            if not person.name.strip():
                raise RequestInvalid("nobody with this number has a vault here; give the name", field="holder") from exc
            new = NewHolder(HolderKind.PERSON, Identity(person.name, number, person.birth_date), principal.agency_code)
            return enrol_holder(
                tx,
                new,
                index=services.number_index,
                vault=services.blobs,
                at=services.clock.now(),
                random_bytes=services.random_bytes,
            )
        known = read_identity(tx, found.holder_id, vault=services.blobs)
    if not _is_same(person, known.name, known.birth_date):
        raise RequestInvalid("name or birth date are not those of this number; read the card again", field="holder")
    return found


def see(services: Services, principal: Principal, case_id: str) -> CaseView:
    """Give a case to the agency that is responsible for it, or that received it.

    Raises:
        CaseNotFound: there is none, or it is neither's: nobody can tell the two apart.
    """
    with services.database.read() as tx:
        case = own_case(tx, principal, case_id, also_receiving=True)
        return CaseView(case, people_of(tx, case_id), list_items(tx, case_id=case_id), case_history(tx, case_id))


def act(
    services: Services,
    principal: Principal,
    case_id: str,
    which: CaseAct,
    *,
    code: str | None = None,
    to: str | None = None,
) -> CaseView:
    """Do something to a case of the agency; `code` is a choice of a list, `to` a colleague or another agency.

    Raises:
        CaseNotFound: as `see`.
        RequestInvalid: the act needs `to`.
        TransitionRefused, GuardRefused: it is impossible now, or a condition is not met.
    """
    if which is CaseAct.DELIVER:
        raise RequestInvalid("copies are handed over with who received them", field="act")
    at, me = services.clock.now(), principal.staff_id
    rules = desk_rules(services.law, at=at)
    acts: Mapping[CaseAct, Callable[[Connection], object]] = {
        CaseAct.CLAIM: lambda tx: claim(tx, case_id, staff_id=me, at=at),
        CaseAct.RELEASE: lambda tx: release(tx, case_id, staff_id=me, at=at),
        CaseAct.HAND_OVER: lambda tx: hand_over(tx, case_id, to_staff_id=_named(to), staff_id=me, at=at),
        CaseAct.ROUTE: lambda tx: route(
            tx, case_id, to_agency=_named(to), reason=code or "", rules=rules, staff_id=me, at=at
        ),
        CaseAct.ASK_SUPPLEMENT: lambda tx: ask_supplement(
            tx, case_id, code=code or "", rules=rules, law=services.law, staff_id=me, at=at
        ),
    }
    databases = NOBODY_ASKED
    if which is CaseAct.RECEIVE:
        with services.database.read() as tx:
            seen = own_case(tx, principal, case_id)
        databases = ask_before_receiving(services, principal, seen)
    with services.database.transaction() as tx:
        own_case(tx, principal, case_id)
        if which in acts:
            acts[which](tx)
        elif which is CaseAct.RECEIVE:
            receive(services, tx, principal, case_id, seen_by=code, databases=databases)
        else:
            check_claim(tx, lock_case(tx, case_id), staff_id=me, at=at)
            if which is CaseAct.DENY_WITHDRAWAL and code:
                rules.choice("deny_withdrawal", code)
            move_case(
                tx,
                case_id,
                event=CaseEvent(which.value),
                actor=Actor(ActorKind.STAFF, me),
                at=at,
                calendar=services.law.calendar,
                changes={"reason_code": code} if code else None,
            )
    return see(services, principal, case_id)


def go_on_leave(services: Services, principal: Principal, *, until: datetime, substitute_id: str) -> int:
    """Hand the own work to a substitute until one is back. Gives how many cases moved."""
    with services.database.transaction() as tx:
        return leave_until(tx, principal.staff_id, until=until, substitute_id=substitute_id, at=services.clock.now())


def track(services: Services, code: str) -> TrackedCase:
    """Tell how far the case of a tracking code is; an unknown code and a mistyped one are told apart by nobody.

    Raises:
        NotFound: no case has it.
    """
    try:
        with services.database.read() as tx:
            found = find_tracked(tx, parse_code(code), at=services.clock.now())
    except (CaseNotFound, CodeMistyped) as exc:
        raise NothingThere("no case has this code; compare it with the slip") from exc
    return found


def own_case(tx: Connection, principal: Principal, case_id: str, *, also_receiving: bool = False) -> Case:
    """Give a case of the agency of the one who asks; the agency that received it may look, too.

    Raises:
        CaseNotFound: there is none, or it is another's.
    """
    case = get_case(tx, case_id)
    agencies = {case.agency_code, case.received_by_agency} if also_receiving else {case.agency_code}
    if not any(stands_for(tx, one, agency_code=principal.agency_code) for one in agencies):
        raise CaseNotFound(f"case {case_id} does not exist")
    return case


def _with_card(form: CaseForm) -> CaseForm:
    if not form.card:
        return form
    card = read_card(form.card)
    seen = replace(form.presenter, number=card.number, name=card.name, birth_date=card.birth_date)
    return replace(form, presenter=seen)


def _is_same(person: NewPerson, name: str, birth_date: date | None) -> bool:
    if person.name.strip() and compare_names(person.name, name) is NameLikeness.DIFFERENT:
        return False
    return person.birth_date is None or birth_date is None or person.birth_date == birth_date


def _named(to: str | None) -> str:
    if not to:
        raise RequestInvalid("name to whom", field="to")
    return to


def _digest(services: Services) -> Callable[[str], str]:
    return lambda number: services.number_index.digests(HolderKind.PERSON, number)[0][1]
