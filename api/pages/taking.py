"""The citizen's page that takes everything along and erases what no law keeps, in three steps."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import taking_along as acts
from api.documents import DocumentGiven, document_response, download_headers
from api.errors import RequestInvalid
from api.pages.citizen_view import status_word
from api.pages.render import page, problem_of, say_of, see_other
from api.problems import Problem
from api.services import Services
from guard import Room
from vault import Record, Retention, VaultError

router = APIRouter(include_in_schema=False)
Citizen = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF))]
CitizenAnew = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF, step_up=True))]
_HERE = "/citizen/take-along"


@router.get(_HERE)
def look(request: Request, principal: Citizen) -> Response:
    """Show what is there, the package to take along, and the form that erases."""
    return _show(request, principal, problem=None)


@router.get(f"{_HERE}/vault.zip")
def take_along(request: Request, principal: CitizenAnew) -> Response:
    """Give everything in one package."""
    services: Services = request.app.state.services

    def give(room: Room) -> DocumentGiven:
        content = room.take(lambda target: acts.write_export(services, principal, target))
        return content, download_headers(name="vault.zip")

    return document_response(services.spool, give, media_type="application/zip")


@router.post(f"{_HERE}/erase")
def erase(
    request: Request,
    principal: CitizenAnew,
    record_id: Annotated[list[str] | None, Form()] = None,
    understood: Annotated[str, Form()] = "",
) -> Response:
    """Erase the papers that were ticked."""
    services: Services = request.app.state.services
    try:
        if not record_id or understood != "yes":
            raise RequestInvalid("tick the papers, and that you understood", field="understood")
        acts.erase(services, principal, tuple(record_id))
    except (RequestInvalid, VaultError) as exc:
        return _show(request, principal, problem=problem_of(request, exc))
    return see_other(_HERE)


def _show(request: Request, principal: Principal, *, problem: Problem | None) -> Response:
    services: Services = request.app.state.services
    say, at = say_of(request), services.clock.now()
    going = acts.what_would_go(services, principal)
    return page(
        request,
        "citizen_take_along.html",
        principal=principal,
        status=problem.status if problem else 200,
        problem=problem,
        address=_HERE,
        current="/citizen/history",
        erasable=[(one.record_id, say.pick(one.titles), status_word(one, say, at=at)) for one in going.erasable],
        kept=[(say.pick(one.titles), say(f"page.taking.kept.{_keeper(one)}")) for one in going.kept],
    )


def _keeper(record: Record) -> str:
    # What neither a law nor a case keeps, and is kept nevertheless, is under a legal hold.
    return "HOLD" if record.retention is Retention.HOLDER else record.retention.value
