"""Passkeys that sign in, the challenges they answer, and recoveries by two administrators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b7d20f6e1c84"
down_revision = "b7d20c4e91a6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    with op.batch_alter_table("identity_passkeys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("account_id", sa.String(length=26), nullable=True))
    op.create_table(
        "identity_challenges",
        sa.Column("challenge_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("challenge_sha256_hex", name=op.f("pk_identity_challenges")),
    )
    op.create_table(
        "identity_recoveries",
        sa.Column("recovery_id", sa.String(length=26), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.String(length=64), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["identity_accounts.account_id"],
            name=op.f("fk_identity_recoveries_account_id_identity_accounts"),
        ),
        sa.PrimaryKeyConstraint("recovery_id", name=op.f("pk_identity_recoveries")),
    )
    with op.batch_alter_table("identity_recoveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_recoveries_account_id"), ["account_id"], unique=False)
