"""Which working files of the office have served their time: scans, read pages and drafts of items that are closed.

The certified copy lies in the vault under a keyset of its own. What remains here is kept for questions, each class for as
long as law or office say, and destroyed then; its digest stays in the item's row for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.effects import log_event, once
from certify.items import Actor, Item, get_item, note
from certify.retention import HoldScope, KeepRule, RetentionClass, is_held
from certify.retention.keeper import Keeper
from certify.tables import cases, item_events, items, job_effects
from certify.transitions import FINAL_STATES, ItemState
from guard.clock import RandomBytes
from guard.identifiers import new_ulid

_JOB: Final = "purge"
_PURGE: Final = "PURGE"
_READ_AT_ONCE: Final = 200
_ENDED_WITHOUT_COPY: Final = frozenset({ItemState.REFUSED, ItemState.WITHDRAWN, ItemState.REUSED})
_OF_A_COPY: Final = (RetentionClass.RAW_SCAN, RetentionClass.DRAFT, RetentionClass.OCR_TEXT)


@dataclass(frozen=True, slots=True)
class DueFiles:
    """The files of one class of one item, closed at `since`; `is_last` when nothing else of the item would stay."""

    kind: RetentionClass
    item: Item
    since: datetime
    rule: KeepRule
    is_last: bool


def classes_of(item: Item) -> tuple[RetentionClass, ...]:
    """The classes that a closed item's working files fall into."""
    if item.state in _ENDED_WITHOUT_COPY:
        return (RetentionClass.REFUSED_ITEM,)
    return (*_OF_A_COPY, RetentionClass.SUPERSEDED_SCAN) if item.scan_number > 1 else _OF_A_COPY


def class_of_file(item: Item, name: str) -> RetentionClass | None:
    """The class of one file of an item by its name; None for what only goes with the whole."""
    if item.state in _ENDED_WITHOUT_COPY:
        return RetentionClass.REFUSED_ITEM
    folder, _, rest = name.partition("/")
    if folder.startswith("copy-") or rest == "scan.pdf":
        return RetentionClass.DRAFT
    if folder.startswith("scan-") and folder != item.scan_prefix:
        return RetentionClass.SUPERSEDED_SCAN
    if rest.startswith("pages"):
        return RetentionClass.OCR_TEXT
    return RetentionClass.RAW_SCAN if rest.startswith("of-") else None


def due_files(tx: Connection, *, keeper: Keeper, at: datetime, limit: int = 50) -> tuple[DueFiles, ...]:
    """Give what of closed items has served its time and is not held, the items opened first, first."""
    found: list[DueFiles] = []
    for item, closed_at, case_facts in _closed_items(tx, keeper=keeper, at=at):
        targets = ((HoldScope.ITEM, item.item_id), (HoldScope.CASE, item.case_id), *case_facts)
        if is_held(targets, held=keeper.held):
            continue
        gone = _gone(tx, item.item_id)
        left = [kind for kind in classes_of(item) if kind not in gone]
        over = [(kind, keeper.over(kind, since=closed_at, at=at)) for kind in left]
        due = [(kind, rule) for kind, rule in over if rule is not None]
        is_last = len(due) == len(left)
        found += [DueFiles(kind, item, closed_at, rule, is_last) for kind, rule in due]
        if len(found) >= limit:
            break
    return tuple(found)


def note_purge_intent(tx: Connection, due: DueFiles, *, at: datetime, random_bytes: RandomBytes) -> None:
    """Write into the log what is about to be destroyed, once."""
    item = due.item
    if once(tx, item.item_id, job=_JOB, effect=f"INTENT:{due.kind.value}", at=at):
        payload = {"document": item.document_id, "class": due.kind.value, "source_sha256": item.source_sha256_hex}
        log_event(tx, "WORKING_FILES_PURGE_INTENT", item=item, payload=payload, random_bytes=random_bytes)


def note_purged(tx: Connection, due: DueFiles, *, actor: Actor, at: datetime, random_bytes: RandomBytes) -> None:
    """Write that these files are gone, once; with the last of an item's, that all of them are."""
    item = due.item
    if not once(tx, item.item_id, job=_JOB, effect=_done(due.kind), at=at):
        return
    note(tx, item.item_id, event=_PURGE, actor=actor, at=at, detail_code=due.kind.value)
    if due.is_last:
        tx.execute(items.update().where(items.c.item_id == item.item_id).values(purged_at=at))
    payload = {"document": item.document_id, "class": due.kind.value}
    log_event(tx, "WORKING_FILES_PURGED", item=item, payload=payload, random_bytes=random_bytes)


def _closed_items(
    tx: Connection, *, keeper: Keeper, at: datetime
) -> Iterator[tuple[Item, datetime, tuple[tuple[HoldScope, str], ...]]]:
    """Walk the closed items whose files are not all gone and that could have one whose time is over."""
    kinds = (*_OF_A_COPY, RetentionClass.SUPERSEDED_SCAN, RetentionClass.REFUSED_ITEM)
    limit_at = max(keeper.earliest_end(kind, at=at) for kind in kinds)
    last = (
        sa.select(sa.func.max(item_events.c.at))
        .where(item_events.c.item_id == items.c.item_id, item_events.c.event != _PURGE)
        .correlate(items)
        .scalar_subquery()
    )
    after = ""
    while True:
        rows = tx.execute(
            sa.select(items.c.item_id, last.label("closed_at"), cases.c.holder_id, cases.c.agency_code)
            .join(cases, cases.c.case_id == items.c.case_id)
            .where(
                items.c.purged_at.is_(None),
                # An id begins with its time: who came later cannot have been closed before the limit. Without this bound
                # every round would look up the last event of every item of the last weeks.
                items.c.item_id <= new_ulid(at=limit_at, random_bytes=_last_of),
                items.c.item_id > after,
                items.c.state.in_([state.value for state in FINAL_STATES]),
                last <= limit_at,
            )
            .order_by(items.c.item_id)
            .limit(_READ_AT_ONCE)
        ).all()
        for row in rows:
            targets = ((HoldScope.HOLDER, row.holder_id), (HoldScope.AGENCY, row.agency_code))
            yield get_item(tx, row.item_id), row.closed_at, targets
        if len(rows) < _READ_AT_ONCE:
            return
        after = rows[-1].item_id


def _gone(tx: Connection, item_id: str) -> frozenset[RetentionClass]:
    chosen = sa.select(job_effects.c.effect).where(job_effects.c.item_id == item_id, job_effects.c.job == _JOB)
    effects = set(tx.execute(chosen).scalars())
    return frozenset(kind for kind in RetentionClass if _done(kind) in effects)


def _done(kind: RetentionClass) -> str:
    return f"PURGED:{kind.value}"


def _last_of(count: int) -> bytes:
    return b"\xff" * count
