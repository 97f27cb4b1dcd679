"""Permission as a value: every function that reads records takes an `Owner` and puts it into its query.

There is no way to read "without an owner". A staff member's access is itself a row of the history: it can only be
made by `vault.history.open_staff_access`, and the query checks that row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import sqlalchemy as sa

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


Owner: TypeAlias = HolderOwner | StaffAccess | GrantAccess


def readable_by(owner: Owner) -> sa.ColumnElement[bool]:
    """Say which rows of `vault_records` this owner may see, as a condition for the query."""
    match owner:
        case HolderOwner():
            return records.c.holder_id == owner.holder_id
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
