"""The tables of submissions; they hold ids, digests and codes, and the signed manifest, which names nobody."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from vault.database import SHA256_HEX_LENGTH, ULID_LENGTH, UtcDateTime, metadata

submissions: Final = sa.Table(
    "dossiers_submissions",
    metadata,
    sa.Column("submission_id", sa.String(ULID_LENGTH), primary_key=True),
    sa.Column("holder_id", sa.String(ULID_LENGTH), nullable=False, index=True),
    sa.Column("procedure_id", sa.String(64), nullable=False),
    sa.Column("procedure_version", sa.Integer, nullable=False),
    sa.Column("recipient_agency", sa.String(64), nullable=False, index=True),
    sa.Column("consent_id", sa.String(ULID_LENGTH), nullable=True),
    sa.Column("grant_id", sa.String(ULID_LENGTH), nullable=True),
    sa.Column("manifest", sa.Text, nullable=False),
    sa.Column("step", sa.String(16), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

submission_items: Final = sa.Table(
    "dossiers_submission_items",
    metadata,
    sa.Column("submission_id", sa.ForeignKey("dossiers_submissions.submission_id"), primary_key=True),
    sa.Column("requirement_id", sa.String(64), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("mode", sa.String(16), nullable=False),
    sa.Column("record_id", sa.String(ULID_LENGTH), nullable=True),
    sa.Column("uri", sa.String(200), nullable=True),
    sa.Column("sha256_hex", sa.String(SHA256_HEX_LENGTH), nullable=True),
    sa.Column("answer", sa.String(16), nullable=True),
    sa.Column("reason", sa.String(300), nullable=True),
    sa.Column("answered_by", sa.String(64), nullable=True),
    sa.Column("answered_at", UtcDateTime, nullable=True),
)

submission_steps: Final = sa.Table(
    "dossiers_submission_steps",
    metadata,
    sa.Column("submission_id", sa.ForeignKey("dossiers_submissions.submission_id"), primary_key=True),
    sa.Column("step", sa.String(16), primary_key=True),
    sa.Column("reached_at", UtcDateTime, nullable=False),
    sa.Column("actor_id", sa.String(64), nullable=False),
)
