"""How long things are kept, legal holds, certificates of destruction; and how surely originals were read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "d41b8e6f02a7"
down_revision = "c4a7e19d5b30"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; nothing is decided, held or certified yet."""
    op.create_table(
        "certify_retention_decisions",
        sa.Column("decision_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("decision_number", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_certify_retention_decisions")),
        sa.UniqueConstraint("kind", "valid_from", name=op.f("uq_certify_retention_decisions_kind_valid_from")),
    )
    op.create_table(
        "certify_legal_holds",
        sa.Column("hold_id", sa.String(length=26), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("target_id", sa.String(length=64), nullable=False),
        sa.Column("decision_number", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.String(length=64), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lift_decision_number", sa.Text(), nullable=True),
        sa.Column("lifted_by", sa.String(length=64), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_certify_legal_holds")),
    )
    op.create_index("ix_certify_legal_holds_scope_target_id", "certify_legal_holds", ["scope", "target_id"])
    op.create_table(
        "certify_destroyed",
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("thing_id", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("certificate_id", sa.String(length=26), nullable=True),
        sa.PrimaryKeyConstraint("kind", "thing_id", name=op.f("pk_certify_destroyed")),
    )
    op.create_index("ix_certify_destroyed_certificate_id", "certify_destroyed", ["certificate_id"])
    op.create_table(
        "certify_destruction_certificates",
        sa.Column("certificate_id", sa.String(length=26), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_certify_destruction_certificates")),
    )
    op.create_table(
        "certify_readings",
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("scan_number", sa.Integer(), nullable=False),
        sa.Column("mean_confidence", sa.Integer(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["certify_items.item_id"], name=op.f("fk_certify_readings_item_id_certify_items")
        ),
        sa.PrimaryKeyConstraint("item_id", "scan_number", name=op.f("pk_certify_readings")),
    )
    op.create_index("ix_certify_readings_read_at", "certify_readings", ["read_at"])
