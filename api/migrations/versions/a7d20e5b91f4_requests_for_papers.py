"""Requests for papers, and on what a consent rests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "a7d20e5b91f4"
down_revision = "f30a9d6c58b1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table, empty, and a column; what was agreed to before rests on consent."""
    op.create_table(
        "dossiers_paper_requests",
        sa.Column("request_id", sa.String(length=26), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=True),
        sa.Column("staff_id", sa.String(length=64), nullable=True),
        sa.Column("session_id", sa.String(length=26), nullable=True),
        sa.Column("holder_id", sa.String(length=26), nullable=True),
        sa.Column("procedure_id", sa.String(length=64), nullable=True),
        sa.Column("token_sha256_hex", sa.String(length=64), nullable=True),
        sa.Column("words", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submission_id", sa.String(length=26), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_dossiers_paper_requests")),
        sa.UniqueConstraint("token_sha256_hex", name=op.f("uq_dossiers_paper_requests_token_sha256_hex")),
    )
    with op.batch_alter_table("dossiers_paper_requests", schema=None) as batch_op:
        for names in (["holder_id", "request_id"], ["agency_code", "request_id"], ["staff_id", "decided_at"]):
            batch_op.create_index(batch_op.f("ix_dossiers_paper_requests_" + "_".join(names)), names, unique=False)
    with op.batch_alter_table("vault_consents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("basis", sa.String(length=32), nullable=False, server_default="CONSENT"))
