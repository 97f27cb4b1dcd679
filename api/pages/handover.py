"""The counter's pages of a delivery: choose the way, hand over, print the sheet."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from api.acts import handover as acts
from api.errors import RequestInvalid
from api.pages.cases import Either, Reader, show_page
from api.pages.render import problem_of, see_other
from api.problems import language_of
from api.services import Services
from certify import CaseNotFound, CertifyError
from certify.case import Delivery
from certify.counter import DeliveryTerms, PersonRole, Receiver, SeenBy
from vault import VaultError

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=500)]


@router.post("/staff/cases/{case_id}/delivery")
def choose(
    request: Request, principal: Either, case_id: str, way: Text = "", email: Text = "", address: Text = ""
) -> Response:
    """Choose how the case is delivered."""
    services: Services = request.app.state.services
    terms = DeliveryTerms(email.strip(), address, language_of(request))
    try:
        acts.choose(services, principal, case_id, _one_of(Delivery, way, "way"), terms)
    except CaseNotFound:
        raise
    except (RequestInvalid, CertifyError, VaultError) as exc:
        return show_page(request, principal, case_id, problem=problem_of(request, exc))
    return see_other(f"/staff/cases/{case_id}")


@router.post("/staff/cases/{case_id}/handover")
def hand_over(
    request: Request,
    principal: Either,
    case_id: str,
    received_by: Text = "",
    seen_by: Text = "",
    carrier: Text = "",
    tracking_id: Text = "",
) -> Response:
    """Hand the copies over."""
    services: Services = request.app.state.services
    try:
        receiver = Receiver(
            _one_of(PersonRole, received_by, "received_by") if received_by else None,
            _one_of(SeenBy, seen_by, "seen_by") if seen_by else None,
            carrier.strip()[:64],
            tracking_id.strip()[:64],
        )
        acts.hand_over(services, principal, case_id, receiver)
    except CaseNotFound:
        raise
    except (RequestInvalid, CertifyError, VaultError) as exc:
        return show_page(request, principal, case_id, problem=problem_of(request, exc))
    return see_other(f"/staff/cases/{case_id}")


@router.get("/staff/cases/{case_id}/collection.pdf")
def sheet(request: Request, principal: Reader, case_id: str) -> Response:
    """Give the sheet to sign."""
    pdf = acts.collection_sheet(request.app.state.services, principal, case_id, language=language_of(request))
    return Response(pdf, media_type="application/pdf", headers={"Cache-Control": "no-store"})


def _one_of(kind: Any, value: str, field: str) -> Any:
    if value not in kind.__members__:
        raise RequestInvalid("choose one of the list", field=field)
    return kind(value)
