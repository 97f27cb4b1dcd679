"""Fees that are due, paid and paid back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "d17b80e4c6f2"
down_revision = "c93f51a7e20b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "certify_payments",
        sa.Column("payment_id", sa.String(length=26), nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("amount_vnd", sa.Integer(), nullable=False),
        sa.Column("fee_rule", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=True),
        sa.Column("reference", sa.String(length=128), nullable=True),
        sa.Column("pay_url", sa.String(length=2000), nullable=True),
        sa.Column("receipt_number", sa.String(length=64), nullable=True),
        sa.Column("refund_receipt_number", sa.String(length=64), nullable=True),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refunded_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_certify_payments")),
        sa.UniqueConstraint("item_id", name=op.f("uq_certify_payments_item_id")),
    )
