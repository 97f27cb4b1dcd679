"""Messages that leave exactly when the change they tell of is true: put in its transaction, sent afterwards.

A message carries ids only; whoever sends it looks the rest up. It may be sent twice after a crash, so its key is the
receiver's means to know it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vault.canonical import canonical_json
from vault.errors import NotFound
from vault.tables import outbox

CLAIM_TERM: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Message:
    """What happened (`topic`), to which thing (`key`, unique within the topic), with ids and codes only."""

    topic: str
    key: str
    payload: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message taken for sending; acknowledge it once the receiver has it."""

    message_id: int
    message: Message
    attempt: int
    put_at: datetime


def put(tx: Connection, message: Message, *, at: datetime) -> None:
    """Leave a message in the caller's transaction; the same topic and key twice is one message."""
    # The unique key decides, not a look before: two transactions may put the same message at once.
    with suppress(sa.exc.IntegrityError), tx.begin_nested():
        tx.execute(
            outbox.insert().values(
                topic=message.topic,
                message_key=message.key,
                payload=canonical_json(message.payload),
                put_at=at,
                attempts=0,
            )
        )


def claim(tx: Connection, *, topic: str, sender: str, at: datetime, limit: int = 20) -> tuple[ClaimedMessage, ...]:
    """Take the oldest unsent messages for `sender`; what is not acknowledged within two minutes is taken again."""
    free = sa.or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= at)
    rows = tx.execute(
        sa.select(outbox)
        .where(outbox.c.topic == topic, outbox.c.acknowledged_at.is_(None), free)
        .order_by(outbox.c.message_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    tx.execute(
        outbox.update()
        .where(outbox.c.message_id.in_([row.message_id for row in rows]))
        .values(claimed_by=sender, claimed_until=at + CLAIM_TERM, attempts=outbox.c.attempts + 1)
    )
    return tuple(
        ClaimedMessage(
            row.message_id,
            Message(row.topic, row.message_key, json.loads(bytes(row.payload))),
            row.attempts + 1,
            row.put_at,
        )
        for row in rows
    )


def acknowledge(tx: Connection, claimed: ClaimedMessage, *, at: datetime) -> None:
    """Note that the receiver has the message.

    Raises:
        NotFound: no such message.
    """
    changed = tx.execute(
        outbox.update().where(outbox.c.message_id == claimed.message_id).values(acknowledged_at=at)
    ).rowcount
    if not changed:
        raise NotFound(f"message {claimed.message_id} is not in the outbox")
