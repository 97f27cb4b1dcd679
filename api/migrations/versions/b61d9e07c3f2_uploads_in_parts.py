"""Uploads that come in parts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b61d9e07c3f2"
down_revision = "8a2f64c0d1b7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "vault_uploads",
        sa.Column("upload_id", sa.String(length=26), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("sealed_metadata", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("upload_id", name=op.f("pk_vault_uploads")),
    )
    op.create_index(op.f("ix_vault_uploads_owner"), "vault_uploads", ["owner"], unique=False)
    op.create_index(op.f("ix_vault_uploads_expires_at"), "vault_uploads", ["expires_at"], unique=False)
    op.create_table(
        "vault_upload_parts",
        sa.Column("upload_id", sa.String(length=26), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("byte_count", sa.Integer(), nullable=False),
        sa.Column("blob_name", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"],
            ["vault_uploads.upload_id"],
            name=op.f("fk_vault_upload_parts_upload_id_vault_uploads"),
        ),
        sa.PrimaryKeyConstraint("upload_id", "starts_at", name=op.f("pk_vault_upload_parts")),
    )
