"""Sendings: each is claimed, tried, tried again later and later, and in the end done or parked; none is lost.

A sending may arrive twice after a crash, so its id goes with it and stays the same: the receiver knows it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.delivery.tables import deliveries, notices

CLAIM_TERM: Final = timedelta(minutes=2)
# The wait after each failed attempt; when the last has failed too, the sending is parked: after about three days.
BACK_OFF: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=20),
    timedelta(hours=36),
)
MOST_ATTEMPTS: Final = len(BACK_OFF) + 1
_SPREAD_PERCENT: Final = 10
_MAX_LISTED: Final = 500


class Channel(StrEnum):
    """By which way a sending leaves."""

    EMAIL = "EMAIL"
    SMS = "SMS"
    WEBHOOK = "WEBHOOK"
    PORTAL = "PORTAL"


class DeliveryState(StrEnum):
    """How far a sending is; DEAD is parked, and leaves again when a person says so."""

    PENDING = "PENDING"
    DONE = "DONE"
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One sending of one notice or event to one target; `attempts` counts the one that is claimed."""

    delivery_id: str
    channel: Channel
    target: str
    subject_id: str
    state: DeliveryState
    attempts: int
    due_at: datetime
    last_code: str | None
    created_at: datetime
    ended_at: datetime | None


def add_delivery(
    tx: Connection, channel: Channel, *, target: str, subject_id: str, at: datetime, random_bytes: RandomBytes
) -> str | None:
    """Have something sent from now on; None when this target is sent it already by this channel."""
    delivery_id = new_ulid(at=at, random_bytes=random_bytes)
    try:
        with tx.begin_nested():
            tx.execute(
                deliveries.insert().values(
                    delivery_id=delivery_id,
                    channel=channel.value,
                    target=target,
                    subject_id=subject_id,
                    state=DeliveryState.PENDING.value,
                    attempts=0,
                    due_at=at,
                    created_at=at,
                )
            )
    except sa.exc.IntegrityError:
        return None
    return delivery_id


def claim_due(
    tx: Connection, channels: Sequence[Channel], *, sender: str, at: datetime, limit: int = 10
) -> tuple[Delivery, ...]:
    """Take what is due for `sender`, oldest first; what is not ended within two minutes is taken again."""
    free = sa.or_(deliveries.c.claimed_until.is_(None), deliveries.c.claimed_until <= at)
    before = deliveries.alias()
    waits_for_an_older = sa.exists().where(
        deliveries.c.channel == Channel.PORTAL.value,
        before.c.channel == deliveries.c.channel,
        before.c.target == deliveries.c.target,
        before.c.state == DeliveryState.PENDING.value,
        before.c.delivery_id < deliveries.c.delivery_id,
    )
    rows = tx.execute(
        sa.select(deliveries)
        .where(
            deliveries.c.channel.in_([channel.value for channel in channels]),
            deliveries.c.state == DeliveryState.PENDING.value,
            deliveries.c.due_at <= at,
            free,
            # The portal overwrites: what is told late must not undo what was told before.
            ~waits_for_an_older,
        )
        .order_by(deliveries.c.due_at, deliveries.c.delivery_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    tx.execute(
        deliveries.update()
        .where(deliveries.c.delivery_id.in_([row.delivery_id for row in rows]))
        .values(claimed_by=sender, claimed_until=at + CLAIM_TERM, attempts=deliveries.c.attempts + 1)
    )
    return tuple(_delivery(row, attempts=row.attempts + 1) for row in rows)


def note_sent(tx: Connection, delivery: Delivery, *, at: datetime) -> None:
    """Note that the receiver has it."""
    tx.execute(
        deliveries.update()
        .where(deliveries.c.delivery_id == delivery.delivery_id)
        .values(state=DeliveryState.DONE.value, ended_at=at, last_code=None, claimed_by=None, claimed_until=None)
    )


def note_failed(tx: Connection, delivery: Delivery, code: str, *, at: datetime, is_final: bool) -> DeliveryState:
    """Note why an attempt failed: it is due again later, or parked when it is final or was the last."""
    is_parked = is_final or delivery.attempts >= MOST_ATTEMPTS
    state = DeliveryState.DEAD if is_parked else DeliveryState.PENDING
    changes: dict[str, object] = {"state": state.value, "last_code": code, "claimed_by": None, "claimed_until": None}
    changes |= {"ended_at": at} if is_parked else {"due_at": at + wait_after(delivery)}
    # A sender that was thought dead does not undo what another did meanwhile.
    tx.execute(
        deliveries.update()
        .where(
            deliveries.c.delivery_id == delivery.delivery_id,
            deliveries.c.state == DeliveryState.PENDING.value,
            deliveries.c.attempts == delivery.attempts,
        )
        .values(**changes)
    )
    return state


def wait_after(delivery: Delivery) -> timedelta:
    """How long to wait after this attempt; a tenth more or less, so that what failed together does not return together."""
    wait = BACK_OFF[min(delivery.attempts, len(BACK_OFF)) - 1]
    # In whole numbers, so that the ends of the spread are reached exactly and never passed.
    share = hashlib.sha256(delivery.delivery_id.encode()).digest()[0]
    return wait * (255 * (100 - _SPREAD_PERCENT) + 2 * _SPREAD_PERCENT * share) / (255 * 100)


def defer_target(tx: Connection, channel: Channel, target: str, *, until: datetime) -> None:
    """Let what else waits for a target that does not answer wait a while; no attempt is counted."""
    tx.execute(
        deliveries.update()
        .where(
            deliveries.c.channel == channel.value,
            deliveries.c.target == target,
            deliveries.c.state == DeliveryState.PENDING.value,
            deliveries.c.due_at < until,
        )
        .values(due_at=until)
    )


def replay(tx: Connection, delivery_ids: Sequence[str], *, at: datetime) -> int:
    """Send again, from the first attempt on, what was parked or has arrived; gives how many leave again."""
    return tx.execute(
        deliveries.update()
        .where(deliveries.c.delivery_id.in_(delivery_ids), deliveries.c.state != DeliveryState.PENDING.value)
        .values(state=DeliveryState.PENDING.value, attempts=0, due_at=at, ended_at=None, claimed_until=None)
    ).rowcount


def get_delivery(tx: Connection, delivery_id: str) -> Delivery | None:
    """Give a sending, or None when there is none of this id."""
    row = tx.execute(sa.select(deliveries).where(deliveries.c.delivery_id == delivery_id)).one_or_none()
    return None if row is None else _delivery(row, attempts=row.attempts)


def list_deliveries(
    tx: Connection,
    *,
    channels: Sequence[Channel],
    state: DeliveryState | None = None,
    target: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before_delivery_id: str | None = None,
    limit: int = 100,
) -> tuple[Delivery, ...]:
    """Give sendings, newest first; `since` and `until` bound when they were left."""
    query = sa.select(deliveries).where(deliveries.c.channel.in_([channel.value for channel in channels]))
    if state is not None:
        query = query.where(deliveries.c.state == state.value)
    if target is not None:
        query = query.where(deliveries.c.target == target)
    if since is not None:
        query = query.where(deliveries.c.created_at >= since)
    if until is not None:
        query = query.where(deliveries.c.created_at < until)
    if before_delivery_id is not None:
        query = query.where(deliveries.c.delivery_id < before_delivery_id)
    rows = tx.execute(query.order_by(deliveries.c.delivery_id.desc()).limit(min(limit, _MAX_LISTED)))
    return tuple(_delivery(row, attempts=row.attempts) for row in rows)


def count_deliveries(tx: Connection, *, event_prefix: str | None = None) -> Mapping[tuple[Channel, DeliveryState], int]:
    """Count the sendings by channel and state; with a prefix only those of notices that tell of such events."""
    query = sa.select(deliveries.c.channel, deliveries.c.state, sa.func.count()).group_by(
        deliveries.c.channel, deliveries.c.state
    )
    if event_prefix is not None:
        query = query.join(notices, notices.c.notice_id == deliveries.c.subject_id).where(
            notices.c.event_key.startswith(event_prefix, autoescape=True)
        )
    return {(Channel(channel), DeliveryState(state)): count for channel, state, count in tx.execute(query)}


def _delivery(row: Row[tuple[object, ...]], *, attempts: int) -> Delivery:
    return Delivery(
        delivery_id=row.delivery_id,
        channel=Channel(row.channel),
        target=row.target,
        subject_id=row.subject_id,
        state=DeliveryState(row.state),
        attempts=attempts,
        due_at=row.due_at,
        last_code=row.last_code,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )
