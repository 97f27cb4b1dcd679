"""Coming in and going out: a name and a password, a single-use link of the demonstration, the end of a session."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from api.access import SESSION_COOKIES, STAFF_ROLES, OwnerRule, Principal, Requires, Role
from api.acts import sign_in as acts
from api.errors import NotAuthenticated, TooManyRequests
from api.identity import Door, Password, open_session, use_login_link
from api.pages.render import page, problem_of, see_other
from api.services import Services

router = APIRouter(include_in_schema=False)
_MAX_FIELD_LENGTH = 256
_OUR_PAGE: Final = re.compile(r"/(?:staff|citizen)(?:/[A-Za-z0-9._~-]+)*")

_ANYONE: Final = [Depends(Requires(Role.ANYONE, owner=OwnerRule.NOBODY))]
Staff = Annotated[Principal, Depends(Requires(*STAFF_ROLES, owner=OwnerRule.SELF))]
Citizen = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF))]


@router.get("/sign-in", dependencies=_ANYONE)
def sign_in_form(request: Request, wanted: Annotated[str, Query(alias="next")] = "") -> Response:
    """Ask for name and password; the account knows its door, and `next` the page that was asked for."""
    return page(request, "sign_in.html", problem=None, login="", wanted=wanted if _OUR_PAGE.fullmatch(wanted) else "")


@router.post("/sign-in", dependencies=_ANYONE)
def sign_in(
    request: Request,
    login: Annotated[str, Form()],
    password: Annotated[str, Form()],
    wanted: Annotated[str, Form(alias="next")] = "",
) -> Response:
    """Open a session, or say that the two do not open an account."""
    services: Services = request.app.state.services
    login = login.strip()[:_MAX_FIELD_LENGTH]
    address = request.client.host if request.client else ""
    try:
        entry = acts.sign_in(services, login=login, password=Password(password[:_MAX_FIELD_LENGTH]), address=address)
    except (NotAuthenticated, TooManyRequests) as exc:
        problem = problem_of(request, exc)
        return page(request, "sign_in.html", status=problem.status, problem=problem, login=login, wanted=wanted)
    return _enter(request, entry.session.account.door, entry.token, wanted=wanted)


@router.get("/in/{token}", dependencies=_ANYONE)
def single_use_link(request: Request, token: str) -> Response:
    """Sign in by a link that works once."""
    services: Services = request.app.state.services
    with services.database.transaction() as tx:
        account = use_login_link(tx, token, at=services.clock.now())
        opened, _session = open_session(tx, account, at=services.clock.now(), random_bytes=services.random_bytes)
    return _enter(request, account.door, opened)


@router.post("/staff/sign-out")
def staff_sign_out(request: Request, principal: Staff) -> Response:
    """End the session of the staff door."""
    return _leave(request, principal, Door.STAFF)


@router.post("/citizen/sign-out")
def citizen_sign_out(request: Request, principal: Citizen) -> Response:
    """End the session of the citizen's door."""
    return _leave(request, principal, Door.CITIZEN)


def _enter(request: Request, door: Door, token: str, *, wanted: str = "") -> Response:
    # A page of this door and of no other site: anything else leads to the door itself.
    is_of_this_door = _OUR_PAGE.fullmatch(wanted) is not None and wanted.split("/")[1] == door.value
    response = see_other(wanted if is_of_this_door else f"/{door.value}")
    response.set_cookie(
        SESSION_COOKIES[door], token, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
    return response


def _leave(request: Request, principal: Principal, door: Door) -> Response:
    services: Services = request.app.state.services
    if principal.session is not None:
        acts.sign_out(services, principal.session)
    response = see_other("/")
    response.delete_cookie(SESSION_COOKIES[door])
    return response
