"""Passkeys of staff."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "7c1e5a0b92d4"
down_revision = "3c1f0a9d7e42"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "identity_passkeys",
        sa.Column("credential_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("credential_sha256_hex", name=op.f("pk_identity_passkeys")),
    )
    with op.batch_alter_table("identity_passkeys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_passkeys_user_id"), ["user_id"], unique=False)
