"""Dossiers that were filed together, and what one of them waits for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c07a2e95d1f8"
down_revision = "b61f0d94e2a7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table, empty, and a column that stays empty in what an older release writes."""
    op.create_table(
        "dossiers_linked_filings",
        sa.Column("filing_id", sa.String(length=26), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("submission_id", sa.String(length=26), nullable=False),
        sa.Column("holder_id", sa.String(length=26), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["dossiers_submissions.submission_id"],
            name=op.f("fk_dossiers_linked_filings_submission_id_dossiers_submissions"),
        ),
        sa.PrimaryKeyConstraint("filing_id", "position", name=op.f("pk_dossiers_linked_filings")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_dossiers_linked_filings_submission_id")),
    )
    with op.batch_alter_table("dossiers_linked_filings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_dossiers_linked_filings_holder_id_filing_id"), ["holder_id", "filing_id"], unique=False
        )
    with op.batch_alter_table("dossiers_submission_items", schema=None) as batch_op:
        batch_op.add_column(sa.Column("from_submission_id", sa.String(length=26), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_dossiers_submission_items_from_submission_id"), ["from_submission_id"], unique=False
        )
