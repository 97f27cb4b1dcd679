"""The end of a case: choose how it is delivered, hand the copies over, print the sheet that the receiver signs."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from api.acts import handover as acts
from api.problems import language_of
from api.routes.depends import ClerkOrCertifier, IdempotencyKeyHeader, Office, Reader, Ulid, reply
from api.routes.repeats import do_once
from api.schemas.handover import DeliveryAsked, DeliveryTold, HandoverAsked, HandoverTold, TermsAsked
from certify.counter import DeliveryTerms, Receiver

router = APIRouter(prefix="/v1/cases/{case_id}", tags=["cases"])
_PDF: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"application/pdf": {}}}}


@router.get("/delivery", response_model=DeliveryTold)
def see_delivery(caller: Reader, services: Office, case_id: Ulid) -> Response:
    """Say how a case is delivered, and what was handed over to whom and when."""
    return reply(told(case_id, acts.look(services, caller, case_id)))


@router.put("/delivery", response_model=DeliveryTold)
def choose_delivery(caller: ClerkOrCertifier, services: Office, case_id: Ulid, asked: DeliveryAsked) -> Response:
    """Choose how a case is delivered and where to, as long as it has not ended."""
    return reply(told(case_id, acts.choose(services, caller, case_id, asked.way, terms_of(asked.terms))))


@router.post("/handover", status_code=201, response_model=DeliveryTold)
def hand_copies_over(
    request: Request,
    caller: ClerkOrCertifier,
    services: Office,
    case_id: Ulid,
    asked: HandoverAsked,
    _key: IdempotencyKeyHeader = None,
) -> Response:
    """Hand the copies of a completed case over: mail the links, or note who took them or which post."""

    def act() -> Response:
        view = acts.hand_over(services, caller, case_id, receiver_of(asked))
        return reply(told(case_id, view), status=201)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.get("/collection-sheet", response_class=Response, responses=_PDF)
def collection_sheet(request: Request, caller: Reader, services: Office, case_id: Ulid) -> Response:
    """Give the sheet on which the receiver signs for the copies, in the caller's language."""
    pdf = acts.collection_sheet(services, caller, case_id, language=language_of(request))
    return Response(pdf, media_type="application/pdf")


def receiver_of(asked: HandoverAsked) -> Receiver:
    """Who takes the copies, as the act takes it."""
    return Receiver(asked.received_by, asked.seen_by, asked.carrier, asked.tracking_id)


def terms_of(asked: TermsAsked) -> DeliveryTerms:
    """Where copies go, as the act takes it."""
    return DeliveryTerms(asked.email, asked.address, asked.language)


def told(case_id: str, view: acts.HandoverView) -> DeliveryTold:
    """How a case is delivered, as it is told."""
    return DeliveryTold(
        case_id=case_id,
        way=view.way,
        has_address=view.has_address,
        mail_state=view.mail_state.value if view.mail_state else None,
        mail_code=view.mail_code,
        handovers=[
            HandoverTold(
                handover_id=one.handover_id,
                way=one.way,
                received_by=one.receiver.role,
                seen_by=one.receiver.seen_by,
                carrier=one.receiver.carrier,
                tracking_id=one.receiver.tracking_id,
                links=len(one.shares),
                made_by=one.made_by,
                made_at=one.made_at,
            )
            for one in view.handovers
        ],
    )
