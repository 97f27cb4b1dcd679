"""The counter's look into the population database, before it asks for papers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import population as acts
from api.errors import ApiError
from api.pages.intake import new_scan_page
from api.pages.render import problem_of, say_of
from api.services import Services

router = APIRouter(include_in_schema=False)
Clerk = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, owner=OwnerRule.AGENCY))]


@router.post("/staff/look-up")
def look_first(request: Request, principal: Clerk, number: Annotated[str, Form(max_length=40)]) -> Response:
    """Look a person up, and show the form for a scan with what was found filled in."""
    services: Services = request.app.state.services
    filled = {"holder_number": number}
    try:
        found = acts.look_first(services, principal, number)
    except ApiError as exc:
        return new_scan_page(request, principal, problem=problem_of(request, exc), filled=filled)
    person = found.person
    if person is not None:
        filled["holder_name"] = person.name
        filled["holder_birth_date"] = person.birth_date.isoformat() if person.birth_date else ""
    words = say_of(request)(f"page.look_up.{found.outcome.value}", source=found.source)
    return new_scan_page(request, principal, problem=None, filled=filled, looked_up=words)
