"""Webhooks of agencies, and the events they get."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b7e20c5d1a38"
down_revision = "b7d20f6e1c84"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "vault_webhooks",
        sa.Column("webhook_id", sa.String(length=26), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_code", sa.String(length=32), nullable=True),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_previous_secret", sa.LargeBinary(), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("webhook_id", name=op.f("pk_vault_webhooks")),
    )
    with op.batch_alter_table("vault_webhooks", schema=None) as batch_op:
        batch_op.create_index("ix_vault_webhooks_agency_code", ["agency_code"], unique=False)
    op.create_table(
        "vault_webhook_events",
        sa.Column("event_id", sa.String(length=26), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("event_key", sa.String(length=280), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_vault_webhook_events")),
        sa.UniqueConstraint(
            "agency_code", "type", "event_key", name=op.f("uq_vault_webhook_events_agency_code_type_event_key")
        ),
    )
