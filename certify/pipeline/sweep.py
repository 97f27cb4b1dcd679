"""Jobs that should exist by what the rows say: the gap between a committed row and its enqueued job is closed here."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.approve import Approval, get_approval
from certify.items import Item, history_of, list_items_in
from certify.pipeline.steps import Job
from certify.prepare import get_ready
from certify.tables import approvals, items, ready_copies
from certify.transitions import ItemState
from vault.database import Database

READ = "read_item"
CERTIFY = "certify_item"
_UNREAD = (ItemState.SCANNED,)
_MAY_STOP = (ItemState.AWAITING_SIGNATURE, ItemState.OFFICER_SIGNED, ItemState.SEALED)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
STOPPED = "STOPPED"
# One that waits for a token's signature: its run has ended, unless the signature came and its run was never enqueued.
_APPROVED = (ItemState.PREPARED, ItemState.AWAITING_SIGNATURE, ItemState.OFFICER_SIGNED, ItemState.SEALED)


def unfinished_jobs(database: Database) -> tuple[tuple[str, str, Job], ...]:
    """Give (workflow, workflow id, job) of every scan not yet read and every approval not yet carried out."""
    with database.read() as tx:
        scans = [(READ, read_id(item), {"item_id": item.item_id}) for item in list_items_in(tx, states=_UNREAD)]
        approved = [(CERTIFY, certify_id(approval), job_of(tx, approval)) for approval in approved_but_unfinished(tx)]
    return (*scans, *approved)


def approved_but_unfinished(tx: Connection) -> tuple[Approval, ...]:
    """Give the approvals of items that stand between approval and certified copy."""
    query = (
        sa.select(approvals.c.approval_id)
        .join(ready_copies, ready_copies.c.ready_id == approvals.c.ready_id)
        .join(items, sa.and_(items.c.item_id == ready_copies.c.item_id, items.c.attempt == ready_copies.c.attempt))
        .where(items.c.state.in_([state.value for state in _APPROVED]))
        .order_by(approvals.c.approval_id)
    )
    return tuple(get_approval(tx, approval_id) for approval_id in tx.execute(query).scalars().all())


def stopped_items(tx: Connection, *, at: datetime) -> tuple[str, ...]:
    """Give the items that stopped at a service that was away and are due to be tried again, later each time."""
    due = []
    for item in list_items_in(tx, states=_MAY_STOP):
        history = history_of(tx, item.item_id)
        stops = [step for step in history if step.event == STOPPED]
        wait = min(_FIRST_WAIT * 2 ** min(len(stops) - 1, 10), _LONGEST_WAIT) if stops else _LONGEST_WAIT
        if stops and history[-1] == stops[-1] and at >= stops[-1].at + wait:
            due.append(item.item_id)
    return tuple(due)


def job_of(tx: Connection, approval: Approval) -> Job:
    """Give the ids the workflow `certify_item` runs on."""
    return {"item_id": get_ready(tx, approval.ready_id).item_id, "approval_id": approval.approval_id}


def read_id(item: Item) -> str:
    """Name the reading of an item's present scan."""
    return f"read:{item.item_id}:{item.scan_number}"


def certify_id(approval: Approval) -> str:
    """Name the present run of an approval; each fresh activation is a run of its own."""
    return f"certify:{approval.approval_id}:{approval.run_number}"
