"""The tables of the certification office, all with the prefix `certify_` on the one metadata.

No column holds a person's name or number: names live encrypted in the blob vault, here stand ids and digests.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from vault.database import SHA256_HEX_LENGTH, ULID_LENGTH, RowNumber, UtcDateTime, metadata

_ID: Final = sa.String(ULID_LENGTH)
_DIGEST: Final = sa.String(SHA256_HEX_LENGTH)
_CODE: Final = sa.String(64)
_TEXT: Final = sa.Text()

agencies: Final = sa.Table(
    "certify_agencies",
    metadata,
    sa.Column("agency_code", _CODE, primary_key=True),
    sa.Column("name_vi", _TEXT, nullable=False),
    sa.Column("name_en", _TEXT, nullable=False),
    sa.Column("name_fr", _TEXT, nullable=False),
    sa.Column("level", _CODE, nullable=False),
    sa.Column("parent_code", _CODE),
    sa.Column("seal_key_id", _CODE),
    sa.Column("book_suffix", _CODE, nullable=False),
    sa.Column("valid_from", UtcDateTime, nullable=False),
    sa.Column("valid_to", UtcDateTime),
    sa.Column("name_local", _TEXT),
)

agency_successors: Final = sa.Table(
    "certify_agency_successors",
    metadata,
    sa.Column("agency_code", _CODE, sa.ForeignKey("certify_agencies.agency_code"), primary_key=True),
    sa.Column("successor_code", _CODE, sa.ForeignKey("certify_agencies.agency_code"), primary_key=True),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("decision_number", _TEXT, nullable=False),
)

staff: Final = sa.Table(
    "certify_staff",
    metadata,
    sa.Column("staff_id", _ID, primary_key=True),
    sa.Column("agency_code", _CODE, sa.ForeignKey("certify_agencies.agency_code"), nullable=False),
    sa.Column("display_name", _TEXT, nullable=False),
    sa.Column("position", _TEXT, nullable=False),
    sa.Column("roles", sa.JSON, nullable=False),
    sa.Column("key_id", _CODE),
    sa.Column("certificate_serial_hex", _CODE),
    sa.Column("left_at", UtcDateTime),
)

delegations: Final = sa.Table(
    "certify_delegations",
    metadata,
    sa.Column("delegation_id", _ID, primary_key=True),
    sa.Column("staff_id", _ID, sa.ForeignKey("certify_staff.staff_id"), nullable=False, index=True),
    sa.Column("capacity", sa.String(8), nullable=False),
    sa.Column("on_behalf_of", _TEXT, nullable=False),
    sa.Column("scope", _CODE, nullable=False),
    sa.Column("decision_number", _TEXT, nullable=False),
    sa.Column("valid_from", UtcDateTime, nullable=False),
    sa.Column("valid_until", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
)

seal_policies: Final = sa.Table(
    "certify_seal_policies",
    metadata,
    sa.Column("policy_id", _ID, primary_key=True),
    sa.Column("agency_code", _CODE, sa.ForeignKey("certify_agencies.agency_code"), nullable=False, index=True),
    sa.Column("decision_number", _TEXT, nullable=False),
    sa.Column("valid_from", UtcDateTime, nullable=False),
    sa.Column("valid_until", UtcDateTime, nullable=False),
)

cases: Final = sa.Table(
    "certify_cases",
    metadata,
    sa.Column("case_id", _ID, primary_key=True),
    sa.Column("agency_code", _CODE, sa.ForeignKey("certify_agencies.agency_code"), nullable=False),
    sa.Column("channel", _CODE, nullable=False),
    sa.Column("state", _CODE, nullable=False),
    sa.Column("holder_id", _ID, nullable=False, index=True),
    sa.Column("requester_digest", _DIGEST, nullable=False),
    sa.Column("requester_id_last4", sa.String(4), nullable=False),
    sa.Column("opened_by", _ID, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    # What citizens follow their case with; nothing else leads from it. What follows is empty in rows of older releases.
    sa.Column("tracking_code", sa.String(32)),
    sa.Column("receiving_agency_code", _CODE),
    sa.Column("claimed_by", _ID),
    sa.Column("claimed_at", UtcDateTime),
    sa.Column("clock_stopped_at", UtcDateTime),
    sa.Column("waits_until", UtcDateTime),
    sa.Column("reason_code", _CODE),
    sa.Column("delivery", _CODE),
    sa.Column("appointment_at", UtcDateTime),
    sa.Column("escalated_at", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
    sa.Index(None, "agency_code", "case_id"),
    sa.Index(None, "agency_code", "state", "case_id"),
    sa.Index(None, "tracking_code", unique=True),
)

items: Final = sa.Table(
    "certify_items",
    metadata,
    sa.Column("item_id", _ID, primary_key=True),
    sa.Column("case_id", _ID, sa.ForeignKey("certify_cases.case_id"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("state", _CODE, nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("document_id", _ID, nullable=False),
    sa.Column("scan_number", sa.Integer, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("copies", sa.Integer, nullable=False),
    sa.Column("doc_type", _CODE, nullable=False),
    sa.Column("title", _TEXT, nullable=False),
    sa.Column("page_count", sa.Integer),
    sa.Column("source_sha256_hex", _DIGEST, index=True),
    sa.Column("scan_pdf_sha256_hex", _DIGEST),
    sa.Column("quality_verdict", _CODE),
    sa.Column("problem_code", _CODE),
    sa.Column("warnings", sa.JSON, nullable=False),
    sa.Column("scanned_by", _ID),
    sa.Column("compared_by", _ID),
    sa.Column("compared_at", UtcDateTime),
    sa.Column("pages_compared", sa.Integer),
    sa.Column("refusal_code", _CODE),
    sa.Column("record_id", _ID),
    # The case's, once more: a list of one agency's items must not read those of all others. Empty where an older
    # release wrote the row.
    sa.Column("agency_code", _CODE),
    # A paper of the holder's vault that could take the place of a new copy.
    sa.Column("reuse_record_id", _ID),
    # Or the look-up in a database that found one.
    sa.Column("reuse_look_up_id", _ID),
    # How the holder and the person of whom the paper speaks agree, and what the two are to each other.
    sa.Column("subject_match", _CODE),
    sa.Column("relation_code", _CODE),
    # When the office's working files were destroyed; the digests of this row stay.
    sa.Column("purged_at", UtcDateTime),
    sa.UniqueConstraint("case_id", "position"),
    sa.Index(None, "agency_code", "item_id"),
    sa.Index(None, "agency_code", "state", "item_id"),
    sa.Index("ix_certify_items_purged_at_item_id", "purged_at", "item_id"),
)

item_events: Final = sa.Table(
    "certify_item_events",
    metadata,
    sa.Column("event_no", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("item_id", _ID, sa.ForeignKey("certify_items.item_id"), nullable=False, index=True),
    sa.Column("event", _CODE, nullable=False),
    sa.Column("from_state", _CODE, nullable=False),
    sa.Column("to_state", _CODE, nullable=False),
    sa.Column("actor_kind", _CODE, nullable=False),
    sa.Column("actor_id", _CODE, nullable=False),
    sa.Column("detail_code", _CODE),
    sa.Column("at", UtcDateTime, nullable=False),
)

case_events: Final = sa.Table(
    "certify_case_events",
    metadata,
    sa.Column("event_no", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("case_id", _ID, sa.ForeignKey("certify_cases.case_id"), nullable=False, index=True),
    sa.Column("event", _CODE, nullable=False),
    sa.Column("from_state", _CODE, nullable=False),
    sa.Column("to_state", _CODE, nullable=False),
    sa.Column("actor_kind", _CODE, nullable=False),
    sa.Column("actor_id", _CODE, nullable=False),
    sa.Column("detail_code", _CODE),
    sa.Column("at", UtcDateTime, nullable=False),
)

books: Final = sa.Table(
    "certify_books",
    metadata,
    sa.Column("book_id", _ID, primary_key=True),
    sa.Column("agency_code", _CODE, sa.ForeignKey("certify_agencies.agency_code"), nullable=False),
    sa.Column("kind", _CODE, nullable=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("volume", sa.Integer, nullable=False),
    sa.Column("display", _TEXT, nullable=False),
    sa.Column("status", _CODE, nullable=False),
    sa.Column("last_seq_no", sa.Integer, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("closed_at", UtcDateTime),
    sa.UniqueConstraint("agency_code", "kind", "year", "volume"),
)

numbers: Final = sa.Table(
    "certify_numbers",
    metadata,
    sa.Column("book_id", _ID, sa.ForeignKey("certify_books.book_id"), primary_key=True),
    sa.Column("seq_no", sa.Integer, primary_key=True),
    sa.Column("item_id", _ID, sa.ForeignKey("certify_items.item_id"), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("status", _CODE, nullable=False, index=True),
    sa.Column("reserved_at", UtcDateTime, nullable=False),
    sa.Column("finalised_at", UtcDateTime),
    sa.Column("voided_at", UtcDateTime),
    sa.Column("void_reason", _CODE),
    sa.Column("original_title", _TEXT, nullable=False),
    sa.Column("signer_text", _TEXT),
    sa.Column("copies", sa.Integer, nullable=False),
    sa.Column("fee_vnd", sa.Integer, nullable=False),
    sa.Column("fee_rule", _CODE, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.UniqueConstraint("item_id", "attempt"),
)

number_gaps: Final = sa.Table(
    "certify_number_gaps",
    metadata,
    # Numbers that were given out after the backup this register came from: their papers exist, their lines are lost.
    sa.Column("book_id", _ID, sa.ForeignKey("certify_books.book_id"), primary_key=True),
    sa.Column("first_seq_no", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last_seq_no", sa.Integer, nullable=False),
    sa.Column("reason", _CODE, nullable=False),
    sa.Column("noted_at", UtcDateTime, nullable=False),
)

ready_copies: Final = sa.Table(
    "certify_ready_copies",
    metadata,
    sa.Column("ready_id", _ID, primary_key=True),
    sa.Column("item_id", _ID, sa.ForeignKey("certify_items.item_id"), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("book_id", _ID, nullable=False),
    sa.Column("seq_no", sa.Integer, nullable=False),
    sa.Column("code", sa.String(32), nullable=False, unique=True),
    sa.Column("officer_id", _ID, sa.ForeignKey("certify_staff.staff_id"), nullable=False),
    sa.Column("delegation_id", _ID, nullable=False),
    sa.Column("template_version", _CODE, nullable=False),
    sa.Column("reserved_at", UtcDateTime, nullable=False),
    sa.Column("prepared_at", UtcDateTime),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("sha256_hex", _DIGEST),
    sa.Column("page_count", sa.Integer),
    sa.Column("voided_at", UtcDateTime),
    sa.UniqueConstraint("item_id", "attempt"),
)

approvals: Final = sa.Table(
    "certify_approvals",
    metadata,
    sa.Column("approval_id", _ID, primary_key=True),
    # The one approval of a ready copy: two officers, or one officer in two windows, meet this constraint.
    sa.Column("ready_id", _ID, sa.ForeignKey("certify_ready_copies.ready_id"), nullable=False, unique=True),
    sa.Column("officer_id", _ID, sa.ForeignKey("certify_staff.staff_id"), nullable=False),
    sa.Column("sha256_hex", _DIGEST, nullable=False),
    sa.Column("checklist", sa.JSON, nullable=False),
    sa.Column("activation_id", _CODE, nullable=False),
    sa.Column("seal_activation_id", _CODE),
    sa.Column("run_number", sa.Integer, nullable=False),
    sa.Column("approved_at", UtcDateTime, nullable=False),
)

activation_uses: Final = sa.Table(
    "certify_activation_uses",
    metadata,
    sa.Column("activation_id", _CODE, primary_key=True),
    sa.Column("digest_hex", _DIGEST, primary_key=True),
    sa.Column("used_at", UtcDateTime, nullable=False),
)

job_effects: Final = sa.Table(
    "certify_job_effects",
    metadata,
    sa.Column("item_id", _ID, primary_key=True),
    sa.Column("job", _CODE, primary_key=True),
    sa.Column("effect", _CODE, primary_key=True),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

renewals: Final = sa.Table(
    "certify_renewals",
    metadata,
    sa.Column("record_id", _ID, primary_key=True),
    sa.Column("holder_id", _ID, nullable=False),
    # What the newest rendition rests on: its digest, the algorithms of its newest time-stamp, that one's certificate.
    sa.Column("sha256_hex", _DIGEST, nullable=False),
    sa.Column("algorithms", sa.String(200), nullable=False, index=True),
    sa.Column("ends_at", UtcDateTime, nullable=False, index=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("renewed", sa.Integer, nullable=False),
    sa.Column("problem_code", _CODE),
    sa.Column("retry_at", UtcDateTime),
    sa.Column("surveyed_at", UtcDateTime, nullable=False),
)

# Who works under which name (certify/workers.py); all three times are of the database's own clock.
workers: Final = sa.Table(
    "certify_workers",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("process_id", sa.String(32), nullable=False),
    sa.Column("place", sa.String(200), nullable=False),
    sa.Column("taken_at", UtcDateTime, nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
)
