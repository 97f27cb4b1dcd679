"""Ways in of one's own account at either door: password and passkeys, and the page that asks again who one is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from api.access import OwnerRule, Principal, Requires
from api.acts import oidc as oidc_acts
from api.acts import passkeys as passkey_acts
from api.acts import sign_in as acts
from api.doors import keep_session, visitor_of
from api.errors import NotAuthenticated, PasswordUnfit, RequestInvalid, SecondFactorRequired, TooManyRequests
from api.identity import Door, Password
from api.pages.account import DOOR_ROLES, show_account
from api.pages.render import is_page_of, page, problem_of, say_of, see_other
from api.problems import Problem
from api.services import Services
from keys import KeysError


def factors_router(door: Door) -> APIRouter:
    """What changes or asks for the ways in at one door; both doors have the same."""
    router = APIRouter(include_in_schema=False, prefix=f"/{door.value}")
    known = Depends(Requires(*DOOR_ROLES[door], owner=OwnerRule.SELF, any_factor=True))
    anew = Depends(Requires(*DOOR_ROLES[door], owner=OwnerRule.SELF, step_up=True, any_factor=True))
    _add_changes(router, door, known=known, anew=anew)
    _add_confirmation(router, door, known=known)
    return router


def _add_changes(router: APIRouter, door: Door, *, known: Any, anew: Any) -> None:
    @router.post("/account/password")
    def change_password(
        request: Request,
        principal: Principal = anew,
        password: Annotated[str, Form()] = "",
        current: Annotated[str, Form()] = "",
    ) -> Response:
        """Set a new password; every other session ends."""
        services: Services = request.app.state.services
        try:
            acts.set_password(
                services,
                principal,
                password=Password(password),
                current=Password(current),
                address=visitor_of(request).address,
            )
        except (NotAuthenticated, PasswordUnfit, TooManyRequests) as exc:
            return show_account(request, principal, door, problem=problem_of(request, exc))
        return see_other(f"/{door.value}/account")

    @router.post("/account/passkeys/options")
    def ask_passkey(request: Request, principal: Principal = known) -> Response:
        """Give the browser's script what it needs to make a passkey."""
        return _options(passkey_acts.ask_to_register(request.app.state.services, principal))

    @router.post("/account/passkeys")
    def add_passkey(request: Request, principal: Principal = anew, answer: Annotated[str, Form()] = "") -> Response:
        """Keep a new passkey."""
        try:
            passkey_acts.register_passkey(request.app.state.services, principal, answer)
        except (KeysError, RequestInvalid, SecondFactorRequired) as exc:
            return show_account(request, principal, door, problem=problem_of(request, exc))
        return see_other(f"/{door.value}/{'confirm' if principal.withheld else 'account'}")

    @router.post("/account/passkeys/remove")
    def remove_passkey(request: Request, passkey_id: Annotated[str, Form()], principal: Principal = anew) -> Response:
        """Remove one of one's own passkeys."""
        passkey_acts.remove_own(request.app.state.services, principal, passkey_id)
        return see_other(f"/{door.value}/account")


def _add_confirmation(router: APIRouter, door: Door, *, known: Any) -> None:
    @router.get("/confirm")
    def confirm_form(
        request: Request, principal: Principal = known, wanted: Annotated[str, Query(alias="next")] = ""
    ) -> Response:
        """Ask again who one is, before something that needs it."""
        return _ask(request, principal, door, wanted=wanted)

    @router.post("/confirm")
    def confirm(
        request: Request,
        principal: Principal = known,
        password: Annotated[str, Form()] = "",
        wanted: Annotated[str, Form(alias="next")] = "",
    ) -> Response:
        """Take the password again and lead back."""
        services: Services = request.app.state.services
        words = Password(password)
        address = visitor_of(request).address
        try:
            entry = acts.confirm_by_password(services, principal, password=words, address=address)
        except (NotAuthenticated, TooManyRequests) as exc:
            return _ask(request, principal, door, wanted=wanted, problem=problem_of(request, exc))
        return _back(request, entry, wanted=wanted)

    @router.post("/confirm/passkey/options")
    def ask_to_confirm(request: Request, principal: Principal = known) -> Response:
        """Give the browser's script what it needs to confirm with a passkey."""
        return _options(passkey_acts.ask_to_confirm(request.app.state.services, principal))

    @router.post("/confirm/passkey")
    def confirm_by_passkey(
        request: Request,
        principal: Principal = known,
        answer: Annotated[str, Form()] = "",
        wanted: Annotated[str, Form(alias="next")] = "",
    ) -> Response:
        """Take a passkey's answer and lead back."""
        services: Services = request.app.state.services
        address = visitor_of(request).address
        try:
            entry = passkey_acts.confirm_by_passkey(services, principal, answer, address=address)
        except (KeysError, NotAuthenticated, TooManyRequests) as exc:
            return _ask(request, principal, door, wanted=wanted, problem=problem_of(request, exc))
        return _back(request, entry, wanted=wanted)


def _back(request: Request, entry: acts.Entry, *, wanted: str) -> Response:
    door = entry.session.account.door
    response = see_other(wanted if is_page_of(wanted, door) else f"/{door.value}")
    keep_session(request, response, entry)
    return response


def _options(asked: tuple[str, datetime]) -> Response:
    return Response(asked[0], media_type="application/json")


def _ask(
    request: Request, principal: Principal, door: Door, *, wanted: str, problem: Problem | None = None
) -> Response:
    services: Services = request.app.state.services
    has_passkey = passkey_acts.has_passkey(services, principal)
    if principal.withheld and not has_passkey:
        # The first passkey is made on the account page; it confirms afterwards.
        return see_other(f"/{door.value}/account")
    return page(
        request,
        "confirm.html",
        principal=principal,
        address=f"/{door.value}/confirm",
        status=problem.status if problem else 200,
        problem=problem,
        wanted=wanted if is_page_of(wanted, door) else f"/{door.value}",
        has_password=acts.may_confirm_by_password(services, principal) and not principal.is_bound,
        providers=[
            {"provider_id": one.facts.provider_id, "name": one.facts.names[say_of(request).language]}
            for one in oidc_acts.providers_for(services, door)
            if one.facts.provider_id in oidc_acts.own_providers(services, principal)
        ],
        has_passkey=has_passkey,
    )
