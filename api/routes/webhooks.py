"""Webhooks of an agency: subscribe, try, change, renew the secret, look at sendings, send again, end."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from api.acts import webhooks as acts
from api.delivery.events import EVENT_TYPES
from api.routes.cursors import Page
from api.routes.depends import (
    Admin,
    AdminAnew,
    Anyone,
    IdempotencyKeyHeader,
    IfMatch,
    Office,
    Ulid,
    check_if_match,
    etag,
    reply,
)
from api.routes.repeats import do_once
from api.schemas.webhooks import (
    EventTypeList,
    EventTypeTold,
    ReplayAsked,
    ReplayTold,
    SendingList,
    SendingTold,
    WebhookAsked,
    WebhookChange,
    WebhookList,
    WebhookTold,
    WebhookWithSecret,
)
from vault.delivery import Delivery, DeliveryState, Webhook, WebhookState

router = APIRouter(prefix="/v1", tags=["webhooks"])


@router.get("/webhook-event-types", response_model=EventTypeList)
def list_event_types(_caller: Anyone) -> Response:
    """List the types of events with the JSON Schema of each body."""
    items = [EventTypeTold(type=one.type, when=one.when, to=one.to, json_schema=one.schema()) for one in EVENT_TYPES]
    return reply(EventTypeList(items=items))


@router.post("/webhooks", status_code=201, response_model=WebhookWithSecret)
def subscribe(caller: AdminAnew, services: Office, asked: WebhookAsked) -> Response:
    """Subscribe an address to events of the agency; the secret that signs them is told once."""
    made = acts.subscribe(
        acts.room_of(services), caller.agency_code, url=asked.url, events=asked.events, created_by=caller.staff_id
    )
    headers = {"Location": f"/v1/webhooks/{made.webhook.webhook_id}", "ETag": etag(made.webhook.version)}
    return reply(WebhookWithSecret(**_fields(made.webhook), secret=made.secret), status=201, headers=headers)


@router.get("/webhooks", response_model=WebhookList)
def list_webhooks(caller: Admin, services: Office) -> Response:
    """List the agency's webhooks, newest first; their secrets are not told again."""
    found = acts.webhooks_of(acts.room_of(services), caller.agency_code)
    return reply(WebhookList(items=[WebhookTold(**_fields(one)) for one in found]))


@router.get("/webhooks/{webhook_id}", response_model=WebhookTold)
def get_webhook(caller: Admin, services: Office, webhook_id: Ulid) -> Response:
    """Give one webhook of the agency."""
    return _told(acts.webhook_of(acts.room_of(services), caller.agency_code, webhook_id))


@router.patch("/webhooks/{webhook_id}", response_model=WebhookTold)
def change_webhook(
    caller: AdminAnew, services: Office, webhook_id: Ulid, asked: WebhookChange, if_match: IfMatch = None
) -> Response:
    """Change address or events, disable or enable; what waits goes to the new address."""
    room = acts.room_of(services)
    webhook = acts.webhook_of(room, caller.agency_code, webhook_id)
    check_if_match(if_match, webhook.version)
    state = WebhookState(asked.state) if asked.state else None
    return _told(acts.change(room, webhook, url=asked.url, events=asked.events, state=state))


@router.delete("/webhooks/{webhook_id}", status_code=204)
def unsubscribe(caller: Admin, services: Office, webhook_id: Ulid) -> Response:
    """End a webhook; its secret is destroyed and nothing more is sent."""
    room = acts.room_of(services)
    acts.unsubscribe(room, acts.webhook_of(room, caller.agency_code, webhook_id))
    return Response(status_code=204)


@router.post("/webhooks/{webhook_id}/secret", response_model=WebhookWithSecret)
def renew_secret(caller: AdminAnew, services: Office, webhook_id: Ulid) -> Response:
    """Make a new secret, told once; for a day events carry a signature by each of the two."""
    room = acts.room_of(services)
    made = acts.renew_secret(room, acts.webhook_of(room, caller.agency_code, webhook_id))
    return reply(
        WebhookWithSecret(**_fields(made.webhook), secret=made.secret), headers={"ETag": etag(made.webhook.version)}
    )


@router.post("/webhooks/{webhook_id}/test", status_code=202, response_model=SendingTold)
def try_webhook(
    request: Request, caller: Admin, services: Office, webhook_id: Ulid, _key: IdempotencyKeyHeader = None
) -> Response:
    """Send a test event to this webhook within seconds; its sending says how it went."""
    room = acts.room_of(services)
    webhook = acts.webhook_of(room, caller.agency_code, webhook_id)

    def act() -> Response:
        return reply(_sending(acts.try_out(room, webhook)), status=202)

    return do_once(request, services, caller, asked=b"", act=act)


@router.get("/webhooks/{webhook_id}/deliveries", response_model=SendingList)
def list_sendings(caller: Admin, services: Office, webhook_id: Ulid, paging: Page) -> Response:
    """List what was sent, waits or is parked, newest first."""
    room = acts.room_of(services)
    webhook = acts.webhook_of(room, caller.agency_code, webhook_id)
    shown, more = paging.page(
        "webhook-deliveries",
        webhook_id,
        read=lambda before, limit: acts.sendings(room, webhook, before_delivery_id=before, limit=limit),
        id_of=lambda sending: sending.delivery_id,
    )
    return reply(SendingList(items=[_sending(one) for one in shown], next_cursor=more))


@router.post("/webhooks/{webhook_id}/replay", status_code=202, response_model=ReplayTold)
def replay(
    request: Request,
    caller: Admin,
    services: Office,
    webhook_id: Ulid,
    asked: ReplayAsked,
    _key: IdempotencyKeyHeader = None,
) -> Response:
    """Send one event or those of a span of time again, with the same `webhook-id`."""
    room = acts.room_of(services)
    webhook = acts.webhook_of(room, caller.agency_code, webhook_id)
    wanted = acts.Range(tuple(asked.delivery_ids), asked.since, asked.until)

    def act() -> Response:
        return reply(ReplayTold(count=acts.send_again(room, webhook, wanted)), status=202)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


def _told(webhook: Webhook) -> Response:
    return reply(WebhookTold(**_fields(webhook)), headers={"ETag": etag(webhook.version)})


def _fields(webhook: Webhook) -> dict[str, Any]:
    return {
        "webhook_id": webhook.webhook_id,
        "url": webhook.url,
        "events": list(webhook.events),
        "state": webhook.state.value,
        "state_code": webhook.state_code,
        "failing_since": webhook.failing_since,
        "created_at": webhook.created_at,
    }


def _sending(one: Delivery) -> SendingTold:
    return SendingTold(
        delivery_id=one.delivery_id,
        webhook_message_id=f"msg_{one.subject_id}",
        state=one.state.value,
        attempts=one.attempts,
        code=one.last_code,
        created_at=one.created_at,
        due_at=one.due_at if one.state is DeliveryState.PENDING else None,
        ended_at=one.ended_at,
    )
