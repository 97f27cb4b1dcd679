"""By which leaf of the log a copy's code was certified."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "5e0d8b6f41a3"
down_revision = "7c1e5a0b92d4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and name the leaves that are there already, the newest of each code."""
    op.create_table(
        "vault_log_codes",
        sa.Column("code", sa.String(length=13), nullable=False),
        sa.Column("leaf_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_vault_log_codes")),
    )
    tx = op.get_bind()
    found: dict[str, int] = {}
    leaves = sa.text(
        "SELECT leaf_id, opening FROM vault_log_leaves "
        "WHERE kind = 'COPY_CERTIFIED' AND opening IS NOT NULL AND NOT opening_sealed ORDER BY leaf_id"
    )
    for row in tx.execute(leaves):
        event = json.loads(json.loads(bytes(row.opening))["event"])
        found[event["payload"]["code"]] = row.leaf_id
    named = sa.table("vault_log_codes", sa.column("code", sa.String), sa.column("leaf_id", sa.BigInteger))
    if found:
        op.bulk_insert(named, [{"code": code, "leaf_id": leaf_id} for code, leaf_id in found.items()])
