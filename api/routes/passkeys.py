"""Passkeys: come in with one, confirm with one, make, list and remove one's own."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request, Response

from api.access import principal_of
from api.acts import passkeys as acts
from api.doors import keep_session, visitor_of
from api.routes.depends import Anyone, Digest, Office, SignedIn, SignedInAnew, reply
from api.routes.sessions import session_told
from api.schemas.approvals import OptionsTold, PasskeyAnswered
from api.schemas.entry import PasskeyEntry, PasskeyLine, PasskeyList, SessionTold

router = APIRouter(prefix="/v1", tags=["sessions"])


@router.post("/sessions/passkey-options", response_model=OptionsTold)
def ask_passkey_to_sign_in(_caller: Anyone, services: Office) -> Response:
    """Give what a browser needs to sign in with a passkey it has for this office."""
    options, expires_at = acts.ask_to_sign_in(services)
    return reply(OptionsTold(options=json.loads(options), expires_at=expires_at))


@router.post("/sessions/passkey", status_code=201, response_model=SessionTold)
def open_session_by_passkey(request: Request, _caller: Anyone, services: Office, asked: PasskeyEntry) -> Response:
    """Open a session by what a passkey answered; each question is answered once."""
    entry = acts.sign_in_by_passkey(services, asked.answer, visitor=visitor_of(request))
    told = session_told(principal_of(entry.session, services), services)
    response = reply(told, status=201, headers={"Location": "/v1/sessions/current"})
    keep_session(request, response, entry)
    return response


@router.post("/sessions/current/passkey-options", response_model=OptionsTold)
def ask_passkey_to_confirm(caller: SignedIn, services: Office) -> Response:
    """Give what the browser needs to confirm with one of one's own passkeys."""
    options, expires_at = acts.ask_to_confirm(services, caller)
    return reply(OptionsTold(options=json.loads(options), expires_at=expires_at))


@router.post("/sessions/current/passkey", response_model=SessionTold)
def confirm_by_passkey(request: Request, caller: SignedIn, services: Office, asked: PasskeyEntry) -> Response:
    """Show again who one is with a passkey (step-up); cookie and `csrf_token` are new afterwards."""
    entry = acts.confirm_by_passkey(services, caller, asked.answer, address=visitor_of(request).address)
    response = reply(session_told(principal_of(entry.session, services), services))
    keep_session(request, response, entry)
    return response


@router.get("/passkeys", response_model=PasskeyList)
def list_passkeys(caller: SignedIn, services: Office) -> Response:
    """List one's own passkeys, newest first."""
    items = [
        PasskeyLine(passkey_id=one.passkey_id, created_at=one.created_at, last_used_at=one.last_used_at)
        for one in acts.list_own(services, caller)
    ]
    return reply(PasskeyList(items=items))


@router.get("/passkeys/options", response_model=OptionsTold)
def ask_registration(caller: SignedIn, services: Office) -> Response:
    """Give what the browser needs to make a passkey for the one signed in."""
    options, expires_at = acts.ask_to_register(services, caller)
    return reply(OptionsTold(options=json.loads(options), expires_at=expires_at))


@router.post("/passkeys", status_code=204)
def register_passkey(caller: SignedInAnew, services: Office, asked: PasskeyAnswered) -> Response:
    """Keep a new passkey: it signs its owner in, and opens a signing key that passkeys guard."""
    acts.register_passkey(services, caller, asked.answer)
    return Response(status_code=204)


@router.delete("/passkeys/{passkey_id}", status_code=204)
def remove_passkey(caller: SignedInAnew, services: Office, passkey_id: Digest) -> Response:
    """Remove one of one's own passkeys."""
    acts.remove_own(services, caller, passkey_id)
    return Response(status_code=204)
