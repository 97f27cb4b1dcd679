"""A paper that lies in the wrong vault: taken out at once, given to the right one, with its address and its files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from guard.clock import RandomBytes
from vault.errors import NotFound, RecordRefused
from vault.history import AccessAction, AccessEvent, ActorKind, record_access
from vault.tables import grant_records, history, records, reuse_grants, shares

_REASON = "MISDELIVERY"
# What lets somebody see a page; a look at the list of papers shows a title and is not told apart.
_READS = (AccessAction.READ, AccessAction.FETCHED, AccessAction.SHARE_OPENED, AccessAction.STAFF_ACCESS)


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the paper while it lay in the wrong vault; by whom, as ids and codes."""

    event_id: str
    action: str
    actor_kind: str
    actor_id: str
    agency_code: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Recall:
    """What was done, and what the data-protection officer has to look at."""

    record_id: str
    from_holder_id: str
    shares_ended: int
    grants_ended: int
    readings: tuple[Reading, ...]


def recall_record(
    tx: Connection,
    record_id: str,
    *,
    to_holder_id: str,
    staff_id: str,
    agency_code: str,
    at: datetime,
    random_bytes: RandomBytes,
) -> Recall:
    """Move a paper into the right vault; its links and the grants that hold it end in the same instant.

    Raises:
        NotFound: no such paper or holder.
        RecordRefused: it lies in that vault already.
    """
    row = tx.execute(
        sa.select(records.c.holder_id).where(records.c.record_id == record_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound(f"record {record_id} is in no vault")
    wrong = row.holder_id
    if wrong == to_holder_id:
        raise RecordRefused(f"record {record_id} lies in that vault already")
    readings = list_readings(tx, record_id, holder_id=wrong)
    shares_ended = tx.execute(
        shares.update().where(shares.c.record_id == record_id, shares.c.revoked_at.is_(None)).values(revoked_at=at)
    ).rowcount
    holding = sa.select(grant_records.c.grant_id).where(grant_records.c.record_id == record_id)
    # The whole grant ends: what it also held is asked for again, and nothing is fetched by mistake meanwhile.
    grants_ended = tx.execute(
        reuse_grants.update()
        .where(reuse_grants.c.grant_id.in_(holding), reuse_grants.c.revoked_at.is_(None))
        .values(revoked_at=at)
    ).rowcount
    for holder_id, action in ((wrong, AccessAction.WITHDRAWN), (to_holder_id, AccessAction.DEPOSITED)):
        event = AccessEvent(
            holder_id=holder_id,
            action=action,
            actor_kind=ActorKind.STAFF,
            actor_id=staff_id,
            at=at,
            reason=_REASON,
            record_id=record_id,
            agency_code=agency_code,
        )
        record_access(tx, event, random_bytes=random_bytes)
    tx.execute(records.update().where(records.c.record_id == record_id).values(holder_id=to_holder_id))
    return Recall(record_id, wrong, shares_ended, grants_ended, readings)


def list_readings(tx: Connection, record_id: str, *, holder_id: str) -> tuple[Reading, ...]:
    """List who looked at a paper in this vault, oldest first."""
    rows = tx.execute(
        sa.select(history)
        .where(
            history.c.holder_id == holder_id,
            history.c.record_id == record_id,
            history.c.action.in_([action.value for action in _READS]),
        )
        .order_by(history.c.entry_number)
    )
    return tuple(
        Reading(row.event_id, row.action, row.actor_kind, row.actor_id, row.agency_code, row.occurred_at)
        for row in rows
    )
