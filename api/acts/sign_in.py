"""Coming in with a name and a password: counted by name and by address, judged, and a session opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from api.identity import (
    Password,
    Session,
    check_password,
    count_attempt,
    end_session,
    forget_attempts,
    open_session,
)
from api.services import Services

# A whole office may sit behind one address.
_ATTEMPTS_PER_ADDRESS: Final = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A session that was just opened; the token goes into the browser's cookie and nowhere else."""

    session: Session
    token: str = field(repr=False)


def sign_in(services: Services, *, login: str, password: Password, address: str) -> Entry:
    """Open a session; takes about 0.1 s on purpose, so never on the event loop.

    Raises:
        LoginRefused: name and password do not open an account, whichever of the two was wrong.
        TooManyRequests: too many attempts with this name, or from this address.
    """
    at = services.clock.now()
    # Committed before the password is judged: an attempt counts even when the process dies in it.
    with services.database.transaction() as tx:
        count_attempt(tx, subject=f"address:{address}", at=at, allowed=_ATTEMPTS_PER_ADDRESS)
    with services.database.transaction() as tx:
        count_attempt(tx, subject=login, at=at)
    with services.database.read() as tx:
        account = check_password(tx, login=login, password=password)
    with services.database.transaction() as tx:
        forget_attempts(tx, subject=login)
        token, session = open_session(tx, account, at=at, random_bytes=services.random_bytes)
    return Entry(session, token)


def sign_out(services: Services, session: Session) -> None:
    """End a session at once."""
    with services.database.transaction() as tx:
        end_session(tx, session)
