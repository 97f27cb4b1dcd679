"""Systems that act for an agency: registered by an administrator, known by an id and a secret (RFC 6749, 2.3)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from api.errors import ClientRefused, NotFound
from api.identity.accounts import Account, token_hash
from api.identity.scopes import Scope, read_scopes, write_scopes
from api.identity.tables import accounts, clients
from api.identity.tokens import SYSTEM, new_secret
from guard import RandomBytes, new_ulid

# Compared when the client does not exist, so that an unknown id costs the same as a wrong secret.
_NOBODY: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A registered system; its roles and agency are those of its account's member of staff."""

    client_id: str
    account_id: str
    login: str
    staff_id: str
    scopes: frozenset[Scope]
    created_by: str
    created_at: datetime
    last_used_at: datetime | None
    closed_at: datetime | None


def create_client(
    tx: Connection,
    account: Account,
    *,
    scopes: frozenset[Scope],
    created_by: str,
    at: datetime,
    random_bytes: RandomBytes,
) -> tuple[str, ApiClient]:
    """Register a system; its secret is given this once. The secret has 256 random bits, so a plain hash keeps it."""
    secret = new_secret(SYSTEM, random_bytes)
    client_id = new_ulid(at=at, random_bytes=random_bytes)
    tx.execute(
        clients.insert().values(
            client_id=client_id,
            account_id=account.account_id,
            secret_sha256_hex=token_hash(secret),
            scopes=write_scopes(scopes),
            created_by=created_by,
            created_at=at,
        )
    )
    return secret, get_client(tx, client_id)


def get_client(tx: Connection, client_id: str) -> ApiClient:
    """Give a registered system, also one that was closed.

    Raises:
        NotFound: none has this id.
    """
    row = tx.execute(_query().where(clients.c.client_id == client_id)).one_or_none()
    if row is None:
        raise NotFound("no system has this id")
    return _client(row)


def list_clients(tx: Connection) -> tuple[ApiClient, ...]:
    """Give every registered system, the newest first."""
    return tuple(_client(row) for row in tx.execute(_query().order_by(clients.c.client_id.desc())).all())


def check_client(tx: Connection, client_id: str, secret: str, *, at: datetime) -> ApiClient:
    """Give the open system that id and secret name, and note its use.

    Raises:
        ClientRefused: the same answer for an unknown id, a wrong secret and a closed system.
    """
    row = tx.execute(_query().where(clients.c.client_id == client_id)).one_or_none()
    stored = row.secret_sha256_hex if row is not None else _NOBODY
    is_right = hmac.compare_digest(stored.encode(), token_hash(secret).encode())
    if row is None or not is_right or row.closed_at is not None or row.account_closed_at is not None:
        raise ClientRefused("id and secret name no open system")
    tx.execute(sa.update(clients).where(clients.c.client_id == client_id).values(last_used_at=at))
    return _client(row)


def close_client(tx: Connection, client_id: str, *, at: datetime) -> None:
    """Close a system for ever; it gets no token any more."""
    tx.execute(
        sa.update(clients).where(clients.c.client_id == client_id, clients.c.closed_at.is_(None)).values(closed_at=at)
    )


def close_clients_of(tx: Connection, account_id: str, *, at: datetime) -> None:
    """Close whatever system acts through this account."""
    tx.execute(
        sa.update(clients).where(clients.c.account_id == account_id, clients.c.closed_at.is_(None)).values(closed_at=at)
    )


def _query() -> sa.Select[tuple[object, ...]]:
    return sa.select(
        clients, accounts.c.login, accounts.c.subject_id, accounts.c.closed_at.label("account_closed_at")
    ).join(accounts, accounts.c.account_id == clients.c.account_id)


def _client(row: Row[tuple[object, ...]]) -> ApiClient:
    return ApiClient(
        client_id=row.client_id,
        account_id=row.account_id,
        login=row.login,
        staff_id=row.subject_id,
        scopes=read_scopes(row.scopes.split()),
        created_by=row.created_by,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        closed_at=row.closed_at,
    )
