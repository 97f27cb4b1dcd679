"""Jobs on their way into the queue: in the transaction that makes them due, in the order of who waits, within limits.

A smaller number goes first. A person at a counter comes before a batch, a batch before a renewal that is due in months;
and of two offices the one with fewer scans waiting comes first, so that one office's burst does not make the others wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.approve import Approval, run_again
from certify.errors import AgencyQueueFull, QueueFull
from certify.items import Item, history_of, note
from certify.pipeline.certify_item import NAME as CERTIFY
from certify.pipeline.certify_item import CertifyItem
from certify.pipeline.engine import Engine
from certify.pipeline.prepare_item import NAME as PREPARE
from certify.pipeline.read_item import NAME as READ
from certify.pipeline.renew_record import NAME as RENEW
from certify.pipeline.renew_record import job_of_renewal, renew_id
from certify.pipeline.services import PipelineServices
from certify.pipeline.steps import Outcome, OutcomeKind
from certify.pipeline.sweep import (
    approved_but_unfinished,
    certify_id,
    job_of,
    read_id,
    stopped_items,
    unfinished_jobs,
)
from certify.renewal import ProtectedRecord
from certify.tables import cases, items
from certify.transitions import ItemState
from certify.urgency import Urgency

# A door signs at once where the PIN was typed; an approval that is older and in no queue belongs to a door that died.
_FORGOTTEN_AFTER: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """How many scans may wait to be read: of one agency, and in all."""

    per_agency: int
    in_all: int


NO_LIMITS: Final = QueueLimits(per_agency=1 << 30, in_all=1 << 30)


class Jobs:
    """Puts jobs into the queue of the engine."""

    def __init__(self, services: PipelineServices, *, engine: Engine) -> None:
        self._services = services
        self._engine = engine
        self._certify = CertifyItem(services)
        # Runs that ended here, because the key's owner was asked here: no worker ever saw them.
        self._ended_here: dict[str, Outcome] = {}

    def put_read(self, tx: Connection, item: Item) -> None:
        """Let a scan be read when the transaction that stored it is committed."""
        # Its own row counts already: the first of an agency has turn 1.
        turn = min(_waiting(tx, agency_of(tx, item)), Urgency.BATCH - 1)
        job = {"item_id": item.item_id}
        self._engine.submit(READ, workflow_id=read_id(item), job=job, priority=max(turn, Urgency.COUNTER), tx=tx)

    def put_prepare(self, workflow_id: str, *, item_id: str, officer_id: str) -> None:
        """Let a copy be prepared; an officer waits for it."""
        job = {"item_id": item_id, "officer_id": officer_id}
        self._engine.submit(PREPARE, workflow_id=workflow_id, job=job, priority=Urgency.COUNTER)

    def put_renewal(self, record: ProtectedRecord) -> None:
        """Let an archive time-stamp be renewed when nobody waits for anything else."""
        self._engine.submit(RENEW, workflow_id=renew_id(record), job=job_of_renewal(record), priority=Urgency.RENEWAL)

    def carry_out(self, write: Callable[[Connection], Approval], *, urgency: Urgency) -> Approval:
        """Write an approval and let it be carried out.

        Where workers are elsewhere the officer's signature is made here first: the activated key is in the memory of
        the process that took the PIN and leaves it for nowhere. Everything after it is a worker's.
        """
        with self._services.database.transaction() as tx:
            approval = write(tx)
            signs_here = not (self._engine.works_here or approval.by_token)
            if not signs_here:
                self._put(tx, approval, urgency=urgency)
        if signs_here:
            self._sign_here(approval, urgency=urgency)
        return approval

    def put_certify(self, approval: Approval) -> None:
        """Let an approval be carried out whose key needs no activation of this process."""
        with self._services.database.transaction() as tx:
            self._put(tx, approval, urgency=Urgency.COUNTER)

    def put_missing(self) -> None:
        """Put every job that the rows speak of and the queue does not know: what an older release left between the two."""
        for workflow, workflow_id, job in unfinished_jobs(self._services.database):
            if not self._engine.exists(workflow_id):
                self._engine.submit(workflow, workflow_id=workflow_id, job=job, priority=Urgency.COUNTER)

    def put_forgotten(self) -> int:
        """Put approvals that a door wrote and did not live to sign: their officer is asked once more. Gives how many."""
        services = self._services
        with services.database.read() as tx:
            ended = services.clock.now() - _FORGOTTEN_AFTER
            known = [
                (approval, history_of(tx, job_of(tx, approval)["item_id"])[-1].at)
                for approval in approved_but_unfinished(tx)
            ]
        forgotten = [
            approval
            for approval, last_act_at in known
            if last_act_at < ended and not self._engine.exists(certify_id(approval))
        ]
        for approval in forgotten:
            self.put_certify(approval)
        return len(forgotten)

    def resume(self, item_id: str) -> Approval:
        """Go on with an approved item that stopped at a service that was away."""
        with self._services.database.transaction() as tx:
            return self._resume(tx, item_id)

    def resume_stopped(self) -> int:
        """Go on with every item whose service may be back. Gives how many were tried."""
        with self._services.database.transaction() as tx:
            # In one transaction: of two processes that look at once, one finds an item that was taken up already.
            due = stopped_items(tx, at=self._services.clock.now())
            for item_id in due:
                self._resume(tx, item_id)
        return len(due)

    def wait_certified(self, approval: Approval, *, timeout_seconds: float) -> Outcome:
        """Wait for the outcome of an approval's present run."""
        run_id = certify_id(approval)
        return self._ended_here.get(run_id) or self._engine.wait(run_id, timeout_seconds=timeout_seconds)

    def _sign_here(self, approval: Approval, *, urgency: Urgency) -> None:
        with self._services.database.read() as tx:
            job = job_of(tx, approval)
        outcome = self._certify.officer_sign(job)
        if outcome.kind is not OutcomeKind.NEXT:
            self._ended_here[certify_id(approval)] = outcome
            return
        with self._services.database.transaction() as tx:
            self._put(tx, approval, urgency=urgency)

    def _resume(self, tx: Connection, item_id: str) -> Approval:
        services = self._services
        note(tx, item_id, event="RESUME", actor=services.actor, at=services.clock.now())
        approval = run_again(tx, item_id)
        self._put(tx, approval, urgency=Urgency.COUNTER)
        return approval

    def _put(self, tx: Connection, approval: Approval, *, urgency: Urgency) -> None:
        job = job_of(tx, approval)
        self._engine.submit(CERTIFY, workflow_id=certify_id(approval), job=job, priority=urgency, tx=tx)


def check_room(tx: Connection, agency_code: str, *, limits: QueueLimits) -> None:
    """Refuse what would wait behind too much.

    Raises:
        QueueFull: too many scans wait, in all or of this agency.
    """
    if _waiting(tx, agency_code) >= limits.per_agency:
        raise AgencyQueueFull(
            f"agency {agency_code} has {limits.per_agency} scans waiting; send this one again when some are read"
        )
    if _waiting(tx) >= limits.in_all:
        raise QueueFull(f"{limits.in_all} scans wait to be read; send this one again later")


def agency_of(tx: Connection, item: Item) -> str:
    """Give the agency that took an item in."""
    code: str = tx.execute(sa.select(cases.c.agency_code).where(cases.c.case_id == item.case_id)).scalar_one()
    return code


def _waiting(tx: Connection, agency_code: str | None = None) -> int:
    count = sa.select(sa.func.count()).select_from(items).where(items.c.state == ItemState.SCANNED.value)
    if agency_code is not None:
        count = count.where(items.c.agency_code == agency_code)
    waiting: int = tx.execute(count).scalar_one()
    return waiting
