"""Remembered answers: a POST repeated with its Idempotency-Key is answered, not done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from api.errors import IdempotencyConflict, StillRunning
from api.identity.tables import answers

# A call that has no answer after this died with its process; its key is free again.
_CLAIM_LIFETIME: Final = timedelta(minutes=10)
# How long a repeated call is recognised.
_ANSWER_LIFETIME: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class RememberedAnswer:
    """What the first call with this key was told."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """One caller's key with the digest of what it was sent with; keys of other callers never meet."""

    caller: str
    key: str
    request_sha256_hex: str

    @property
    def key_sha256_hex(self) -> str:
        """What is stored of the key."""
        return hashlib.sha256(self.key.encode()).hexdigest()


def begin(tx: Connection, key: IdempotencyKey, *, at: datetime) -> RememberedAnswer | None:
    """Claim the key for a first call (`None`), or give the answer of the call that had it before.

    Raises:
        IdempotencyConflict: the key came with another body before.
        StillRunning: the first call has not been answered yet.
    """
    # The caller's own old answers go whenever the caller comes again, so that none is kept for longer than it helps.
    tx.execute(sa.delete(answers).where(answers.c.caller == key.caller, _is_over(at)))
    row = tx.execute(answers.select().where(_is_mine(key))).one_or_none()
    if row is None:
        try:
            with tx.begin_nested():
                tx.execute(
                    answers.insert().values(
                        caller=key.caller,
                        key_sha256_hex=key.key_sha256_hex,
                        request_sha256_hex=key.request_sha256_hex,
                        created_at=at,
                    )
                )
        except IntegrityError as exc:
            raise StillRunning("the first call with this Idempotency-Key is still running; ask again shortly") from exc
        return None
    if row.request_sha256_hex != key.request_sha256_hex:
        raise IdempotencyConflict("this Idempotency-Key was used with another request; use a new key")
    if row.status is None:
        raise StillRunning("the first call with this Idempotency-Key is still running; ask again shortly")
    return RememberedAnswer(row.status, json.loads(row.headers), bytes(row.body))


def finish(tx: Connection, key: IdempotencyKey, answer: RememberedAnswer) -> None:
    """Remember the answer for the next call with this key."""
    tx.execute(
        sa.update(answers)
        .where(_is_mine(key))
        .values(status=answer.status, headers=json.dumps(dict(answer.headers)), body=answer.body)
    )


def abandon(tx: Connection, key: IdempotencyKey) -> None:
    """Forget a call that was refused or failed, so that it may be tried again with the same key."""
    tx.execute(sa.delete(answers).where(_is_mine(key)))


def _is_over(at: datetime) -> sa.ColumnElement[bool]:
    unanswered = sa.and_(answers.c.status.is_(None), answers.c.created_at <= at - _CLAIM_LIFETIME)
    return sa.or_(unanswered, answers.c.created_at <= at - _ANSWER_LIFETIME)


def _is_mine(key: IdempotencyKey) -> sa.ColumnElement[bool]:
    return sa.and_(answers.c.caller == key.caller, answers.c.key_sha256_hex == key.key_sha256_hex)
