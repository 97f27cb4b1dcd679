"""Permission as a value: every function that reads records takes an `Owner` and puts it into its query.

There is no way to read "without an owner". A staff member's access is itself a row of the history: it can only be
made by `vault.history.open_staff_access`, and the query checks that row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vault.holder_tables import joint_holders, mandate_covers, mandates
from vault.tables import grant_records, history, records, reuse_grants

STAFF_ACCESS_ACTION = "STAFF_ACCESS"


@dataclass(frozen=True, slots=True)
class HolderOwner:
    """The holder looks into the own vault."""

    holder_id: str


@dataclass(frozen=True, slots=True)
class StaffAccess:
    """A staff member looks into one vault for a stated reason; `access_id` is the entry the holder sees."""

    staff_id: str
    agency_code: str
    holder_id: str
    access_id: str


@dataclass(frozen=True, slots=True)
class GrantAccess:
    """A recipient agency looks at the papers of one reuse grant, as it stands at `at`."""

    grant_id: str
    recipient_agency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MandateAccess:
    """A person acts for a vault that is not theirs, by a mandate as it stands at `at`."""

    mandate_id: str
    person_id: str
    holder_id: str
    at: datetime


ActingOwner: TypeAlias = HolderOwner | MandateAccess
"""Who may share a paper and consent: the holder, or somebody who may act for the vault."""

Owner: TypeAlias = HolderOwner | StaffAccess | GrantAccess | MandateAccess


def readable_by(owner: Owner) -> sa.ColumnElement[bool]:
    """Say which rows of `vault_records` this owner may see, as a condition for the query."""
    match owner:
        case HolderOwner():
            # The own papers and the joint ones by one list of ids: an OR would make PostgreSQL read the whole table.
            own = sa.select(records.c.record_id).where(records.c.holder_id == owner.holder_id)
            joint = sa.select(joint_holders.c.record_id).where(joint_holders.c.holder_id == owner.holder_id)
            return records.c.record_id.in_(own.union_all(joint))
        case MandateAccess():
            return sa.and_(records.c.holder_id == owner.holder_id, _covered_by(owner))
        case StaffAccess():
            logged = sa.exists().where(
                history.c.event_id == owner.access_id,
                history.c.holder_id == records.c.holder_id,
                history.c.action == STAFF_ACCESS_ACTION,
                history.c.actor_id == owner.staff_id,
                history.c.agency_code == owner.agency_code,
            )
            return sa.and_(records.c.holder_id == owner.holder_id, logged)
        case GrantAccess():
            return sa.exists().where(
                reuse_grants.c.grant_id == owner.grant_id,
                reuse_grants.c.recipient_agency == owner.recipient_agency,
                reuse_grants.c.revoked_at.is_(None),
                reuse_grants.c.expires_at > owner.at,
                grant_records.c.grant_id == reuse_grants.c.grant_id,
                grant_records.c.record_id == records.c.record_id,
            )


def all_readable_by(tx: Connection, owner: Owner) -> sa.ColumnElement[bool]:
    """Say the same for a list: of a holder with whom nobody shares a paper, page by page from the index."""
    if isinstance(owner, HolderOwner):
        joint = sa.select(joint_holders.c.record_id).where(joint_holders.c.holder_id == owner.holder_id).limit(1)
        if tx.execute(joint).one_or_none() is None:
            return records.c.holder_id == owner.holder_id
    return readable_by(owner)


def may_read(owner: Owner) -> sa.ColumnElement[bool]:
    """Say that a row of `vault_records`, found by its id or address already, is one that this owner may see.

    As `readable_by`, without listing the papers of a holder first.
    """
    return belongs_to(owner.holder_id) if isinstance(owner, HolderOwner) else readable_by(owner)


def belongs_to(holder_id: str | sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Say that a row of `vault_records`, found by its id already, is this holder's: alone or with others."""
    # What stands around is named outright: two levels up it would not be found, and everything would match.
    joint = (
        sa.select(joint_holders.c.record_id)
        .where(joint_holders.c.record_id == records.c.record_id, joint_holders.c.holder_id == holder_id)
        .correlate_except(joint_holders)
        .exists()
    )
    return sa.or_(records.c.holder_id == holder_id, joint)


def _covered_by(owner: MandateAccess) -> sa.ColumnElement[bool]:
    named = (
        sa.select(mandate_covers.c.mandate_id)
        .where(
            mandate_covers.c.mandate_id == mandates.c.mandate_id,
            mandate_covers.c.covered.in_((records.c.doc_type, records.c.record_id)),
        )
        .correlate_except(mandate_covers)
        .exists()
    )
    return sa.exists().where(
        mandates.c.mandate_id == owner.mandate_id,
        mandates.c.person_id == owner.person_id,
        mandates.c.holder_id == records.c.holder_id,
        mandates.c.starts_at <= owner.at,
        mandates.c.ended_at.is_(None),
        sa.or_(mandates.c.ends_at.is_(None), mandates.c.ends_at > owner.at),
        sa.or_(mandates.c.covers == "EVERYTHING", named),
    )
