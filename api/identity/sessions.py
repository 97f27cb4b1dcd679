"""Sessions kept in the database: opened at sign-in, renewed by use, made anew at a step-up, ended by time or by leaving."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from api.errors import NotAuthenticated
from api.identity.accounts import Account, Door, get_account, new_token, token_hash
from api.identity.tables import sessions
from guard import RandomBytes, new_ulid

# The time of last use is written at most once in this span, so that reading a page is not a write.
_TOUCH_EVERY: Final = timedelta(minutes=1)


class Method(StrEnum):
    """How a person showed who they are when the session was opened or confirmed."""

    # The word for a way to come in, and no password.
    PASSWORD = "password"  # noqa: S105
    PASSKEY = "passkey"
    LINK = "link"
    OIDC = "oidc"


class Reach(StrEnum):
    """What a session may do of what its owner may."""

    WHOLE = "whole"
    # Of a command line: everything but the account itself, or reading alone.
    ACT = "act"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lives unused, how long in all at each door, and how long an authentication counts as fresh."""

    idle: timedelta = timedelta(minutes=30)
    # A working day at the counter; a citizen's visit is shorter.
    whole: Mapping[Door, timedelta] = field(
        default_factory=lambda: {Door.STAFF: timedelta(hours=10), Door.CITIZEN: timedelta(hours=2)}
    )
    fresh: timedelta = timedelta(minutes=15)


DEFAULT_LIMITS: Final = SessionLimits()


@dataclass(frozen=True, slots=True)
class Authentication:
    """How and how well the one who comes in showed who they are; `assurance` is the provider's level, if it has one."""

    method: Method
    assurance: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """An open session: whose it is, the secret its forms must carry, and when its owner last showed who they are."""

    account: Account
    csrf_token: str = field(repr=False)
    token_sha256_hex: str
    ends_at: datetime
    session_id: str
    created_at: datetime
    authenticated_at: datetime
    method: Method
    assurance: str = ""
    reach: Reach = Reach.WHOLE

    def is_fresh(self, *, at: datetime, limits: SessionLimits) -> bool:
        """Whether its owner showed who they are lately enough for what needs a step-up."""
        return at - self.authenticated_at <= limits.fresh


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as its owner sees it in a list; nothing of it opens a door."""

    session_id: str
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime
    method: Method
    reach: Reach = Reach.WHOLE
    machine: str = ""


@dataclass(frozen=True, slots=True)
class OnLine:
    """What is particular to the session of a command line: it ends when the authentication in the browser is stale."""

    machine: str
    reach: Reach
    authenticated_at: datetime


def open_session(
    tx: Connection,
    account: Account,
    *,
    at: datetime,
    random_bytes: RandomBytes,
    by: Authentication = Authentication(Method.PASSWORD),
    limits: SessionLimits = DEFAULT_LIMITS,
    line: OnLine | None = None,
) -> tuple[str, Session]:
    """Open a session; the token goes to the browser and is kept here only as a hash."""
    token = new_token(random_bytes)
    session = Session(
        account=account,
        csrf_token=new_token(random_bytes),
        token_sha256_hex=token_hash(token),
        ends_at=line.authenticated_at + limits.fresh if line else at + limits.whole[account.door],
        session_id=new_ulid(at=at, random_bytes=random_bytes),
        created_at=at,
        authenticated_at=line.authenticated_at if line else at,
        method=by.method,
        assurance=by.assurance,
        reach=line.reach if line else Reach.WHOLE,
    )
    # What ended long ago is of no use to anybody; the account that comes in again clears its own.
    tx.execute(sa.delete(sessions).where(sessions.c.account_id == account.account_id, sessions.c.ends_at <= at))
    tx.execute(
        sessions.insert().values(
            token_sha256_hex=session.token_sha256_hex,
            account_id=account.account_id,
            csrf_token=session.csrf_token,
            created_at=at,
            last_seen_at=at,
            ends_at=session.ends_at,
            session_id=session.session_id,
            authenticated_at=session.authenticated_at,
            method=by.method.value,
            assurance=by.assurance,
            reach=line.reach.value if line else None,
            machine=line.machine if line else None,
        )
    )
    return token, session


def read_session(tx: Connection, token: str, *, at: datetime, limits: SessionLimits = DEFAULT_LIMITS) -> Session:
    """Give the session of this token.

    Raises:
        NotAuthenticated: it ended, was idle too long, or never was.
    """
    row = tx.execute(sessions.select().where(sessions.c.token_sha256_hex == token_hash(token))).one_or_none()
    if row is None or row.ends_at <= at or row.last_seen_at + limits.idle <= at:
        raise NotAuthenticated("the session ended; sign in again")
    return _session(row, get_account(tx, row.account_id))


def confirm_session(
    tx: Connection, session: Session, *, at: datetime, by: Authentication, random_bytes: RandomBytes
) -> tuple[str, Session]:
    """Note that the session's owner showed again who they are; token and secret are new, and the end stays.

    Raises:
        NotAuthenticated: it ended meanwhile.
    """
    token = new_token(random_bytes)
    renewed = replace(
        session,
        token_sha256_hex=token_hash(token),
        csrf_token=new_token(random_bytes),
        authenticated_at=at,
        method=by.method,
        assurance=by.assurance or session.assurance,
    )
    changed = tx.execute(
        sa.update(sessions)
        .where(sessions.c.token_sha256_hex == session.token_sha256_hex, sessions.c.ends_at > at)
        .values(
            token_sha256_hex=renewed.token_sha256_hex,
            csrf_token=renewed.csrf_token,
            authenticated_at=at,
            last_seen_at=at,
            method=renewed.method.value,
            assurance=renewed.assurance,
        )
    )
    if changed.rowcount != 1:
        raise NotAuthenticated("the session ended; sign in again")
    return token, renewed


def list_sessions(
    tx: Connection, account_id: str, *, at: datetime, limits: SessionLimits = DEFAULT_LIMITS
) -> tuple[OpenSession, ...]:
    """Give the open sessions of an account, the newest first."""
    rows = tx.execute(
        sessions.select()
        .where(
            sessions.c.account_id == account_id,
            sessions.c.ends_at > at,
            sessions.c.last_seen_at > at - limits.idle,
            sessions.c.session_id.is_not(None),
        )
        .order_by(sessions.c.session_id.desc())
    )
    return tuple(
        OpenSession(
            row.session_id, row.created_at, row.last_seen_at, row.ends_at, _method(row), _reach(row), row.machine or ""
        )
        for row in rows.all()
    )


def session_is_open(tx: Connection, session_id: str, *, at: datetime, limits: SessionLimits = DEFAULT_LIMITS) -> bool:
    """Whether a session that something is bound to is still open."""
    found = tx.execute(
        sa.select(sessions.c.session_id).where(
            sessions.c.session_id == session_id, sessions.c.ends_at > at, sessions.c.last_seen_at > at - limits.idle
        )
    )
    return found.first() is not None


def needs_touch(tx: Connection, session: Session, *, at: datetime) -> bool:
    """Whether the time of last use is old enough to be written again."""
    seen = tx.execute(
        sa.select(sessions.c.last_seen_at).where(sessions.c.token_sha256_hex == session.token_sha256_hex)
    ).scalar_one_or_none()
    return seen is not None and bool(seen + _TOUCH_EVERY <= at)


def touch_session(tx: Connection, session: Session, *, at: datetime) -> None:
    """Write that the session was used now."""
    tx.execute(
        sa.update(sessions).where(sessions.c.token_sha256_hex == session.token_sha256_hex).values(last_seen_at=at)
    )


def end_session(tx: Connection, session: Session) -> None:
    """End one session at once."""
    tx.execute(sa.delete(sessions).where(sessions.c.token_sha256_hex == session.token_sha256_hex))


def end_session_of_token(tx: Connection, token: str) -> None:
    """End the session that this token opened, if there is one: a browser that signs in anew leaves none behind."""
    tx.execute(sa.delete(sessions).where(sessions.c.token_sha256_hex == token_hash(token)))


def end_own_session(tx: Connection, account_id: str, session_id: str) -> bool:
    """End one session of an account by the id its owner sees; tells whether there was one."""
    ended = tx.execute(
        sa.delete(sessions).where(sessions.c.account_id == account_id, sessions.c.session_id == session_id)
    )
    return ended.rowcount == 1


def end_sessions_of(tx: Connection, account_id: str, *, but: Session | None = None) -> int:
    """End every session of an account (leaving the office, a lost device), perhaps but the present one."""
    condition = sessions.c.account_id == account_id
    if but is not None:
        condition = sa.and_(condition, sessions.c.token_sha256_hex != but.token_sha256_hex)
    return tx.execute(sa.delete(sessions).where(condition)).rowcount


@dataclass(frozen=True, slots=True)
class EndedSession:
    """A session that is over; `name` is a digest that opens nothing and can be written down."""

    name: str
    account_id: str
    ended_at: datetime


def ended_sessions(tx: Connection, *, before: datetime, limit: int) -> tuple[EndedSession, ...]:
    """Give sessions that ended until then, those that ended first, first."""
    chosen = sa.select(sessions.c.token_sha256_hex, sessions.c.account_id, sessions.c.ends_at)
    rows = tx.execute(chosen.where(sessions.c.ends_at <= before).order_by(sessions.c.ends_at).limit(limit))
    return tuple(EndedSession(_name_of(row.token_sha256_hex), row.account_id, row.ends_at) for row in rows)


def forget_sessions(tx: Connection, names: Collection[str], *, at: datetime) -> None:
    """Destroy the rows of sessions that are over at `at`."""
    if not names:
        return
    tokens = tx.execute(sa.select(sessions.c.token_sha256_hex).where(sessions.c.ends_at <= at)).scalars().all()
    tx.execute(sa.delete(sessions).where(sessions.c.token_sha256_hex.in_([t for t in tokens if _name_of(t) in names])))


def _name_of(token_sha256_hex: str) -> str:
    return hashlib.sha256(token_sha256_hex.encode()).hexdigest()


def _session(row: Row[tuple[object, ...]], account: Account) -> Session:
    # A session that the version before opened has none of the newer columns: it was authenticated when it began.
    return Session(
        account=account,
        csrf_token=row.csrf_token,
        token_sha256_hex=row.token_sha256_hex,
        ends_at=row.ends_at,
        session_id=row.session_id or "",
        created_at=row.created_at,
        authenticated_at=row.authenticated_at or row.created_at,
        method=_method(row),
        assurance=row.assurance or "",
        reach=_reach(row),
    )


def _reach(row: Row[tuple[object, ...]]) -> Reach:
    return Reach(row.reach) if row.reach else Reach.WHOLE


def _method(row: Row[tuple[object, ...]]) -> Method:
    return Method(row.method) if row.method else Method.PASSWORD
