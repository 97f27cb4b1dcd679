"""Away to an identity provider and back: to sign in, to confirm who one is, to link the own account."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import oidc as acts
from api.doors import visitor_of
from api.errors import NotAuthenticated, TooManyRequests
from api.identity import Door
from api.identity.oidc import FLOW_LIFETIME, OidcPurpose
from api.pages.account import DOOR_ROLES
from api.pages.render import page, problem_of, see_other
from api.pages.sign_in import enter, provider_links
from api.services import Services

router = APIRouter(include_in_schema=False)
_COOKIE: Final = "vidimus_oidc"
_COOKIE_PATH: Final = "/sign-in/oidc"
_ANYONE: Final = [Depends(Requires(Role.ANYONE, owner=OwnerRule.NOBODY))]
_Wanted = Annotated[str, Query(alias="next", max_length=500)]


@router.get("/sign-in/oidc/{provider_id}", dependencies=_ANYONE)
def sign_in(request: Request, provider_id: str, wanted: _Wanted = "") -> Response:
    """Go to the provider to sign in."""
    return _depart(request, acts.depart(request.app.state.services, provider_id, wanted=wanted))


@router.get("/sign-in/oidc/{provider_id}/callback", dependencies=_ANYONE)
def arrive(
    request: Request,
    provider_id: str,
    code: Annotated[str, Query(max_length=4096)] = "",
    state: Annotated[str, Query(max_length=256)] = "",
    iss: Annotated[str, Query(max_length=512)] = "",
    error: Annotated[str, Query(max_length=256)] = "",
) -> Response:
    """Come back from the provider."""
    services: Services = request.app.state.services
    answered = acts.Answered(
        code=code,
        state=state,
        issuer=iss,
        error=error,
        secret=request.cookies.get(_COOKIE, ""),
        visitor=visitor_of(request),
    )
    try:
        entry, wanted = acts.arrive(services, provider_id, answered)
        response = enter(request, entry, wanted=wanted)
    except (NotAuthenticated, TooManyRequests) as exc:
        problem = problem_of(request, exc)
        response = page(
            request,
            "sign_in.html",
            address="/sign-in",
            status=problem.status,
            problem=problem,
            login="",
            wanted="",
            providers=provider_links(request),
        )
    response.delete_cookie(_COOKIE, path=_COOKIE_PATH)
    return response


def oidc_router(door: Door) -> APIRouter:
    """Confirming and linking at one door; both doors have the same."""
    of_door = APIRouter(include_in_schema=False, prefix=f"/{door.value}")
    known: Any = Depends(Requires(*DOOR_ROLES[door], owner=OwnerRule.SELF, any_factor=True))
    anew: Any = Depends(Requires(*DOOR_ROLES[door], owner=OwnerRule.SELF, step_up=True, any_factor=True))

    @of_door.get("/confirm/oidc/{provider_id}")
    def confirm(request: Request, provider_id: str, principal: Principal = known, wanted: _Wanted = "") -> Response:
        """Go to the provider to confirm who one is."""
        services: Services = request.app.state.services
        return _depart(
            request,
            acts.depart(services, provider_id, purpose=OidcPurpose.CONFIRM, principal=principal, wanted=wanted),
        )

    @of_door.get("/account/oidc/{provider_id}")
    def link(request: Request, provider_id: str, principal: Principal = anew) -> Response:
        """Go to the provider to link one's account there with the one here."""
        wanted = f"/{door.value}/account"
        services: Services = request.app.state.services
        return _depart(
            request, acts.depart(services, provider_id, purpose=OidcPurpose.LINK, principal=principal, wanted=wanted)
        )

    return of_door


def _depart(request: Request, departure: acts.Departure) -> Response:
    response = see_other(departure.address)
    response.set_cookie(
        _COOKIE,
        departure.secret,
        max_age=int(FLOW_LIFETIME.total_seconds()),
        path=_COOKIE_PATH,
        httponly=True,
        # Lax: the provider's redirect is a navigation from another site, and the cookie must come with it.
        samesite="lax",
        secure=request.app.state.services.settings.is_behind_tls,
    )
    return response
