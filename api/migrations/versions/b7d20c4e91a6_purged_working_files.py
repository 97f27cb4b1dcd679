"""When the office's working files of a closed item were destroyed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b7d20c4e91a6"
down_revision = "b61d9e07c3f2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the instant, empty for every item that is there, and the index that finds what is due."""
    with op.batch_alter_table("certify_items", schema=None) as batch_op:
        batch_op.add_column(sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_certify_items_purged_at_item_id", ["purged_at", "item_id"], unique=False)
