"""Numbers of a waiting room: given, called, done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from vault.database import UtcDateTime

revision = "c4e8b17f52d9"
down_revision = "b3e81f6c20d9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table."""
    op.create_table(
        "certify_tickets",
        sa.Column("agency_code", sa.String(64), sa.ForeignKey("certify_agencies.agency_code"), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("desk", sa.String(40), nullable=True),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("called_at", UtcDateTime(), nullable=True),
    )
