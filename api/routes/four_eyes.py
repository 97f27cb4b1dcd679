"""Four eyes switched on and off by an administrator."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.acts import four_eyes as acts
from api.routes.depends import Admin, AdminAnew, IdempotencyKeyHeader, Office, PlainId, Ulid, reply
from api.routes.repeats import do_once
from api.schemas.four_eyes import FourEyesAsked, FourEyesList, FourEyesTold
from certify.counter import FourEyes

router = APIRouter(prefix="/v1/agencies/{agency_code}/four-eyes", tags=["administration"])


@router.get("", response_model=FourEyesList)
def list_decisions(caller: Admin, services: Office, agency_code: PlainId) -> Response:
    """List the decisions by which an agency asks for two people, newest first."""
    found = acts.decisions(services, caller, agency_code)
    return reply(FourEyesList(items=[told(services, one) for one in found]))


@router.post("", status_code=201, response_model=FourEyesTold)
def ask_for_four_eyes(
    request: Request,
    caller: AdminAnew,
    services: Office,
    agency_code: PlainId,
    asked: FourEyesAsked,
    _key: IdempotencyKeyHeader = None,
) -> Response:
    """Let nobody certify what they scanned themselves, by a numbered decision: all papers, or one type."""

    def act() -> Response:
        form = acts.FourEyesForm(**asked.model_dump())
        return reply(told(services, acts.ask_for(services, caller, agency_code, form)), status=201)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.post("/{policy_id}/end", response_model=FourEyesTold)
def end_four_eyes(caller: AdminAnew, services: Office, agency_code: PlainId, policy_id: Ulid) -> Response:
    """End such a decision now; what was certified before stays as it was."""
    acts.decisions(services, caller, agency_code)
    return reply(told(services, acts.end(services, caller, policy_id)))


def told(services: Office, one: FourEyes) -> FourEyesTold:
    """A decision as it is told."""
    return FourEyesTold(
        policy_id=one.policy_id,
        agency_code=one.agency_code,
        decision_number=one.decision_number,
        doc_type=one.doc_type,
        valid_from=one.valid_from,
        valid_until=one.valid_until,
        holds=one.holds_at(services.clock.now()),
    )
