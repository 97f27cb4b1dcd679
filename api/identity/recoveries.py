"""Recoveries: one administrator asks, another confirms, and only then is there a link. The rows stay as the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from api.errors import NotFound
from api.identity.accounts import Account, Door
from api.identity.tables import accounts, recoveries
from guard import RandomBytes, new_ulid

# Long enough to fetch a colleague, too short to lie about.
CONFIRM_WITHIN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Recovery:
    """One recovery: whose, who asked, who confirmed, and when."""

    recovery_id: str
    account: Account
    asked_by: str
    asked_at: datetime
    ends_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None


def ask_recovery(
    tx: Connection, account: Account, *, asked_by: str, at: datetime, random_bytes: RandomBytes
) -> Recovery:
    """Note that an administrator wants an account recovered; nothing happens to it yet."""
    recovery_id = new_ulid(at=at, random_bytes=random_bytes)
    tx.execute(
        recoveries.insert().values(
            recovery_id=recovery_id,
            account_id=account.account_id,
            asked_by=asked_by,
            asked_at=at,
            ends_at=at + CONFIRM_WITHIN,
        )
    )
    return get_recovery(tx, recovery_id)


def get_recovery(tx: Connection, recovery_id: str) -> Recovery:
    """Give one recovery.

    Raises:
        NotFound: none has this id.
    """
    row = tx.execute(_query().where(recoveries.c.recovery_id == recovery_id)).one_or_none()
    if row is None:
        raise NotFound("no recovery has this id")
    return _recovery(row)


def list_recoveries(tx: Connection, *, limit: int) -> tuple[Recovery, ...]:
    """Give recoveries, the newest first."""
    return tuple(
        _recovery(row) for row in tx.execute(_query().order_by(recoveries.c.recovery_id.desc()).limit(limit)).all()
    )


def confirm_recovery(tx: Connection, recovery_id: str, *, confirmed_by: str, at: datetime) -> Recovery:
    """Note the second administrator's yes, once, and never that of the one who asked.

    Raises:
        NotFound: none waits under this id, its time is over, or the same administrator asked.
    """
    changed = tx.execute(
        sa.update(recoveries)
        .where(
            recoveries.c.recovery_id == recovery_id,
            recoveries.c.confirmed_at.is_(None),
            recoveries.c.ends_at > at,
            recoveries.c.asked_by != confirmed_by,
        )
        .values(confirmed_by=confirmed_by, confirmed_at=at)
    )
    if changed.rowcount != 1:
        raise NotFound("no recovery waits here for you: another administrator must confirm it within the hour")
    return get_recovery(tx, recovery_id)


def _query() -> sa.Select[tuple[object, ...]]:
    return sa.select(recoveries, accounts.c.door, accounts.c.subject_id, accounts.c.login).join(
        accounts, accounts.c.account_id == recoveries.c.account_id
    )


def _recovery(row: Row[tuple[object, ...]]) -> Recovery:
    return Recovery(
        recovery_id=row.recovery_id,
        account=Account(row.account_id, Door(row.door), row.subject_id, row.login),
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        ends_at=row.ends_at,
        confirmed_by=row.confirmed_by,
        confirmed_at=row.confirmed_at,
    )
