"""What each copy's newest time-stamp rests on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "3c1f0a9d7e42"
down_revision = "fbc345fb1bfe"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "certify_renewals",
        sa.Column("record_id", sa.String(length=26), nullable=False),
        sa.Column("holder_id", sa.String(length=26), nullable=False),
        sa.Column("sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("algorithms", sa.String(length=200), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("renewed", sa.Integer(), nullable=False),
        sa.Column("problem_code", sa.String(length=64), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("surveyed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_certify_renewals")),
    )
    with op.batch_alter_table("certify_renewals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certify_renewals_algorithms"), ["algorithms"], unique=False)
        batch_op.create_index(batch_op.f("ix_certify_renewals_ends_at"), ["ends_at"], unique=False)
