"""The tables of the credentials' inventory: which keys the office holds, what became of them, and its own notices.

No column holds a name of a person: owners are ids of staff or holders, or codes of agencies.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from vault.database import SHA256_HEX_LENGTH, ULID_LENGTH, RowNumber, UtcDateTime, metadata

_CODE: Final = sa.String(64)
_DIGEST: Final = sa.String(SHA256_HEX_LENGTH)
_TEXT: Final = sa.Text()

credentials: Final = sa.Table(
    "certify_credentials",
    metadata,
    sa.Column("key_id", _CODE, primary_key=True),
    sa.Column("kind", _CODE, nullable=False),
    sa.Column("owner_id", _CODE, nullable=False, index=True),
    sa.Column("status", _CODE, nullable=False),
    sa.Column("store", _CODE, nullable=False),
    sa.Column("attestation", _CODE, nullable=False),
    sa.Column("attestation_sha256_hex", _DIGEST),
    sa.Column("algorithm", _CODE),
    sa.Column("serial_hex", _CODE),
    sa.Column("certificate_sha256_hex", _DIGEST, index=True),
    sa.Column("not_before", UtcDateTime),
    sa.Column("not_after", UtcDateTime),
    sa.Column("replaces_key_id", _CODE),
    sa.Column("enrolled_at", UtcDateTime, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
)

credential_events: Final = sa.Table(
    "certify_credential_events",
    metadata,
    sa.Column("event_no", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("key_id", _CODE, sa.ForeignKey("certify_credentials.key_id"), nullable=False, index=True),
    sa.Column("event", _CODE, nullable=False),
    sa.Column("from_status", _CODE),
    sa.Column("to_status", _CODE, nullable=False),
    sa.Column("reason", _CODE),
    sa.Column("decision_number", _TEXT),
    sa.Column("actor_id", _CODE, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

# What this office itself holds for withdrawn, also certificates of services and CAs that are in no inventory.
revocation_notices: Final = sa.Table(
    "certify_revocation_notices",
    metadata,
    sa.Column("certificate_sha256_hex", _DIGEST, primary_key=True),
    sa.Column("serial_hex", _CODE, nullable=False),
    sa.Column("reason", _CODE, nullable=False),
    sa.Column("noticed_by", _CODE, nullable=False),
    sa.Column("noticed_at", UtcDateTime, nullable=False),
    sa.Column("lifted_at", UtcDateTime),
)

dry_runs: Final = sa.Table(
    "certify_dry_runs",
    metadata,
    sa.Column("row_no", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("run_id", sa.String(ULID_LENGTH), nullable=False, index=True),
    sa.Column("path", _CODE, nullable=False),
    sa.Column("step", _CODE, nullable=False),
    sa.Column("code", _CODE, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)
