"""Who looked into a vault, when, why and with what outcome: the holder sees all of it, and never any content."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.errors import NotFound
from vault.holder_tables import joint_holders
from vault.log import Leaf, Tree, append
from vault.owners import STAFF_ACCESS_ACTION, ActingOwner, HolderOwner, MandateAccess, StaffAccess
from vault.tables import history, holders

_MAX_LISTED: Final = 500


class ActorKind(StrEnum):
    """What sort of actor touched the vault."""

    HOLDER = "HOLDER"
    STAFF = "STAFF"
    AGENCY = "AGENCY"
    SHARE = "SHARE"
    VERIFIER = "VERIFIER"
    SYSTEM = "SYSTEM"
    REPRESENTATIVE = "REPRESENTATIVE"


class AccessAction(StrEnum):
    """What was done."""

    DEPOSITED = "DEPOSITED"
    READ = "READ"
    STAFF_ACCESS = STAFF_ACCESS_ACTION
    CONSENT_GIVEN = "CONSENT_GIVEN"
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"
    LEGAL_DUTY = "LEGAL_DUTY"
    GRANTED = "GRANTED"
    GRANT_REVOKED = "GRANT_REVOKED"
    FETCHED = "FETCHED"
    SHARED = "SHARED"
    SHARE_OPENED = "SHARE_OPENED"
    SHARE_REVOKED = "SHARE_REVOKED"
    SHARE_ACCEPTED = "SHARE_ACCEPTED"
    SHARE_REFUSED = "SHARE_REFUSED"
    VERIFIED_BY_CODE = "VERIFIED_BY_CODE"
    STATUS_CHANGED = "STATUS_CHANGED"
    LOOKED_UP = "LOOKED_UP"
    WITHDRAWN = "WITHDRAWN"
    ERASED = "ERASED"
    EXPORTED = "EXPORTED"
    SEARCHED = "SEARCHED"
    IMPORTED = "IMPORTED"
    MANDATE_GIVEN = "MANDATE_GIVEN"
    MANDATE_ENDED = "MANDATE_ENDED"
    JOINT_HELD = "JOINT_HELD"
    IDENTITY_CHANGED = "IDENTITY_CHANGED"
    FROZEN = "FROZEN"


class AccessOutcome(StrEnum):
    """How it ended; a refusal is an event like any other."""

    DONE = "DONE"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    NOT_CURRENT = "NOT_CURRENT"
    VIEWED_OUT = "VIEWED_OUT"
    PASSCODE_WRONG = "PASSCODE_WRONG"
    CORRUPT = "CORRUPT"
    UNAVAILABLE = "UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class AccessEvent:
    """One access: `reason` is a code or the stated purpose, never a text of a paper."""

    holder_id: str
    action: AccessAction
    actor_kind: ActorKind
    actor_id: str
    at: datetime
    reason: str
    outcome: AccessOutcome = AccessOutcome.DONE
    record_id: str | None = None
    agency_code: str | None = None
    case_id: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """An access as it stands in the history."""

    event_id: str
    event: AccessEvent


def record_access(tx: Connection, event: AccessEvent, *, random_bytes: RandomBytes) -> HistoryEntry:
    """Write the access into the holder's history and into the access tree, in the caller's transaction.

    Raises:
        NotFound: no such holder.
    """
    known = tx.execute(sa.select(holders.c.holder_id).where(holders.c.holder_id == event.holder_id)).one_or_none()
    if known is None:
        raise NotFound(f"holder {event.holder_id} has no vault")
    entry = HistoryEntry(new_ulid(at=event.at, random_bytes=random_bytes), event)
    tx.execute(
        history.insert().values(
            event_id=entry.event_id,
            holder_id=event.holder_id,
            record_id=event.record_id,
            action=event.action.value,
            actor_kind=event.actor_kind.value,
            actor_id=event.actor_id,
            agency_code=event.agency_code,
            reason=event.reason,
            case_id=event.case_id,
            outcome=event.outcome.value,
            occurred_at=event.at,
        )
    )
    leaf = Leaf(
        kind=f"access.{event.action.value.lower()}",
        payload={
            "event_id": entry.event_id,
            "holder_id": event.holder_id,
            "record_id": event.record_id,
            "actor": f"{event.actor_kind.value}:{event.actor_id}",
            "outcome": event.outcome.value,
            "at": event.at.isoformat(),
        },
    )
    append(tx, leaf, tree=Tree.ACCESS, random_bytes=random_bytes)
    return entry


def record_for_all(tx: Connection, event: AccessEvent, *, random_bytes: RandomBytes) -> HistoryEntry:
    """Write an access to a paper into the history of its vault and of everybody who holds it jointly.

    Raises:
        NotFound: no such holder.
    """
    entry = record_access(tx, event, random_bytes=random_bytes)
    others = tx.execute(
        sa.select(joint_holders.c.holder_id).where(
            joint_holders.c.record_id == event.record_id, joint_holders.c.holder_id != event.holder_id
        )
    ).scalars()
    for holder_id in others.all():
        record_access(tx, replace(event, holder_id=holder_id), random_bytes=random_bytes)
    return entry


def actor_of(owner: ActingOwner) -> tuple[ActorKind, str]:
    """Say who acts: the holder, or the person behind a mandate."""
    if isinstance(owner, MandateAccess):
        return ActorKind.REPRESENTATIVE, owner.person_id
    return ActorKind.HOLDER, owner.holder_id


def open_staff_access(
    tx: Connection,
    *,
    staff_id: str,
    agency_code: str,
    holder_id: str,
    reason: str,
    at: datetime,
    random_bytes: RandomBytes,
    case_id: str | None = None,
) -> StaffAccess:
    """Let a staff member look into one vault for a stated reason; the holder sees this entry.

    The caller has checked that the case is this staff member's. Reading works only once the entry is committed or
    within the same transaction.

    Raises:
        NotFound: no such holder, or no reason was given.
    """
    if not reason.strip():
        raise NotFound("a vault opens to staff only with a reason; give the case or the reason code")
    event = AccessEvent(
        holder_id=holder_id,
        action=AccessAction.STAFF_ACCESS,
        actor_kind=ActorKind.STAFF,
        actor_id=staff_id,
        agency_code=agency_code,
        at=at,
        reason=reason,
        case_id=case_id,
    )
    entry = record_access(tx, event, random_bytes=random_bytes)
    return StaffAccess(staff_id, agency_code, holder_id, access_id=entry.event_id)


def was_seen_by_staff(tx: Connection, *, staff_id: str, holder_id: str, case_id: str, since: datetime) -> bool:
    """Whether a look of this member of staff for this case stands in the holder's history since then."""
    found = tx.execute(
        sa.select(history.c.event_id)
        .where(
            history.c.holder_id == holder_id,
            history.c.action == AccessAction.STAFF_ACCESS.value,
            history.c.actor_id == staff_id,
            history.c.case_id == case_id,
            history.c.occurred_at > since,
        )
        .limit(1)
    )
    return found.one_or_none() is not None


def history_for_holder(
    tx: Connection, owner: HolderOwner, *, before_event_id: str | None = None, limit: int = 100
) -> tuple[HistoryEntry, ...]:
    """List every access to the holder's vault, newest first; `before_event_id` continues below that entry."""
    condition = history.c.holder_id == owner.holder_id
    if before_event_id is not None:
        earlier = history.alias()
        start = sa.select(earlier.c.entry_number).where(
            earlier.c.event_id == before_event_id, earlier.c.holder_id == owner.holder_id
        )
        condition = sa.and_(condition, history.c.entry_number < start.scalar_subquery())
    rows = tx.execute(
        sa.select(history).where(condition).order_by(history.c.entry_number.desc()).limit(min(limit, _MAX_LISTED))
    )
    return tuple(
        HistoryEntry(
            row.event_id,
            AccessEvent(
                holder_id=row.holder_id,
                action=AccessAction(row.action),
                actor_kind=ActorKind(row.actor_kind),
                actor_id=row.actor_id,
                at=row.occurred_at,
                reason=row.reason,
                outcome=AccessOutcome(row.outcome),
                record_id=row.record_id,
                agency_code=row.agency_code,
                case_id=row.case_id,
            ),
        )
        for row in rows
    )
