"""What stands under the package of a dossier."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "d6b1f3a8c047"
down_revision = "f90a3c5e7b12"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table, empty."""
    op.create_table(
        "dossiers_package_marks",
        sa.Column("submission_id", sa.String(length=26), nullable=False),
        sa.Column("mark", sa.String(length=16), nullable=False),
        sa.Column("sealed_evidence", sa.LargeBinary(), nullable=False),
        sa.Column("signer_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["dossiers_submissions.submission_id"],
            name=op.f("fk_dossiers_package_marks_submission_id_dossiers_submissions"),
        ),
        sa.PrimaryKeyConstraint("submission_id", "mark", name=op.f("pk_dossiers_package_marks")),
    )
