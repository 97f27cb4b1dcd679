"""Local accounts, the doors they open, and the single-use links of the demonstration."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.errors import LinkUsed, LoginRefused, TooManyRequests
from api.identity.passwords import Password, check_fit, hash_password, verify_password
from api.identity.tables import accounts, attempts, login_links
from guard import RandomBytes, new_ulid

_TOKEN_BYTES: Final = 32
_ATTEMPTS: Final = 10
_ATTEMPT_WINDOW: Final = timedelta(minutes=15)


class Door(StrEnum):
    """Which of the two doors with a lock an account opens; the verifier's has none."""

    STAFF = "staff"
    CITIZEN = "citizen"


@dataclass(frozen=True, slots=True)
class Account:
    """Who may sign in at which door, as whom."""

    account_id: str
    door: Door
    subject_id: str
    login: str


def token_hash(token: str) -> str:
    """What is stored of a token: reading the table gives nobody a session."""
    return hashlib.sha256(b"vidimus-token-1\0" + token.encode()).hexdigest()


def new_token(random_bytes: RandomBytes) -> str:
    """256 random bits as text that fits a URL."""
    return base64.urlsafe_b64encode(random_bytes(_TOKEN_BYTES)).decode().rstrip("=")


def create_account(
    tx: Connection,
    *,
    door: Door,
    subject_id: str,
    login: str,
    password: Password | None,
    at: datetime,
    random_bytes: RandomBytes,
) -> Account:
    """Open an account; without a password only a single-use link or another factor signs in."""
    account = Account(new_ulid(at=at, random_bytes=random_bytes), door, subject_id, login)
    tx.execute(
        accounts.insert().values(
            account_id=account.account_id,
            door=door.value,
            subject_id=subject_id,
            login=login,
            password_hash=hash_password(password) if password else None,
            created_at=at,
        )
    )
    return account


def find_account(tx: Connection, login: str) -> Account:
    """Give the open account of this name.

    Raises:
        LoginRefused: there is none.
    """
    row = tx.execute(accounts.select().where(accounts.c.login == login, accounts.c.closed_at.is_(None))).one_or_none()
    if row is None:
        raise LoginRefused("no open account has this name")
    return Account(row.account_id, Door(row.door), row.subject_id, row.login)


def get_account(tx: Connection, account_id: str) -> Account:
    """Give an open account by its id.

    Raises:
        LoginRefused: it does not exist or was closed.
    """
    found = find_account_by_id(tx, account_id)
    if found is None:
        raise LoginRefused(f"account {account_id} is closed or unknown")
    return found


def find_account_by_id(tx: Connection, account_id: str) -> Account | None:
    """Give an open account by its id, or None when it is closed or unknown."""
    row = tx.execute(
        accounts.select().where(accounts.c.account_id == account_id, accounts.c.closed_at.is_(None))
    ).one_or_none()
    return Account(row.account_id, Door(row.door), row.subject_id, row.login) if row is not None else None


def accounts_of(tx: Connection, *, door: Door, subject_id: str) -> tuple[Account, ...]:
    """Give every open account of one person at a door, the oldest first."""
    rows = tx.execute(
        accounts.select()
        .where(accounts.c.door == door.value, accounts.c.subject_id == subject_id, accounts.c.closed_at.is_(None))
        .order_by(accounts.c.account_id)
    )
    return tuple(Account(row.account_id, Door(row.door), row.subject_id, row.login) for row in rows.all())


def is_login_taken(tx: Connection, login: str) -> bool:
    """Whether the name belongs to an account, also to one that was closed: names are not given twice."""
    return tx.execute(sa.select(accounts.c.account_id).where(accounts.c.login == login)).one_or_none() is not None


def has_password(tx: Connection, account_id: str) -> bool:
    """Whether a password opens this account."""
    stored = tx.execute(
        sa.select(accounts.c.password_hash).where(accounts.c.account_id == account_id)
    ).scalar_one_or_none()
    return stored is not None


def forget_password(tx: Connection, account_id: str) -> None:
    """Let no password open this account any more."""
    tx.execute(sa.update(accounts).where(accounts.c.account_id == account_id).values(password_hash=None))


def write_password(tx: Connection, account_id: str, password: Password) -> None:
    """Give an open account a password. Takes about 0.1 s: not for the event loop.

    Raises:
        PasswordUnfit: too short or too easily guessed.
    """
    login = tx.execute(sa.select(accounts.c.login).where(accounts.c.account_id == account_id)).scalar_one()
    check_fit(password, login=login)
    tx.execute(
        sa.update(accounts)
        .where(accounts.c.account_id == account_id, accounts.c.closed_at.is_(None))
        .values(password_hash=hash_password(password))
    )


def close_account(tx: Connection, account_id: str, *, at: datetime) -> None:
    """Close an account for ever: no password, link or passkey opens it again."""
    tx.execute(
        sa.update(accounts)
        .where(accounts.c.account_id == account_id, accounts.c.closed_at.is_(None))
        .values(closed_at=at, password_hash=None)
    )


def void_login_links(tx: Connection, account_id: str, *, at: datetime) -> None:
    """Use up every link of an account that was not used yet."""
    tx.execute(
        sa.update(login_links)
        .where(login_links.c.account_id == account_id, login_links.c.used_at.is_(None))
        .values(used_at=at)
    )


def check_password(tx: Connection, *, login: str, password: Password) -> Account:
    """Give the account that this name and password open. Takes about 0.1 s: not for the event loop.

    Raises:
        LoginRefused: the same answer for an unknown name and a wrong password.
    """
    row = tx.execute(accounts.select().where(accounts.c.login == login, accounts.c.closed_at.is_(None))).one_or_none()
    if not verify_password(row.password_hash if row else None, password) or row is None:
        raise LoginRefused("name and password do not open an account")
    return Account(row.account_id, Door(row.door), row.subject_id, row.login)


def count_attempt(tx: Connection, *, subject: str, at: datetime, allowed: int = _ATTEMPTS) -> None:
    """Count one attempt by this name, address or key, before it is judged.

    Commit this even when the attempt fails: give it a transaction of its own.

    Raises:
        TooManyRequests: `allowed` attempts within a quarter of an hour.
    """
    key = _attempt_key(subject)
    row = tx.execute(attempts.select().where(attempts.c.subject_sha256_hex == key)).one_or_none()
    if row is None:
        tx.execute(attempts.insert().values(subject_sha256_hex=key, window_started_at=at, count=1))
        return
    fresh = row.window_started_at + _ATTEMPT_WINDOW <= at
    if not fresh and row._mapping["count"] >= allowed:
        raise TooManyRequests("too many attempts; wait a quarter of an hour")
    values = {"window_started_at": at, "count": 1} if fresh else {"count": attempts.c.count + 1}
    tx.execute(sa.update(attempts).where(attempts.c.subject_sha256_hex == key).values(values))


def forget_attempts(tx: Connection, *, subject: str) -> None:
    """Begin to count anew: an attempt was right."""
    tx.execute(sa.delete(attempts).where(attempts.c.subject_sha256_hex == _attempt_key(subject)))


def _attempt_key(subject: str) -> str:
    return hashlib.sha256(b"vidimus-attempt-1\0" + subject.encode()).hexdigest()


def create_login_link(
    tx: Connection, *, account_id: str, at: datetime, lifetime: timedelta, random_bytes: RandomBytes
) -> str:
    """Give the token of a link that signs in once."""
    token = new_token(random_bytes)
    tx.execute(
        login_links.insert().values(token_sha256_hex=token_hash(token), account_id=account_id, ends_at=at + lifetime)
    )
    return token


def use_login_link(tx: Connection, token: str, *, at: datetime) -> Account:
    """Use a link up and give its account.

    Raises:
        LinkUsed: it was used before, is too old, or never existed.
    """
    used = tx.execute(
        sa.update(login_links)
        .where(
            login_links.c.token_sha256_hex == token_hash(token),
            login_links.c.used_at.is_(None),
            login_links.c.ends_at > at,
        )
        .values(used_at=at)
        .returning(login_links.c.account_id)
    ).one_or_none()
    if used is None:
        raise LinkUsed("this link was used before or is too old; start ./demo again for a new one")
    return get_account(tx, used.account_id)
