"""Letting a command line in: it asks, its owner approves a code in a browser, and a short session is opened for it."""

from __future__ import annotations

import logging
from typing import Final

from api.access import Principal, limits_of
from api.acts.account_news import AccountChange, tell_owner
from api.acts.sign_in import Entry, count_address
from api.errors import LoginRefused, SignInExpired
from api.identity import (
    Authentication,
    Decision,
    LineAsked,
    LineBegun,
    LineQuestion,
    OnLine,
    begin_line_sign_in,
    count_attempt,
    decide_line_sign_in,
    find_line_question,
    forget_attempts,
    get_account,
    note_line_asking,
    open_session,
    take_line_sign_in,
)
from api.identity.line_sign_ins import INTERVAL
from api.services import Services

_LOG: Final = logging.getLogger(__name__)
# A whole office may sit behind one address; a person begins a few in a quarter of an hour.
_BEGUN_PER_ADDRESS: Final = 30
INTERVAL_SECONDS: Final = int(INTERVAL.total_seconds())


def begin(services: Services, asked: LineAsked) -> LineBegun:
    """Note that a command line asks to be let in; nothing is open yet.

    Raises:
        TooManyRequests: too many were begun from this address.
    """
    at = services.clock.now()
    with services.database.transaction() as tx:
        count_attempt(tx, subject=f"line:{asked.address}", at=at, allowed=_BEGUN_PER_ADDRESS)
    with services.database.transaction() as tx:
        return begin_line_sign_in(tx, asked, at=at, random_bytes=services.random_bytes)


def question(services: Services, principal: Principal, code: str) -> LineQuestion:
    """Give what waits under a code for the one signed in.

    Raises:
        NotFound: nothing does, for this account.
        TooManyRequests: too many wrong codes.
    """
    at, subject = services.clock.now(), f"line-code:{principal.own_session.account.account_id}"
    with services.database.transaction() as tx:
        count_attempt(tx, subject=subject, at=at)
    with services.database.read() as tx:
        found = find_line_question(tx, code, principal.own_session.account, at=at)
    with services.database.transaction() as tx:
        forget_attempts(tx, subject=subject)
    return found


def decide(services: Services, principal: Principal, code: str, decision: Decision) -> None:
    """Keep the owner's answer; an approval holds for one session, and for as long as the owner's own is open.

    Raises:
        NotFound: nothing waits under this code for the one signed in.
        TooManyRequests: too many wrong codes.
    """
    question(services, principal, code)
    session = principal.own_session
    with services.database.transaction() as tx:
        decide_line_sign_in(tx, code, session, decision, at=services.clock.now())
        if decision is Decision.APPROVED:
            tell_owner(services, tx, session.account, AccountChange.LINE_LET_IN)
    _LOG.info(
        "a command line was answered",
        extra={"account_id": session.account.account_id, "session_id": session.session_id, "decision": decision.value},
    )


def take(services: Services, secret: str, *, address: str) -> Entry:
    """Open the session that was approved, once.

    Raises:
        SignInPending: nobody answered yet.
        SignInDeclined: the owner said no.
        SignInExpired: too late, used before, never begun, or what approved it has ended.
        TooManyRequests: asked more often than the interval allows, or too many wrong secrets from this address.
    """
    at, limits = services.clock.now(), limits_of(services.settings)
    try:
        with services.database.transaction() as tx:
            note_line_asking(tx, secret, at=at)
        with services.database.transaction() as tx:
            approved = take_line_sign_in(tx, secret, at=at, limits=limits)
            account = get_account(tx, approved.account_id)
            line = OnLine(approved.machine, approved.reach, approved.authenticated_at)
            token, session = open_session(
                tx,
                account,
                at=at,
                random_bytes=services.random_bytes,
                by=Authentication(approved.method),
                limits=limits,
                line=line,
            )
    except SignInExpired:
        # Nobody guesses 256 bits; whoever knocks all the time is sent away all the same.
        count_address(services, address)
        raise
    except LoginRefused as exc:
        raise SignInExpired("the account is closed") from exc
    _LOG.info(
        "a command line was let in",
        extra={"account_id": account.account_id, "session_id": session.session_id, "reach": session.reach.value},
    )
    return Entry(session, token)
