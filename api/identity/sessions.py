"""Sessions kept in the database: opened at sign-in, renewed by use, ended by time or by leaving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.errors import NotAuthenticated
from api.identity.accounts import Account, Door, get_account, new_token, token_hash
from api.identity.tables import sessions
from guard import RandomBytes

IDLE_LIMIT: Final = timedelta(minutes=30)
# A working day at the counter; a citizen's visit is shorter.
ABSOLUTE_LIMIT: Final = {Door.STAFF: timedelta(hours=10), Door.CITIZEN: timedelta(hours=2)}
# The time of last use is written at most once in this span, so that reading a page is not a write.
_TOUCH_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Session:
    """An open session: whose it is and the secret its forms must carry."""

    account: Account
    csrf_token: str
    token_sha256_hex: str
    ends_at: datetime


def open_session(tx: Connection, account: Account, *, at: datetime, random_bytes: RandomBytes) -> tuple[str, Session]:
    """Open a session; the token goes to the browser and is kept here only as a hash."""
    token = new_token(random_bytes)
    session = Session(account, new_token(random_bytes), token_hash(token), at + ABSOLUTE_LIMIT[account.door])
    tx.execute(
        sessions.insert().values(
            token_sha256_hex=session.token_sha256_hex,
            account_id=account.account_id,
            csrf_token=session.csrf_token,
            created_at=at,
            last_seen_at=at,
            ends_at=session.ends_at,
        )
    )
    return token, session


def read_session(tx: Connection, token: str, *, at: datetime) -> Session:
    """Give the session of this token.

    Raises:
        NotAuthenticated: it ended, was idle too long, or never was.
    """
    row = tx.execute(sessions.select().where(sessions.c.token_sha256_hex == token_hash(token))).one_or_none()
    if row is None or row.ends_at <= at or row.last_seen_at + IDLE_LIMIT <= at:
        raise NotAuthenticated("the session ended; sign in again")
    return Session(get_account(tx, row.account_id), row.csrf_token, row.token_sha256_hex, row.ends_at)


def needs_touch(tx: Connection, session: Session, *, at: datetime) -> bool:
    """Whether the time of last use is old enough to be written again."""
    seen = tx.execute(
        sa.select(sessions.c.last_seen_at).where(sessions.c.token_sha256_hex == session.token_sha256_hex)
    ).scalar_one()
    return bool(seen + _TOUCH_EVERY <= at)


def touch_session(tx: Connection, session: Session, *, at: datetime) -> None:
    """Write that the session was used now."""
    tx.execute(
        sa.update(sessions).where(sessions.c.token_sha256_hex == session.token_sha256_hex).values(last_seen_at=at)
    )


def end_session(tx: Connection, session: Session) -> None:
    """End one session at once."""
    tx.execute(sa.delete(sessions).where(sessions.c.token_sha256_hex == session.token_sha256_hex))


def end_sessions_of(tx: Connection, account_id: str) -> int:
    """End every session of an account (leaving the office, a lost device); gives how many."""
    return tx.execute(sa.delete(sessions).where(sessions.c.account_id == account_id)).rowcount
