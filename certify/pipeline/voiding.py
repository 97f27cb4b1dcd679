"""Voiding from inside the pipeline: the number keeps its line, the reason is told, the item is free again."""

from __future__ import annotations

from certify.pipeline.services import PipelineServices
from certify.pipeline.steps import Outcome, OutcomeKind
from certify.prepare import ReadyCopy, VoidReason, void_ready


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
