"""A command line asks to be let in: a secret it keeps, and a short code that its owner approves in a browser (RFC 8628)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from api.errors import NotFound, SignInDeclined, SignInExpired, SignInPending, TooManyRequests
from api.identity.accounts import Account, new_token, token_hash
from api.identity.sessions import Method, Reach, Session, SessionLimits, session_is_open
from api.identity.tables import line_sign_ins
from guard import RandomBytes

# Long enough to fetch a phone, too short to be sent around.
LIFETIME: Final = timedelta(minutes=10)
INTERVAL: Final = timedelta(seconds=1)
# Letters that spell no words and are not taken for each other (RFC 8628, 6.1): eight of them are 34 bits.
_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
_CODE_LENGTH: Final = 8


class Decision(StrEnum):
    """What the owner of the account said."""

    APPROVED = "approved"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class LineAsked:
    """What a command line says of itself: for which account, on which machine, what it wants; the address is seen."""

    login: str = field(repr=False)
    machine: str
    address: str = field(repr=False)
    reach: Reach


@dataclass(frozen=True, slots=True)
class LineBegun:
    """The secret that the command line keeps, the code that a person types, and until when."""

    secret: str = field(repr=False)
    code: str = field(repr=False)
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class LineQuestion:
    """What the one who approves is shown."""

    machine: str
    address: str = field(repr=False)
    reach: Reach
    begun_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class LineApproved:
    """An approved sign-in: whose, how and when they showed who they are, and what the session may do."""

    account_id: str
    method: Method
    authenticated_at: datetime
    machine: str
    reach: Reach


def begin_line_sign_in(tx: Connection, asked: LineAsked, *, at: datetime, random_bytes: RandomBytes) -> LineBegun:
    """Note that a command line asks; whether the account exists is not looked at, so nobody learns it."""
    tx.execute(sa.delete(line_sign_ins).where(line_sign_ins.c.ends_at <= at))
    begun = LineBegun(new_token(random_bytes), _new_code(random_bytes), at + LIFETIME)
    tx.execute(
        line_sign_ins.insert().values(
            secret_sha256_hex=token_hash(begun.secret),
            code_sha256_hex=_code_hash(begun.code),
            login_sha256_hex=_login_hash(asked.login),
            machine=asked.machine,
            address=asked.address[:64],
            reach=asked.reach.value,
            begun_at=at,
            ends_at=begun.ends_at,
        )
    )
    return begun


def find_line_question(tx: Connection, code: str, account: Account, *, at: datetime) -> LineQuestion:
    """Give what waits under a code for this account.

    Raises:
        NotFound: nothing does: mistyped, too late, decided already, or asked for another account.
    """
    rows = tx.execute(line_sign_ins.select().where(_waits(code, account, at=at))).all()
    if len(rows) != 1:
        raise NotFound("no command line waits under this code for this account")
    (row,) = rows
    return LineQuestion(row.machine, row.address, Reach(row.reach), row.begun_at, row.ends_at)


def decide_line_sign_in(tx: Connection, code: str, session: Session, decision: Decision, *, at: datetime) -> None:
    """Note the answer of the account's owner, once.

    Raises:
        NotFound: nothing waits under this code for this account any more.
    """
    account = session.account
    changed = tx.execute(
        sa.update(line_sign_ins)
        .where(_waits(code, account, at=at))
        .values(
            account_id=account.account_id,
            decision=decision.value,
            decided_in=session.session_id,
            method=session.method.value,
            authenticated_at=session.authenticated_at,
        )
    )
    if changed.rowcount != 1:
        raise NotFound("no command line waits under this code for this account")


def note_line_asking(tx: Connection, secret: str, *, at: datetime) -> None:
    """Note that the command line asks how things stand; commit this before it is answered.

    Raises:
        SignInExpired: it was taken before, its time is over, or it never was.
        TooManyRequests: it asked a moment ago.
    """
    row = _open_row(tx, secret, at=at)
    if row.asked_at is not None and row.asked_at + INTERVAL > at:
        raise TooManyRequests("it was asked a moment ago; wait the interval")
    tx.execute(
        sa.update(line_sign_ins).where(line_sign_ins.c.secret_sha256_hex == row.secret_sha256_hex).values(asked_at=at)
    )


def take_line_sign_in(tx: Connection, secret: str, *, at: datetime, limits: SessionLimits) -> LineApproved:
    """Use an approval up, once.

    Raises:
        SignInPending: nobody answered yet.
        SignInDeclined: the owner said no.
        SignInExpired: it was taken before, its time is over, or the session that approved it ended.
    """
    row = _open_row(tx, secret, at=at)
    if row.decision is None:
        raise SignInPending("nobody approved it yet")
    if row.decision == Decision.DECLINED.value:
        raise SignInDeclined("the owner of the account declined it")
    taken = tx.execute(
        sa.update(line_sign_ins)
        .where(line_sign_ins.c.secret_sha256_hex == row.secret_sha256_hex, line_sign_ins.c.taken_at.is_(None))
        .values(taken_at=at)
    )
    # Who left the office, lost a device or changed the password since takes what was approved before along.
    if taken.rowcount != 1 or not session_is_open(tx, row.decided_in, at=at, limits=limits):
        raise SignInExpired("this sign-in cannot be used any more; begin again")
    return LineApproved(row.account_id, Method(row.method), row.authenticated_at, row.machine, Reach(row.reach))


def _open_row(tx: Connection, secret: str, *, at: datetime) -> Row[tuple[object, ...]]:
    row = tx.execute(
        line_sign_ins.select().where(
            line_sign_ins.c.secret_sha256_hex == token_hash(secret),
            line_sign_ins.c.ends_at > at,
            line_sign_ins.c.taken_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        raise SignInExpired("this sign-in cannot be used any more; begin again")
    return row


def _waits(code: str, account: Account, *, at: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        line_sign_ins.c.code_sha256_hex == _code_hash(code),
        line_sign_ins.c.login_sha256_hex == _login_hash(account.login),
        line_sign_ins.c.ends_at > at,
        line_sign_ins.c.decision.is_(None),
    )


def _new_code(random_bytes: RandomBytes) -> str:
    # Bytes beyond the last whole multiple of twenty are thrown away: every letter is as likely as every other.
    letters: list[str] = []
    while len(letters) < _CODE_LENGTH:
        letters += [_LETTERS[byte % len(_LETTERS)] for byte in random_bytes(16) if byte < 240]
    return f"{''.join(letters[:4])}-{''.join(letters[4:_CODE_LENGTH])}"


def _code_hash(code: str) -> str:
    plain = "".join(letter for letter in code.upper() if letter.isalpha())
    return hashlib.sha256(b"vidimus-line-code-1\0" + plain.encode()).hexdigest()


def _login_hash(login: str) -> str:
    return hashlib.sha256(b"vidimus-line-login-1\0" + login.encode()).hexdigest()
