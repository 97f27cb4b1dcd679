"""Restores that a database came out of, and the numbers whose lines were lost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "d4a7e10c5b63"
down_revision = "d17b80e4c6f2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables, empty."""
    op.create_table(
        "vault_restores",
        sa.Column("restore_id", sa.String(length=26), nullable=False),
        sa.Column("set_id", sa.String(length=26), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("restore_id", name=op.f("pk_vault_restores")),
    )
    op.create_table(
        "certify_number_gaps",
        sa.Column("book_id", sa.String(length=26), nullable=False),
        sa.Column("first_seq_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_seq_no", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id"], ["certify_books.book_id"], name=op.f("fk_certify_number_gaps_book_id_certify_books")
        ),
        sa.PrimaryKeyConstraint("book_id", "first_seq_no", name=op.f("pk_certify_number_gaps")),
    )
