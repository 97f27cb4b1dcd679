"""The consents a holder gave: the list, and each with its signed receipt, to print and to withdraw."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import citizen as acts
from api.pages.consent_view import consent_rows, receipt_page
from api.pages.names import agency_names
from api.pages.render import page, say_of, see_other
from api.services import Services

router = APIRouter(include_in_schema=False)

Citizen = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF))]


@router.get("/citizen/consents")
def consents(request: Request, principal: Citizen) -> Response:
    """List the consents, newest first."""
    services: Services = request.app.state.services
    say = say_of(request)
    rows = consent_rows(
        acts.consents(services, principal, limit=100),
        say,
        agencies=agency_names(services, say),
        at=services.clock.now(),
    )
    return page(request, "citizen_consents.html", principal=principal, current="/citizen/shares", rows=rows)


@router.get("/citizen/consents/{consent_id}")
def one_consent(request: Request, principal: Citizen, consent_id: str) -> Response:
    """Show one consent as a receipt: what was agreed to, and the text that the office signed."""
    services: Services = request.app.state.services
    say = say_of(request)
    given = acts.consent(services, principal, consent_id)
    receipt = receipt_page(
        given,
        acts.wallet(services, principal).records,
        say,
        agencies=agency_names(services, say),
        at=services.clock.now(),
        signed=acts.consent_receipt(services, principal, consent_id),
    )
    return page(request, "citizen_consent.html", principal=principal, current="/citizen/shares", receipt=receipt)


@router.post("/citizen/consents/{consent_id}/withdraw")
def withdraw(request: Request, principal: Citizen, consent_id: str) -> Response:
    """Withdraw a consent; later fetches are refused."""
    acts.take_back_consent(request.app.state.services, principal, consent_id)
    return see_other(f"/citizen/consents/{consent_id}")
