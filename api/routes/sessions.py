"""Sessions: come in with a name and a password, look at the present one, leave."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.access import SESSION_COOKIES, Principal, principal_of
from api.acts.sign_in import sign_in, sign_out
from api.errors import NotAuthenticated
from api.identity import Password, Session
from api.routes.depends import Anyone, Office, SignedIn, reply
from api.schemas.entry import SessionTold, SignIn

router = APIRouter(prefix="/v1/sessions", tags=["sessions"])


@router.post("", status_code=201, response_model=SessionTold)
def open_session(request: Request, _caller: Anyone, services: Office, asked: SignIn) -> Response:
    """Open a session; its cookie is for the browser, its `csrf_token` goes with every change as `X-CSRF-Token`."""
    address = request.client.host if request.client else ""
    password = Password(asked.password.get_secret_value())
    entry = sign_in(services, login=asked.login, password=password, address=address)
    door = entry.session.account.door
    response = reply(
        _told(principal_of(entry.session, services)), status=201, headers={"Location": "/v1/sessions/current"}
    )
    response.set_cookie(
        SESSION_COOKIES[door], entry.token, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
    return response


@router.get("/current", response_model=SessionTold)
def current_session(caller: SignedIn) -> Response:
    """Tell who is signed in, with the secret for changes."""
    return reply(_told(caller))


@router.delete("/current", status_code=204)
def end_session(caller: SignedIn, services: Office) -> Response:
    """Leave: the session ends at once, whoever has a copy of its cookie."""
    session = _session_of(caller)
    sign_out(services, session)
    response = Response(status_code=204)
    response.delete_cookie(SESSION_COOKIES[session.account.door])
    return response


def _session_of(caller: Principal) -> Session:
    if caller.session is None:
        raise NotAuthenticated("sign in first")
    return caller.session


def _told(caller: Principal) -> SessionTold:
    session = _session_of(caller)
    return SessionTold(
        door=session.account.door.value,
        subject_id=caller.subject_id,
        agency_code=caller.agency_code or None,
        roles=sorted(role.value for role in caller.roles),
        csrf_token=session.csrf_token,
        ends_at=session.ends_at,
    )
