"""Reuse once-only: a grant made from a consent, and the one way its recipient gets the bytes.

No `ReuseGrant`, no bytes. Every attempt is written into the holder's history before the answer, and that entry stays
even though the attempt is refused: `fetch_for_reuse` therefore runs its own transactions and raises after they ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from guard.spool import Room
from guard.wire import Payload
from vault.blobs import BlobVault
from vault.consents import Consent, NewConsent, get_consent, give_consent, list_consents, withdraw_consent
from vault.consents import lock_active_consent as _lock_active_consent
from vault.database import Database
from vault.errors import (
    BlobError,
    ConsentInvalid,
    GrantError,
    GrantExpired,
    GrantOutOfScope,
    GrantRevoked,
    NotFound,
    PaperNotCurrent,
    StoreUnavailable,
)
from vault.history import AccessAction, AccessEvent, AccessOutcome, ActorKind, record_access
from vault.outbox import Message
from vault.outbox import put as put_message
from vault.owners import HolderOwner, belongs_to
from vault.papers import Record, Rendition, load_records
from vault.shapes import RecordStatus, RenditionKind
from vault.tables import consents, grant_records, records, reuse_grants

__all__ = [
    "Consent",
    "FetchedPaper",
    "NewConsent",
    "ReuseGrant",
    "ReuseRequest",
    "fetch_for_reuse",
    "get_consent",
    "get_grant",
    "give_consent",
    "grant_reuse",
    "list_consents",
    "list_grants",
    "revoke_grant",
    "withdraw_consent",
]


@dataclass(frozen=True, slots=True)
class ReuseGrant:
    """A recipient's permission to fetch named papers until a moment."""

    grant_id: str
    consent_id: str
    holder_id: str
    recipient_agency: str
    purpose: str
    record_ids: tuple[str, ...]
    granted_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReuseRequest:
    """Who asks for which paper under which grant; `actor_id` is the person or system that asks."""

    grant_id: str
    record_id: str
    recipient_agency: str
    actor_id: str
    kind: RenditionKind = RenditionKind.SIGNED_PDF


@dataclass(frozen=True, slots=True)
class FetchedPaper:
    """The bytes of a paper, with its record and the entry the holder sees; a large one lies in a file of the room."""

    record: Record
    rendition: Rendition
    content: Payload
    event_id: str


TOPIC: Final = "paper.fetched"
_REFUSALS: Final[dict[AccessOutcome, tuple[type[GrantError] | type[NotFound], str]]] = {
    AccessOutcome.REVOKED: (GrantRevoked, "was taken back by the holder; ask for a new consent"),
    AccessOutcome.EXPIRED: (GrantExpired, "is over; ask the holder for a new consent"),
    AccessOutcome.OUT_OF_SCOPE: (GrantOutOfScope, "does not name this paper; ask the holder for it"),
    AccessOutcome.NOT_CURRENT: (PaperNotCurrent, "names a paper that was annulled, superseded or withdrawn meanwhile"),
}


def grant_reuse(
    tx: Connection,
    owner: HolderOwner,
    consent_id: str,
    *,
    at: datetime,
    random_bytes: RandomBytes,
    record_ids: tuple[str, ...] = (),
) -> ReuseGrant:
    """Make the permission a recipient fetches with: for the papers of the consent, or some of them.

    Raises:
        NotFound: this holder gave no such consent.
        ConsentInvalid: the consent is over or withdrawn, or does not name a wanted paper.
    """
    consent = _lock_active_consent(tx, owner, consent_id, at=at)
    wanted = tuple(dict.fromkeys(record_ids)) or consent.record_ids
    if not set(wanted) <= set(consent.record_ids):
        raise ConsentInvalid(f"consent {consent_id} does not name every wanted paper; ask the holder again")
    grant_id = new_ulid(at=at, random_bytes=random_bytes)
    tx.execute(
        reuse_grants.insert().values(
            grant_id=grant_id,
            consent_id=consent_id,
            holder_id=owner.holder_id,
            recipient_agency=consent.recipient_agency,
            granted_at=at,
            expires_at=consent.expires_at,
        )
    )
    tx.execute(grant_records.insert(), [{"grant_id": grant_id, "record_id": record_id} for record_id in wanted])
    for record_id in wanted:
        event = AccessEvent(
            holder_id=owner.holder_id,
            action=AccessAction.GRANTED,
            actor_kind=ActorKind.HOLDER,
            actor_id=owner.holder_id,
            agency_code=consent.recipient_agency,
            at=at,
            reason=consent.purpose,
            record_id=record_id,
            case_id=consent.case_id,
        )
        record_access(tx, event, random_bytes=random_bytes)
    return get_grant(tx, owner, grant_id)


def revoke_grant(
    tx: Connection, owner: HolderOwner, grant_id: str, *, at: datetime, random_bytes: RandomBytes
) -> ReuseGrant:
    """End a grant: the next fetch is refused.

    Raises:
        NotFound: this holder made no such grant.
    """
    grant = get_grant(tx, owner, grant_id)
    ended = tx.execute(
        reuse_grants.update()
        .where(reuse_grants.c.grant_id == grant_id, reuse_grants.c.revoked_at.is_(None))
        .values(revoked_at=at)
    ).rowcount
    if ended:
        event = AccessEvent(
            holder_id=owner.holder_id,
            action=AccessAction.GRANT_REVOKED,
            actor_kind=ActorKind.HOLDER,
            actor_id=owner.holder_id,
            agency_code=grant.recipient_agency,
            at=at,
            reason=grant.purpose,
        )
        record_access(tx, event, random_bytes=random_bytes)
    return get_grant(tx, owner, grant_id)


def get_grant(tx: Connection, owner: HolderOwner, grant_id: str) -> ReuseGrant:
    """Read one of the holder's grants.

    Raises:
        NotFound: this holder made no such grant.
    """
    condition = sa.and_(reuse_grants.c.grant_id == grant_id, reuse_grants.c.holder_id == owner.holder_id)
    found = _load_grants(tx, condition)
    if not found:
        raise NotFound(f"grant {grant_id} was not made by this holder")
    return found[0]


def list_grants(tx: Connection, owner: HolderOwner) -> tuple[ReuseGrant, ...]:
    """List every grant the holder made, newest first."""
    return _load_grants(tx, reuse_grants.c.holder_id == owner.holder_id)


def fetch_for_reuse(
    database: Database, request: ReuseRequest, *, vault: BlobVault, room: Room, at: datetime, random_bytes: RandomBytes
) -> FetchedPaper:
    """Give the recipient the bytes of a granted paper; the holder sees the attempt, also a refused one.

    Raises:
        NotFound: no such grant, or it was made for another agency.
        GrantRevoked, GrantExpired, GrantOutOfScope, PaperNotCurrent: the grant does not give this paper now.
        BlobError: the stored bytes are damaged or erased.
    """
    with database.transaction() as tx:
        # (1) The grant stands still while it is judged: a revocation waits or comes first.
        row = tx.execute(
            sa.select(reuse_grants).where(reuse_grants.c.grant_id == request.grant_id).with_for_update()
        ).one_or_none()
        if row is None:
            raise NotFound(f"grant {request.grant_id} does not exist for this recipient")
        grant = _load_grants(tx, reuse_grants.c.grant_id == request.grant_id)[0]
        paper = load_records(tx, sa.and_(records.c.record_id == request.record_id, _of(grant)))
        outcome = _judge(grant, request, paper, at=at)
        # (2) The entry is written before the bytes go out: no audit record, no bytes.
        entry = record_access(tx, _event(grant, request, outcome, at=at), random_bytes=random_bytes)
        if outcome is AccessOutcome.DONE:
            told = {"record": request.record_id, "grant": grant.grant_id, "agency": request.recipient_agency}
            put_message(tx, Message(TOPIC, entry.event_id, told | {"holder": grant.holder_id}), at=at)
    if grant.recipient_agency != request.recipient_agency:
        raise NotFound(f"grant {request.grant_id} does not exist for this recipient")
    if outcome is not AccessOutcome.DONE:
        error, why = _REFUSALS[outcome]
        raise error(f"grant {request.grant_id} {why}")
    # (3) Bytes that cannot be given are an outcome of their own.
    rendition = paper[0].newest(request.kind)
    try:
        content = vault.fetch_recorded(rendition.blob, room=room)
    except (BlobError, NotFound, StoreUnavailable) as error:
        failed = AccessOutcome.UNAVAILABLE if isinstance(error, StoreUnavailable) else AccessOutcome.CORRUPT
        with database.transaction() as tx:
            event = _event(grant, request, failed, at=at)
            record_access(tx, event, random_bytes=random_bytes)
        raise
    return FetchedPaper(paper[0], rendition, content, entry.event_id)


def _judge(grant: ReuseGrant, request: ReuseRequest, paper: tuple[Record, ...], *, at: datetime) -> AccessOutcome:
    if grant.recipient_agency != request.recipient_agency:
        return AccessOutcome.OUT_OF_SCOPE
    if grant.revoked_at is not None:
        return AccessOutcome.REVOKED
    if at >= grant.expires_at:
        return AccessOutcome.EXPIRED
    if not paper or all(rendition.kind is not request.kind for rendition in paper[0].renditions):
        return AccessOutcome.OUT_OF_SCOPE
    if paper[0].status is not RecordStatus.CURRENT:
        return AccessOutcome.NOT_CURRENT
    return AccessOutcome.DONE


def _of(grant: ReuseGrant) -> sa.ColumnElement[bool]:
    # The owner stays part of the query: a paper that moved to another vault is no longer this holder's to give.
    return sa.and_(records.c.record_id.in_(grant.record_ids), belongs_to(grant.holder_id))


def _event(grant: ReuseGrant, request: ReuseRequest, outcome: AccessOutcome, *, at: datetime) -> AccessEvent:
    return AccessEvent(
        holder_id=grant.holder_id,
        action=AccessAction.FETCHED,
        actor_kind=ActorKind.AGENCY,
        actor_id=request.actor_id,
        agency_code=request.recipient_agency,
        at=at,
        reason=grant.purpose,
        outcome=outcome,
        # A paper the grant does not name may be somebody else's: it does not enter this holder's history.
        record_id=request.record_id if request.record_id in grant.record_ids else None,
    )


def _load_grants(tx: Connection, condition: sa.ColumnElement[bool]) -> tuple[ReuseGrant, ...]:
    rows = tx.execute(
        sa.select(reuse_grants, consents.c.purpose)
        .join(consents, consents.c.consent_id == reuse_grants.c.consent_id)
        .where(condition)
        .order_by(reuse_grants.c.grant_id.desc())
    ).all()
    return tuple(_grant(tx, row) for row in rows)


def _grant(tx: Connection, row: Row[tuple[object, ...]]) -> ReuseGrant:
    record_ids = tx.execute(
        sa.select(grant_records.c.record_id)
        .where(grant_records.c.grant_id == row.grant_id)
        .order_by(grant_records.c.record_id)
    ).scalars()
    return ReuseGrant(
        grant_id=row.grant_id,
        consent_id=row.consent_id,
        holder_id=row.holder_id,
        recipient_agency=row.recipient_agency,
        purpose=row.purpose,
        record_ids=tuple(record_ids),
        granted_at=row.granted_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
