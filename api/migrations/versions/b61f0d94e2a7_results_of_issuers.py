"""Results that issuers give, and how the systems fare that give them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b61f0d94e2a7"
down_revision = "c4e8b17f52d9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables, empty; an older release does not know them."""
    op.create_table(
        "vault_issued_results",
        sa.Column("result_id", sa.String(length=26), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=128), nullable=False),
        sa.Column("holder_id", sa.String(length=26), nullable=False),
        sa.Column("doc_type", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=26), nullable=False),
        sa.Column("sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decision_number", sa.String(length=128), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["vault_holders.holder_id"], name=op.f("fk_vault_issued_results_holder_id_vault_holders")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["vault_records.record_id"], name=op.f("fk_vault_issued_results_record_id_vault_records")
        ),
        sa.PrimaryKeyConstraint("result_id", name=op.f("pk_vault_issued_results")),
        sa.UniqueConstraint("way", "source", "reference", name=op.f("uq_vault_issued_results_way_source_reference")),
    )
    with op.batch_alter_table("vault_issued_results", schema=None) as batch_op:
        for names in (["holder_id"], ["way", "source", "result_id"]):
            batch_op.create_index(batch_op.f("ix_vault_issued_results_" + "_".join(names)), names, unique=False)
    op.create_table(
        "vault_provider_marks",
        sa.Column("provider_id", sa.String(length=80), nullable=False),
        sa.Column("successes", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_failure_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_problem", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("provider_id", name=op.f("pk_vault_provider_marks")),
    )
