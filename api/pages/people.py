"""The citizen's page about people: who may act for the own vault, whose vaults one may open, and such a vault."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import vaults as acts
from api.documents import DocumentGiven, document_response, download_headers
from api.pages.citizen_view import MandateRow, mandate_rows, role_links, shelves
from api.pages.names import agency_names
from api.pages.render import page, say_of
from api.services import Services
from guard import Room

router = APIRouter(include_in_schema=False)
Citizen = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF))]
ByMandate = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.MANDATE))]
_HERE = "/citizen/people"


@router.get("/citizen/people")
def people(request: Request, principal: Citizen) -> Response:
    """Show who may act for the own vault, and which vaults of others are open."""
    services: Services = request.app.state.services
    say, at = say_of(request), services.clock.now()
    opened: tuple[MandateRow, ...] = mandate_rows(acts.open_vaults(services, principal), say, at=at)
    return page(
        request,
        "citizen_people.html",
        principal=principal,
        current=_HERE,
        opened=opened,
        acting=mandate_rows(acts.representatives(services, principal), say, at=at),
    )


@router.get("/citizen/vaults/{holder_id}")
def vault_of(request: Request, principal: ByMandate, holder_id: str) -> Response:
    """Show the papers of a vault that a mandate opens; its holder sees this look."""
    services: Services = request.app.state.services
    say, at = say_of(request), services.clock.now()
    papers = acts.vault_papers(services, principal, holder_id, limit=500)
    opened = acts.open_vaults(services, principal)
    (row, *_) = mandate_rows([one for one in opened if one.mandate.holder_id == holder_id], say, at=at)
    return page(
        request,
        "citizen_vault_of.html",
        principal=principal,
        address=f"/citizen/vaults/{holder_id}",
        current=_HERE,
        row=row,
        roles=role_links(opened, say, at=at),
        shelves=shelves(
            papers,
            say,
            at=at,
            agencies=agency_names(services, say),
            address=lambda record_id: f"/citizen/vaults/{holder_id}/records/{record_id}/paper.pdf",
        ),
    )


@router.get("/citizen/vaults/{holder_id}/records/{record_id}/paper.pdf")
def paper_of(request: Request, principal: ByMandate, holder_id: str, record_id: str) -> Response:
    """Give the signed file of a paper a mandate covers; its holder sees who took it."""
    services: Services = request.app.state.services

    def give(room: Room) -> DocumentGiven:
        content = acts.vault_paper_pdf(services, principal, holder_id, record_id, room=room)
        return content, download_headers(name=f"{record_id}.pdf")

    return document_response(services.spool, give)
