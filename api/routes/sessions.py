"""Sessions: come in with a name and a password, look at one's own, confirm who one is, leave."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.access import Principal, limits_of, principal_of
from api.acts import sign_in as acts
from api.doors import forget_session, keep_session, visitor_of
from api.identity import Password
from api.routes.depends import Anyone, Office, SignedIn, SignedInAnew, SignedInAnyhow, Ulid, reply
from api.schemas.entry import Confirmation, SessionLine, SessionList, SessionTold, SignIn
from api.services import Services

router = APIRouter(prefix="/v1/sessions", tags=["sessions"])


@router.post("", status_code=201, response_model=SessionTold)
def open_session(request: Request, _caller: Anyone, services: Office, asked: SignIn) -> Response:
    """Open a session; its cookie is for the browser, its `csrf_token` goes with every change as `X-CSRF-Token`."""
    password = Password(asked.password.get_secret_value())
    visitor = visitor_of(request)
    entry = acts.sign_in(services, login=asked.login, password=password, visitor=visitor)
    response = reply(
        session_told(principal_of(entry.session, services), services),
        status=201,
        headers={"Location": "/v1/sessions/current"},
    )
    keep_session(request, response, entry)
    return response


@router.get("", response_model=SessionList)
def list_sessions(caller: SignedIn, services: Office) -> Response:
    """List the open sessions of the one signed in, newest first."""
    current = caller.own_session.session_id
    items = [
        SessionLine(
            session_id=one.session_id,
            created_at=one.created_at,
            last_seen_at=one.last_seen_at,
            ends_at=one.ends_at,
            method=one.method.value,
            is_current=one.session_id == current,
            reach=one.reach.value,
            machine=one.machine or None,
        )
        for one in acts.own_sessions(services, caller)
    ]
    return reply(SessionList(items=items))


@router.delete("", status_code=204)
def end_other_sessions(caller: SignedInAnew, services: Office) -> Response:
    """End every session of the one signed in but the present one: a device was lost, or left open."""
    acts.end_others(services, caller)
    return Response(status_code=204)


@router.get("/current", response_model=SessionTold)
def current_session(caller: SignedInAnyhow, services: Office) -> Response:
    """Tell who is signed in, with the secret for changes."""
    return reply(session_told(caller, services))


@router.post("/current/confirmation", response_model=SessionTold)
def confirm_session(request: Request, caller: SignedIn, services: Office, asked: Confirmation) -> Response:
    """Show again who one is (step-up); cookie and `csrf_token` are new afterwards, and what was held before opens nothing."""
    password = Password(asked.password.get_secret_value())
    address = visitor_of(request).address
    entry = acts.confirm_by_password(services, caller, password=password, address=address)
    response = reply(session_told(principal_of(entry.session, services), services))
    keep_session(request, response, entry)
    return response


@router.delete("/current", status_code=204)
def end_session(request: Request, caller: SignedInAnyhow, services: Office) -> Response:
    """Leave: the session ends at once, whoever has a copy of its cookie."""
    session = caller.own_session
    acts.sign_out(services, session)
    response = Response(status_code=204)
    forget_session(request, response, session.account.door)
    return response


@router.delete("/{session_id}", status_code=204)
def end_one_session(caller: SignedInAnew, services: Office, session_id: Ulid) -> Response:
    """End one of one's own sessions at once, on whatever device it is."""
    acts.end_one(services, caller, session_id)
    return Response(status_code=204)


def session_told(caller: Principal, services: Services) -> SessionTold:
    """Tell one who is signed in about the session."""
    session = caller.own_session
    return SessionTold(
        door=session.account.door.value,
        login=session.account.login,
        subject_id=caller.subject_id,
        agency_code=caller.agency_code or None,
        roles=sorted(role.value for role in caller.roles),
        csrf_token=session.csrf_token,
        ends_at=session.ends_at,
        method=session.method.value,
        assurance=session.assurance or None,
        fresh_until=session.authenticated_at + limits_of(services.settings).fresh,
        reach=session.reach.value,
    )
