"""What the recipient of a dossier does with its items: fetch a paper by its reference, and answer each item once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dossiers.errors import AnswerRefused, SubmissionChanged, SubmissionNotFound
from dossiers.submission import Answer, ItemMode, Submission, get_for_recipient
from dossiers.tables import submission_items, submissions
from guard import RandomBytes, Room
from vault import BlobVault, Database, FetchedPaper, ReuseRequest, fetch_for_reuse
from vault.outbox import Message
from vault.outbox import put as put_message

ANSWERED = "submission.answered"


@dataclass(frozen=True, slots=True)
class ItemRequest:
    """A recipient asks for one paper of one dossier."""

    submission_id: str
    requirement_id: str
    recipient_agency: str
    actor_id: str


def fetch_item(
    database: Database, request: ItemRequest, *, blobs: BlobVault, room: Room, at: datetime, random_bytes: RandomBytes
) -> FetchedPaper:
    """Give the recipient one paper by its reference; the holder sees the attempt, also a refused one.

    Raises:
        SubmissionNotFound: no such dossier or item for this agency, or the paper is brought in person.
        GrantError, BlobError: as `vault.fetch_for_reuse`.
    """
    with database.read() as tx:
        submission = get_for_recipient(tx, request.recipient_agency, request.submission_id)
    item = submission.item(request.requirement_id)
    if item.record_id is None or submission.grant_id is None:
        raise SubmissionNotFound(
            f"item {request.requirement_id} is brought in person or waits for a linked dossier; nothing to fetch"
        )
    wanted = ReuseRequest(submission.grant_id, item.record_id, request.recipient_agency, request.actor_id)
    return fetch_for_reuse(database, wanted, vault=blobs, room=room, at=at, random_bytes=random_bytes)


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """What the recipient says of one item; a rejection says why."""

    request: ItemRequest
    answer: Answer
    reason: str = ""


def answer_item(tx: Connection, given: ItemAnswer, *, expected_version: int, at: datetime) -> Submission:
    """Write the recipient's answer on one item, once.

    Raises:
        SubmissionNotFound: no such dossier or item for this agency.
        SubmissionChanged: somebody changed the dossier since it was read.
        AnswerRefused: the item is answered already, or a rejection gives no reason.
    """
    request = given.request
    submission = get_for_recipient(tx, request.recipient_agency, request.submission_id)
    item = submission.item(request.requirement_id)
    if item.answer is not None:
        raise AnswerRefused(f"item {request.requirement_id} was answered with {item.answer.value} before")
    if given.answer is Answer.ACCEPTED and item.mode is ItemMode.LINKED:
        raise AnswerRefused(
            f"item {request.requirement_id} waits for the result of a linked dossier; it did not come yet"
        )
    if given.answer is Answer.REJECTED and not given.reason.strip():
        raise AnswerRefused(f"item {request.requirement_id} cannot be rejected without a reason; give one")
    moved = tx.execute(
        sa.update(submissions)
        .where(submissions.c.submission_id == request.submission_id, submissions.c.version == expected_version)
        .values(version=expected_version + 1)
    ).rowcount
    if not moved:
        raise SubmissionChanged(f"submission {request.submission_id} is at version {submission.version}; reload it")
    tx.execute(
        sa.update(submission_items)
        .where(
            submission_items.c.submission_id == request.submission_id,
            submission_items.c.requirement_id == request.requirement_id,
        )
        .values(answer=given.answer.value, reason=given.reason or None, answered_by=request.actor_id, answered_at=at)
    )
    told = {"submission": request.submission_id, "requirement": request.requirement_id, "answer": given.answer.value}
    told |= {"holder": submission.holder_id, "recipient": request.recipient_agency}
    put_message(tx, Message(ANSWERED, f"{request.submission_id}:{request.requirement_id}", told), at=at)
    return get_for_recipient(tx, request.recipient_agency, request.submission_id)
