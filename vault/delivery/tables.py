"""The tables of what leaves the house: notices to people, where to reach them, and each sending with its state.

An address is sealed under its owner's keyset; which channels are wanted is no secret, so that a notice can be handed on
without opening anything.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from vault.database import ULID_LENGTH, UtcDateTime, metadata

_PARTY_LENGTH: Final = 80

contacts: Final = sa.Table(
    "vault_contacts",
    metadata,
    sa.Column("party", sa.String(_PARTY_LENGTH), primary_key=True),
    # A holder's address dies with the holder's own keyset; a member of staff has one for this alone.
    sa.Column("keyset_id", sa.String(ULID_LENGTH), nullable=False),
    sa.Column("sealed_contact", sa.LargeBinary, nullable=False),
    sa.Column("by_email", sa.Boolean, nullable=False),
    sa.Column("by_sms", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("set_by", sa.String(64), nullable=False),
    sa.Column("set_at", UtcDateTime, nullable=False),
)

notices: Final = sa.Table(
    "vault_notices",
    metadata,
    sa.Column("notice_id", sa.String(ULID_LENGTH), primary_key=True),
    sa.Column("audience", sa.String(16), nullable=False),
    sa.Column("receiver_id", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    # Which event it tells of: the same event tells one receiver once.
    sa.Column("event_key", sa.String(280), nullable=False),
    sa.Column("refs", sa.JSON, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("audience", "receiver_id", "kind", "event_key"),
    sa.Index("ix_vault_notices_audience_receiver_id_notice_id", "audience", "receiver_id", "notice_id"),
)

deliveries: Final = sa.Table(
    "vault_deliveries",
    metadata,
    sa.Column("delivery_id", sa.String(ULID_LENGTH), primary_key=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("target", sa.String(_PARTY_LENGTH), nullable=False),
    # The notice or the event that is sent.
    sa.Column("subject_id", sa.String(ULID_LENGTH), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("claimed_by", sa.String(64), nullable=True),
    sa.Column("claimed_until", UtcDateTime, nullable=True),
    sa.Column("last_code", sa.String(64), nullable=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime, nullable=True),
    sa.UniqueConstraint("channel", "target", "subject_id"),
    sa.Index("ix_vault_deliveries_channel_state_due_at", "channel", "state", "due_at"),
)

webhooks: Final = sa.Table(
    "vault_webhooks",
    metadata,
    sa.Column("webhook_id", sa.String(ULID_LENGTH), primary_key=True),
    sa.Column("agency_code", sa.String(64), nullable=False),
    sa.Column("url", sa.String(2000), nullable=False),
    sa.Column("events", sa.JSON, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("state_code", sa.String(32), nullable=True),
    sa.Column("sealed_secret", sa.LargeBinary, nullable=False),
    sa.Column("sealed_previous_secret", sa.LargeBinary, nullable=True),
    sa.Column("previous_until", UtcDateTime, nullable=True),
    sa.Column("failing_since", UtcDateTime, nullable=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("created_by", sa.String(64), nullable=False),
    sa.Index("ix_vault_webhooks_agency_code", "agency_code"),
)

webhook_events: Final = sa.Table(
    "vault_webhook_events",
    metadata,
    sa.Column("event_id", sa.String(ULID_LENGTH), primary_key=True),
    sa.Column("agency_code", sa.String(64), nullable=False),
    sa.Column("type", sa.String(64), nullable=False),
    sa.Column("event_key", sa.String(280), nullable=False),
    # The very bytes that are signed and sent, at every attempt and every replay.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("agency_code", "type", "event_key"),
)
