"""Whom an agency's systems are told by webhook: subscriptions with their sealed secrets, and the events they get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.blobs import BlobVault
from vault.canonical import canonical_json
from vault.delivery.deliveries import Channel, add_delivery
from vault.delivery.tables import deliveries, webhook_events, webhooks
from vault.errors import NotFound, WebhookChanged

# Both secrets sign for this long after a rotation, so that a receiver changes over without losing an event.
OVERLAP: Final = timedelta(hours=24)
_SECRET_BYTES: Final = 32
_SEALED: Final = "webhook"


class WebhookState(StrEnum):
    """Whether events are sent."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A subscription without its secret; `state_code` says why it is disabled."""

    webhook_id: str
    agency_code: str
    url: str = field(repr=False)
    events: tuple[str, ...]
    state: WebhookState
    state_code: str | None
    failing_since: datetime | None
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """What an administrator asks for; the address was checked."""

    agency_code: str
    url: str = field(repr=False)
    events: tuple[str, ...]
    created_by: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, as an agency's systems are told."""

    event_id: str
    agency_code: str
    type: str
    body: bytes
    at: datetime


def add_webhook(
    tx: Connection, new: NewWebhook, *, vault: BlobVault, at: datetime, random_bytes: RandomBytes
) -> tuple[Webhook, bytes]:
    """Subscribe; gives the secret, which is shown once and kept sealed."""
    webhook_id = new_ulid(at=at, random_bytes=random_bytes)
    vault.create_keyset(webhook_id)
    secret = random_bytes(_SECRET_BYTES)
    tx.execute(
        webhooks.insert().values(
            webhook_id=webhook_id,
            agency_code=new.agency_code,
            url=new.url,
            events=list(new.events),
            state=WebhookState.ACTIVE.value,
            sealed_secret=vault.seal_value(webhook_id, _SEALED, secret),
            version=1,
            created_at=at,
            created_by=new.created_by,
        )
    )
    return get_webhook(tx, webhook_id), secret


def get_webhook(tx: Connection, webhook_id: str, *, agency_code: str | None = None) -> Webhook:
    """Give a subscription, of this agency when one is named.

    Raises:
        NotFound: there is none, or it is another agency's.
    """
    return _webhook(_row(tx, webhook_id, agency_code))


def list_webhooks(tx: Connection, *, agency_code: str | None = None) -> tuple[Webhook, ...]:
    """Give the subscriptions of an agency, or all, newest first."""
    query = sa.select(webhooks).order_by(webhooks.c.webhook_id.desc())
    if agency_code is not None:
        query = query.where(webhooks.c.agency_code == agency_code)
    return tuple(_webhook(row) for row in tx.execute(query))


def change_webhook(
    tx: Connection, webhook_id: str, *, agency_code: str, changes: Mapping[str, Any], expected_version: int
) -> Webhook:
    """Change address, events or state of a subscription.

    Raises:
        NotFound: there is none, or it is another agency's.
        WebhookChanged: somebody changed it since it was read.
    """
    webhook = get_webhook(tx, webhook_id, agency_code=agency_code)
    moved = tx.execute(
        webhooks.update()
        .where(webhooks.c.webhook_id == webhook_id, webhooks.c.version == expected_version)
        .values(version=expected_version + 1, **changes)
    ).rowcount
    if not moved:
        raise WebhookChanged(f"webhook {webhook_id} is at version {webhook.version}; read it again")
    return get_webhook(tx, webhook_id)


def set_webhook_state(tx: Connection, webhook_id: str, state: WebhookState, *, code: str | None = None) -> bool:
    """Disable or enable a subscription; False when it was so before. Enabled, it begins without a fault."""
    values = {"state": state.value, "state_code": code, "failing_since": None, "version": webhooks.c.version + 1}
    changed = tx.execute(
        webhooks.update().where(webhooks.c.webhook_id == webhook_id, webhooks.c.state != state.value).values(**values)
    ).rowcount
    return bool(changed)


def remove_webhook(tx: Connection, webhook_id: str, *, agency_code: str | None = None) -> None:
    """End a subscription, with everything that was sent to it or waits.

    Raises:
        NotFound: there is none, or it is another agency's.
    """
    _row(tx, webhook_id, agency_code)
    tx.execute(
        deliveries.delete().where(deliveries.c.channel == Channel.WEBHOOK.value, deliveries.c.target == webhook_id)
    )
    tx.execute(webhooks.delete().where(webhooks.c.webhook_id == webhook_id))


def rotate_secret(
    tx: Connection,
    webhook_id: str,
    *,
    vault: BlobVault,
    at: datetime,
    random_bytes: RandomBytes,
    agency_code: str | None = None,
) -> bytes:
    """Make a new secret; the one before signs beside it for a day.

    Raises:
        NotFound: there is none, or it is another agency's.
    """
    row = _row(tx, webhook_id, agency_code)
    secret = random_bytes(_SECRET_BYTES)
    tx.execute(
        webhooks.update()
        .where(webhooks.c.webhook_id == webhook_id)
        .values(
            sealed_secret=vault.seal_value(webhook_id, _SEALED, secret),
            sealed_previous_secret=bytes(row.sealed_secret),
            previous_until=at + OVERLAP,
            version=row.version + 1,
        )
    )
    return secret


def signing_secrets(tx: Connection, webhook_id: str, *, vault: BlobVault, at: datetime) -> tuple[bytes, ...]:
    """Open the secrets that sign now, the newest first.

    Raises:
        NotFound: there is no such subscription.
    """
    row = _row(tx, webhook_id, None)
    sealed = [row.sealed_secret]
    if row.sealed_previous_secret is not None and row.previous_until is not None and at < row.previous_until:
        sealed.append(row.sealed_previous_secret)
    return tuple(vault.open_value(webhook_id, _SEALED, bytes(one)) for one in sealed)


def note_webhook_failing(tx: Connection, webhook_id: str, *, at: datetime) -> datetime:
    """Note that an attempt failed; gives since when every attempt has."""
    tx.execute(
        webhooks.update()
        .where(webhooks.c.webhook_id == webhook_id, webhooks.c.failing_since.is_(None))
        .values(failing_since=at)
    )
    return _row(tx, webhook_id, None).failing_since or at


def note_webhook_well(tx: Connection, webhook_id: str) -> None:
    """Note that an attempt arrived."""
    tx.execute(
        webhooks.update()
        .where(webhooks.c.webhook_id == webhook_id, webhooks.c.failing_since.is_not(None))
        .values(failing_since=None)
    )


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What an agency's systems are to be told: the type, what it tells of, ids and codes."""

    agency_code: str
    type: str
    event_key: str
    data: Mapping[str, str]


def publish(tx: Connection, new: NewEvent, *, at: datetime, random_bytes: RandomBytes) -> tuple[str, ...]:
    """Leave an event for each active subscription of the agency that wants it; gives the sendings' ids."""
    wanting = [
        one.webhook_id
        for one in list_webhooks(tx, agency_code=new.agency_code)
        if one.state is WebhookState.ACTIVE and new.type in one.events
    ]
    return publish_to(tx, new, wanting, at=at, random_bytes=random_bytes) if wanting else ()


def publish_to(
    tx: Connection,
    new: NewEvent,
    targets: Sequence[str],
    *,
    at: datetime,
    random_bytes: RandomBytes,
    channel: Channel = Channel.WEBHOOK,
) -> tuple[str, ...]:
    """Leave an event for these subscriptions, or the targets of another channel; the same event is left once."""
    event_id = new_ulid(at=at, random_bytes=random_bytes)
    body = canonical_json({"type": new.type, "timestamp": at.isoformat(), "data": dict(new.data)})
    try:
        with tx.begin_nested():
            tx.execute(
                webhook_events.insert().values(
                    event_id=event_id,
                    agency_code=new.agency_code,
                    type=new.type,
                    event_key=new.event_key,
                    body=body,
                    at=at,
                )
            )
    except sa.exc.IntegrityError:
        return ()
    made = (
        add_delivery(tx, channel, target=target, subject_id=event_id, at=at, random_bytes=random_bytes)
        for target in targets
    )
    return tuple(one for one in made if one is not None)


def get_event(tx: Connection, event_id: str) -> Event:
    """Give an event with the bytes that are sent.

    Raises:
        NotFound: there is none.
    """
    row = tx.execute(sa.select(webhook_events).where(webhook_events.c.event_id == event_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no event {event_id}")
    return Event(row.event_id, row.agency_code, row.type, bytes(row.body), row.at)


def _row(tx: Connection, webhook_id: str, agency_code: str | None) -> Row[tuple[Any, ...]]:
    row = tx.execute(sa.select(webhooks).where(webhooks.c.webhook_id == webhook_id)).one_or_none()
    if row is None or agency_code not in (None, row.agency_code):
        raise NotFound(f"there is no webhook {webhook_id}")
    return row


def _webhook(row: Row[tuple[Any, ...]]) -> Webhook:
    return Webhook(
        webhook_id=row.webhook_id,
        agency_code=row.agency_code,
        url=row.url,
        events=tuple(row.events),
        state=WebhookState(row.state),
        state_code=row.state_code,
        failing_since=row.failing_since,
        version=row.version,
        created_at=row.created_at,
    )
