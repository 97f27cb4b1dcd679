"""Give agencies a name in the language of papers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c0a7d51e9b36"
down_revision = "636501ae1cbe"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    with op.batch_alter_table("certify_agencies", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name_local", sa.Text(), nullable=True))
