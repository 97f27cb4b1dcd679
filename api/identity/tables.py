"""The tables of accounts, sessions, tokens, clients, single-use links, failed attempts and remembered answers."""

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
    # What follows is newer than the table: a program of the version before leaves it empty.
    sa.Column("session_id", sa.String(ULID_LENGTH), nullable=True, index=True),
    sa.Column("authenticated_at", UtcDateTime, nullable=True),
    sa.Column("method", sa.String(16), nullable=True),
    sa.Column("assurance", sa.String(64), nullable=True),
    # Set on the session of a command line: what of its owner's it may do, and the name of the machine.
    sa.Column("reach", sa.String(8), nullable=True),
    sa.Column("machine", sa.String(64), nullable=True),
)

clients: Final = sa.Table(
    "identity_clients",
    metadata,
    sa.Column("client_id", sa.String(ULID_LENGTH), primary_key=True),
    # The account is that of a member of staff that is no person: its roles and its agency stand with it.
    sa.Column("account_id", sa.ForeignKey("identity_accounts.account_id"), nullable=False, index=True),
    sa.Column("secret_sha256_hex", sa.String(SHA256_HEX_LENGTH), nullable=False),
    sa.Column("scopes", sa.String(512), nullable=False),
    sa.Column("created_by", sa.String(64), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("last_used_at", UtcDateTime, nullable=True),
    sa.Column("closed_at", UtcDateTime, nullable=True),
)

api_tokens: Final = sa.Table(
    "identity_api_tokens",
    metadata,
    sa.Column("token_sha256_hex", sa.String(SHA256_HEX_LENGTH), primary_key=True),
    sa.Column("token_id", sa.String(ULID_LENGTH), nullable=False, unique=True),
    sa.Column("account_id", sa.ForeignKey("identity_accounts.account_id"), nullable=False, index=True),
    # Set on the short-lived tokens of a system; empty on those that a person made.
    sa.Column("client_id", sa.ForeignKey("identity_clients.client_id"), nullable=True, index=True),
    sa.Column("label", sa.String(64), nullable=False),
    sa.Column("scopes", sa.String(512), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Column("last_used_at", UtcDateTime, nullable=True),
    sa.Column("revoked_at", UtcDateTime, nullable=True),
)

login_links: Final = sa.Table(
    "identity_login_links",
    metadata,
    sa.Column("token_sha256_hex", sa.String(SHA256_HEX_LENGTH), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("identity_accounts.account_id"), nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Column("used_at", UtcDateTime, nullable=True),
)

line_sign_ins: Final = sa.Table(
    "identity_line_sign_ins",
    metadata,
    # Secret, code and name are kept as digests: a copy of the database opens no door and tells nobody's name.
    sa.Column("secret_sha256_hex", sa.String(SHA256_HEX_LENGTH), primary_key=True),
    sa.Column("code_sha256_hex", sa.String(SHA256_HEX_LENGTH), nullable=False, index=True),
    sa.Column("login_sha256_hex", sa.String(SHA256_HEX_LENGTH), nullable=False),
    sa.Column("machine", sa.String(64), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("reach", sa.String(8), nullable=False),
    sa.Column("begun_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=True),
    sa.Column("account_id", sa.String(ULID_LENGTH), nullable=True),
    sa.Column("decision", sa.String(16), nullable=True),
    sa.Column("decided_in", sa.String(ULID_LENGTH), nullable=True),
    sa.Column("method", sa.String(16), nullable=True),
    sa.Column("authenticated_at", UtcDateTime, nullable=True),
    sa.Column("taken_at", UtcDateTime, nullable=True),
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
    # Newer than the table: without it a passkey opens the oldest account of its owner at the staff door.
    sa.Column("account_id", sa.String(ULID_LENGTH), nullable=True),
)

challenges: Final = sa.Table(
    "identity_challenges",
    metadata,
    sa.Column("challenge_sha256_hex", sa.String(SHA256_HEX_LENGTH), primary_key=True),
    sa.Column("purpose", sa.String(16), nullable=False),
    sa.Column("account_id", sa.String(ULID_LENGTH), nullable=True),
    sa.Column("ends_at", UtcDateTime, nullable=False),
)

oidc_flows: Final = sa.Table(
    "identity_oidc_flows",
    metadata,
    sa.Column("browser_sha256_hex", sa.String(SHA256_HEX_LENGTH), primary_key=True),
    sa.Column("provider_id", sa.String(32), nullable=False),
    sa.Column("purpose", sa.String(16), nullable=False),
    sa.Column("account_id", sa.String(ULID_LENGTH), nullable=True),
    sa.Column("wanted", sa.String(500), nullable=False),
    sa.Column("began_at", UtcDateTime, nullable=False),
)

oidc_links: Final = sa.Table(
    "identity_oidc_links",
    metadata,
    # A digest of issuer and subject: the only thing by which a person at a provider is known here.
    sa.Column("link_sha256_hex", sa.String(SHA256_HEX_LENGTH), primary_key=True),
    sa.Column("provider_id", sa.String(32), nullable=False),
    sa.Column("account_id", sa.ForeignKey("identity_accounts.account_id"), nullable=False, index=True),
    sa.Column("linked_at", UtcDateTime, nullable=False),
    sa.Column("last_used_at", UtcDateTime, nullable=False),
)

recoveries: Final = sa.Table(
    "identity_recoveries",
    metadata,
    sa.Column("recovery_id", sa.String(ULID_LENGTH), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("identity_accounts.account_id"), nullable=False, index=True),
    sa.Column("asked_by", sa.String(64), nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Column("confirmed_by", sa.String(64), nullable=True),
    sa.Column("confirmed_at", UtcDateTime, nullable=True),
)
