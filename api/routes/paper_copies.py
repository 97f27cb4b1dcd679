"""Copies on paper beside the electronic one: how many, and their sheets for ink signature and seal."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Response
from pydantic import Field

from api.acts import paper_copies as acts
from api.documents import digest_headers, document_response
from api.routes.depends import Certifier, Clerk, Office, Ulid, reply
from api.schemas.wire import Asked, Moment, Told, UlidText
from guard import Payload
from guard.spool import Room

router = APIRouter(prefix="/v1/drafts/{item_id}", tags=["drafts"])
_PDF: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


class PaperAsked(Asked):
    """How many copies on paper are wanted."""

    copies: int = Field(ge=1, le=100, examples=[2])


class PaperTold(Told):
    """The copies on paper of one original."""

    item_id: UlidText
    copies: int
    printed_at: Moment | None


@router.put("/paper-copies", response_model=PaperTold)
def ask_paper(caller: Clerk, services: Office, item_id: Ulid, asked: PaperAsked) -> Response:
    """Note how many copies on paper are wanted with the electronic one, before its number is taken."""
    paper = acts.ask_paper(services, caller, item_id, copies=asked.copies)
    return reply(PaperTold(item_id=item_id, copies=paper.copies, printed_at=paper.printed_at))


@router.post("/paper-sheets", responses=_PDF, response_class=Response)
def print_paper(caller: Certifier, services: Office, item_id: Ulid) -> Response:
    """Give the sheets with the statement for ink signature and seal; again, they are the same."""

    def give(room: Room) -> tuple[Payload, dict[str, str]]:
        content = acts.print_paper(services, caller, item_id, room=room)
        return content, digest_headers(content, name=f"{item_id}-paper.pdf")

    return document_response(services.spool, give)
