"""A batch: originals an officer has compared one by one, prepared together, approved once, each with its own outcome.

Numbers are taken only for what is still ticked when the batch is prepared. The one approval is bound to the ordered
digests; what became of each original stands with the original, so that a batch goes on after any restart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.errors import CopyNotReady, ItemNotFound
from certify.items import Item, get_item
from certify.register_tables import batch_lines, batches
from certify.transitions import BEFORE_OFFICER_SIGNED, ItemState
from guard.clock import RandomBytes
from guard.identifiers import new_ulid

# What can stand in a batch when it is opened: compared by its officer, and without a signature.
MAY_JOIN: Final = BEFORE_OFFICER_SIGNED | {ItemState.READY_TO_SIGN, ItemState.NUMBER_RESERVED, ItemState.VOIDED}
MAY_PREPARE: Final = frozenset({ItemState.READY_TO_SIGN, ItemState.NUMBER_RESERVED, ItemState.VOIDED})


@dataclass(frozen=True, slots=True)
class BatchPlace:
    """One original of a batch as it stands now."""

    item: Item
    ticked: bool
    problem_code: str | None


@dataclass(frozen=True, slots=True)
class OpenedBatch:
    """A batch of one officer."""

    batch_id: str
    agency_code: str
    officer_id: str
    opened_at: datetime
    approved_at: datetime | None
    approved_sha256_hex: str | None
    lines: tuple[BatchPlace, ...]

    @property
    def ticked(self) -> tuple[Item, ...]:
        """The originals that take part, in their order."""
        return tuple(line.item for line in self.lines if line.ticked)


def awaits_officer(item: Item) -> bool:
    """Whether an original has its number and waits for its officer's yes, or for another activation."""
    return item.state in BEFORE_OFFICER_SIGNED


def open_batch(
    tx: Connection,
    item_ids: Sequence[str],
    *,
    agency_code: str,
    officer_id: str,
    at: datetime,
    random_bytes: RandomBytes,
) -> OpenedBatch:
    """Put originals into a new batch, all ticked.

    Raises:
        CopyNotReady: one was not compared yet or is signed already, one stands twice, or there is none.
    """
    if not item_ids or len(set(item_ids)) != len(item_ids):
        raise CopyNotReady("a batch holds one or more originals, each once")
    for item_id in item_ids:
        item = get_item(tx, item_id)
        if item.state not in MAY_JOIN:
            raise CopyNotReady(
                f"item {item_id} is {item.state.value}; compare it with the paper before it joins a batch"
            )
    batch_id = new_ulid(at=at, random_bytes=random_bytes)
    tx.execute(batches.insert().values(batch_id=batch_id, agency_code=agency_code, officer_id=officer_id, opened_at=at))
    for position, item_id in enumerate(item_ids, start=1):
        tx.execute(batch_lines.insert().values(batch_id=batch_id, position=position, item_id=item_id, ticked=True))
    return get_batch(tx, batch_id)


def get_batch(tx: Connection, batch_id: str) -> OpenedBatch:
    """Give a batch with its originals as they stand now.

    Raises:
        ItemNotFound: no such id.
    """
    row = tx.execute(sa.select(batches).where(batches.c.batch_id == batch_id)).one_or_none()
    if row is None:
        raise ItemNotFound(f"batch {batch_id} does not exist")
    lines = tx.execute(
        sa.select(batch_lines).where(batch_lines.c.batch_id == batch_id).order_by(batch_lines.c.position)
    ).all()
    places = tuple(BatchPlace(get_item(tx, line.item_id), line.ticked, line.problem_code) for line in lines)
    return OpenedBatch(
        batch_id=row.batch_id,
        agency_code=row.agency_code,
        officer_id=row.officer_id,
        opened_at=row.opened_at,
        approved_at=row.approved_at,
        approved_sha256_hex=row.approved_sha256_hex,
        lines=places,
    )


def list_batches(tx: Connection, agency_code: str, *, limit: int) -> tuple[OpenedBatch, ...]:
    """Give the newest batches of an agency."""
    found = tx.execute(
        sa.select(batches.c.batch_id)
        .where(batches.c.agency_code == agency_code)
        .order_by(batches.c.batch_id.desc())
        .limit(limit)
    )
    return tuple(get_batch(tx, batch_id) for batch_id in found.scalars().all())


def tick(tx: Connection, batch_id: str, item_id: str, *, ticked: bool) -> OpenedBatch:
    """Take an original into the batch or leave it out, until the batch is approved.

    Raises:
        ItemNotFound: it is in no such batch.
        CopyNotReady: the batch was approved.
    """
    _check_not_approved(tx, batch_id)
    changed = tx.execute(
        batch_lines.update()
        .where(batch_lines.c.batch_id == batch_id, batch_lines.c.item_id == item_id)
        .values(ticked=ticked, problem_code=None)
    ).rowcount
    if changed != 1:
        raise ItemNotFound(f"item {item_id} is not in batch {batch_id}")
    return get_batch(tx, batch_id)


def note_problem(tx: Connection, batch_id: str, item_id: str, code: str | None) -> None:
    """Write why an original of a batch could not be prepared or approved, as a code; None takes it back."""
    tx.execute(
        batch_lines.update()
        .where(batch_lines.c.batch_id == batch_id, batch_lines.c.item_id == item_id)
        .values(problem_code=code)
    )


def note_approved(tx: Connection, batch_id: str, digests: Sequence[str], *, at: datetime) -> OpenedBatch:
    """Write the one approval of a batch, over its ordered digests.

    Raises:
        CopyNotReady: it was approved with other digests before.
    """
    joined = digest_of(digests)
    found = tx.execute(
        sa.select(batches.c.approved_sha256_hex).where(batches.c.batch_id == batch_id).with_for_update()
    ).scalar_one()
    if found not in (None, joined):
        raise CopyNotReady(f"batch {batch_id} was approved already; look at what became of each original")
    tx.execute(
        batches.update().where(batches.c.batch_id == batch_id).values(approved_sha256_hex=joined, approved_at=at)
    )
    return get_batch(tx, batch_id)


def digest_of(digests: Sequence[str]) -> str:
    """Name an ordered list of digests: SHA-256 over their bytes, one after the other."""
    return hashlib.sha256(b"".join(bytes.fromhex(digest) for digest in digests)).hexdigest()


def _check_not_approved(tx: Connection, batch_id: str) -> None:
    approved = tx.execute(sa.select(batches.c.approved_at).where(batches.c.batch_id == batch_id)).one_or_none()
    if approved is None:
        raise ItemNotFound(f"batch {batch_id} does not exist")
    if approved.approved_at is not None:
        raise CopyNotReady(f"batch {batch_id} was approved; what it holds stands fast")
