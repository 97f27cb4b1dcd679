"""Closings, annotations, corrections, seals by a keeper, batches and copies on paper."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "5d3e91c7a0f4"
down_revision = "c0a7d51e9b36"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "certify_book_closings",
        sa.Column("book_id", sa.String(length=26), nullable=False),
        sa.Column("closed_by", sa.String(length=64), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision_number", sa.Text(), nullable=True),
        sa.Column("number_count", sa.Integer(), nullable=False),
        sa.Column("void_count", sa.Integer(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("fee_vnd", sa.BigInteger(), nullable=False),
        sa.Column("signed_by", sa.String(length=64), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_sha256_hex", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["book_id"], ["certify_books.book_id"], name=op.f("fk_certify_book_closings_book_id_certify_books")
        ),
        sa.PrimaryKeyConstraint("book_id", name=op.f("pk_certify_book_closings")),
    )
    op.create_table(
        "certify_annotations",
        sa.Column(
            "annotation_no",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("book_id", sa.String(length=26), nullable=False),
        sa.Column("seq_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("decision_number", sa.Text(), nullable=True),
        sa.Column("other_code", sa.String(length=32), nullable=True),
        sa.Column("noted_by", sa.String(length=64), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id"], ["certify_books.book_id"], name=op.f("fk_certify_annotations_book_id_certify_books")
        ),
        sa.PrimaryKeyConstraint("annotation_no", name=op.f("pk_certify_annotations")),
    )
    op.create_index("ix_certify_annotations_line", "certify_annotations", ["book_id", "seq_no"])
    op.create_table(
        "certify_corrections",
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("corrects_code", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["item_id"], ["certify_items.item_id"], name=op.f("fk_certify_corrections_item_id_certify_items")
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_certify_corrections")),
    )
    op.create_index(op.f("ix_certify_corrections_corrects_code"), "certify_corrections", ["corrects_code"])
    op.create_table(
        "certify_seal_approvals",
        sa.Column("approval_id", sa.String(length=26), nullable=False),
        sa.Column("keeper_id", sa.String(length=26), nullable=False),
        sa.Column("sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("activation_id", sa.String(length=64), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["approval_id"],
            ["certify_approvals.approval_id"],
            name=op.f("fk_certify_seal_approvals_approval_id_certify_approvals"),
        ),
        sa.ForeignKeyConstraint(
            ["keeper_id"], ["certify_staff.staff_id"], name=op.f("fk_certify_seal_approvals_keeper_id_certify_staff")
        ),
        sa.PrimaryKeyConstraint("approval_id", name=op.f("pk_certify_seal_approvals")),
    )
    op.create_table(
        "certify_batches",
        sa.Column("batch_id", sa.String(length=26), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("officer_id", sa.String(length=26), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_sha256_hex", sa.String(length=64), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["certify_staff.staff_id"], name=op.f("fk_certify_batches_officer_id_certify_staff")
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_certify_batches")),
    )
    op.create_index(op.f("ix_certify_batches_agency_code_batch_id"), "certify_batches", ["agency_code", "batch_id"])
    op.create_table(
        "certify_batch_lines",
        sa.Column("batch_id", sa.String(length=26), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("ticked", sa.Boolean(), nullable=False),
        sa.Column("problem_code", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["certify_batches.batch_id"], name=op.f("fk_certify_batch_lines_batch_id_certify_batches")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["certify_items.item_id"], name=op.f("fk_certify_batch_lines_item_id_certify_items")
        ),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_certify_batch_lines")),
        sa.UniqueConstraint("batch_id", "item_id", name=op.f("uq_certify_batch_lines_batch_id_item_id")),
    )
    op.create_table(
        "certify_paper_copies",
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("book_id", sa.String(length=26), nullable=True),
        sa.Column("seq_no", sa.Integer(), nullable=True),
        sa.Column("printed_by", sa.String(length=64), nullable=True),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["item_id"], ["certify_items.item_id"], name=op.f("fk_certify_paper_copies_item_id_certify_items")
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_certify_paper_copies")),
    )
