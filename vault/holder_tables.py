"""Tables about people around a vault: who acts for it, who owns a paper jointly, what a holder was called before.

As in `vault.tables`, no column holds a name or a number; a document's number (a decision, a death certificate) is an
office's own reference.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from vault.database import ULID_LENGTH, UtcDateTime, metadata

_WORD: Final = 32
_DOCUMENT: Final = 128


def _ulid(name: str, target: str | None = None, *, primary_key: bool = False, nullable: bool = False) -> sa.Column[str]:
    links = () if target is None else (sa.ForeignKey(target),)
    return sa.Column(name, sa.String(ULID_LENGTH), *links, primary_key=primary_key, nullable=nullable)


mandates: Final = sa.Table(
    "vault_mandates",
    metadata,
    _ulid("mandate_id", primary_key=True),
    # Whose vault is opened, and to whom: both are holders.
    _ulid("holder_id", "vault_holders.holder_id"),
    _ulid("person_id", "vault_holders.holder_id"),
    sa.Column("kind", sa.String(_WORD), nullable=False),
    sa.Column("may_act", sa.Boolean, nullable=False),
    sa.Column("covers", sa.String(_WORD), nullable=False),
    sa.Column("document_number", sa.String(_DOCUMENT), nullable=False),
    # Who entered it: an agency's member of staff, or the representative who appointed.
    sa.Column("agency_code", sa.String(64), nullable=True),
    sa.Column("staff_id", sa.String(64), nullable=True),
    _ulid("appointed_by", "vault_mandates.mandate_id", nullable=True),
    sa.Column("starts_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=True),
    sa.Column("ended_at", UtcDateTime, nullable=True),
    sa.Column("ended_by_document", sa.String(_DOCUMENT), nullable=True),
    sa.Index("ix_vault_mandates_holder_id", "holder_id"),
    sa.Index("ix_vault_mandates_person_id", "person_id"),
)

mandate_covers: Final = sa.Table(
    "vault_mandate_covers",
    metadata,
    # The types or the records a mandate covers when it does not cover everything.
    _ulid("mandate_id", "vault_mandates.mandate_id", primary_key=True),
    sa.Column("covered", sa.String(64), primary_key=True),
)

joint_holders: Final = sa.Table(
    "vault_joint_holders",
    metadata,
    # Every holder of a joint paper, the one in whose vault it lies among them.
    _ulid("holder_id", "vault_holders.holder_id", primary_key=True),
    _ulid("record_id", "vault_records.record_id", primary_key=True),
    sa.Column("others_share_alone", sa.Boolean, nullable=False),
    sa.Index("ix_vault_joint_holders_record_id", "record_id"),
)

past_identities: Final = sa.Table(
    "vault_past_identities",
    metadata,
    _ulid("holder_id", "vault_holders.holder_id", primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("sealed_identity", sa.LargeBinary, nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
    sa.Column("document_number", sa.String(_DOCUMENT), nullable=False),
)

search_indexes: Final = sa.Table(
    "vault_search_indexes",
    metadata,
    # Where a holder's encrypted index lies; each state of it has a keyset of its own, destroyed with the next one.
    _ulid("holder_id", "vault_holders.holder_id", primary_key=True),
    _ulid("document_id"),
    sa.Column("made_at", UtcDateTime, nullable=False),
)
