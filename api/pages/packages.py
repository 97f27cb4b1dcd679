"""The package of a dossier by copy on the pages of both doors: take it, and approve it with a passkey."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import packages as acts
from api.documents import DocumentGiven, document_response, download_headers
from api.pages.received import Recipient
from api.pages.render import see_other
from api.services import Services
from guard import Room
from signing import CONTAINER_TYPE

router = APIRouter(include_in_schema=False)

Sharer = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF, step_up=True))]


@router.get("/citizen/submissions/{submission_id}/package")
def take_own(request: Request, principal: Sharer, submission_id: str) -> Response:
    """Give the holder the package of a dossier."""
    services: Services = request.app.state.services

    def give(room: Room) -> DocumentGiven:
        content = room.take(
            lambda target: acts.write_own_package(services, principal, submission_id, target, room=room)
        )
        return content, download_headers(name=f"{submission_id}.asice")

    return document_response(services.spool, give, media_type=CONTAINER_TYPE)


@router.post("/citizen/submissions/{submission_id}/approval-question")
def ask_approval(request: Request, principal: Sharer, submission_id: str) -> Response:
    """Give the browser's script what it needs to have this package approved."""
    options, _ = acts.ask_approval(request.app.state.services, principal, submission_id)
    return Response(options, media_type="application/json")


@router.post("/citizen/submissions/{submission_id}/approval")
def approve(request: Request, principal: Sharer, submission_id: str, answer: Annotated[str, Form()]) -> Response:
    """Keep what the passkey answered."""
    acts.keep_approval(request.app.state.services, principal, submission_id, answer)
    return see_other(f"/citizen/submissions/{submission_id}")


@router.post("/staff/submissions/{submission_id}/package")
def take_received(request: Request, principal: Recipient, submission_id: str) -> Response:
    """Give the recipient the package; the holder sees each paper that is in it."""
    services: Services = request.app.state.services

    def give(room: Room) -> DocumentGiven:
        content = room.take(
            lambda target: acts.write_received_package(services, principal, submission_id, target, room=room)
        )
        return content, download_headers(name=f"{submission_id}.asice")

    return document_response(services.spool, give, media_type=CONTAINER_TYPE)
