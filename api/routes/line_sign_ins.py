"""A command line comes in: it asks, a person answers in a browser, and it takes its session (after RFC 8628)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.access import principal_of
from api.acts import line_sign_in as acts
from api.doors import keep_session, visitor_of
from api.identity import Decision, LineAsked, Reach
from api.routes.depends import Anyone, Office, SignedIn, SignedInAnew, reply
from api.routes.sessions import session_told
from api.schemas.entry import (
    LineAnswer,
    LineCode,
    LineQuestionTold,
    LineSecret,
    LineSignInAsked,
    LineSignInTold,
    SessionTold,
)

router = APIRouter(prefix="/v1/line-sign-ins", tags=["sessions"])
PAGE = "/line"


@router.post("", status_code=201, response_model=LineSignInTold)
def begin_line_sign_in(request: Request, _caller: Anyone, services: Office, asked: LineSignInAsked) -> Response:
    """Ask to let a command line in: show `code` to its user, keep `secret`, and ask for the session until `ends_at`."""
    address = visitor_of(request).address
    begun = acts.begin(services, LineAsked(asked.login, asked.machine, address, Reach(asked.reach)))
    told = LineSignInTold(
        secret=begun.secret, code=begun.code, page=PAGE, ends_at=begun.ends_at, interval_seconds=acts.INTERVAL_SECONDS
    )
    return reply(told, status=201)


@router.post("/session", status_code=201, response_model=SessionTold)
def take_line_session(request: Request, _caller: Anyone, services: Office, asked: LineSecret) -> Response:
    """Open the session once it was approved; it is short, and changes nothing of the account itself."""
    entry = acts.take(services, asked.secret.get_secret_value(), address=visitor_of(request).address)
    told = session_told(principal_of(entry.session, services), services)
    response = reply(told, status=201, headers={"Location": "/v1/sessions/current"})
    keep_session(request, response, entry)
    return response


@router.post("/question", response_model=LineQuestionTold)
def see_line_question(request: Request, caller: SignedIn, services: Office, asked: LineCode) -> Response:
    """Tell who asks under a code, to one for whose account it asks."""
    found = acts.question(services, caller, asked.code)
    told = LineQuestionTold(
        machine=found.machine,
        address=found.address,
        is_own_address=found.address == visitor_of(request).address,
        reach=found.reach.value,
        begun_at=found.begun_at,
        ends_at=found.ends_at,
    )
    return reply(told)


@router.post("/answer", status_code=204)
def answer_line_question(caller: SignedInAnew, services: Office, asked: LineAnswer) -> Response:
    """Let a command line in, or not: once, and only for one's own account."""
    acts.decide(services, caller, asked.code, Decision(asked.answer))
    return Response(status_code=204)
