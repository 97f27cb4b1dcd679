"""Voiding from inside the pipeline: the number keeps its line, the reason is told, the item is free again."""

from __future__ import annotations

from certify.items import lock_item
from certify.pipeline.services import PipelineServices
from certify.pipeline.steps import Outcome, OutcomeKind
from certify.prepare import UNSIGNED, ReadyCopy, VoidReason, expiry_reason, list_expired, void_ready


def void_all_expired(services: PipelineServices) -> int:
    """Void every ready copy that has ended; gives how many were voided."""
    with services.database.read() as tx:
        ended = list_expired(tx, law=services.law, at=services.clock.now())
    # Each is looked at again under its lock: the officer's signature may have come between the list and the void.
    return sum(void_if_expired(services, ready) for ready in ended)


def void_if_expired(services: PipelineServices, ready: ReadyCopy) -> bool:
    """Void a ready copy that has ended and that no officer has signed meanwhile; says whether it was voided now."""
    with services.database.transaction() as tx:
        item = lock_item(tx, ready.item_id)
        at = services.clock.now()
        reason = expiry_reason(ready, law=services.law, at=at)
        if item.attempt != ready.attempt or item.state not in UNSIGNED or reason is None:
            return False
        void_ready(
            tx,
            ready,
            reason=reason,
            law=services.law,
            actor=services.actor,
            at=at,
            random_bytes=services.random_bytes,
        )
    return True


def void_outcome(services: PipelineServices, ready: ReadyCopy, reason: VoidReason) -> Outcome:
    """Void a ready copy's number and say so."""
    with services.database.transaction() as tx:
        void_ready(
            tx,
            ready,
            reason=reason,
            law=services.law,
            actor=services.actor,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )
    return Outcome(OutcomeKind.VOIDED, code=reason.value, reference=ready.ready_id)
