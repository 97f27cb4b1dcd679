"""One attempt to make a certified copy, as the steps of `certify_item` see it: item, ready copy, approval, and its notes.

Whatever a step did or could not do is written here, in one transaction with the move of the item that follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from certify.approve import Approval, get_approval
from certify.effects import log_event, once
from certify.items import Item, advance, get_item, lock_item, note
from certify.pipeline.services import PipelineServices
from certify.pipeline.steps import Job, Outcome, OutcomeKind
from certify.pipeline.sweep import STOPPED
from certify.prepare import ReadyCopy, get_ready
from certify.transitions import BEFORE_OFFICER_SIGNED, ItemEvent, ItemState, transition_of


@dataclass(frozen=True, slots=True)
class CopyWork:
    """What a step of this workflow looks at."""

    item: Item
    ready: ReadyCopy
    approval: Approval

    @property
    def job(self) -> str:
        """Under which name effects of this attempt are claimed."""
        return self.item.copy_prefix


class CopyBooks:
    """Loads the work of a job and writes what became of it."""

    def __init__(self, services: PipelineServices) -> None:
        self._services = services

    def work(self, job: Job) -> CopyWork:
        """Load what a job of ids stands for."""
        with self._services.database.read() as tx:
            approval = get_approval(tx, job["approval_id"])
            ready = get_ready(tx, approval.ready_id)
            return CopyWork(item=get_item(tx, ready.item_id), ready=ready, approval=approval)

    def record(self, work: CopyWork, *, name: str, event: ItemEvent, kind: str) -> Outcome:
        """Note the outcome of a signature that is stored under this name, and move the item."""
        services = self._services
        ref = services.blobs.get_ref(work.item.document_id, name)
        with services.database.transaction() as tx:
            at = services.clock.now()
            if lock_item(tx, work.item.item_id).state is ItemState.VOIDED:
                # The deadline was first: the signature stays a stored file of a void number and is never sealed.
                return Outcome(OutcomeKind.VOIDED, code="DEADLINE_PASSED", reference=work.ready.ready_id)
            if once(tx, work.item.item_id, job=work.job, effect=kind, at=at, detail={"sha256": ref.sha256_hex}):
                item = advance(tx, work.item.item_id, event=event, actor=services.actor, at=at)
                log_event(
                    tx,
                    kind,
                    item=item,
                    payload={"sha256": ref.sha256_hex, "approval": work.approval.approval_id},
                    random_bytes=services.random_bytes,
                )
        return Outcome(OutcomeKind.NEXT, reference=ref.sha256_hex)

    def log_intent(self, work: CopyWork, *, kind: str, key_id: str) -> None:
        """Put the intent to sign into the log, once for each run."""
        services = self._services
        with services.database.transaction() as tx:
            at = services.clock.now()
            # Every activation is an intent of its own: the log shows each time a person was asked.
            effect = f"{kind}-{work.approval.run_number}"
            if once(tx, work.item.item_id, job=work.job, effect=effect, at=at):
                log_event(
                    tx,
                    kind,
                    item=get_item(tx, work.item.item_id),
                    payload={"key": key_id, "sha256": work.approval.sha256_hex, "run": work.approval.run_number},
                    random_bytes=services.random_bytes,
                )

    def await_officer(self, work: CopyWork, *, event: ItemEvent, code: str) -> Outcome:
        """Let the item wait for its officer, with its number: `event` says for an activation or for a token."""
        services = self._services
        waiting = transition_of(event).target
        with services.database.transaction() as tx:
            item = get_item(tx, work.item.item_id)
            if item.state in BEFORE_OFFICER_SIGNED - {waiting}:
                advance(
                    tx,
                    item.item_id,
                    event=event,
                    actor=services.actor,
                    at=services.clock.now(),
                    detail_code=code,
                )
            else:
                note(
                    tx,
                    item.item_id,
                    event="ASK_AGAIN",
                    actor=services.actor,
                    at=services.clock.now(),
                    detail_code=code,
                )
        return Outcome(OutcomeKind(waiting.value), code=code, reference=work.ready.ready_id)

    def stop(self, work: CopyWork, *, kind: OutcomeKind, code: str) -> Outcome:
        """Let the item stand where it is until something outside has changed."""
        services = self._services
        with services.database.transaction() as tx:
            note(
                tx,
                work.item.item_id,
                event=STOPPED,
                actor=services.actor,
                at=services.clock.now(),
                detail_code=code,
            )
        return Outcome(kind, code=code, reference=work.ready.ready_id)
