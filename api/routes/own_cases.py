"""A citizen's requests online: submit, follow, ask back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import own_cases as acts
from api.acts.cases import Original
from api.acts.handover import tidy_terms
from api.routes.depends import IdempotencyKeyHeader, Office, Ulid, reply
from api.routes.handover import terms_of
from api.routes.repeats import do_once
from api.schemas.own_cases import OwnCaseAsked, OwnCaseList, OwnCaseTold, OwnItemTold
from vault import format_code

router = APIRouter(prefix="/v1/own-cases", tags=["cases"])
Citizen = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF))]


@router.get("", response_model=OwnCaseList)
def list_own_cases(caller: Citizen, services: Office) -> Response:
    """List one's own requests, newest first."""
    return reply(OwnCaseList(items=[own_case_told(one) for one in acts.list_own(services, caller)]))


@router.post("", status_code=201, response_model=OwnCaseTold)
def submit_own_case(
    request: Request, caller: Citizen, services: Office, asked: OwnCaseAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """Submit a request; nothing is scanned before the paper original was brought to the counter."""

    def act() -> Response:
        made = acts.submit(services, caller, own_case_form(asked))
        headers = {"Location": f"/v1/own-cases/{made.case.case_id}"}
        return reply(own_case_told(made), status=201, headers=headers)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.get("/{case_id}", response_model=OwnCaseTold)
def see_own_case(caller: Citizen, services: Office, case_id: Ulid) -> Response:
    """Say how far one's own request is."""
    return reply(own_case_told(acts.see_own(services, caller, case_id)))


@router.post("/{case_id}/withdrawal", response_model=OwnCaseTold)
def ask_own_case_back(caller: Citizen, services: Office, case_id: Ulid) -> Response:
    """Ask for one's own request back; the office answers."""
    return reply(own_case_told(acts.ask_back(services, caller, case_id)))


def own_case_form(asked: OwnCaseAsked) -> acts.OwnCaseForm:
    """A request as its act takes it."""
    return acts.OwnCaseForm(
        asked.agency_code,
        tuple(Original(one.doc_type, one.copies) for one in asked.originals),
        asked.delivery,
        tidy_terms(terms_of(asked.terms)),
        asked.appointment_at,
        asked.holder_id,
    )


def own_case_told(one: acts.OwnCase) -> OwnCaseTold:
    """A request as its citizen is told of it."""
    case = one.case
    return OwnCaseTold(
        case_id=case.case_id,
        agency_code=case.agency_code,
        holder_id=case.holder_id,
        state=case.state.value,
        tracking_code=format_code(case.tracking_code) if case.tracking_code else None,
        opened_at=case.opened_at,
        due_at=case.due_at,
        bring_until=case.waits_until,
        appointment_at=case.appointment_at,
        delivery=case.delivery,
        items=[
            OwnItemTold(item_id=item.item_id, doc_type=item.doc_type, copies=item.copies, state=item.state.value)
            for item in one.items
        ],
    )
