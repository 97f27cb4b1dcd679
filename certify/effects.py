"""Effects that may be asked for twice and happen once, and the log entries that stand before and after them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.items import Item
from certify.tables import job_effects
from guard.clock import RandomBytes
from vault.canonical import Json
from vault.log import Leaf, PendingLeaf, Tree, append


def once(
    tx: Connection, item_id: str, *, job: str, effect: str, at: datetime, detail: Mapping[str, Json] | None = None
) -> bool:
    """Claim an effect of a job: True for the first transaction that commits it, False for every later one."""
    claimed = tx.execute(
        sa.select(job_effects.c.effect).where(
            job_effects.c.item_id == item_id, job_effects.c.job == job, job_effects.c.effect == effect
        )
    ).one_or_none()
    if claimed is not None:
        return False
    tx.execute(job_effects.insert().values(item_id=item_id, job=job, effect=effect, detail=dict(detail or {}), at=at))
    return True


def log_event(
    tx: Connection, kind: str, *, item: Item, payload: Mapping[str, Json], random_bytes: RandomBytes
) -> PendingLeaf:
    """Write an event of an item into the public tree, in the transaction that makes it true.

    The payload holds ids, digests, numbers of books and codes; never a name, a citizen's number or a text.
    """
    leaf = Leaf(kind=kind, payload={"item": item.item_id, "attempt": item.attempt, **payload})
    return append(tx, leaf, tree=Tree.CERTIFICATIONS, random_bytes=random_bytes)
