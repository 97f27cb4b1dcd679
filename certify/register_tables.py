"""The tables around the register: closings, annotations, corrections under way, seals by a keeper, batches, paper copies."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from vault.database import SHA256_HEX_LENGTH, ULID_LENGTH, RowNumber, UtcDateTime, metadata

_ID: Final = sa.String(ULID_LENGTH)
_DIGEST: Final = sa.String(SHA256_HEX_LENGTH)
_CODE: Final = sa.String(64)
_TEXT: Final = sa.Text()

closings: Final = sa.Table(
    "certify_book_closings",
    metadata,
    sa.Column("book_id", _ID, sa.ForeignKey("certify_books.book_id"), primary_key=True),
    sa.Column("closed_by", _CODE, nullable=False),
    sa.Column("closed_at", UtcDateTime, nullable=False),
    sa.Column("decision_number", _TEXT),
    sa.Column("number_count", sa.Integer, nullable=False),
    sa.Column("void_count", sa.Integer, nullable=False),
    sa.Column("copies", sa.Integer, nullable=False),
    sa.Column("fee_vnd", sa.BigInteger, nullable=False),
    # The closing document, once an officer signed it and the agency sealed it.
    sa.Column("signed_by", _CODE),
    sa.Column("signed_at", UtcDateTime),
    sa.Column("signed_sha256_hex", _DIGEST),
)

line_notes: Final = sa.Table(
    "certify_annotations",
    metadata,
    # What was noted on a line after it was final; the line itself is never rewritten, in a closed book least of all.
    sa.Column("annotation_no", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("book_id", _ID, sa.ForeignKey("certify_books.book_id"), nullable=False),
    sa.Column("seq_no", sa.Integer, nullable=False),
    sa.Column("kind", _CODE, nullable=False),
    sa.Column("reason", _CODE),
    sa.Column("decision_number", _TEXT),
    sa.Column("other_code", sa.String(32)),
    sa.Column("noted_by", _CODE, nullable=False),
    sa.Column("noted_at", UtcDateTime, nullable=False),
    sa.Index("ix_certify_annotations_line", "book_id", "seq_no"),
)

corrections: Final = sa.Table(
    "certify_corrections",
    metadata,
    # A new copy under way, free of charge, that will supersede the one with our mistake.
    sa.Column("item_id", _ID, sa.ForeignKey("certify_items.item_id"), primary_key=True),
    sa.Column("corrects_code", sa.String(32), nullable=False, index=True),
    sa.Column("reason", _CODE, nullable=False),
    sa.Column("opened_by", _CODE, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("done_at", UtcDateTime),
)

seal_approvals: Final = sa.Table(
    "certify_seal_approvals",
    metadata,
    # The keeper's yes to one file that an officer has signed; given again, it replaces the activation only.
    sa.Column("approval_id", _ID, sa.ForeignKey("certify_approvals.approval_id"), primary_key=True),
    sa.Column("keeper_id", _ID, sa.ForeignKey("certify_staff.staff_id"), nullable=False),
    sa.Column("sha256_hex", _DIGEST, nullable=False),
    # Empty where the agency's seal is a key that needs no person: then the keeper's fresh sign-in stands for it.
    sa.Column("activation_id", _CODE),
    sa.Column("approved_at", UtcDateTime, nullable=False),
)

batches: Final = sa.Table(
    "certify_batches",
    metadata,
    sa.Column("batch_id", _ID, primary_key=True),
    sa.Column("agency_code", _CODE, nullable=False),
    sa.Column("officer_id", _ID, sa.ForeignKey("certify_staff.staff_id"), nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    # Over the ordered digests of the one approval that was given for this batch.
    sa.Column("approved_sha256_hex", _DIGEST),
    sa.Column("approved_at", UtcDateTime),
    sa.Index(None, "agency_code", "batch_id"),
)

batch_lines: Final = sa.Table(
    "certify_batch_lines",
    metadata,
    sa.Column("batch_id", _ID, sa.ForeignKey("certify_batches.batch_id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("item_id", _ID, sa.ForeignKey("certify_items.item_id"), nullable=False),
    sa.Column("ticked", sa.Boolean, nullable=False),
    sa.Column("problem_code", _CODE),
    sa.UniqueConstraint("batch_id", "item_id"),
)

paper_copies: Final = sa.Table(
    "certify_paper_copies",
    metadata,
    # Copies on paper, asked for with the electronic one; their sheets are signed by hand and sealed with ink.
    sa.Column("item_id", _ID, sa.ForeignKey("certify_items.item_id"), primary_key=True),
    sa.Column("copies", sa.Integer, nullable=False),
    sa.Column("asked_by", _CODE, nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    # A number of their own, where the law of the day does not let them share that of the electronic copy.
    sa.Column("book_id", _ID),
    sa.Column("seq_no", sa.Integer),
    sa.Column("printed_by", _CODE),
    sa.Column("printed_at", UtcDateTime),
)
