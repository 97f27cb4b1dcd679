"""What the reader of a link says of the paper: accepted, or refused with a reason; it returns to the holder and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from guard.clock import RandomBytes
from vault.blobs import BlobVault
from vault.errors import ShareAnswered
from vault.history import AccessAction, AccessEvent, ActorKind, record_access
from vault.outbox import Message
from vault.outbox import put as put_message
from vault.owners import HolderOwner
from vault.shares import Share, check_share_open
from vault.tables import share_answers, shares

TOPIC: Final = "share.answered"


class ShareAnswer(StrEnum):
    """What a reader says of a shared paper."""

    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer as the holder reads it; the reason is encrypted in the database."""

    share_id: str
    answer: ShareAnswer
    reason: str = field(repr=False)
    answered_at: datetime


def answer_share(
    tx: Connection,
    share_id: str,
    answer: ShareAnswer,
    *,
    reason: str,
    vault: BlobVault,
    at: datetime,
    random_bytes: RandomBytes,
) -> Share:
    """Write what the reader of an open link says, once; the caller has seen the proof that it was opened.

    Raises:
        ShareClosed: taken back or expired since, or its paper is no longer current.
        ShareAnswered: answered before, or refused without a reason.
    """
    share, record = check_share_open(tx, share_id, vault=vault, at=at)
    if answer is ShareAnswer.REFUSED and not reason.strip():
        raise ShareAnswered(f"share {share_id} cannot be refused without a reason; give one")
    sealed = vault.seal_value(share.holder_id, f"share-answer/{share_id}", reason.strip().encode()) if reason else None
    try:
        with tx.begin_nested():
            tx.execute(
                share_answers.insert().values(
                    share_id=share_id,
                    agency_code=share.recipient_agency,
                    answer=answer.value,
                    sealed_reason=sealed,
                    answered_at=at,
                )
            )
    except sa.exc.IntegrityError as exc:
        raise ShareAnswered(f"share {share_id} was answered before; an answer is given once") from exc
    event = AccessEvent(
        holder_id=share.holder_id,
        action=AccessAction.SHARE_ACCEPTED if answer is ShareAnswer.ACCEPTED else AccessAction.SHARE_REFUSED,
        actor_kind=ActorKind.SHARE,
        actor_id=share_id,
        agency_code=share.recipient_agency,
        at=at,
        reason=f"share:{share_id}",
        record_id=record.record_id,
    )
    record_access(tx, event, random_bytes=random_bytes)
    told = {"share": share_id, "record": record.record_id, "answer": answer.value, "holder": share.holder_id}
    put_message(tx, Message(TOPIC, share_id, told), at=at)
    return share


def answers_for_holder(tx: Connection, owner: HolderOwner, *, vault: BlobVault) -> Mapping[str, GivenAnswer]:
    """Read what was answered to the links of a holder, by the link's id."""
    rows = tx.execute(
        sa.select(share_answers)
        .join(shares, shares.c.share_id == share_answers.c.share_id)
        .where(shares.c.holder_id == owner.holder_id)
    ).all()
    if not rows:
        return {}
    opened = vault.open_document(owner.holder_id)
    return {
        row.share_id: GivenAnswer(
            row.share_id,
            ShareAnswer(row.answer),
            opened.open_value(f"share-answer/{row.share_id}", bytes(row.sealed_reason)).decode()
            if row.sealed_reason
            else "",
            row.answered_at,
        )
        for row in rows
    }


def count_share_answers(tx: Connection, agency_code: str, *, since: datetime) -> Mapping[ShareAnswer, int]:
    """Count how an agency answered the links that were made for it; nothing counted is 0 only where links were answered."""
    rows = tx.execute(
        sa.select(share_answers.c.answer, sa.func.count())
        .where(share_answers.c.agency_code == agency_code, share_answers.c.answered_at >= since)
        .group_by(share_answers.c.answer)
    ).all()
    return {ShareAnswer(answer): count for answer, count in rows}
