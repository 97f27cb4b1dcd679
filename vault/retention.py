"""Erase a paper so that it stays erased: its keyset is destroyed, and a tombstone outlives any backup.

The row of the record stays, without content, so that the history still says what happened; the certification and its
number are the agency's legal record and are not touched.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from guard.clock import RandomBytes
from vault.blobs import BlobVault
from vault.database import Database
from vault.errors import ErasureRefused
from vault.history import AccessAction, AccessEvent, ActorKind, record_for_all
from vault.joint import joint_holders_of
from vault.log import erase_openings
from vault.owners import HolderOwner
from vault.records import get_for_owner, withdraw_record
from vault.search import forget_index
from vault.shapes import Retention
from vault.tables import shares, tombstones


def erase_paper(
    database: Database,
    owner: HolderOwner,
    record_id: str,
    *,
    vault: BlobVault,
    reason: str,
    at: datetime,
    random_bytes: RandomBytes,
) -> None:
    """Make a paper of the holder unreadable for ever; its links and fetches end at once.

    If the process dies after the commit, `replay_tombstones` completes the work at the next start.

    What was derived from it goes with it: text, fields and renditions lie under its keyset, the search index is destroyed
    and made anew from what is left.

    Raises:
        NotFound: no such paper in this vault.
        ErasureRefused: a law or an open case keeps it.
    """
    with database.transaction() as tx:
        record = get_for_owner(tx, owner, record_id)
        if record.retention is not Retention.HOLDER:
            raise ErasureRefused(f"record {record_id} is kept: {record.retention.value}; ask the agency that issued it")
        withdraw_record(tx, owner, record_id)
        tx.execute(
            shares.update().where(shares.c.record_id == record_id, shares.c.revoked_at.is_(None)).values(revoked_at=at)
        )
        erase_openings(tx, record.document_id)
        _bury(tx, record.document_id, reason=reason, at=at)
        indexes = [
            found for one in (record.holder_id, *joint_holders_of(tx, record_id)) if (found := forget_index(tx, one))
        ]
        for document_id in indexes:
            _bury(tx, document_id, reason=reason, at=at)
        event = AccessEvent(
            holder_id=owner.holder_id,
            action=AccessAction.ERASED,
            actor_kind=ActorKind.HOLDER,
            actor_id=owner.holder_id,
            at=at,
            reason=reason,
            record_id=record_id,
        )
        record_for_all(tx, event, random_bytes=random_bytes)
    for document_id in (record.document_id, *indexes):
        vault.shred(document_id)


def replay_tombstones(database: Database, *, vault: BlobVault) -> int:
    """Shred again whatever was erased before (after a crash or a restore); return how many were still readable."""
    with database.read() as tx:
        buried = tx.execute(sa.select(tombstones.c.document_id)).scalars().all()
    readable = [document_id for document_id in buried if not vault.is_shredded(document_id)]
    for document_id in buried:
        vault.shred(document_id)
    return len(readable)


def _bury(tx: Connection, document_id: str, *, reason: str, at: datetime) -> None:
    known = tx.execute(sa.select(tombstones.c.document_id).where(tombstones.c.document_id == document_id)).one_or_none()
    if known is None:
        tx.execute(tombstones.insert().values(document_id=document_id, reason=reason, erased_at=at))
