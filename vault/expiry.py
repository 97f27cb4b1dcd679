"""What a vault forgets when its time is over: the words of ended consents, and lines of the access history.

Ids and digests stay where the certification or another party relies on them; texts and the meaning of log leaves go.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vault.log.leaves import Tree
from vault.log.tables import log_leaves
from vault.tables import consents, history

_FORGOTTEN = b""


@dataclass(frozen=True, slots=True)
class Ended:
    """A thing whose time runs since an instant, and whose vault it is of."""

    thing_id: str
    holder_id: str
    since: datetime


def ended_consents(tx: Connection, *, before: datetime, limit: int, after: str = "") -> tuple[Ended, ...]:
    """Give consents that ended or were withdrawn until then and whose words are still there, by id."""
    ended_at = sa.case(
        (
            sa.and_(consents.c.withdrawn_at.is_not(None), consents.c.withdrawn_at < consents.c.expires_at),
            consents.c.withdrawn_at,
        ),
        else_=consents.c.expires_at,
    ).label("ended_at")
    chosen = (
        sa.select(consents.c.consent_id, consents.c.holder_id, ended_at)
        .where(ended_at <= before, consents.c.receipt != _FORGOTTEN, consents.c.consent_id > after)
        .order_by(consents.c.consent_id)
        .limit(limit)
    )
    return tuple(Ended(row.consent_id, row.holder_id, row.ended_at) for row in tx.execute(chosen))


def forget_consent(tx: Connection, consent_id: str) -> None:
    """Destroy what a consent said; its id, its days and the digest of its receipt stay."""
    tx.execute(consents.update().where(consents.c.consent_id == consent_id).values(purpose="", receipt=_FORGOTTEN))


def old_accesses(tx: Connection, *, before: datetime, limit: int, after: str = "") -> tuple[Ended, ...]:
    """Give lines of the access history that are as old, by id."""
    chosen = (
        sa.select(history.c.event_id, history.c.holder_id, history.c.occurred_at)
        .where(history.c.occurred_at <= before, history.c.event_id > after)
        .order_by(history.c.event_id)
        .limit(limit)
    )
    return tuple(Ended(row.event_id, row.holder_id, row.occurred_at) for row in tx.execute(chosen))


def forget_accesses(tx: Connection, event_ids: Collection[str]) -> None:
    """Destroy lines of the history, and what their leaves in the log were about; the tree stays whole."""
    wanted = set(event_ids)
    tx.execute(history.delete().where(history.c.event_id.in_(wanted)))
    chosen = (
        sa.select(log_leaves.c.leaf_id, log_leaves.c.opening)
        .where(
            log_leaves.c.tree == Tree.ACCESS.value,
            log_leaves.c.kind.startswith("access."),
            log_leaves.c.opening.is_not(None),
            log_leaves.c.opening_sealed.is_(False),
        )
        .order_by(log_leaves.c.leaf_id)
    )
    # Lines are forgotten oldest first, so that theirs are the first leaves that still have a meaning.
    for row in tx.execute(chosen).yield_per(500):
        if not wanted:
            return
        event_id = _event_of(bytes(row.opening))
        if event_id in wanted:
            wanted.discard(event_id)
            tx.execute(log_leaves.update().where(log_leaves.c.leaf_id == row.leaf_id).values(opening=None))


def _event_of(opening: bytes) -> str | None:
    event = json.loads(json.loads(opening)["event"])
    found = event["payload"].get("event_id")
    return found if isinstance(found, str) else None
