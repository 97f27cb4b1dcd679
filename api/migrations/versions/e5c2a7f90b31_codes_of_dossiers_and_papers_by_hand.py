"""The ten codes of a dossier, and papers that were taken in by hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e5c2a7f90b31"
down_revision = "b92c5e7a9d34"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables, empty; a dossier without a code has that of its step."""
    op.create_table(
        "dossiers_statuses",
        sa.Column("submission_id", sa.String(length=26), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["dossiers_submissions.submission_id"],
            name=op.f("fk_dossiers_statuses_submission_id_dossiers_submissions"),
        ),
        sa.PrimaryKeyConstraint("submission_id", "position", name=op.f("pk_dossiers_statuses")),
    )
    op.create_table(
        "dossiers_handed_in",
        sa.Column("submission_id", sa.String(length=26), nullable=False),
        sa.Column("requirement_id", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("handed_in_by", sa.String(length=64), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("could_reuse", sa.Boolean(), nullable=False),
        sa.Column("reconciled", sa.String(length=16), nullable=False),
        sa.Column("reconciled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["dossiers_submissions.submission_id"],
            name=op.f("fk_dossiers_handed_in_submission_id_dossiers_submissions"),
        ),
        sa.PrimaryKeyConstraint("submission_id", "requirement_id", name=op.f("pk_dossiers_handed_in")),
    )
