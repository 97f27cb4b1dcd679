"""Coming in and going out: a name and a password, a single-use link of the demonstration, the end of a session."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from api.access import STAFF_ROLES, OwnerRule, Principal, Requires, Role
from api.acts import passkeys
from api.acts import sign_in as acts
from api.doors import forget_session, keep_session, visitor_of
from api.errors import NotAuthenticated, TooManyRequests
from api.identity import Door, Password
from api.pages.render import check_opens_a_page, is_page_of, page, problem_of, say_of, see_other
from api.services import Services
from keys import KeysError

router = APIRouter(include_in_schema=False)
_MAX_FIELD_LENGTH = 256

_ANYONE: Final = [Depends(Requires(Role.ANYONE, owner=OwnerRule.NOBODY))]
Staff = Annotated[Principal, Depends(Requires(*STAFF_ROLES, owner=OwnerRule.SELF, any_factor=True))]
Citizen = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF))]


@router.get("/sign-in", dependencies=_ANYONE)
def sign_in_form(request: Request, wanted: Annotated[str, Query(alias="next")] = "") -> Response:
    """Ask for name and password; the account knows its door, and `next` the page that was asked for."""
    is_ours = any(is_page_of(wanted, door) for door in Door)
    return page(
        request,
        "sign_in.html",
        problem=None,
        login="",
        wanted=wanted if is_ours else "",
        providers=provider_links(request),
    )


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
    words = Password(password)
    try:
        entry = acts.sign_in(services, login=login, password=words, visitor=visitor_of(request))
    except (NotAuthenticated, TooManyRequests) as exc:
        problem = problem_of(request, exc)
        return page(
            request,
            "sign_in.html",
            status=problem.status,
            problem=problem,
            login=login,
            wanted=wanted,
            providers=provider_links(request),
        )
    return enter(request, entry, wanted=wanted)


@router.post("/sign-in/passkey/options", dependencies=_ANYONE)
def ask_passkey(request: Request) -> Response:
    """Give the browser's script what it needs to offer the passkeys it has for this office."""
    return Response(passkeys.ask_to_sign_in(request.app.state.services)[0], media_type="application/json")


@router.post("/sign-in/passkey", dependencies=_ANYONE)
def sign_in_by_passkey(
    request: Request,
    answer: Annotated[str, Form()] = "",
    wanted: Annotated[str, Form(alias="next")] = "",
) -> Response:
    """Open a session by what a passkey answered."""
    services: Services = request.app.state.services
    try:
        entry = passkeys.sign_in_by_passkey(services, answer, visitor=visitor_of(request))
    except (KeysError, NotAuthenticated, TooManyRequests) as exc:
        problem = problem_of(request, exc)
        return page(
            request,
            "sign_in.html",
            status=problem.status,
            problem=problem,
            login="",
            wanted="",
            providers=provider_links(request),
        )
    return enter(request, entry, wanted=wanted)


@router.get("/in/{token}", dependencies=_ANYONE)
def single_use_link(request: Request, token: str) -> Response:
    """Sign in by a link that works once; only a person's browser that opens a page uses it up (ASVS 3.5.3)."""
    check_opens_a_page(request)
    services: Services = request.app.state.services
    return enter(request, acts.sign_in_by_link(services, token, visitor=visitor_of(request)))


@router.post("/staff/sign-out")
def staff_sign_out(request: Request, principal: Staff) -> Response:
    """End the session of the staff door."""
    return _leave(request, principal, Door.STAFF)


@router.post("/citizen/sign-out")
def citizen_sign_out(request: Request, principal: Citizen) -> Response:
    """End the session of the citizen's door."""
    return _leave(request, principal, Door.CITIZEN)


def provider_links(request: Request) -> list[dict[str, str]]:
    """The identity providers by which one may sign in, in the reader's language."""
    services: Services = request.app.state.services
    language = say_of(request).language
    return [
        {"provider_id": one.facts.provider_id, "name": one.facts.names[language]}
        for one in services.identity_providers.values()
    ]


def enter(request: Request, entry: acts.Entry, *, wanted: str = "") -> Response:
    """Lead one who just came in to the page that was asked for, if it is one of this door."""
    door = entry.session.account.door
    # Anything but a page of this door leads to the door itself.
    response = see_other(wanted if is_page_of(wanted, door) else f"/{door.value}")
    keep_session(request, response, entry)
    return response


def _leave(request: Request, principal: Principal, door: Door) -> Response:
    services: Services = request.app.state.services
    acts.sign_out(services, principal.own_session)
    response = see_other("/")
    forget_session(request, response, door)
    # What the browser kept of the pages goes too (ASVS 14.3.1).
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
