"""Webhooks as they go over the wire: subscriptions, types of events, sendings."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.schemas.wire import Asked, Moment, Told, UlidText

_URL = "https://systems.thi-du.example/vidimus"


class WebhookAsked(Asked):
    """Where events go, and which."""

    url: str = Field(min_length=1, max_length=2000, repr=False, examples=[_URL])
    events: list[str] = Field(min_length=1, max_length=50, examples=[["copy.certified", "copy.status_changed"]])


class WebhookChange(Asked):
    """What changes; what is left out stays."""

    url: str | None = Field(default=None, min_length=1, max_length=2000, repr=False, examples=[_URL])
    events: list[str] | None = Field(default=None, min_length=1, max_length=50, examples=[["copy.certified"]])
    state: Literal["ACTIVE", "DISABLED"] | None = None


class WebhookTold(Told):
    """A webhook without its secret."""

    webhook_id: UlidText
    url: str = Field(repr=False, examples=[_URL])
    events: list[str]
    state: str = Field(examples=["ACTIVE"])
    state_code: str | None = Field(description="Why it is disabled: BY_ADMIN, GONE or FAILING.", examples=["GONE"])
    failing_since: Moment | None = Field(description="Since when every attempt failed.")
    created_at: Moment


class WebhookWithSecret(WebhookTold):
    """A webhook with its secret; it is shown this once."""

    secret: str = Field(repr=False, examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLw=="])


class WebhookList(Told):
    """The agency's webhooks, newest first; at most twenty, so there is no next page."""

    items: list[WebhookTold]


class EventTypeTold(Told):
    """A type of event with the JSON Schema of its body."""

    type: str = Field(examples=["copy.certified"])
    when: str
    to: str
    json_schema: dict[str, Any]


class EventTypeList(Told):
    """Every type of event."""

    items: list[EventTypeTold]


class SendingTold(Told):
    """One event on its way to one webhook, or arrived, or parked (DEAD)."""

    delivery_id: UlidText
    webhook_message_id: str = Field(
        description="`webhook-id` of every attempt.", examples=["msg_01KAM5X0E8Q2V7T9B3C4D5F6G7"]
    )
    state: str = Field(examples=["DONE"])
    attempts: int
    code: str | None = Field(description="Why the last attempt failed.", examples=["HTTP_500"])
    created_at: Moment
    due_at: Moment | None
    ended_at: Moment | None


class SendingList(Told):
    """A page of sendings, newest first."""

    items: list[SendingTold]
    next_cursor: str | None


class ReplayAsked(Asked):
    """Which sendings leave again: by id, or all that were left in a span of time."""

    delivery_ids: list[UlidText] = Field(default=[], max_length=100)
    since: Moment | None = None
    until: Moment | None = None


class ReplayTold(Told):
    """How many leave again."""

    count: int
