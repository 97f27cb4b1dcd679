"""Databases first: the counter looks a person up before it asks for papers."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.acts import population as acts
from api.routes.depends import Clerk, Office, reply
from api.schemas.population import LookedUpTold, LookUpAsked

router = APIRouter(prefix="/v1", tags=["drafts"])


@router.post("/population-look-ups", response_model=LookedUpTold)
def look_first(caller: Clerk, services: Office, asked: LookUpAsked) -> Response:
    """Look a person up by number in the population database; that it was done is on record, what was found is not."""
    found = acts.look_first(services, caller, asked.number)
    person = found.person
    told = LookedUpTold(
        look_up_id=found.look_up_id,
        outcome=found.outcome.value,
        source=found.source,
        legal_basis=found.basis_id,
        name=person.name if person else None,
        birth_date=person.birth_date.isoformat() if person and person.birth_date else None,
    )
    return reply(told)
