"""What a citizen says of a dossier, a case or a refusal, and what the agency answers; both are encrypted under the holder's keyset."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from dossiers.errors import AnswerRefused, SubmissionNotFound
from dossiers.tables import feedback
from guard import RandomBytes, new_ulid
from vault import BlobVault, HolderOwner
from vault.outbox import Message
from vault.outbox import put as put_message

GIVEN: Final = "feedback.given"
ANSWERED: Final = "feedback.answered"
MOST_CHARACTERS: Final = 2000


class About(StrEnum):
    """What it is about."""

    DOSSIER = "DOSSIER"
    CASE = "CASE"
    REFUSAL = "REFUSAL"


class FeedbackKind(StrEnum):
    """What sort of word it is."""

    COMPLAINT = "COMPLAINT"
    SUGGESTION = "SUGGESTION"
    THANKS = "THANKS"


@dataclass(frozen=True, slots=True)
class NewFeedback:
    """What a citizen says; the caller has checked that the thing is theirs and that the agency did it."""

    about: About
    about_id: str
    agency_code: str
    kind: FeedbackKind
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Feedback:
    """A word and its answer."""

    feedback_id: str
    holder_id: str
    about: About
    about_id: str
    agency_code: str
    kind: FeedbackKind
    text: str = field(repr=False)
    sent_at: datetime
    answer: str | None = field(repr=False)
    answered_at: datetime | None


def give_feedback(
    tx: Connection, owner: HolderOwner, new: NewFeedback, *, vault: BlobVault, at: datetime, random_bytes: RandomBytes
) -> Feedback:
    """Keep what a citizen says, and tell the agency.

    Raises:
        AnswerRefused: it says nothing, or too much.
    """
    feedback_id = new_ulid(at=at, random_bytes=random_bytes)
    tx.execute(
        feedback.insert().values(
            feedback_id=feedback_id,
            holder_id=owner.holder_id,
            about=new.about.value,
            about_id=new.about_id,
            agency_code=new.agency_code,
            kind=new.kind.value,
            sealed_text=_sealed(vault, owner.holder_id, f"feedback/{feedback_id}", new.text),
            sent_at=at,
        )
    )
    told = {"feedback": feedback_id, "agency": new.agency_code, "holder": owner.holder_id}
    put_message(tx, Message(GIVEN, feedback_id, told), at=at)
    return get_own_feedback(tx, owner, feedback_id, vault=vault)


def get_own_feedback(tx: Connection, owner: HolderOwner, feedback_id: str, *, vault: BlobVault) -> Feedback:
    """Give one word of the holder's own, with its answer.

    Raises:
        SubmissionNotFound: there is none, or it is another's.
    """
    return _one(tx, feedback_id, feedback.c.holder_id == owner.holder_id, vault)


def list_own_feedback(
    tx: Connection, owner: HolderOwner, *, vault: BlobVault, before_id: str | None = None, limit: int | None = None
) -> tuple[Feedback, ...]:
    """What the holder said, newest first: all, or so many below the one already seen."""
    return _load(tx, feedback.c.holder_id == owner.holder_id, vault, before_id=before_id, limit=limit)


def get_received_feedback(tx: Connection, agency_code: str, feedback_id: str, *, vault: BlobVault) -> Feedback:
    """Give one word that an agency got.

    Raises:
        SubmissionNotFound: there is none, or another agency got it.
    """
    return _one(tx, feedback_id, feedback.c.agency_code == agency_code, vault)


def list_received_feedback(
    tx: Connection, agency_code: str, *, vault: BlobVault, before_id: str | None = None, limit: int | None = None
) -> tuple[Feedback, ...]:
    """What an agency was told, newest first: all, or so many below the one already seen."""
    return _load(tx, feedback.c.agency_code == agency_code, vault, before_id=before_id, limit=limit)


def answer_feedback(
    tx: Connection, agency_code: str, feedback_id: str, *, text: str, staff_id: str, vault: BlobVault, at: datetime
) -> Feedback:
    """Answer a word, once; the citizen is told.

    Raises:
        SubmissionNotFound: there is none, or another agency got it.
        AnswerRefused: it was answered before, or the answer says nothing.
    """
    found = get_received_feedback(tx, agency_code, feedback_id, vault=vault)
    moved = tx.execute(
        feedback.update()
        .where(feedback.c.feedback_id == feedback_id, feedback.c.answered_at.is_(None))
        .values(
            sealed_answer=_sealed(vault, found.holder_id, f"feedback/{feedback_id}/answer", text),
            answered_at=at,
            answered_by=staff_id,
        )
    ).rowcount
    if not moved:
        raise AnswerRefused(f"feedback {feedback_id} was answered before; an answer stays as it was given")
    told = {"feedback": feedback_id, "agency": agency_code, "holder": found.holder_id}
    put_message(tx, Message(ANSWERED, feedback_id, told), at=at)
    return get_received_feedback(tx, agency_code, feedback_id, vault=vault)


def _sealed(vault: BlobVault, holder_id: str, name: str, text: str) -> bytes:
    plain = text.strip()
    if not 1 <= len(plain) <= MOST_CHARACTERS:
        raise AnswerRefused(f"say something, in at most {MOST_CHARACTERS} characters")
    return vault.seal_value(holder_id, name, plain.encode())


def _one(tx: Connection, feedback_id: str, owned: sa.ColumnElement[bool], vault: BlobVault) -> Feedback:
    found = _load(tx, sa.and_(feedback.c.feedback_id == feedback_id, owned), vault)
    if not found:
        raise SubmissionNotFound(f"feedback {feedback_id} does not exist, or is not yours")
    return found[0]


def _load(
    tx: Connection,
    condition: sa.ColumnElement[bool],
    vault: BlobVault,
    *,
    before_id: str | None = None,
    limit: int | None = None,
) -> tuple[Feedback, ...]:
    if before_id is not None:
        condition = sa.and_(condition, feedback.c.feedback_id < before_id)
    newest_first = feedback.select().where(condition).order_by(feedback.c.feedback_id.desc())
    return tuple(_feedback(row, vault) for row in tx.execute(newest_first.limit(limit)).all())


def _feedback(row: Row[tuple[object, ...]], vault: BlobVault) -> Feedback:
    name = f"feedback/{row.feedback_id}"
    answer = None
    if row.sealed_answer is not None:
        answer = vault.open_value(row.holder_id, f"{name}/answer", bytes(row.sealed_answer)).decode()
    return Feedback(
        row.feedback_id,
        row.holder_id,
        About(row.about),
        row.about_id,
        row.agency_code,
        FeedbackKind(row.kind),
        vault.open_value(row.holder_id, name, bytes(row.sealed_text)).decode(),
        row.sent_at,
        answer,
        row.answered_at,
    )
