"""Tables of what other systems give: which paper stands for which of their results now, and how each of them fares."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from vault.database import SHA256_HEX_LENGTH, ULID_LENGTH, UtcDateTime, metadata

issued_results: Final = sa.Table(
    "vault_issued_results",
    metadata,
    sa.Column("result_id", sa.String(ULID_LENGTH), primary_key=True),
    # By which way it comes and from whom: an agency that pushes, or a provider that is asked.
    sa.Column("way", sa.String(16), nullable=False),
    sa.Column("source", sa.String(64), nullable=False),
    # The issuing system's own id, which names nobody; of a pulled paper a keyed digest of its address.
    sa.Column("reference", sa.String(128), nullable=False),
    sa.Column("holder_id", sa.ForeignKey("vault_holders.holder_id"), nullable=False, index=True),
    sa.Column("doc_type", sa.String(64), nullable=False),
    # The paper that stands for the result now; earlier ones are superseded by it.
    sa.Column("record_id", sa.ForeignKey("vault_records.record_id"), nullable=False),
    sa.Column("sha256_hex", sa.String(SHA256_HEX_LENGTH), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("decision_number", sa.String(128), nullable=True),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("way", "source", "reference"),
    sa.Index(None, "way", "source", "result_id"),
)

provider_marks: Final = sa.Table(
    "vault_provider_marks",
    metadata,
    sa.Column("provider_id", sa.String(80), primary_key=True),
    sa.Column("successes", sa.Integer, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_success_at", UtcDateTime, nullable=True),
    sa.Column("last_failure_at", UtcDateTime, nullable=True),
    sa.Column("last_problem", sa.String(64), nullable=True),
)
