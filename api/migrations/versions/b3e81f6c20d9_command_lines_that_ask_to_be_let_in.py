"""Command lines that ask to be let in, and sessions that do less than their owner may."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b3e81f6c20d9"
down_revision = "a71b3c9d2e40"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table, empty, and two columns that whole sessions leave empty."""
    op.create_table(
        "identity_line_sign_ins",
        sa.Column("secret_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("code_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("login_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("machine", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("reach", sa.String(length=8), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.String(length=26), nullable=True),
        sa.Column("decision", sa.String(length=16), nullable=True),
        sa.Column("decided_in", sa.String(length=26), nullable=True),
        sa.Column("method", sa.String(length=16), nullable=True),
        sa.Column("authenticated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("secret_sha256_hex", name=op.f("pk_identity_line_sign_ins")),
    )
    with op.batch_alter_table("identity_line_sign_ins", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_identity_line_sign_ins_code_sha256_hex"), ["code_sha256_hex"], unique=False)
    with op.batch_alter_table("identity_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reach", sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column("machine", sa.String(length=64), nullable=True))
