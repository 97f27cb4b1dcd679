"""Answers of the readers of links, and the agency a link is for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e81c4f0b7a25"
down_revision = "d41b8e6f02a7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table, empty, and a column."""
    op.create_table(
        "vault_share_answers",
        sa.Column("share_id", sa.String(length=26), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=True),
        sa.Column("answer", sa.String(length=32), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["share_id"], ["vault_shares.share_id"], name=op.f("fk_vault_share_answers_share_id_vault_shares")
        ),
        sa.PrimaryKeyConstraint("share_id", name=op.f("pk_vault_share_answers")),
    )
    with op.batch_alter_table("vault_share_answers", schema=None) as batch_op:
        batch_op.create_index("ix_vault_share_answers_agency_code", ["agency_code"], unique=False)
    with op.batch_alter_table("vault_shares", schema=None) as batch_op:
        batch_op.add_column(sa.Column("recipient_agency", sa.String(length=64), nullable=True))
