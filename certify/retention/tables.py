"""The tables of retention: what the office decided, what is held, what was destroyed, and the certificates of it."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from vault.database import ULID_LENGTH, UtcDateTime, metadata

_ID: Final = sa.String(ULID_LENGTH)
_CODE: Final = sa.String(64)

decisions: Final = sa.Table(
    "certify_retention_decisions",
    metadata,
    sa.Column("decision_id", _ID, primary_key=True),
    sa.Column("kind", _CODE, nullable=False),
    # Empty means for ever.
    sa.Column("days", sa.Integer, nullable=True),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("decision_number", sa.Text, nullable=False),
    sa.Column("entered_by", _CODE, nullable=False),
    sa.Column("entered_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("kind", "valid_from"),
)

holds: Final = sa.Table(
    "certify_legal_holds",
    metadata,
    sa.Column("hold_id", _ID, primary_key=True),
    sa.Column("scope", sa.String(16), nullable=False),
    sa.Column("target_id", _CODE, nullable=False),
    sa.Column("decision_number", sa.Text, nullable=False),
    sa.Column("placed_by", _CODE, nullable=False),
    sa.Column("placed_at", UtcDateTime, nullable=False),
    sa.Column("lift_decision_number", sa.Text, nullable=True),
    sa.Column("lifted_by", _CODE, nullable=True),
    sa.Column("lifted_at", UtcDateTime, nullable=True),
    sa.Index("ix_certify_legal_holds_scope_target_id", "scope", "target_id"),
)

destroyed: Final = sa.Table(
    "certify_destroyed",
    metadata,
    sa.Column("kind", _CODE, primary_key=True),
    # An id, or the digest of what has none that may be written down.
    sa.Column("thing_id", _CODE, primary_key=True),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("destroyed_at", UtcDateTime, nullable=False),
    sa.Column("certificate_id", _ID, nullable=True, index=True),
)

certificates: Final = sa.Table(
    "certify_destruction_certificates",
    metadata,
    sa.Column("certificate_id", _ID, primary_key=True),
    sa.Column("issued_at", UtcDateTime, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("body_sha256_hex", sa.String(64), nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("key_id", _CODE, nullable=False),
)
