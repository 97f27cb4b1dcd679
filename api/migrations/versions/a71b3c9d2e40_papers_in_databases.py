"""A paper that a database has can take the place of a new copy, as one in the vault can."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "a71b3c9d2e40"
down_revision = "f1d6a83c2e57"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the look-up that found it to checks and items."""
    op.add_column("certify_reuse_checks", sa.Column("look_up_id", sa.String(length=26), nullable=True))
    op.add_column("certify_items", sa.Column("reuse_look_up_id", sa.String(length=26), nullable=True))
