"""What an agency's administrator does with webhooks: subscribe, try, change, renew the secret, send again, end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from api.delivery.events import SUBSCRIBABLE, TEST
from api.delivery.opening import PostRoom
from api.delivery.webhooks import check_webhook_url, show_secret
from api.errors import RequestInvalid
from api.services import Services
from vault.delivery import (
    Channel,
    Delivery,
    DeliveryState,
    NewEvent,
    NewWebhook,
    Webhook,
    WebhookState,
    add_webhook,
    change_webhook,
    get_delivery,
    get_webhook,
    list_deliveries,
    list_webhooks,
    publish_to,
    remove_webhook,
    rotate_secret,
)
from vault.delivery import replay as replay_deliveries

_MOST: Final = 20
_MOST_REPLAYED: Final = 500


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A new webhook with its secret, which is shown this once."""

    webhook: Webhook
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Range:
    """Which sendings leave again: those named, or all that were left in a span of time."""

    delivery_ids: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


def room_of(services: Services) -> PostRoom:
    """Give what these acts need of an open office."""
    return PostRoom(
        services.settings,
        services.database,
        services.blobs,
        services.messages,
        services.clock,
        services.random_bytes,
        is_specimen=services.is_specimen,
    )


def subscribe(room: PostRoom, agency_code: str, *, url: str, events: Sequence[str], created_by: str) -> Subscribed:
    """Subscribe an address to events of the agency.

    Raises:
        RequestInvalid: an address no webhook may go to, an event nobody knows, or too many webhooks.
    """
    check_webhook_url(url, allow_private=room.settings.webhooks_may_be_private)
    new = NewWebhook(agency_code, url, check_events(events), created_by)
    with room.database.transaction() as tx:
        if len(list_webhooks(tx, agency_code=agency_code)) >= _MOST:
            raise RequestInvalid(f"an agency has at most {_MOST} webhooks; end one first", field="url")
        webhook, secret = add_webhook(tx, new, vault=room.blobs, at=room.clock.now(), random_bytes=room.random_bytes)
    return Subscribed(webhook, show_secret(secret))


def check_events(events: Sequence[str]) -> tuple[str, ...]:
    """Give the wanted types in the order of the reference.

    Raises:
        RequestInvalid: none is wanted, or one that nobody knows.
    """
    if not events or set(events) - set(SUBSCRIBABLE):
        raise RequestInvalid(f"name events among {', '.join(SUBSCRIBABLE)}", field="events")
    return tuple(one for one in SUBSCRIBABLE if one in events)


def webhooks_of(room: PostRoom, agency_code: str | None) -> tuple[Webhook, ...]:
    """Give the webhooks of an agency, newest first; None is every agency's."""
    with room.database.read() as tx:
        return list_webhooks(tx, agency_code=agency_code)


def webhook_of(room: PostRoom, agency_code: str | None, webhook_id: str) -> Webhook:
    """Give one webhook.

    Raises:
        NotFound: there is none, or it is another agency's.
    """
    with room.database.read() as tx:
        return get_webhook(tx, webhook_id, agency_code=agency_code)


def change(
    room: PostRoom,
    webhook: Webhook,
    *,
    url: str | None = None,
    events: Sequence[str] | None = None,
    state: WebhookState | None = None,
) -> Webhook:
    """Change a webhook from the version that was read; enabled again, it begins without a fault.

    Raises:
        RequestInvalid: an address or an event that cannot be.
        WebhookChanged: somebody changed it meanwhile.
    """
    changes: dict[str, Any] = {}
    if url is not None:
        check_webhook_url(url, allow_private=room.settings.webhooks_may_be_private)
        changes["url"] = url
    if events is not None:
        changes["events"] = list(check_events(events))
    if state is not None and state is not webhook.state:
        code = "BY_ADMIN" if state is WebhookState.DISABLED else None
        changes |= {"state": state.value, "state_code": code, "failing_since": None}
    if not changes:
        return webhook
    with room.database.transaction() as tx:
        return change_webhook(
            tx,
            webhook.webhook_id,
            agency_code=webhook.agency_code,
            changes=changes,
            expected_version=webhook.version,
        )


def unsubscribe(room: PostRoom, webhook: Webhook) -> None:
    """End a webhook; its secret is destroyed."""
    with room.database.transaction() as tx:
        remove_webhook(tx, webhook.webhook_id, agency_code=webhook.agency_code)
    room.blobs.shred(webhook.webhook_id)


def renew_secret(room: PostRoom, webhook: Webhook) -> Subscribed:
    """Make a new secret, shown once; for a day the old one signs beside it."""
    with room.database.transaction() as tx:
        secret = rotate_secret(
            tx, webhook.webhook_id, vault=room.blobs, at=room.clock.now(), random_bytes=room.random_bytes
        )
        return Subscribed(get_webhook(tx, webhook.webhook_id), show_secret(secret))


def try_out(room: PostRoom, webhook: Webhook) -> Delivery:
    """Leave a test event for this webhook alone; the courier carries it at its next round.

    Raises:
        RequestInvalid: the webhook is disabled.
    """
    if webhook.state is WebhookState.DISABLED:
        raise RequestInvalid("the webhook is disabled; enable it first", field="webhook")
    at = room.clock.now()
    data = {"webhook": webhook.webhook_id}
    with room.database.transaction() as tx:
        # The press of a button is an event of its own each time.
        key = f"{TEST}:{webhook.webhook_id}:{room.random_bytes(8).hex()}"
        event = NewEvent(webhook.agency_code, TEST, key, data)
        (delivery_id,) = publish_to(tx, event, [webhook.webhook_id], at=at, random_bytes=room.random_bytes)
        made = get_delivery(tx, delivery_id)
    if made is None:
        raise LookupError(delivery_id)
    return made


def sendings(
    room: PostRoom,
    webhook: Webhook,
    *,
    state: DeliveryState | None = None,
    before_delivery_id: str | None = None,
    limit: int = 50,
) -> tuple[Delivery, ...]:
    """Give the sendings of a webhook, newest first."""
    with room.database.read() as tx:
        return list_deliveries(
            tx,
            channels=[Channel.WEBHOOK],
            target=webhook.webhook_id,
            state=state,
            before_delivery_id=before_delivery_id,
            limit=limit,
        )


def send_again(room: PostRoom, webhook: Webhook, wanted: Range) -> int:
    """Send one event, or those of a span of time, again: same id, same body, new signature; gives how many leave.

    Raises:
        RequestInvalid: neither ids nor a beginning are named, or both.
    """
    if bool(wanted.delivery_ids) == (wanted.since is not None):
        raise RequestInvalid("name sendings, or from when on", field="delivery_ids")
    with room.database.transaction() as tx:
        found = list_deliveries(
            tx,
            channels=[Channel.WEBHOOK],
            target=webhook.webhook_id,
            since=wanted.since,
            until=wanted.until,
            limit=_MOST_REPLAYED,
        )
        mine = [one.delivery_id for one in found]
        if wanted.delivery_ids:
            # Looked up one by one: an old one may stand beyond the newest five hundred.
            named = (get_delivery(tx, delivery_id) for delivery_id in wanted.delivery_ids)
            mine = [one.delivery_id for one in named if one is not None and one.target == webhook.webhook_id]
        return replay_deliveries(tx, mine, at=room.clock.now())
