"""What citizens say of dossiers, cases and refusals, and the answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "d93b50c7e164"
down_revision = "c07a2e95d1f8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table, empty; an older release does not know it."""
    op.create_table(
        "dossiers_feedback",
        sa.Column("feedback_id", sa.String(length=26), nullable=False),
        sa.Column("holder_id", sa.String(length=26), nullable=False),
        sa.Column("about", sa.String(length=16), nullable=False),
        sa.Column("about_id", sa.String(length=26), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("feedback_id", name=op.f("pk_dossiers_feedback")),
    )
    with op.batch_alter_table("dossiers_feedback", schema=None) as batch_op:
        for names in (["holder_id", "feedback_id"], ["agency_code", "feedback_id"]):
            batch_op.create_index(batch_op.f("ix_dossiers_feedback_" + "_".join(names)), names, unique=False)
