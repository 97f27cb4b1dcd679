"""Notices to people, where to reach them, and each sending with its state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "a41c6d2e9f07"
down_revision = "9a41c7e2d053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "vault_contacts",
        sa.Column("party", sa.String(length=80), nullable=False),
        sa.Column("keyset_id", sa.String(length=26), nullable=False),
        sa.Column("sealed_contact", sa.LargeBinary(), nullable=False),
        sa.Column("by_email", sa.Boolean(), nullable=False),
        sa.Column("by_sms", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("party", name=op.f("pk_vault_contacts")),
    )
    op.create_table(
        "vault_notices",
        sa.Column("notice_id", sa.String(length=26), nullable=False),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("receiver_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("event_key", sa.String(length=280), nullable=False),
        sa.Column("refs", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_vault_notices")),
        sa.UniqueConstraint(
            "audience",
            "receiver_id",
            "kind",
            "event_key",
            name=op.f("uq_vault_notices_audience_receiver_id_kind_event_key"),
        ),
    )
    with op.batch_alter_table("vault_notices", schema=None) as batch_op:
        batch_op.create_index(
            "ix_vault_notices_audience_receiver_id_notice_id", ["audience", "receiver_id", "notice_id"], unique=False
        )
    op.create_table(
        "vault_deliveries",
        sa.Column("delivery_id", sa.String(length=26), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("subject_id", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_code", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_vault_deliveries")),
        sa.UniqueConstraint(
            "channel", "target", "subject_id", name=op.f("uq_vault_deliveries_channel_target_subject_id")
        ),
    )
    with op.batch_alter_table("vault_deliveries", schema=None) as batch_op:
        batch_op.create_index("ix_vault_deliveries_channel_state_due_at", ["channel", "state", "due_at"], unique=False)
