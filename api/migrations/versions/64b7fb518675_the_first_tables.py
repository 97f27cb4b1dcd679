"""The first tables."""

# One long list by nature: it is generated from the tables of every package, then read by a person.
# ruff: noqa: PLR0915

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "64b7fb518675"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "certify_activation_uses",
        sa.Column("activation_id", sa.String(length=64), nullable=False),
        sa.Column("digest_hex", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("activation_id", "digest_hex", name=op.f("pk_certify_activation_uses")),
    )
    op.create_table(
        "certify_agencies",
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_fr", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=64), nullable=False),
        sa.Column("parent_code", sa.String(length=64), nullable=True),
        sa.Column("seal_key_id", sa.String(length=64), nullable=True),
        sa.Column("book_suffix", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("agency_code", name=op.f("pk_certify_agencies")),
    )
    op.create_table(
        "certify_job_effects",
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("effect", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("item_id", "job", "effect", name=op.f("pk_certify_job_effects")),
    )
    op.create_table(
        "dossiers_submissions",
        sa.Column("submission_id", sa.String(length=26), nullable=False),
        sa.Column("holder_id", sa.String(length=26), nullable=False),
        sa.Column("procedure_id", sa.String(length=64), nullable=False),
        sa.Column("procedure_version", sa.Integer(), nullable=False),
        sa.Column("recipient_agency", sa.String(length=64), nullable=False),
        sa.Column("consent_id", sa.String(length=26), nullable=True),
        sa.Column("grant_id", sa.String(length=26), nullable=True),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_dossiers_submissions")),
    )
    with op.batch_alter_table("dossiers_submissions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dossiers_submissions_holder_id"), ["holder_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_dossiers_submissions_recipient_agency"), ["recipient_agency"], unique=False
        )

    op.create_table(
        "identity_accounts",
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=128), nullable=False),
        sa.Column("password_hash", sa.String(length=256), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_identity_accounts")),
        sa.UniqueConstraint("login", name=op.f("uq_identity_accounts_login")),
    )
    op.create_table(
        "identity_attempts",
        sa.Column("subject_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("window_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject_sha256_hex", name=op.f("pk_identity_attempts")),
    )
    op.create_table(
        "identity_idempotency",
        sa.Column("caller", sa.String(length=64), nullable=False),
        sa.Column("key_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("request_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("caller", "key_sha256_hex", name=op.f("pk_identity_idempotency")),
    )
    op.create_table(
        "vault_copy_statuses",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("register", sa.String(length=32), nullable=False),
        sa.Column("original", sa.String(length=32), nullable=False),
        sa.Column("original_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("register_number", sa.String(length=64), nullable=False),
        sa.Column("certified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("doc_type", sa.String(length=64), nullable=False),
        sa.Column("sensitivity", sa.String(length=32), nullable=False),
        sa.Column("decision_number", sa.String(length=128), nullable=True),
        sa.Column("superseded_by_code", sa.String(length=32), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_vault_copy_statuses")),
        sa.UniqueConstraint(
            "agency_code", "register_number", name=op.f("uq_vault_copy_statuses_agency_code_register_number")
        ),
    )
    op.create_table(
        "vault_holders",
        sa.Column("holder_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("sealed_identity", sa.LargeBinary(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("enrolled_by_agency", sa.String(length=64), nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("holder_id", name=op.f("pk_vault_holders")),
        sa.UniqueConstraint("claimed_by", name=op.f("uq_vault_holders_claimed_by")),
    )
    op.create_table(
        "vault_log_checkpoints",
        sa.Column("tree", sa.String(length=16), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("sequenced_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tree", "size", name=op.f("pk_vault_log_checkpoints")),
    )
    op.create_table(
        "vault_log_leaves",
        sa.Column("leaf_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("tree", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=True),
        sa.Column("opening", sa.LargeBinary(), nullable=True),
        sa.Column("opening_sealed", sa.Boolean(), nullable=False),
        sa.Column("leaf_index", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("leaf_id", name=op.f("pk_vault_log_leaves")),
        sa.UniqueConstraint("tree", "leaf_index", name=op.f("uq_vault_log_leaves_tree_leaf_index")),
        sa.UniqueConstraint("tree", "leaf_sha256_hex", name=op.f("uq_vault_log_leaves_tree_leaf_sha256_hex")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("vault_log_leaves", schema=None) as batch_op:
        batch_op.create_index("ix_vault_log_leaves_document_id", ["document_id"], unique=False)

    op.create_table(
        "vault_log_nodes",
        sa.Column("tree", sa.String(length=16), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("node_index", sa.BigInteger(), nullable=False),
        sa.Column("sha256_hex", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("tree", "level", "node_index", name=op.f("pk_vault_log_nodes")),
    )
    op.create_table(
        "vault_log_trees",
        sa.Column("tree", sa.String(length=16), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("right_edge_hex", sa.Text(), nullable=False),
        sa.Column("published_size", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_fence", sa.BigInteger(), nullable=False),
        sa.Column("lease_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tree", name=op.f("pk_vault_log_trees")),
    )
    op.create_table(
        "vault_outbox",
        sa.Column(
            "message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("message_key", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("put_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_vault_outbox")),
        sa.UniqueConstraint("topic", "message_key", name=op.f("uq_vault_outbox_topic_message_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("vault_outbox", schema=None) as batch_op:
        batch_op.create_index("ix_vault_outbox_topic_acknowledged_at", ["topic", "acknowledged_at"], unique=False)

    op.create_table(
        "vault_tombstones",
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_vault_tombstones")),
    )
    op.create_table(
        "certify_books",
        sa.Column("book_id", sa.String(length=26), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("volume", sa.Integer(), nullable=False),
        sa.Column("display", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("last_seq_no", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["agency_code"],
            ["certify_agencies.agency_code"],
            name=op.f("fk_certify_books_agency_code_certify_agencies"),
        ),
        sa.PrimaryKeyConstraint("book_id", name=op.f("pk_certify_books")),
        sa.UniqueConstraint(
            "agency_code", "kind", "year", "volume", name=op.f("uq_certify_books_agency_code_kind_year_volume")
        ),
    )
    op.create_table(
        "certify_cases",
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("holder_id", sa.String(length=26), nullable=False),
        sa.Column("requester_digest", sa.String(length=64), nullable=False),
        sa.Column("requester_id_last4", sa.String(length=4), nullable=False),
        sa.Column("opened_by", sa.String(length=26), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_code"],
            ["certify_agencies.agency_code"],
            name=op.f("fk_certify_cases_agency_code_certify_agencies"),
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_certify_cases")),
    )
    with op.batch_alter_table("certify_cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certify_cases_holder_id"), ["holder_id"], unique=False)

    op.create_table(
        "certify_seal_policies",
        sa.Column("policy_id", sa.String(length=26), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("decision_number", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_code"],
            ["certify_agencies.agency_code"],
            name=op.f("fk_certify_seal_policies_agency_code_certify_agencies"),
        ),
        sa.PrimaryKeyConstraint("policy_id", name=op.f("pk_certify_seal_policies")),
    )
    with op.batch_alter_table("certify_seal_policies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certify_seal_policies_agency_code"), ["agency_code"], unique=False)

    op.create_table(
        "certify_staff",
        sa.Column("staff_id", sa.String(length=26), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=True),
        sa.Column("certificate_serial_hex", sa.String(length=64), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["agency_code"],
            ["certify_agencies.agency_code"],
            name=op.f("fk_certify_staff_agency_code_certify_agencies"),
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_certify_staff")),
    )
    op.create_table(
        "dossiers_submission_items",
        sa.Column("submission_id", sa.String(length=26), nullable=False),
        sa.Column("requirement_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("record_id", sa.String(length=26), nullable=True),
        sa.Column("uri", sa.String(length=200), nullable=True),
        sa.Column("sha256_hex", sa.String(length=64), nullable=True),
        sa.Column("answer", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("answered_by", sa.String(length=64), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["dossiers_submissions.submission_id"],
            name=op.f("fk_dossiers_submission_items_submission_id_dossiers_submissions"),
        ),
        sa.PrimaryKeyConstraint("submission_id", "requirement_id", name=op.f("pk_dossiers_submission_items")),
    )
    op.create_table(
        "dossiers_submission_steps",
        sa.Column("submission_id", sa.String(length=26), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["dossiers_submissions.submission_id"],
            name=op.f("fk_dossiers_submission_steps_submission_id_dossiers_submissions"),
        ),
        sa.PrimaryKeyConstraint("submission_id", "step", name=op.f("pk_dossiers_submission_steps")),
    )
    op.create_table(
        "identity_login_links",
        sa.Column("token_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["identity_accounts.account_id"],
            name=op.f("fk_identity_login_links_account_id_identity_accounts"),
        ),
        sa.PrimaryKeyConstraint("token_sha256_hex", name=op.f("pk_identity_login_links")),
    )
    op.create_table(
        "identity_sessions",
        sa.Column("token_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("csrf_token", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["identity_accounts.account_id"],
            name=op.f("fk_identity_sessions_account_id_identity_accounts"),
        ),
        sa.PrimaryKeyConstraint("token_sha256_hex", name=op.f("pk_identity_sessions")),
    )
    with op.batch_alter_table("identity_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_sessions_account_id"), ["account_id"], unique=False)

    op.create_table(
        "vault_consents",
        sa.Column("consent_id", sa.String(length=26), nullable=False),
        sa.Column("holder_id", sa.String(length=26), nullable=False),
        sa.Column("purpose", sa.String(length=300), nullable=False),
        sa.Column("recipient_agency", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt", sa.LargeBinary(), nullable=False),
        sa.Column("receipt_sha256_hex", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["vault_holders.holder_id"], name=op.f("fk_vault_consents_holder_id_vault_holders")
        ),
        sa.PrimaryKeyConstraint("consent_id", name=op.f("pk_vault_consents")),
    )
    with op.batch_alter_table("vault_consents", schema=None) as batch_op:
        batch_op.create_index("ix_vault_consents_holder_id", ["holder_id"], unique=False)

    op.create_table(
        "vault_copy_renditions",
        sa.Column("sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["code"], ["vault_copy_statuses.code"], name=op.f("fk_vault_copy_renditions_code_vault_copy_statuses")
        ),
        sa.PrimaryKeyConstraint("sha256_hex", name=op.f("pk_vault_copy_renditions")),
        sa.UniqueConstraint("code", "position", name=op.f("uq_vault_copy_renditions_code_position")),
    )
    op.create_table(
        "vault_holder_numbers",
        sa.Column("index_key_id", sa.String(length=32), nullable=False),
        sa.Column("number_hmac_hex", sa.String(length=64), nullable=False),
        sa.Column("holder_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["vault_holders.holder_id"], name=op.f("fk_vault_holder_numbers_holder_id_vault_holders")
        ),
        sa.PrimaryKeyConstraint("index_key_id", "number_hmac_hex", name=op.f("pk_vault_holder_numbers")),
        sa.UniqueConstraint("index_key_id", "holder_id", name=op.f("uq_vault_holder_numbers_index_key_id_holder_id")),
    )
    op.create_table(
        "vault_records",
        sa.Column("record_id", sa.String(length=26), nullable=False),
        sa.Column("uri", sa.String(length=200), nullable=False),
        sa.Column("holder_id", sa.String(length=26), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("doc_type", sa.String(length=64), nullable=False),
        sa.Column("title_vi", sa.String(length=300), nullable=False),
        sa.Column("title_en", sa.String(length=300), nullable=False),
        sa.Column("title_fr", sa.String(length=300), nullable=False),
        sa.Column("shelf", sa.String(length=32), nullable=False),
        sa.Column("elaboration", sa.String(length=32), nullable=False),
        sa.Column("assurance_level", sa.SmallInteger(), nullable=False),
        sa.Column("sensitivity", sa.String(length=32), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("original", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=True),
        sa.Column("register_number", sa.String(length=64), nullable=True),
        sa.Column("certified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deposited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provenance", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["vault_holders.holder_id"], name=op.f("fk_vault_records_holder_id_vault_holders")
        ),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_vault_records")),
        sa.UniqueConstraint("code", name=op.f("uq_vault_records_code")),
        sa.UniqueConstraint("uri", name=op.f("uq_vault_records_uri")),
    )
    with op.batch_alter_table("vault_records", schema=None) as batch_op:
        batch_op.create_index(
            "ix_vault_records_holder_id_doc_type_status", ["holder_id", "doc_type", "status"], unique=False
        )

    op.create_table(
        "certify_delegations",
        sa.Column("delegation_id", sa.String(length=26), nullable=False),
        sa.Column("staff_id", sa.String(length=26), nullable=False),
        sa.Column("capacity", sa.String(length=8), nullable=False),
        sa.Column("on_behalf_of", sa.Text(), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("decision_number", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["certify_staff.staff_id"], name=op.f("fk_certify_delegations_staff_id_certify_staff")
        ),
        sa.PrimaryKeyConstraint("delegation_id", name=op.f("pk_certify_delegations")),
    )
    with op.batch_alter_table("certify_delegations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certify_delegations_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "certify_items",
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("scan_number", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("doc_type", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("source_sha256_hex", sa.String(length=64), nullable=True),
        sa.Column("scan_pdf_sha256_hex", sa.String(length=64), nullable=True),
        sa.Column("quality_verdict", sa.String(length=64), nullable=True),
        sa.Column("problem_code", sa.String(length=64), nullable=True),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("scanned_by", sa.String(length=26), nullable=True),
        sa.Column("compared_by", sa.String(length=26), nullable=True),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pages_compared", sa.Integer(), nullable=True),
        sa.Column("refusal_code", sa.String(length=64), nullable=True),
        sa.Column("record_id", sa.String(length=26), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["certify_cases.case_id"], name=op.f("fk_certify_items_case_id_certify_cases")
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_certify_items")),
        sa.UniqueConstraint("case_id", "position", name=op.f("uq_certify_items_case_id_position")),
    )
    with op.batch_alter_table("certify_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certify_items_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_certify_items_source_sha256_hex"), ["source_sha256_hex"], unique=False)
        batch_op.create_index(batch_op.f("ix_certify_items_state"), ["state"], unique=False)

    op.create_table(
        "vault_authority_proofs",
        sa.Column("record_id", sa.String(length=26), nullable=False),
        sa.Column("staff_id", sa.String(length=64), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=False),
        sa.Column("delegation_id", sa.String(length=64), nullable=False),
        sa.Column("decision_number", sa.String(length=128), nullable=False),
        sa.Column("capacity", sa.String(length=32), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("certificate_serial_hex", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["vault_records.record_id"], name=op.f("fk_vault_authority_proofs_record_id_vault_records")
        ),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_vault_authority_proofs")),
    )
    op.create_table(
        "vault_consent_records",
        sa.Column("consent_id", sa.String(length=26), nullable=False),
        sa.Column("record_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["consent_id"],
            ["vault_consents.consent_id"],
            name=op.f("fk_vault_consent_records_consent_id_vault_consents"),
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["vault_records.record_id"], name=op.f("fk_vault_consent_records_record_id_vault_records")
        ),
        sa.PrimaryKeyConstraint("consent_id", "record_id", name=op.f("pk_vault_consent_records")),
    )
    op.create_table(
        "vault_history",
        sa.Column(
            "entry_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("event_id", sa.String(length=26), nullable=False),
        sa.Column("holder_id", sa.String(length=26), nullable=False),
        sa.Column("record_id", sa.String(length=26), nullable=True),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("actor_kind", sa.String(length=32), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("agency_code", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["vault_holders.holder_id"], name=op.f("fk_vault_history_holder_id_vault_holders")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["vault_records.record_id"], name=op.f("fk_vault_history_record_id_vault_records")
        ),
        sa.PrimaryKeyConstraint("entry_number", name=op.f("pk_vault_history")),
        sa.UniqueConstraint("event_id", name=op.f("uq_vault_history_event_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("vault_history", schema=None) as batch_op:
        batch_op.create_index("ix_vault_history_holder_id_entry_number", ["holder_id", "entry_number"], unique=False)

    op.create_table(
        "vault_renditions",
        sa.Column("record_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.String(length=26), nullable=False),
        sa.Column("blob_name", sa.String(length=128), nullable=False),
        sa.Column("sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["vault_records.record_id"], name=op.f("fk_vault_renditions_record_id_vault_records")
        ),
        sa.PrimaryKeyConstraint("record_id", "kind", "position", name=op.f("pk_vault_renditions")),
    )
    with op.batch_alter_table("vault_renditions", schema=None) as batch_op:
        batch_op.create_index("ix_vault_renditions_sha256_hex", ["sha256_hex"], unique=False)

    op.create_table(
        "vault_reuse_grants",
        sa.Column("grant_id", sa.String(length=26), nullable=False),
        sa.Column("consent_id", sa.String(length=26), nullable=False),
        sa.Column("holder_id", sa.String(length=26), nullable=False),
        sa.Column("recipient_agency", sa.String(length=64), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["vault_consents.consent_id"], name=op.f("fk_vault_reuse_grants_consent_id_vault_consents")
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["vault_holders.holder_id"], name=op.f("fk_vault_reuse_grants_holder_id_vault_holders")
        ),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_vault_reuse_grants")),
    )
    with op.batch_alter_table("vault_reuse_grants", schema=None) as batch_op:
        batch_op.create_index("ix_vault_reuse_grants_consent_id", ["consent_id"], unique=False)
        batch_op.create_index("ix_vault_reuse_grants_holder_id", ["holder_id"], unique=False)

    op.create_table(
        "vault_shares",
        sa.Column("share_id", sa.String(length=26), nullable=False),
        sa.Column("holder_id", sa.String(length=26), nullable=False),
        sa.Column("record_id", sa.String(length=26), nullable=False),
        sa.Column("token_sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("sealed_terms", sa.LargeBinary(), nullable=False),
        sa.Column("permission", sa.String(length=32), nullable=False),
        sa.Column("passcode_hash", sa.String(length=200), nullable=True),
        sa.Column("passcode_tries_left", sa.Integer(), nullable=False),
        sa.Column("max_views", sa.Integer(), nullable=False),
        sa.Column("views_used", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["vault_holders.holder_id"], name=op.f("fk_vault_shares_holder_id_vault_holders")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["vault_records.record_id"], name=op.f("fk_vault_shares_record_id_vault_records")
        ),
        sa.PrimaryKeyConstraint("share_id", name=op.f("pk_vault_shares")),
        sa.UniqueConstraint("token_sha256_hex", name=op.f("uq_vault_shares_token_sha256_hex")),
    )
    with op.batch_alter_table("vault_shares", schema=None) as batch_op:
        batch_op.create_index("ix_vault_shares_holder_id", ["holder_id"], unique=False)

    op.create_table(
        "certify_item_events",
        sa.Column("event_no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("from_state", sa.String(length=64), nullable=False),
        sa.Column("to_state", sa.String(length=64), nullable=False),
        sa.Column("actor_kind", sa.String(length=64), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("detail_code", sa.String(length=64), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["certify_items.item_id"], name=op.f("fk_certify_item_events_item_id_certify_items")
        ),
        sa.PrimaryKeyConstraint("event_no", name=op.f("pk_certify_item_events")),
    )
    with op.batch_alter_table("certify_item_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certify_item_events_item_id"), ["item_id"], unique=False)

    op.create_table(
        "certify_numbers",
        sa.Column("book_id", sa.String(length=26), nullable=False),
        sa.Column("seq_no", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finalised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(length=64), nullable=True),
        sa.Column("original_title", sa.Text(), nullable=False),
        sa.Column("signer_text", sa.Text(), nullable=True),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("fee_vnd", sa.Integer(), nullable=False),
        sa.Column("fee_rule", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id"], ["certify_books.book_id"], name=op.f("fk_certify_numbers_book_id_certify_books")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["certify_items.item_id"], name=op.f("fk_certify_numbers_item_id_certify_items")
        ),
        sa.PrimaryKeyConstraint("book_id", "seq_no", name=op.f("pk_certify_numbers")),
        sa.UniqueConstraint("item_id", "attempt", name=op.f("uq_certify_numbers_item_id_attempt")),
    )
    with op.batch_alter_table("certify_numbers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certify_numbers_status"), ["status"], unique=False)

    op.create_table(
        "certify_ready_copies",
        sa.Column("ready_id", sa.String(length=26), nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("book_id", sa.String(length=26), nullable=False),
        sa.Column("seq_no", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("officer_id", sa.String(length=26), nullable=False),
        sa.Column("delegation_id", sa.String(length=26), nullable=False),
        sa.Column("template_version", sa.String(length=64), nullable=False),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256_hex", sa.String(length=64), nullable=True),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["item_id"], ["certify_items.item_id"], name=op.f("fk_certify_ready_copies_item_id_certify_items")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["certify_staff.staff_id"], name=op.f("fk_certify_ready_copies_officer_id_certify_staff")
        ),
        sa.PrimaryKeyConstraint("ready_id", name=op.f("pk_certify_ready_copies")),
        sa.UniqueConstraint("code", name=op.f("uq_certify_ready_copies_code")),
        sa.UniqueConstraint("item_id", "attempt", name=op.f("uq_certify_ready_copies_item_id_attempt")),
    )
    op.create_table(
        "vault_grant_records",
        sa.Column("grant_id", sa.String(length=26), nullable=False),
        sa.Column("record_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["grant_id"],
            ["vault_reuse_grants.grant_id"],
            name=op.f("fk_vault_grant_records_grant_id_vault_reuse_grants"),
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["vault_records.record_id"], name=op.f("fk_vault_grant_records_record_id_vault_records")
        ),
        sa.PrimaryKeyConstraint("grant_id", "record_id", name=op.f("pk_vault_grant_records")),
    )
    op.create_table(
        "certify_approvals",
        sa.Column("approval_id", sa.String(length=26), nullable=False),
        sa.Column("ready_id", sa.String(length=26), nullable=False),
        sa.Column("officer_id", sa.String(length=26), nullable=False),
        sa.Column("sha256_hex", sa.String(length=64), nullable=False),
        sa.Column("checklist", sa.JSON(), nullable=False),
        sa.Column("activation_id", sa.String(length=64), nullable=False),
        sa.Column("seal_activation_id", sa.String(length=64), nullable=True),
        sa.Column("run_number", sa.Integer(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["certify_staff.staff_id"], name=op.f("fk_certify_approvals_officer_id_certify_staff")
        ),
        sa.ForeignKeyConstraint(
            ["ready_id"],
            ["certify_ready_copies.ready_id"],
            name=op.f("fk_certify_approvals_ready_id_certify_ready_copies"),
        ),
        sa.PrimaryKeyConstraint("approval_id", name=op.f("pk_certify_approvals")),
        sa.UniqueConstraint("ready_id", name=op.f("uq_certify_approvals_ready_id")),
    )
