"""The counter: open a case with its people, do something to it, hand over its slip, follow it by its code."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response

from api.acts import cases as acts
from api.acts import counter_papers, handover
from api.acts.cases import CaseView
from api.acts.handover import tidy_terms
from api.problems import language_of
from api.routes.depends import (
    Anyone,
    CaseOpener,
    CaseReader,
    ClerkOrCertifier,
    Colleague,
    IdempotencyKeyHeader,
    Office,
    Ulid,
    reply,
)
from api.routes.handover import terms_of
from api.routes.office_told import draft_row
from api.routes.repeats import do_once
from api.schemas.counter import (
    CaseActAsked,
    CaseAsked,
    CasePersonTold,
    CaseStepTold,
    CaseWhole,
    ChoicesTold,
    ChoiceTold,
    LeaveAsked,
    LeaveTold,
    PersonAsked,
    TrackedTold,
)
from api.schemas.wire import Sentence
from api.services import Services
from certify import Agency, get_agency
from certify.counter import Arrival, Assistance, NewPerson, PersonRole, TrackedCase, desk_rules
from vault import format_code

router = APIRouter(prefix="/v1", tags=["cases"])
_PDF: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"application/pdf": {}}}}
TrackingCode = Annotated[str, Path(min_length=13, max_length=20, pattern=r"^[0-9A-Za-z-]+$")]


@router.post("/cases", status_code=201, response_model=CaseWhole)
def open_case(
    request: Request, caller: CaseOpener, services: Office, asked: CaseAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """Open a case with its people and originals; vault and databases are asked for each before a fee is due.

    Who has the role `postal_intake` alone opens cases by post.
    """

    def act() -> Response:
        view = acts.open_for(services, caller, case_form(asked))
        headers = {"Location": f"/v1/cases/{view.case.case_id}"}
        return reply(case_whole(services, view), status=201, headers=headers)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.get("/cases/{case_id}/whole", response_model=CaseWhole)
def see_case(caller: CaseReader, services: Office, case_id: Ulid) -> Response:
    """Give a case with its people, clock, claim and history; the agency that received it sees it, too."""
    return reply(case_whole(services, acts.see(services, caller, case_id)))


@router.post("/cases/{case_id}/acts", response_model=CaseWhole)
def act_on_case(
    request: Request,
    caller: ClerkOrCertifier,
    services: Office,
    case_id: Ulid,
    asked: CaseActAsked,
    _key: IdempotencyKeyHeader = None,
) -> Response:
    """Claim, release, hand over, route, ask for a supplement or a payment, answer a withdrawal, deliver."""

    def act() -> Response:
        view = handover.act(services, caller, case_id, asked.act, code=asked.code, to=asked.to)
        return reply(case_whole(services, view))

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.get("/cases/{case_id}/slip", response_class=Response, responses=_PDF)
def case_slip(request: Request, caller: CaseReader, services: Office, case_id: Ulid) -> Response:
    """Give the receipt and appointment slip, in the caller's language; it names no number of a person."""
    pdf = counter_papers.slip(services, caller, case_id, language=language_of(request))
    return Response(pdf, media_type="application/pdf")


@router.get("/tracking/{code}", response_model=TrackedTold)
def track_case(_caller: Anyone, services: Office, code: TrackingCode) -> Response:
    """Tell how far the case of a slip is; no name, no paper, no number."""
    return reply(tracked_told(services, acts.track(services, code)))


@router.post("/leave", response_model=LeaveTold)
def go_on_leave(caller: ClerkOrCertifier, services: Office, asked: LeaveAsked) -> Response:
    """Hand the own work to a substitute until one is back; a substitute signs under the own certificate only."""
    moved = acts.go_on_leave(services, caller, until=asked.until, substitute_id=asked.substitute_id)
    return reply(LeaveTold(handed_over=moved))


@router.get("/counter-choices", response_model=ChoicesTold)
def list_choices(_caller: Colleague, services: Office) -> Response:
    """Give the closed lists of the counter: supplements, reasons, relations, grounds, evidence."""
    return reply(choices_told(services))


def tracked_told(services: Services, found: TrackedCase) -> TrackedTold:
    """How far a case is, as anybody is told."""
    with services.database.read() as tx:
        agency, receiving = get_agency(tx, found.agency_code), get_agency(tx, found.received_by_agency)
    return TrackedTold(
        state=found.state.value,
        agency=_sentence(agency),
        received_by=_sentence(receiving),
        opened_at=found.opened_at,
        due_at=found.due_at,
        clock_stopped=found.clock_stopped,
        reason_code=found.reason_code,
        delivery=found.delivery,
        items=found.items,
        items_open=found.items_open,
        ended_at=found.ended_at,
    )


def choices_told(services: Services) -> ChoicesTold:
    """The closed lists of the counter."""
    rules = desk_rules(services.law, at=services.clock.now())
    lists = {
        family: [ChoiceTold(code=one.code, text=Sentence(**one.text)) for one in choices]
        for family, choices in rules.choices.items()
    }
    return ChoicesTold(lists=lists)


def case_whole(services: Services, view: CaseView) -> CaseWhole:
    """A case as it is told to the office."""
    case = view.case
    return CaseWhole(
        case_id=case.case_id,
        channel=case.channel.value,
        state=case.state.value,
        opened_at=case.opened_at,
        opened_by=case.opened_by,
        due_at=case.due_at,
        items=[draft_row(item) for item in view.items],
        agency_code=case.agency_code,
        received_by=case.received_by_agency,
        tracking_code=format_code(case.tracking_code) if case.tracking_code else None,
        delivery=case.delivery,
        appointment_at=case.appointment_at,
        claimed_by=case.claimed_by,
        claimed_at=case.claimed_at,
        clock_stopped_at=case.clock_stopped_at,
        waits_until=case.waits_until,
        reason_code=case.reason_code,
        is_late=case.is_late(at=services.clock.now()),
        people=[
            CasePersonTold(
                role=one.role.value,
                seen_by=one.seen_by.value if one.seen_by else None,
                number_last4=one.number_last4,
                power=one.power.value if one.power else None,
                power_until=one.power_until,
            )
            for one in view.people
        ],
        steps=[
            CaseStepTold(
                event=step.event,
                from_state=step.from_state,
                to_state=step.to_state,
                actor_kind=step.actor.kind.value,
                actor_id=step.actor.actor_id,
                code=step.detail_code,
                at=step.at,
            )
            for step in view.steps
        ],
    )


def case_form(asked: CaseAsked) -> acts.CaseForm:
    """What was sent for a case, as the act takes it."""
    return acts.CaseForm(
        presenter=_person(asked.presenter, PersonRole.PRESENTER),
        requester=_person(asked.requester, PersonRole.REQUESTER) if asked.requester else None,
        holder=_person(asked.holder, PersonRole.HOLDER) if asked.holder else None,
        subjects=tuple(_person(one, PersonRole.SUBJECT) for one in asked.subjects),
        originals=tuple(acts.Original(one.doc_type, one.copies) for one in asked.originals),
        channel=asked.channel,
        delivery=asked.delivery,
        terms=tidy_terms(terms_of(asked.terms)),
        arrival=Arrival(**asked.arrival.model_dump()) if asked.arrival else None,
        helped=Assistance(**asked.assistance.model_dump()) if asked.assistance else None,
        responsible_agency=asked.responsible_agency,
        appointment_at=asked.appointment_at,
        card=asked.card,
    )


def _person(asked: PersonAsked, role: PersonRole) -> NewPerson:
    return NewPerson(
        role=role,
        name=" ".join(asked.name.split()),
        number="".join((asked.number or "").split()),
        birth_date=asked.birth_date,
        seen_by=asked.seen_by,
        power=asked.power,
        power_paper=asked.power_paper,
        power_until=asked.power_until,
    )


def _sentence(agency: Agency) -> Sentence:
    return Sentence(vi=agency.name_vi, en=agency.name_en, fr=agency.name_fr)
