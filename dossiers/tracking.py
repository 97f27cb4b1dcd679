"""The five steps of the one-stop shop, in their order, each with its time: guide, receive, transfer, resolve, return."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dossiers.errors import StepRefused
from dossiers.statuses import HALTED, note_status_of_step, status_of
from dossiers.tables import handed_in, submission_items, submission_steps, submissions
from vault.outbox import Message
from vault.outbox import put as put_message

MOVED = "submission.moved"


class Step(StrEnum):
    """Where a dossier is."""

    GUIDE = "GUIDE"
    RECEIVE = "RECEIVE"
    TRANSFER = "TRANSFER"
    RESOLVE = "RESOLVE"
    RETURN = "RETURN"

    @property
    def following(self) -> Step | None:
        """The step after this one, None after the last."""
        steps = list(Step)
        return steps[steps.index(self) + 1] if self is not Step.RETURN else None


@dataclass(frozen=True, slots=True)
class ReachedStep:
    """A step with the moment it was reached and who moved the dossier there."""

    step: Step
    reached_at: datetime
    actor_id: str


def note_step(tx: Connection, submission_id: str, step: Step, *, at: datetime, actor_id: str) -> None:
    """Write that a dossier reached a step; the caller has checked that it may."""
    tx.execute(
        submission_steps.insert().values(submission_id=submission_id, step=step.value, reached_at=at, actor_id=actor_id)
    )


def steps_of(tx: Connection, submission_id: str) -> tuple[ReachedStep, ...]:
    """The steps a dossier has reached, in their order."""
    rows = tx.execute(submission_steps.select().where(submission_steps.c.submission_id == submission_id)).all()
    reached = (ReachedStep(Step(row.step), row.reached_at, row.actor_id) for row in rows)
    return tuple(sorted(reached, key=lambda one: list(Step).index(one.step)))


def waits_for(tx: Connection, submission_id: str) -> tuple[str, ...]:
    """The linked dossiers whose result this one still needs: nothing came, and no paper was taken in by hand instead."""
    by_hand = sa.select(handed_in.c.requirement_id).where(
        handed_in.c.submission_id == submission_items.c.submission_id,
        handed_in.c.requirement_id == submission_items.c.requirement_id,
    )
    open_items = sa.and_(
        submission_items.c.submission_id == submission_id,
        submission_items.c.from_submission_id.is_not(None),
        submission_items.c.record_id.is_(None),
        submission_items.c.answer.is_(None),
        ~by_hand.exists(),
    )
    chosen = sa.select(submission_items.c.from_submission_id).where(open_items).distinct()
    return tuple(sorted(one for one in tx.execute(chosen).scalars().all() if one is not None))


def advance(
    tx: Connection, submission_id: str, *, to: Step, recipient_agency: str, at: datetime, actor_id: str
) -> None:
    """Move a dossier of this agency one step on.

    Raises:
        StepRefused: the dossier is not at the step before `to`, or is another agency's.
    """
    before = [step for step in Step if step.following is to]
    present = tx.execute(
        sa.select(submissions.c.step).where(
            submissions.c.submission_id == submission_id, submissions.c.recipient_agency == recipient_agency
        )
    ).scalar_one_or_none()
    if present is not None and status_of(tx, submission_id, step=present) in HALTED:
        raise StepRefused(f"submission {submission_id} waits for something or has ended; bring its code first")
    if present is not None and to not in {Step.GUIDE, Step.RECEIVE} and (waits := waits_for(tx, submission_id)):
        raise StepRefused(f"submission {submission_id} waits for the result of {waits[0]}; it goes on when that came")
    moved = tx.execute(
        sa.update(submissions)
        .where(
            submissions.c.submission_id == submission_id,
            submissions.c.recipient_agency == recipient_agency,
            submissions.c.step.in_([step.value for step in before]),
        )
        .values(step=to.value, version=submissions.c.version + 1)
    ).rowcount
    if not moved:
        raise StepRefused(f"submission {submission_id} is not at the step before {to.value}; reload it")
    note_step(tx, submission_id, to, at=at, actor_id=actor_id)
    note_status_of_step(tx, submission_id, step=to.value, actor_id=actor_id, at=at)
    holder_id = tx.execute(
        sa.select(submissions.c.holder_id).where(submissions.c.submission_id == submission_id)
    ).scalar_one()
    told = {"submission": submission_id, "step": to.value, "holder": holder_id, "recipient": recipient_agency}
    put_message(tx, Message(MOVED, f"{submission_id}:{to.value}", told), at=at)
