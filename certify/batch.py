"""Many copies approved at once: one activation over the ordered list of digests, and an answer for every copy by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from certify.approve import Approval, ApprovalRequest
from certify.errors import CertifyError, ReadyCopyChanged
from certify.items import Item
from certify.prepare import ReadyCopy
from certify.transitions import AWAITING_OFFICER
from certify.urgency import Urgency

MAX_BATCH = 50


class CopyLine(Protocol):
    """The pipeline, as far as a batch needs it."""

    def ready_copy(self, item_id: str) -> ReadyCopy:
        """Give the ready copy of an item."""

    def approve_and_certify(self, request: ApprovalRequest, *, urgency: Urgency) -> Approval:
        """Write the one approval of a ready copy and let it be carried out."""

    def activate_again(self, item_id: str, *, officer_id: str, activation_id: str, urgency: Urgency) -> Approval:
        """Go on with an item that lost its activation."""


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One copy of a batch: its item as it stands, and the digest of what the officer was shown."""

    item: Item
    sha256_hex: str


@dataclass(frozen=True, slots=True)
class BatchApproval:
    """What holds for all of them: who approves, under which activation, and the lines that were confirmed."""

    officer_id: str
    activation_id: str
    checklist: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What became of one copy: an approval that is now carried out, or the error that refused it."""

    item_id: str
    title: str
    approval: Approval | None = None
    refusal: CertifyError | None = None


def approve_batch(
    pipeline: CopyLine, lines: Sequence[BatchLine], *, approval: BatchApproval
) -> tuple[BatchAnswer, ...]:
    """Approve each copy on its own, in the order of the list; one that is refused stops none of the others.

    A copy that waits for an activation (a token was pulled out, a process ended) goes on with its number.
    """
    urgency = Urgency.BATCH if len(lines) > 1 else Urgency.COUNTER
    return tuple(_approve(pipeline, line, approval, urgency=urgency) for line in lines)


def _approve(pipeline: CopyLine, line: BatchLine, approval: BatchApproval, *, urgency: Urgency) -> BatchAnswer:
    item = line.item
    try:
        if item.state in AWAITING_OFFICER:
            if pipeline.ready_copy(item.item_id).sha256_hex != line.sha256_hex:
                raise ReadyCopyChanged(f"item {item.item_id} is not the file that was shown; show it again")
            approved = pipeline.activate_again(
                item.item_id,
                officer_id=approval.officer_id,
                activation_id=approval.activation_id,
                urgency=urgency,
            )
        else:
            approved = pipeline.approve_and_certify(
                ApprovalRequest(
                    ready_id=pipeline.ready_copy(item.item_id).ready_id,
                    sha256_hex=line.sha256_hex,
                    officer_id=approval.officer_id,
                    activation_id=approval.activation_id,
                    checklist=approval.checklist,
                ),
                urgency=urgency,
            )
    except CertifyError as exc:
        return BatchAnswer(item.item_id, item.title, refusal=exc)
    return BatchAnswer(item.item_id, item.title, approval=approved)
