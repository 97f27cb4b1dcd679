"""Bearer tokens: those a person makes for own programs, and the short-lived ones of systems (RFC 6750).

A token begins with a word that scanners of source code look for, and ends with a checksum, so that they report no
look-alikes. Only its hash is kept. What a token may do is never more than its owner may do at that very moment.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from api.errors import NotFound, RequestInvalid, TokenRefused
from api.identity.accounts import Account, find_account_by_id, new_token, token_hash
from api.identity.scopes import Scope, read_scopes, write_scopes
from api.identity.tables import api_tokens
from guard import RandomBytes, new_ulid

PERSONAL: Final = "vidimus_pat_"
ACCESS: Final = "vidimus_at_"
SYSTEM: Final = "vidimus_cs_"
_SECRET: Final = re.compile(r"vidimus_(?:pat|at|cs)_([A-Za-z0-9_-]{43})([0-9a-f]{8})")
MAX_TOKENS: Final = 20
MAX_DAYS: Final = 366
_TOUCH_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token without its secret: whose, for what, from when until when."""

    token_id: str
    account_id: str
    label: str
    scopes: frozenset[Scope]
    created_at: datetime
    ends_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    client_id: str | None = None

    def is_open(self, at: datetime) -> bool:
        """Whether it opens anything at this instant."""
        return self.revoked_at is None and at < self.ends_at


def new_secret(prefix: str, random_bytes: RandomBytes) -> str:
    """Make a secret of 256 random bits that a scanner knows by its beginning and checks by its end."""
    body = new_token(random_bytes)
    return f"{prefix}{body}{_checksum(body)}"


def is_well_formed(secret: str, prefix: str) -> bool:
    """Whether this can be a secret of ours: what cannot be is refused without a look into the database."""
    found = _SECRET.fullmatch(secret)
    return found is not None and secret.startswith(prefix) and found[2] == _checksum(found[1])


def create_token(
    tx: Connection,
    account: Account,
    *,
    label: str,
    scopes: frozenset[Scope],
    days: int,
    at: datetime,
    random_bytes: RandomBytes,
) -> tuple[str, ApiToken]:
    """Make a token for programs of a person; its secret is given this once.

    Raises:
        RequestInvalid: no label, a term that is not allowed, or too many open tokens.
    """
    if not label.strip() or not 1 <= days <= MAX_DAYS:
        raise RequestInvalid(f"a token has a label and ends within {MAX_DAYS} days", field="days")
    if sum(token.is_open(at) for token in list_tokens(tx, account.account_id)) >= MAX_TOKENS:
        raise RequestInvalid(f"a person has at most {MAX_TOKENS} tokens; revoke one first", field="label")
    return _insert(
        tx,
        PERSONAL,
        ApiToken("", account.account_id, label.strip()[:64], scopes, at, at + timedelta(days=days)),
        random_bytes=random_bytes,
    )


def create_access_token(
    tx: Connection,
    *,
    account_id: str,
    client_id: str,
    scopes: frozenset[Scope],
    lifetime: timedelta,
    at: datetime,
    random_bytes: RandomBytes,
) -> tuple[str, ApiToken]:
    """Make a short-lived token for a system (RFC 6749, 4.4.3); those of it that ended are forgotten."""
    tx.execute(sa.delete(api_tokens).where(api_tokens.c.client_id == client_id, api_tokens.c.ends_at <= at))
    token = ApiToken("", account_id, "", scopes, at, at + lifetime, client_id=client_id)
    return _insert(tx, ACCESS, token, random_bytes=random_bytes)


def read_token(tx: Connection, secret: str, *, at: datetime) -> tuple[ApiToken, Account]:
    """Give the open token of this secret, with its account.

    Raises:
        TokenRefused: unknown, ended, revoked, or its account is closed; the answer does not say which.
    """
    if not (is_well_formed(secret, PERSONAL) or is_well_formed(secret, ACCESS)):
        raise TokenRefused("this is no token of ours")
    row = tx.execute(api_tokens.select().where(api_tokens.c.token_sha256_hex == token_hash(secret))).one_or_none()
    token = _token(row) if row is not None else None
    account = find_account_by_id(tx, token.account_id) if token is not None else None
    if token is None or account is None or not token.is_open(at):
        raise TokenRefused("this token ended, was revoked or never was; make a new one")
    return token, account


def needs_token_touch(token: ApiToken, *, at: datetime) -> bool:
    """Whether the time of last use is old enough to be written again."""
    return token.last_used_at is None or token.last_used_at + _TOUCH_EVERY <= at


def touch_token(tx: Connection, token: ApiToken, *, at: datetime) -> None:
    """Write that the token was used now."""
    tx.execute(sa.update(api_tokens).where(api_tokens.c.token_id == token.token_id).values(last_used_at=at))


def list_tokens(tx: Connection, account_id: str) -> tuple[ApiToken, ...]:
    """Give the tokens that a person made, the newest first, those that ended too."""
    rows = tx.execute(
        api_tokens.select()
        .where(api_tokens.c.account_id == account_id, api_tokens.c.client_id.is_(None))
        .order_by(api_tokens.c.token_id.desc())
    )
    return tuple(_token(row) for row in rows.all())


def revoke_token(tx: Connection, account_id: str, token_id: str, *, at: datetime) -> None:
    """Revoke one's own token; its next use is refused.

    Raises:
        NotFound: there is none of this id, or it is somebody else's.
    """
    own = sa.and_(api_tokens.c.account_id == account_id, api_tokens.c.token_id == token_id)
    if tx.execute(sa.select(api_tokens.c.token_id).where(own)).one_or_none() is None:
        raise NotFound("no token of yours has this id")
    tx.execute(sa.update(api_tokens).where(own, api_tokens.c.revoked_at.is_(None)).values(revoked_at=at))


def revoke_tokens_of(tx: Connection, account_id: str, *, at: datetime) -> int:
    """Revoke every token of an account; gives how many were open."""
    return tx.execute(
        sa.update(api_tokens)
        .where(api_tokens.c.account_id == account_id, api_tokens.c.revoked_at.is_(None), api_tokens.c.ends_at > at)
        .values(revoked_at=at)
    ).rowcount


def _insert(tx: Connection, prefix: str, token: ApiToken, *, random_bytes: RandomBytes) -> tuple[str, ApiToken]:
    secret = new_secret(prefix, random_bytes)
    values = {
        "token_id": new_ulid(at=token.created_at, random_bytes=random_bytes),
        "token_sha256_hex": token_hash(secret),
        "account_id": token.account_id,
        "client_id": token.client_id,
        "label": token.label,
        "scopes": write_scopes(token.scopes),
        "created_at": token.created_at,
        "ends_at": token.ends_at,
    }
    tx.execute(api_tokens.insert().values(values))
    row = tx.execute(api_tokens.select().where(api_tokens.c.token_id == values["token_id"])).one()
    return secret, _token(row)


def _token(row: Row[tuple[object, ...]]) -> ApiToken:
    return ApiToken(
        token_id=row.token_id,
        account_id=row.account_id,
        label=row.label,
        scopes=read_scopes(row.scopes.split()),
        created_at=row.created_at,
        ends_at=row.ends_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        client_id=row.client_id,
    )


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
