"""How copies reach people: addresses under seal, handings-over, what came by post, who helped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "a91b4d6f8c23"
down_revision = "d6b1f3a8c047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; a case of an older release has no address and was handed over without a note."""
    op.create_table(
        "certify_delivery_terms",
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("sealed_terms", sa.LargeBinary(), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["certify_cases.case_id"], name=op.f("fk_certify_delivery_terms_case_id_certify_cases")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_certify_delivery_terms")),
    )
    op.create_table(
        "certify_handovers",
        sa.Column("handover_id", sa.String(length=26), nullable=False),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("way", sa.String(length=64), nullable=False),
        sa.Column("receiver_role", sa.String(length=64), nullable=True),
        sa.Column("seen_by", sa.String(length=64), nullable=True),
        sa.Column("carrier", sa.String(length=64), nullable=True),
        sa.Column("tracking_id", sa.String(length=64), nullable=True),
        sa.Column("shares", sa.JSON(), nullable=False),
        sa.Column("sealed_links", sa.LargeBinary(), nullable=True),
        sa.Column("made_by", sa.String(length=26), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["certify_cases.case_id"], name=op.f("fk_certify_handovers_case_id_certify_cases")
        ),
        sa.PrimaryKeyConstraint("handover_id", name=op.f("pk_certify_handovers")),
    )
    with op.batch_alter_table("certify_handovers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certify_handovers_case_id"), ["case_id"], unique=False)
    op.create_table(
        "certify_postal_notes",
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("carrier", sa.String(length=64), nullable=False),
        sa.Column("tracking_id", sa.String(length=64), nullable=False),
        sa.Column("arrived_on", sa.Date(), nullable=False),
        sa.Column("returned_carrier", sa.String(length=64), nullable=True),
        sa.Column("returned_tracking_id", sa.String(length=64), nullable=True),
        sa.Column("returned_by", sa.String(length=26), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("noted_by", sa.String(length=26), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["certify_cases.case_id"], name=op.f("fk_certify_postal_notes_case_id_certify_cases")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_certify_postal_notes")),
    )
    op.create_table(
        "certify_assistance",
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("helper_id", sa.String(length=26), nullable=False),
        sa.Column("agreed_by", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=64), nullable=False),
        sa.Column("noted_by", sa.String(length=26), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["certify_cases.case_id"], name=op.f("fk_certify_assistance_case_id_certify_cases")
        ),
        sa.ForeignKeyConstraint(
            ["helper_id"], ["certify_staff.staff_id"], name=op.f("fk_certify_assistance_helper_id_certify_staff")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_certify_assistance")),
    )
