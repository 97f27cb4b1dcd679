"""Look-ups in databases of other bodies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c93f51a7e20b"
down_revision = "c93e51d7a2b8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "certify_look_ups",
        sa.Column("look_up_id", sa.String(length=26), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=64), nullable=False),
        sa.Column("basis_id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("look_up_id", name=op.f("pk_certify_look_ups")),
    )
    with op.batch_alter_table("certify_look_ups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certify_look_ups_agency_code"), ["agency_code"], unique=False)
