"""What administrators are told of systems: those that act for the agency, webhooks, procedures taken in.

Written by `python -m docs.generate` from the description of the API; changes by hand are lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientList:
    """Registered systems, newest first."""

    items: tuple[Client, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A registered system without its secret."""

    client_id: str
    login: str
    label: str
    agency_code: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTypeList:
    """Every type of event."""

    items: tuple[EventType, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """A type of event with the JSON Schema of its body."""

    type: str
    when: str
    to: str
    json_schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong with the file."""

    code: str
    place: str
    detail: str
    error: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What a file of procedures holds, and what is wrong with it."""

    procedures: tuple[str, ...]
    findings: tuple[Finding, ...]
    fit: bool
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClient:
    """A registered system with its secret, which is told this once."""

    client_id: str
    login: str
    label: str
    agency_code: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None = None
    closed_at: datetime | None = None
    client_secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """How many leave again."""

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingList:
    """A page of sendings, newest first."""

    items: tuple[Sending, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One event on its way to one webhook, or arrived, or parked (DEAD)."""

    delivery_id: str
    webhook_message_id: str
    state: str
    attempts: int
    code: str | None = None
    created_at: datetime
    due_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookList:
    """The agency's webhooks, newest first; at most twenty, so there is no next page."""

    items: tuple[Webhook, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook without its secret."""

    webhook_id: str
    url: str
    events: tuple[str, ...]
    state: str
    state_code: str | None = None
    failing_since: datetime | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookWithSecret:
    """A webhook with its secret; it is shown this once."""

    webhook_id: str
    url: str
    events: tuple[str, ...]
    state: str
    state_code: str | None = None
    failing_since: datetime | None = None
    created_at: datetime
    secret: str
