"""The tables of accounts, sessions, single-use links, failed attempts and remembered answers."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from vault.database import SHA256_HEX_LENGTH, ULID_LENGTH, UtcDateTime, metadata

accounts: Final = sa.Table(
    "identity_accounts",
    metadata,
    sa.Column("account_id", sa.String(ULID_LENGTH), primary_key=True),
    sa.Column("door", sa.String(16), nullable=False),
    # A staff_id or a holder_id: names live with the staff list and, encrypted, with the holder.
    sa.Column("subject_id", sa.String(64), nullable=False),
    sa.Column("login", sa.String(128), nullable=False, unique=True),
    sa.Column("password_hash", sa.String(256), nullable=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("closed_at", UtcDateTime, nullable=True),
)

sessions: Final = sa.Table(
    "identity_sessions",
    metadata,
    # Only the hash is kept: a copy of the database opens no door.
    sa.Column("token_sha256_hex", sa.String(SHA256_HEX_LENGTH), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("identity_accounts.account_id"), nullable=False, index=True),
    sa.Column("csrf_token", sa.String(64), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("last_seen_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
)

login_links: Final = sa.Table(
    "identity_login_links",
    metadata,
    sa.Column("token_sha256_hex", sa.String(SHA256_HEX_LENGTH), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("identity_accounts.account_id"), nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Column("used_at", UtcDateTime, nullable=True),
)

attempts: Final = sa.Table(
    "identity_attempts",
    metadata,
    # A digest of what is limited (a login name, an address). A guessed name can be tested against it; rows are few.
    sa.Column("subject_sha256_hex", sa.String(SHA256_HEX_LENGTH), primary_key=True),
    sa.Column("window_started_at", UtcDateTime, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
)

answers: Final = sa.Table(
    "identity_idempotency",
    metadata,
    sa.Column("caller", sa.String(64), primary_key=True),
    sa.Column("key_sha256_hex", sa.String(SHA256_HEX_LENGTH), primary_key=True),
    sa.Column("request_sha256_hex", sa.String(SHA256_HEX_LENGTH), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("status", sa.Integer, nullable=True),
    sa.Column("headers", sa.Text, nullable=True),
    sa.Column("body", sa.LargeBinary, nullable=True),
)

passkeys: Final = sa.Table(
    "identity_passkeys",
    metadata,
    sa.Column("credential_sha256_hex", sa.String(SHA256_HEX_LENGTH), primary_key=True),
    sa.Column("credential_id", sa.LargeBinary, nullable=False),
    sa.Column("public_key", sa.LargeBinary, nullable=False),
    sa.Column("user_id", sa.String(64), nullable=False, index=True),
    sa.Column("sign_count", sa.BigInteger, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("last_used_at", UtcDateTime, nullable=True),
)
