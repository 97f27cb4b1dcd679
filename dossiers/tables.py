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
    sa.Index(None, "holder_id", "submission_id"),
    sa.Index(None, "recipient_agency", "submission_id"),
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
    # The dossier whose result meets it, of those filed together; it stays after the result came.
    sa.Column("from_submission_id", sa.String(ULID_LENGTH), nullable=True, index=True),
)

submission_steps: Final = sa.Table(
    "dossiers_submission_steps",
    metadata,
    sa.Column("submission_id", sa.ForeignKey("dossiers_submissions.submission_id"), primary_key=True),
    sa.Column("step", sa.String(16), primary_key=True),
    sa.Column("reached_at", UtcDateTime, nullable=False),
    sa.Column("actor_id", sa.String(64), nullable=False),
)

package_marks: Final = sa.Table(
    "dossiers_package_marks",
    metadata,
    sa.Column("submission_id", sa.ForeignKey("dossiers_submissions.submission_id"), primary_key=True),
    sa.Column("mark", sa.String(16), primary_key=True),
    # A CMS, or what a passkey answered; the certificate in it names a person.
    sa.Column("sealed_evidence", sa.LargeBinary, nullable=False),
    sa.Column("signer_sha256_hex", sa.String(SHA256_HEX_LENGTH), nullable=False),
    sa.Column("marked_at", UtcDateTime, nullable=False),
)

submission_statuses: Final = sa.Table(
    "dossiers_statuses",
    metadata,
    sa.Column("submission_id", sa.ForeignKey("dossiers_submissions.submission_id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("by", sa.String(16), nullable=False),
    sa.Column("actor_id", sa.String(64), nullable=False),
    sa.Column("reason", sa.String(300), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

handed_in: Final = sa.Table(
    "dossiers_handed_in",
    metadata,
    sa.Column("submission_id", sa.ForeignKey("dossiers_submissions.submission_id"), primary_key=True),
    sa.Column("requirement_id", sa.String(64), primary_key=True),
    sa.Column("why", sa.String(32), nullable=False),
    sa.Column("note", sa.String(300), nullable=False),
    sa.Column("sha256_hex", sa.String(SHA256_HEX_LENGTH), nullable=False),
    sa.Column("handed_in_by", sa.String(64), nullable=False),
    sa.Column("handed_in_at", UtcDateTime, nullable=False),
    sa.Column("could_reuse", sa.Boolean, nullable=False),
    sa.Column("reconciled", sa.String(16), nullable=False),
    sa.Column("reconciled_at", UtcDateTime, nullable=True),
)

feedback: Final = sa.Table(
    "dossiers_feedback",
    metadata,
    sa.Column("feedback_id", sa.String(ULID_LENGTH), primary_key=True),
    sa.Column("holder_id", sa.String(ULID_LENGTH), nullable=False),
    sa.Column("about", sa.String(16), nullable=False),
    sa.Column("about_id", sa.String(ULID_LENGTH), nullable=False),
    sa.Column("agency_code", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    # What a person writes may name anybody.
    sa.Column("sealed_text", sa.LargeBinary, nullable=False),
    sa.Column("sent_at", UtcDateTime, nullable=False),
    sa.Column("sealed_answer", sa.LargeBinary, nullable=True),
    sa.Column("answered_at", UtcDateTime, nullable=True),
    sa.Column("answered_by", sa.String(64), nullable=True),
    sa.Index(None, "holder_id", "feedback_id"),
    sa.Index(None, "agency_code", "feedback_id"),
)

linked_filings: Final = sa.Table(
    "dossiers_linked_filings",
    metadata,
    # Dossiers that one act of their applicant filed, in the order in which one waits for another.
    sa.Column("filing_id", sa.String(ULID_LENGTH), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("submission_id", sa.ForeignKey("dossiers_submissions.submission_id"), nullable=False, unique=True),
    sa.Column("holder_id", sa.String(ULID_LENGTH), nullable=False),
    sa.Column("filed_at", UtcDateTime, nullable=False),
    sa.Index(None, "holder_id", "filing_id"),
)

procedure_versions: Final = sa.Table(
    "dossiers_procedure_versions",
    metadata,
    # What an office took in, as it was written; a version is never changed.
    sa.Column("procedure_id", sa.String(64), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("taken_in_at", UtcDateTime, nullable=False),
    sa.Column("taken_in_by", sa.String(64), nullable=False),
)

paper_requests: Final = sa.Table(
    "dossiers_paper_requests",
    metadata,
    sa.Column("request_id", sa.String(ULID_LENGTH), primary_key=True),
    sa.Column("way", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    # A QR that a holder shows has no agency yet, one that a counter shows no holder.
    sa.Column("agency_code", sa.String(64), nullable=True),
    sa.Column("staff_id", sa.String(64), nullable=True),
    sa.Column("session_id", sa.String(ULID_LENGTH), nullable=True),
    sa.Column("holder_id", sa.String(ULID_LENGTH), nullable=True),
    sa.Column("procedure_id", sa.String(64), nullable=True),
    sa.Column("token_sha256_hex", sa.String(SHA256_HEX_LENGTH), nullable=True, unique=True),
    sa.Column("words", sa.String(32), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("decided_at", UtcDateTime, nullable=True),
    sa.Column("submission_id", sa.String(ULID_LENGTH), nullable=True),
    sa.Column("reason", sa.String(300), nullable=True),
    sa.Index(None, "holder_id", "request_id"),
    sa.Index(None, "agency_code", "request_id"),
    sa.Index(None, "staff_id", "decided_at"),
)
