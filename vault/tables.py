"""The vault's tables: holders, records, copies by code, consents, grants, shares, the access history, the outbox.

No column holds a name, a citizen number or a text of a paper: those are sealed under the keyset of their holder or
document (columns named `sealed_*`), so that destroying the keyset erases them, in every backup too.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from vault.database import SHA256_HEX_LENGTH, ULID_LENGTH, RowNumber, UtcDateTime, metadata

_CODE_LENGTH: Final = 32
_AGENCY_LENGTH: Final = 64


def _ulid(name: str, *, primary_key: bool = False, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(ULID_LENGTH), primary_key=primary_key, nullable=nullable)


def _ulid_of(name: str, target: str, *, primary_key: bool = False, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(ULID_LENGTH), sa.ForeignKey(target), primary_key=primary_key, nullable=nullable)


def _word(name: str, length: int = _CODE_LENGTH, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


holders: Final = sa.Table(
    "vault_holders",
    metadata,
    _ulid("holder_id", primary_key=True),
    _word("kind"),
    _word("state"),
    sa.Column("sealed_identity", sa.LargeBinary, nullable=False),
    sa.Column("enrolled_at", UtcDateTime, nullable=False),
    _word("enrolled_by_agency", _AGENCY_LENGTH),
    _word("claimed_by", 64, nullable=True),
    sa.Column("claimed_at", UtcDateTime, nullable=True),
    # The holder died: nothing is shared any more, and only heirs read.
    sa.Column("frozen_at", UtcDateTime, nullable=True),
    _word("frozen_by_document", 128, nullable=True),
    sa.UniqueConstraint("claimed_by"),
)

holder_numbers: Final = sa.Table(
    "vault_holder_numbers",
    metadata,
    # Under each index key one row for every number the holder ever had: an old number leads to the same vault.
    sa.Column("index_key_id", sa.String(_CODE_LENGTH), primary_key=True),
    sa.Column("number_hmac_hex", sa.String(SHA256_HEX_LENGTH), primary_key=True),
    _ulid_of("holder_id", "vault_holders.holder_id"),
    sa.Index("ix_vault_holder_numbers_holder_id", "holder_id"),
)

records: Final = sa.Table(
    "vault_records",
    metadata,
    _ulid("record_id", primary_key=True),
    sa.Column("uri", sa.String(200), nullable=False, unique=True),
    _ulid_of("holder_id", "vault_holders.holder_id"),
    _ulid("document_id"),
    _word("agency_code", _AGENCY_LENGTH),
    _word("doc_type", 64),
    _word("title_vi", 300),
    _word("title_en", 300),
    _word("title_fr", 300),
    _word("shelf"),
    _word("elaboration"),
    sa.Column("assurance_level", sa.SmallInteger, nullable=False),
    _word("sensitivity"),
    _word("issuer", 300),
    sa.Column("issued_on", sa.Date, nullable=True),
    sa.Column("valid_from", sa.Date, nullable=True),
    sa.Column("valid_until", sa.Date, nullable=True),
    _word("status"),
    _word("original"),
    _word("code", nullable=True),
    _word("register_number", 64, nullable=True),
    sa.Column("certified_at", UtcDateTime, nullable=True),
    sa.Column("deposited_at", UtcDateTime, nullable=False),
    _word("provenance", 64),
    sa.Column("retention", sa.String(_CODE_LENGTH), nullable=False, server_default="HOLDER"),
    # No foreign key: SQLite adds one only by making the table anew, under everything that refers to it.
    _ulid("supersedes", nullable=True),
    sa.UniqueConstraint("code"),
    sa.Index("ix_vault_records_holder_id_doc_type_status", "holder_id", "doc_type", "status"),
    sa.Index("ix_vault_records_holder_id_record_id", "holder_id", "record_id"),
)

renditions: Final = sa.Table(
    "vault_renditions",
    metadata,
    _ulid_of("record_id", "vault_records.record_id", primary_key=True),
    sa.Column("kind", sa.String(_CODE_LENGTH), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    _ulid("document_id"),
    _word("blob_name", 128),
    _word("sha256_hex", SHA256_HEX_LENGTH),
    sa.Column("byte_count", sa.BigInteger, nullable=False),
    _word("media_type", 64),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.Index("ix_vault_renditions_sha256_hex", "sha256_hex"),
)

authority_proofs: Final = sa.Table(
    "vault_authority_proofs",
    metadata,
    _ulid_of("record_id", "vault_records.record_id", primary_key=True),
    _word("staff_id", 64),
    _word("agency_code", _AGENCY_LENGTH),
    _word("delegation_id", 64),
    _word("decision_number", 128),
    _word("capacity"),
    sa.Column("valid_from", UtcDateTime, nullable=False),
    sa.Column("valid_until", UtcDateTime, nullable=True),
    _word("certificate_serial_hex", 64),
)

copy_statuses: Final = sa.Table(
    "vault_copy_statuses",
    metadata,
    sa.Column("code", sa.String(_CODE_LENGTH), primary_key=True),
    _word("register"),
    _word("original"),
    sa.Column("original_expires_at", UtcDateTime, nullable=True),
    _word("agency_code", _AGENCY_LENGTH),
    _word("register_number", 64),
    sa.Column("certified_at", UtcDateTime, nullable=True),
    sa.Column("page_count", sa.Integer, nullable=True),
    _word("doc_type", 64),
    _word("sensitivity"),
    _word("decision_number", 128, nullable=True),
    _word("superseded_by_code", nullable=True),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("agency_code", "register_number"),
)

copy_renditions: Final = sa.Table(
    "vault_copy_renditions",
    metadata,
    sa.Column("sha256_hex", sa.String(SHA256_HEX_LENGTH), primary_key=True),
    sa.Column("code", sa.String(_CODE_LENGTH), sa.ForeignKey("vault_copy_statuses.code"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.UniqueConstraint("code", "position"),
)

consents: Final = sa.Table(
    "vault_consents",
    metadata,
    _ulid("consent_id", primary_key=True),
    _ulid_of("holder_id", "vault_holders.holder_id"),
    _word("purpose", 300),
    _word("recipient_agency", _AGENCY_LENGTH),
    _word("case_id", 64, nullable=True),
    sa.Column("given_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("withdrawn_at", UtcDateTime, nullable=True),
    # On what it rests: the holder's consent, or a duty by law.
    sa.Column("basis", sa.String(_CODE_LENGTH), nullable=False, server_default="CONSENT"),
    sa.Column("receipt", sa.LargeBinary, nullable=False),
    _word("receipt_sha256_hex", SHA256_HEX_LENGTH),
    sa.Index("ix_vault_consents_holder_id", "holder_id"),
    sa.Index("ix_vault_consents_holder_id_consent_id", "holder_id", "consent_id"),
)

consent_records: Final = sa.Table(
    "vault_consent_records",
    metadata,
    _ulid_of("consent_id", "vault_consents.consent_id", primary_key=True),
    _ulid_of("record_id", "vault_records.record_id", primary_key=True),
)

reuse_grants: Final = sa.Table(
    "vault_reuse_grants",
    metadata,
    _ulid("grant_id", primary_key=True),
    _ulid_of("consent_id", "vault_consents.consent_id"),
    _ulid_of("holder_id", "vault_holders.holder_id"),
    _word("recipient_agency", _AGENCY_LENGTH),
    sa.Column("granted_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("revoked_at", UtcDateTime, nullable=True),
    sa.Index("ix_vault_reuse_grants_consent_id", "consent_id"),
    sa.Index("ix_vault_reuse_grants_holder_id", "holder_id"),
)

grant_records: Final = sa.Table(
    "vault_grant_records",
    metadata,
    _ulid_of("grant_id", "vault_reuse_grants.grant_id", primary_key=True),
    _ulid_of("record_id", "vault_records.record_id", primary_key=True),
)

shares: Final = sa.Table(
    "vault_shares",
    metadata,
    _ulid("share_id", primary_key=True),
    _ulid_of("holder_id", "vault_holders.holder_id"),
    _ulid_of("record_id", "vault_records.record_id"),
    _word("token_sha256_hex", SHA256_HEX_LENGTH),
    sa.Column("sealed_terms", sa.LargeBinary, nullable=False),
    _word("permission"),
    # The agency for which the holder made the link, when it is one: how it answers counts for it.
    _word("recipient_agency", _AGENCY_LENGTH, nullable=True),
    _word("passcode_hash", 200, nullable=True),
    sa.Column("passcode_tries_left", sa.Integer, nullable=False),
    sa.Column("max_views", sa.Integer, nullable=False),
    sa.Column("views_used", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("revoked_at", UtcDateTime, nullable=True),
    sa.UniqueConstraint("token_sha256_hex"),
    sa.Index("ix_vault_shares_holder_id", "holder_id"),
    sa.Index("ix_vault_shares_holder_id_share_id", "holder_id", "share_id"),
)

share_answers: Final = sa.Table(
    "vault_share_answers",
    metadata,
    # What the reader of a link said of the paper, once; the reason is free text and may name a person.
    _ulid_of("share_id", "vault_shares.share_id", primary_key=True),
    _word("agency_code", _AGENCY_LENGTH, nullable=True),
    _word("answer"),
    sa.Column("sealed_reason", sa.LargeBinary, nullable=True),
    sa.Column("answered_at", UtcDateTime, nullable=False),
    sa.Index("ix_vault_share_answers_agency_code", "agency_code"),
)

history: Final = sa.Table(
    "vault_history",
    metadata,
    # Events of one instant keep the order in which they were written.
    sa.Column("entry_number", RowNumber, primary_key=True, autoincrement=True),
    _ulid("event_id"),
    _ulid_of("holder_id", "vault_holders.holder_id"),
    _ulid_of("record_id", "vault_records.record_id", nullable=True),
    _word("action"),
    _word("actor_kind"),
    _word("actor_id", 64),
    _word("agency_code", _AGENCY_LENGTH, nullable=True),
    _word("reason", 300),
    _word("case_id", 64, nullable=True),
    _word("outcome"),
    sa.Column("occurred_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("event_id"),
    sa.Index("ix_vault_history_holder_id_entry_number", "holder_id", "entry_number"),
    sa.Index("ix_vault_history_holder_id_case_id", "holder_id", "case_id"),
    sqlite_autoincrement=True,
)

outbox: Final = sa.Table(
    "vault_outbox",
    metadata,
    sa.Column("message_id", RowNumber, primary_key=True, autoincrement=True),
    _word("topic", 64),
    _word("message_key", 200),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("put_at", UtcDateTime, nullable=False),
    _word("claimed_by", 64, nullable=True),
    sa.Column("claimed_until", UtcDateTime, nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("acknowledged_at", UtcDateTime, nullable=True),
    sa.UniqueConstraint("topic", "message_key"),
    sa.Index("ix_vault_outbox_topic_acknowledged_at", "topic", "acknowledged_at"),
    sqlite_autoincrement=True,
)

uploads: Final = sa.Table(
    "vault_uploads",
    metadata,
    _ulid("upload_id", primary_key=True),
    _word("owner", 80),
    sa.Column("byte_count", sa.BigInteger, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    # What the sender calls it: foreign text, which may hold a name.
    sa.Column("sealed_metadata", sa.LargeBinary, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Index("ix_vault_uploads_owner", "owner"),
    sa.Index("ix_vault_uploads_expires_at", "expires_at"),
)

upload_parts: Final = sa.Table(
    "vault_upload_parts",
    metadata,
    _ulid_of("upload_id", "vault_uploads.upload_id", primary_key=True),
    sa.Column("starts_at", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("byte_count", sa.Integer, nullable=False),
    _word("blob_name", 128),
)

restores: Final = sa.Table(
    "vault_restores",
    metadata,
    # Every restore this database came out of. While one is not released, nothing may be numbered or signed.
    _ulid("restore_id", primary_key=True),
    _ulid("set_id"),
    sa.Column("taken_at", UtcDateTime, nullable=False),
    sa.Column("restored_at", UtcDateTime, nullable=False),
    sa.Column("released_at", UtcDateTime, nullable=True),
)

tombstones: Final = sa.Table(
    "vault_tombstones",
    metadata,
    # Replayed after a restore, so that a backup cannot bring an erased paper back.
    _ulid("document_id", primary_key=True),
    _word("reason", 64),
    sa.Column("erased_at", UtcDateTime, nullable=False),
)
