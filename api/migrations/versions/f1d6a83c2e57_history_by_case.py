"""What was looked at for a case is found by it, however long a vault's history is."""

from __future__ import annotations

from alembic import op

revision = "f1d6a83c2e57"
down_revision = "e5c2a7f90b31"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add an index."""
    op.create_index("ix_vault_history_holder_id_case_id", "vault_history", ["holder_id", "case_id"])
