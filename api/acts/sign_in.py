"""Coming in with a name and a password: counted by name and by address, judged, and a session opened; and confirming."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Final

from api.access import Principal, limits_of
from api.acts.account_news import AccountChange, tell_owner
from api.errors import LinkUsed, LoginRefused, NotFound, SecondFactorRequired
from api.identity import (
    Account,
    Authentication,
    Method,
    OpenSession,
    Password,
    Session,
    check_password,
    confirm_session,
    count_attempt,
    end_own_session,
    end_session,
    end_session_of_token,
    end_sessions_of,
    forget_attempts,
    has_password,
    list_sessions,
    open_session,
    use_login_link,
    write_password,
)
from api.services import Services

_LOG: Final = logging.getLogger(__name__)
# A whole office may sit behind one address.
_ATTEMPTS_PER_ADDRESS: Final = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A session that was just opened; the token goes into the browser's cookie and nowhere else."""

    session: Session
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where somebody comes from: the address, and the tokens of the sessions that the browser still holds."""

    address: str
    held_tokens: tuple[str, ...] = field(default=(), repr=False)


def sign_in(services: Services, *, login: str, password: Password, visitor: Visitor) -> Entry:
    """Open a session; takes about 0.1 s on purpose, so never on the event loop.

    Raises:
        LoginRefused: name and password do not open an account, whichever of the two was wrong.
        TooManyRequests: too many attempts with this name, or from this address.
    """
    account = _judge(services, login=login, password=password, address=visitor.address)
    return enter(services, account, by=Authentication(Method.PASSWORD), visitor=visitor)


def sign_in_by_link(services: Services, token: str, *, visitor: Visitor) -> Entry:
    """Open a session by a link that works once.

    Raises:
        LinkUsed: it was used before, is too old, or never existed.
        TooManyRequests: too many wrong ones from this address.
    """
    try:
        with services.database.transaction() as tx:
            account = use_login_link(tx, token, at=services.clock.now())
    except LinkUsed:
        # Nobody guesses 256 bits; whoever knocks all the time is sent away all the same.
        count_address(services, visitor.address)
        raise
    return enter(services, account, by=Authentication(Method.LINK), visitor=visitor)


def enter(services: Services, account: Account, *, by: Authentication, visitor: Visitor) -> Entry:
    """Open a session for one who showed who they are; what the browser held before ends with it."""
    with services.database.transaction() as tx:
        for held in visitor.held_tokens:
            end_session_of_token(tx, held)
        token, session = open_session(
            tx,
            account,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
            by=by,
            limits=limits_of(services.settings),
        )
    _LOG.info(
        "a session was opened",
        extra={"account_id": account.account_id, "session_id": session.session_id, "method": by.method.value},
    )
    return Entry(session, token)


def may_confirm_by_password(services: Services, principal: Principal) -> bool:
    """Whether the one signed in has a password to confirm with."""
    with services.database.read() as tx:
        return has_password(tx, principal.own_session.account.account_id)


def confirm_by_password(services: Services, principal: Principal, *, password: Password, address: str) -> Entry:
    """Let the one signed in show again who they are; the session's token and secret are new afterwards.

    Raises:
        LoginRefused: the password is wrong, or there is none.
        SecondFactorRequired: one of the roles wants more than a password.
        TooManyRequests: too many attempts with this name, or from this address.
    """
    own = principal.own_session.account
    if principal.is_bound:
        raise SecondFactorRequired("this account confirms with a passkey")
    account = _judge(services, login=own.login, password=password, address=address)
    if account != own:
        raise LoginRefused("the password opens another account")
    return confirm(services, principal, by=Authentication(Method.PASSWORD))


def confirm(services: Services, principal: Principal, *, by: Authentication) -> Entry:
    """Note that the one signed in showed again who they are."""
    with services.database.transaction() as tx:
        token, session = confirm_session(
            tx, principal.own_session, at=services.clock.now(), by=by, random_bytes=services.random_bytes
        )
    _LOG.info(
        "a session was confirmed",
        extra={"account_id": session.account.account_id, "session_id": session.session_id, "method": by.method.value},
    )
    return Entry(session, token)


def set_password(
    services: Services, principal: Principal, *, password: Password, current: Password | None, address: str
) -> None:
    """Give the own account a new password; every other session ends, because one of them may be why. Takes 0.2 s.

    Raises:
        LoginRefused: the account has a password, and `current` is not it.
        TooManyRequests: too many attempts with this name, or from this address.
        PasswordUnfit: the new one is too easily guessed.
    """
    session = principal.own_session
    if may_confirm_by_password(services, principal):
        _judge(services, login=session.account.login, password=current or Password(""), address=address)
    with services.database.transaction() as tx:
        write_password(tx, session.account.account_id, password)
        end_sessions_of(tx, session.account.account_id, but=session)
        tell_owner(services, tx, session.account, AccountChange.PASSWORD)


def sign_out(services: Services, session: Session) -> None:
    """End a session at once."""
    with services.database.transaction() as tx:
        end_session(tx, session)


def own_sessions(services: Services, principal: Principal) -> tuple[OpenSession, ...]:
    """Give the open sessions of the one who asks, the newest first."""
    account_id = principal.own_session.account.account_id
    with services.database.read() as tx:
        return list_sessions(tx, account_id, at=services.clock.now(), limits=limits_of(services.settings))


def end_one(services: Services, principal: Principal, session_id: str) -> None:
    """End one of one's own sessions.

    Raises:
        NotFound: there is none of this id, or it is somebody else's.
    """
    with services.database.transaction() as tx:
        if not end_own_session(tx, principal.own_session.account.account_id, session_id):
            raise NotFound("no session of yours has this id")


def end_others(services: Services, principal: Principal) -> int:
    """End every session of one's own but the present one; gives how many."""
    session = principal.own_session
    with services.database.transaction() as tx:
        return end_sessions_of(tx, session.account.account_id, but=session)


def count_address(services: Services, address: str) -> None:
    """Count one attempt of any kind from an address.

    Raises:
        TooManyRequests: there were too many from it within a quarter of an hour.
    """
    with services.database.transaction() as tx:
        count_attempt(tx, subject=f"address:{address}", at=services.clock.now(), allowed=_ATTEMPTS_PER_ADDRESS)


def _judge(services: Services, *, login: str, password: Password, address: str) -> Account:
    # Committed before the password is judged: an attempt counts even when the process dies in it.
    count_address(services, address)
    with services.database.transaction() as tx:
        count_attempt(tx, subject=login, at=services.clock.now())
    with services.database.read() as tx:
        account = check_password(tx, login=login, password=password)
    with services.database.transaction() as tx:
        forget_attempts(tx, subject=login)
    return account
