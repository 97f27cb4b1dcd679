"""The kiosk: what do I need for this procedure? By list, by a question in one's own words, by language; no account, no name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from api.access import OwnerRule, Requires, Role
from api.acts.kiosk import find_by_question
from api.acts.procedures import procedures as procedures_in_force
from api.pages.names import agency_names
from api.pages.procedure_view import domain_groups, requirement_lines
from api.pages.render import page, say_of
from api.pages.views import Fact, Say
from api.services import Services
from dossiers import Procedure

router = APIRouter(include_in_schema=False)
_ANYONE: Final = [Depends(Requires(Role.ANYONE, owner=OwnerRule.NOBODY))]


@dataclass(frozen=True, slots=True)
class KioskFind:
    """A procedure that answers a question, with what it asks for and the code to take along."""

    procedure_id: str
    title: str
    agency: str
    rows: tuple[Fact, ...]


@router.get("/kiosk", dependencies=_ANYONE)
def kiosk(request: Request, ask: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Answer a question from the catalogue, or show all of it."""
    services: Services = request.app.state.services
    say, known = say_of(request), procedures_in_force(services)
    agencies = agency_names(services, say)
    question = ask.strip()
    found = find_by_question(known, question) if question else ()
    return page(
        request,
        "kiosk.html",
        current="/kiosk",
        question=question,
        finds=kiosk_finds(found, say, agencies=agencies),
        domains=() if found else domain_groups(known, say, agencies=agencies, base="/p"),
    )


def kiosk_finds(found: Sequence[Procedure], say: Say, *, agencies: Mapping[str, str]) -> tuple[KioskFind, ...]:
    """Lay out what answers a question."""
    return tuple(
        KioskFind(
            one.procedure_id,
            say.pick(dict(one.title)),
            agencies.get(one.recipient_agency, one.recipient_agency),
            requirement_lines(one, say),
        )
        for one in found
    )
