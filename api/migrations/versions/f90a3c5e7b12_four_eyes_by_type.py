"""Four eyes by type of paper, with who asked for them and who ended them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "f90a3c5e7b12"
down_revision = "a7d20e5b91f4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what was decided before holds for every type."""
    with op.batch_alter_table("certify_four_eyes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("doc_type", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("entered_by", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("ended_by", sa.String(length=64), nullable=True))
