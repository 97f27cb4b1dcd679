"""People around a vault: mandates, joint papers, earlier identities; what supersedes what; where a search index lies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c08e5d3f7a19"
down_revision = "5d3e91c7a0f4"
branch_labels = None
depends_on = None


def _holder(table: str, column: str = "holder_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["vault_holders.holder_id"], name=op.f(f"fk_{table}_{column}_vault_holders")
    )


def upgrade() -> None:
    """Make the tables; every record there is belongs to its holder alone and is kept as the holder wishes."""
    op.create_table(
        "vault_mandates",
        sa.Column("mandate_id", sa.String(length=26), nullable=False),
        sa.Column("holder_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("may_act", sa.Boolean(), nullable=False),
        sa.Column("covers", sa.String(length=32), nullable=False),
        sa.Column("document_number", sa.String(length=128), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=True),
        sa.Column("staff_id", sa.String(length=64), nullable=True),
        sa.Column("appointed_by", sa.String(length=26), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_document", sa.String(length=128), nullable=True),
        sa.ForeignKeyConstraint(
            ["appointed_by"],
            ["vault_mandates.mandate_id"],
            name=op.f("fk_vault_mandates_appointed_by_vault_mandates"),
        ),
        _holder("vault_mandates"),
        _holder("vault_mandates", "person_id"),
        sa.PrimaryKeyConstraint("mandate_id", name=op.f("pk_vault_mandates")),
    )
    op.create_index("ix_vault_mandates_holder_id", "vault_mandates", ["holder_id"])
    op.create_index("ix_vault_mandates_person_id", "vault_mandates", ["person_id"])
    op.create_table(
        "vault_mandate_covers",
        sa.Column("mandate_id", sa.String(length=26), nullable=False),
        sa.Column("covered", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["mandate_id"],
            ["vault_mandates.mandate_id"],
            name=op.f("fk_vault_mandate_covers_mandate_id_vault_mandates"),
        ),
        sa.PrimaryKeyConstraint("mandate_id", "covered", name=op.f("pk_vault_mandate_covers")),
    )
    op.create_table(
        "vault_joint_holders",
        sa.Column("holder_id", sa.String(length=26), nullable=False),
        sa.Column("record_id", sa.String(length=26), nullable=False),
        sa.Column("others_share_alone", sa.Boolean(), nullable=False),
        _holder("vault_joint_holders"),
        sa.ForeignKeyConstraint(
            ["record_id"], ["vault_records.record_id"], name=op.f("fk_vault_joint_holders_record_id_vault_records")
        ),
        sa.PrimaryKeyConstraint("holder_id", "record_id", name=op.f("pk_vault_joint_holders")),
    )
    op.create_index("ix_vault_joint_holders_record_id", "vault_joint_holders", ["record_id"])
    op.create_table(
        "vault_past_identities",
        sa.Column("holder_id", sa.String(length=26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sealed_identity", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document_number", sa.String(length=128), nullable=False),
        _holder("vault_past_identities"),
        sa.PrimaryKeyConstraint("holder_id", "position", name=op.f("pk_vault_past_identities")),
    )
    op.create_table(
        "vault_search_indexes",
        sa.Column("holder_id", sa.String(length=26), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        _holder("vault_search_indexes"),
        sa.PrimaryKeyConstraint("holder_id", name=op.f("pk_vault_search_indexes")),
    )
    with op.batch_alter_table("vault_holders", schema=None) as batch_op:
        batch_op.add_column(sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("frozen_by_document", sa.String(length=128), nullable=True))
    with op.batch_alter_table("vault_holder_numbers", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_vault_holder_numbers_index_key_id_holder_id"), type_="unique")
        batch_op.create_index("ix_vault_holder_numbers_holder_id", ["holder_id"])
    with op.batch_alter_table("vault_records", schema=None) as batch_op:
        batch_op.add_column(sa.Column("retention", sa.String(length=32), server_default="HOLDER", nullable=False))
        batch_op.add_column(sa.Column("supersedes", sa.String(length=26), nullable=True))
