"""Numbers of the waiting room: the clerk's page that gives and calls them, and the board that everybody sees."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import JSONResponse

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import tickets as acts
from api.errors import ApiError
from api.pages.names import agency_names
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.views import Say
from api.problems import Problem
from api.services import Services
from certify import CertifyError
from certify.counter import Board, TicketState

router = APIRouter(include_in_schema=False)
Clerk = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, owner=OwnerRule.AGENCY))]
_ANYONE: Final = [Depends(Requires(Role.ANYONE, owner=OwnerRule.NOBODY))]
_HERE: Final = "/staff/tickets"


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


@router.get("/staff/tickets")
def show(
    request: Request,
    principal: Clerk,
    given: Annotated[int, Query(ge=0, le=999)] = 0,
    desk: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Show who waits, and the ways to give a number and to call the next."""
    return _show(request, principal, given=given, desk=desk, problem=None)


@router.post("/staff/tickets")
def give(request: Request, principal: Clerk, desk: Annotated[str, Form(max_length=40)] = "") -> Response:
    """Give the next number and show it."""
    try:
        ticket = acts.give(_services(request), principal)
    except CertifyError as exc:
        return _show(request, principal, given=0, desk=desk, problem=problem_of(request, exc))
    return see_other(f"{_HERE}?{urlencode({'given': ticket.number, 'desk': desk})}")


@router.post("/staff/tickets/call")
def call(request: Request, principal: Clerk, desk: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Call the next number to a desk."""
    try:
        acts.call(_services(request), principal, desk)
    except ApiError as exc:
        return _show(request, principal, given=0, desk="", problem=problem_of(request, exc))
    return see_other(f"{_HERE}?{urlencode({'desk': ' '.join(desk.split())})}")


@router.get("/board/{agency_code}", dependencies=_ANYONE)
def board(request: Request, agency_code: str) -> Response:
    """Show the waiting room which number is called to which desk."""
    services, say = _services(request), say_of(request)
    shown = acts.board(services, agency_code)
    return page(
        request,
        "board.html",
        agency=agency_names(services, say).get(agency_code, agency_code),
        source=f"/board/{agency_code}/now",
        **board_lines(shown, say),
    )


@router.get("/board/{agency_code}/now", dependencies=_ANYONE)
def board_now(request: Request, agency_code: str) -> Response:
    """Give the lines of the board anew, in the reader's language."""
    return JSONResponse(board_lines(acts.board(_services(request), agency_code), say_of(request)))


def board_lines(shown: Board, say: Say) -> dict[str, Any]:
    """The board as a page shows it: what is called now and before, as lines, and how many wait."""
    return {
        "lines": [say("page.board.line", number=one.number, desk=one.desk or "–") for one in shown.called],
        "waiting": say("page.board.waiting", count=shown.waiting),
    }


def _show(request: Request, principal: Principal, *, given: int, desk: str, problem: Problem | None) -> Response:
    services, say = _services(request), say_of(request)
    shown = acts.board(services, principal.agency_code)
    here = [one for one in shown.called if one.state is TicketState.CALLED and one.desk == desk]
    return page(
        request,
        "staff_tickets.html",
        principal=principal,
        current=_HERE,
        address=_HERE,
        status=problem.status if problem else 200,
        problem=problem,
        given=given,
        desk=desk,
        called=here[0].number if here else 0,
        board=f"/board/{principal.agency_code}",
        **board_lines(shown, say),
    )
