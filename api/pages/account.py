"""One's own account at either door: the page, open sessions, and tokens for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import STAFF_ROLES, OwnerRule, Principal, Requires, Role
from api.acts import oidc as oidc_acts
from api.acts import passkeys as passkey_acts
from api.acts import sign_in as acts
from api.acts import tokens as token_acts
from api.errors import RequestInvalid
from api.identity import Door, Reach, read_scopes
from api.pages.render import page, problem_of, say_of, see_other
from api.problems import Problem
from api.services import Services

DOOR_ROLES: Final = {Door.STAFF: STAFF_ROLES, Door.CITIZEN: frozenset({Role.CITIZEN})}


def account_router(door: Door) -> APIRouter:
    """The account pages of one door; both doors have the same."""
    router = APIRouter(include_in_schema=False, prefix=f"/{door.value}")
    known = Depends(Requires(*DOOR_ROLES[door], owner=OwnerRule.SELF, any_factor=True))
    anew = Depends(Requires(*DOOR_ROLES[door], owner=OwnerRule.SELF, step_up=True, any_factor=True))

    @router.get("/account")
    def account(request: Request, principal: Principal = known) -> Response:
        """Show open sessions and tokens."""
        return show_account(request, principal, door)

    @router.post("/account/sessions/end")
    def end_session(request: Request, principal: Principal = anew, session_id: Annotated[str, Form()] = "") -> Response:
        """End one of one's own sessions, or without an id every one but this."""
        services: Services = request.app.state.services
        if session_id:
            acts.end_one(services, principal, session_id)
        else:
            acts.end_others(services, principal)
        return see_other(f"/{door.value}/account")

    @router.post("/account/tokens")
    def make_token(
        request: Request,
        principal: Principal = anew,
        label: Annotated[str, Form()] = "",
        scopes: Annotated[list[str] | None, Form()] = None,
        days: Annotated[int, Form()] = 30,
    ) -> Response:
        """Make a token and show its secret this once."""
        services: Services = request.app.state.services
        try:
            made = token_acts.make_token(
                services, principal, label=label.strip(), scopes=read_scopes(scopes or ()), days=days
            )
        except RequestInvalid as exc:
            return show_account(request, principal, door, problem=problem_of(request, exc))
        return show_account(request, principal, door, secret=made.secret)

    @router.post("/account/tokens/revoke")
    def revoke_token(request: Request, token_id: Annotated[str, Form()], principal: Principal = known) -> Response:
        """Revoke one's own token."""
        services: Services = request.app.state.services
        token_acts.revoke_own_token(services, principal, token_id)
        return see_other(f"/{door.value}/account")

    return router


def show_account(
    request: Request, principal: Principal, door: Door, *, problem: Problem | None = None, secret: str = ""
) -> Response:
    """The account page, with what went wrong at the last act, or with a secret that is shown this once."""
    services, say = request.app.state.services, say_of(request)
    at: datetime = services.clock.now()
    current = principal.own_session.session_id
    linked = oidc_acts.own_providers(services, principal)
    return page(
        request,
        "account.html",
        principal=principal,
        current=f"/{door.value}/account",
        address=f"/{door.value}/account",
        status=problem.status if problem else 200,
        problem=problem,
        secret=secret,
        sessions=[
            {
                "session_id": one.session_id,
                "method": say("page.account.on_line", machine=one.machine)
                if one.machine
                else say(f"page.account.method.{one.method.value}"),
                "may": "" if one.reach is Reach.WHOLE else say(f"page.let_in.reach.{one.reach.value}"),
                "began": say.moment(one.created_at),
                "seen": say.moment(one.last_seen_at),
                "is_current": one.session_id == current,
            }
            for one in acts.own_sessions(services, principal)
        ],
        has_password=acts.may_confirm_by_password(services, principal),
        providers=[
            {
                "provider_id": one.facts.provider_id,
                "name": one.facts.names[say.language],
                "is_linked": one.facts.provider_id in linked,
            }
            for one in oidc_acts.providers_for(services, door)
        ],
        passkeys=[
            {
                "passkey_id": one.passkey_id,
                "made": say.moment(one.created_at),
                "used": say.moment(one.last_used_at) if one.last_used_at else say("page.account.never"),
            }
            for one in passkey_acts.list_own(services, principal)
        ],
        tokens=[
            {
                "token_id": token.token_id,
                "label": token.label,
                "scopes": ", ".join(sorted(scope.value for scope in token.scopes)),
                "ends": say.moment(token.ends_at),
                "used": say.moment(token.last_used_at) if token.last_used_at else say("page.account.never"),
            }
            for token in token_acts.own_tokens(services, principal)
            if token.is_open(at)
        ],
        scopes=[
            {"value": scope.value, "label": say(f"page.account.scope.{scope.value.replace(':', '_')}")}
            for scope in token_acts.scopes_for(principal)
        ],
    )
