"""Versions of procedures that an office took in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "f30a9d6c58b1"
down_revision = "e81c4f0b7a25"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table, empty."""
    op.create_table(
        "dossiers_procedure_versions",
        sa.Column("procedure_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("taken_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_in_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("procedure_id", "version", name=op.f("pk_dossiers_procedure_versions")),
    )
