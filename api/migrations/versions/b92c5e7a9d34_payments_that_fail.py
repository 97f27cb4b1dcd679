"""Payments that fail: how often, and why the last time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b92c5e7a9d34"
down_revision = "a91b4d6f8c23"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what was asked before has not failed."""
    with op.batch_alter_table("certify_payments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("failures", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("failure_code", sa.String(length=64), nullable=True))
