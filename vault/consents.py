"""What a holder agreed to: one purpose, one recipient, named papers, a term; with a receipt that can be printed."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.canonical import Json, canonical_json
from vault.errors import ConsentInvalid, NotFound
from vault.history import AccessAction, AccessEvent, ActorKind, record_access
from vault.joint import check_may_give
from vault.owners import HolderOwner
from vault.records import get_for_owner
from vault.shapes import RecordStatus
from vault.tables import consent_records, consents, reuse_grants

DEFAULT_MAX_TERM: Final = timedelta(days=90)
_RECEIPT_VERSION: Final = 1


class ConsentBasis(StrEnum):
    """On what an access rests: the holder's consent, or a duty by law, which the holder is told of and cannot withdraw.

    AGREED_AHEAD is a consent too: it was given with a filing, for the result of a dossier that was not there yet.
    """

    CONSENT = "CONSENT"
    LEGAL_DUTY = "LEGAL_DUTY"
    AGREED_AHEAD = "AGREED_AHEAD"


@dataclass(frozen=True, slots=True)
class Assistance:
    """How a person without a phone was helped to consent: by whom, where, in which language it was read aloud.

    `slip_sha256_hex` is the digest of the signed slip that was scanned, when it was no screen facing the person.
    """

    clerk_id: str
    helper_id: str
    counter: str
    language: str
    slip_sha256_hex: str | None = None


@dataclass(frozen=True, slots=True)
class NewConsent:
    """What the holder is asked to agree to; exactly one purpose, or it is no consent."""

    purposes: tuple[str, ...]
    recipient_agency: str
    record_ids: tuple[str, ...]
    expires_at: datetime
    case_id: str | None = None
    assistance: Assistance | None = None
    basis: ConsentBasis = ConsentBasis.CONSENT
    article: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """An agreement as it was given; `receipt` is its canonical text, `receipt_sha256_hex` its digest."""

    consent_id: str
    holder_id: str
    purpose: str
    recipient_agency: str
    record_ids: tuple[str, ...]
    case_id: str | None
    given_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None
    receipt: bytes
    receipt_sha256_hex: str
    basis: ConsentBasis = ConsentBasis.CONSENT

    def is_active(self, at: datetime) -> bool:
        """Say whether it still allows anything at `at`."""
        return self.withdrawn_at is None and at < self.expires_at


def give_consent(
    tx: Connection,
    owner: HolderOwner,
    new: NewConsent,
    *,
    at: datetime,
    random_bytes: RandomBytes,
    max_term: timedelta = DEFAULT_MAX_TERM,
) -> Consent:
    """Write down what the holder agreed to, with a receipt.

    Raises:
        ConsentInvalid: no purpose or several, no recipient, no papers, a term that is over or too long, or a paper
            that is not current.
        NotFound: a paper is not in this holder's vault.
    """
    _check_new(new, at=at, max_term=max_term)
    record_ids = tuple(dict.fromkeys(new.record_ids))
    papers = [get_for_owner(tx, owner, record_id) for record_id in record_ids]
    for paper in papers:
        check_may_give(tx, owner, paper)
        if paper.status is not RecordStatus.CURRENT:
            raise ConsentInvalid(f"record {paper.record_id} is {paper.status.value}; choose a current paper")
    consent_id = new_ulid(at=at, random_bytes=random_bytes)
    purpose = new.purposes[0].strip()
    how: dict[str, Json] = {"basis": new.basis.value}
    if new.article is not None:
        how["article"] = new.article
    if new.assistance is not None:
        how["assistance"] = dict(asdict(new.assistance))
    receipt = canonical_json(
        {
            **how,
            "v": _RECEIPT_VERSION,
            "consent_id": consent_id,
            "holder_id": owner.holder_id,
            "purpose": purpose,
            "recipient_agency": new.recipient_agency,
            "case_id": new.case_id,
            "records": [paper.uri for paper in papers],
            "given_at": at.isoformat(),
            "expires_at": new.expires_at.isoformat(),
        }
    )
    tx.execute(
        consents.insert().values(
            consent_id=consent_id,
            holder_id=owner.holder_id,
            purpose=purpose,
            recipient_agency=new.recipient_agency,
            case_id=new.case_id,
            given_at=at,
            expires_at=new.expires_at,
            basis=new.basis.value,
            receipt=receipt,
            receipt_sha256_hex=hashlib.sha256(receipt).hexdigest(),
        )
    )
    tx.execute(
        consent_records.insert(), [{"consent_id": consent_id, "record_id": record_id} for record_id in record_ids]
    )
    _note(tx, owner, new, action=AccessAction.CONSENT_GIVEN, at=at, random_bytes=random_bytes)
    return get_consent(tx, owner, consent_id)


def withdraw_consent(
    tx: Connection, owner: HolderOwner, consent_id: str, *, at: datetime, random_bytes: RandomBytes
) -> Consent:
    """Take the consent back: its grants end now; what was fetched before stays fetched, and the holder is told so.

    Raises:
        NotFound: this holder gave no such consent.
        ConsentInvalid: it is an access by a duty of law.
    """
    _lock(tx, consent_id)
    consent = get_consent(tx, owner, consent_id)
    if consent.basis is ConsentBasis.LEGAL_DUTY:
        raise ConsentInvalid("this access rests on a duty by law and not on a consent; ask the agency named in it")
    if consent.withdrawn_at is not None:
        return consent
    tx.execute(consents.update().where(consents.c.consent_id == consent_id).values(withdrawn_at=at))
    tx.execute(
        reuse_grants.update()
        .where(reuse_grants.c.consent_id == consent_id, reuse_grants.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )
    asked = NewConsent((consent.purpose,), consent.recipient_agency, consent.record_ids, consent.expires_at)
    _note(tx, owner, asked, action=AccessAction.CONSENT_WITHDRAWN, at=at, random_bytes=random_bytes)
    return get_consent(tx, owner, consent_id)


def get_consent(tx: Connection, owner: HolderOwner, consent_id: str) -> Consent:
    """Read one of the holder's consents.

    Raises:
        NotFound: this holder gave no such consent.
    """
    row = tx.execute(
        sa.select(consents).where(consents.c.consent_id == consent_id, consents.c.holder_id == owner.holder_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"consent {consent_id} was not given by this holder")
    return _consent(tx, row)


def list_consents(
    tx: Connection, owner: HolderOwner, *, before_consent_id: str | None = None, limit: int | None = None
) -> tuple[Consent, ...]:
    """List the consents the holder gave, newest first: all of them, or so many below the one already seen."""
    # One whose time is over has lost its words (vault.expiry) and is not listed any more.
    chosen = sa.select(consents).where(consents.c.holder_id == owner.holder_id, consents.c.receipt != b"")
    if before_consent_id is not None:
        chosen = chosen.where(consents.c.consent_id < before_consent_id)
    rows = tx.execute(chosen.order_by(consents.c.consent_id.desc()).limit(limit)).all()
    return tuple(_consent(tx, row) for row in rows)


def lock_active_consent(tx: Connection, owner: HolderOwner, consent_id: str, *, at: datetime) -> Consent:
    """Read a consent and hold it still until `tx` ends, so that a withdrawal waits or comes first.

    Raises:
        NotFound: this holder gave no such consent.
        ConsentInvalid: it was withdrawn or its term is over.
    """
    _lock(tx, consent_id)
    consent = get_consent(tx, owner, consent_id)
    if not consent.is_active(at):
        raise ConsentInvalid(f"consent {consent_id} is withdrawn or over; ask the holder for a new one")
    return consent


def _lock(tx: Connection, consent_id: str) -> None:
    tx.execute(sa.select(consents.c.consent_id).where(consents.c.consent_id == consent_id).with_for_update())


def _check_new(new: NewConsent, *, at: datetime, max_term: timedelta) -> None:
    purposes = [purpose for purpose in new.purposes if purpose.strip()]
    if len(purposes) != 1 or len(new.purposes) != 1:
        raise ConsentInvalid(f"a consent has exactly one purpose, this one has {len(purposes)}; ask for each apart")
    if not new.recipient_agency.strip():
        raise ConsentInvalid("a consent names the agency that may fetch; name it")
    if not new.record_ids:
        raise ConsentInvalid("a consent names the papers it is for; choose at least one")
    if not at < new.expires_at <= at + max_term:
        raise ConsentInvalid(f"a consent ends after now and within {max_term.days} days; choose another term")


def _note(
    tx: Connection,
    owner: HolderOwner,
    new: NewConsent,
    *,
    action: AccessAction,
    at: datetime,
    random_bytes: RandomBytes,
) -> None:
    for record_id in dict.fromkeys(new.record_ids):
        kind, actor = ActorKind.HOLDER, owner.holder_id
        if new.assistance is not None:
            kind, actor = ActorKind.STAFF, new.assistance.helper_id
        elif new.basis is ConsentBasis.LEGAL_DUTY:
            kind, actor = ActorKind.AGENCY, new.recipient_agency
        event = AccessEvent(
            holder_id=owner.holder_id,
            action=AccessAction.LEGAL_DUTY if new.basis is ConsentBasis.LEGAL_DUTY else action,
            actor_kind=kind,
            actor_id=actor,
            agency_code=new.recipient_agency,
            at=at,
            reason=new.article or new.purposes[0].strip(),
            record_id=record_id,
            case_id=new.case_id,
        )
        record_access(tx, event, random_bytes=random_bytes)


def _consent(tx: Connection, row: Row[tuple[object, ...]]) -> Consent:
    record_ids = tx.execute(
        sa.select(consent_records.c.record_id)
        .where(consent_records.c.consent_id == row.consent_id)
        .order_by(consent_records.c.record_id)
    ).scalars()
    return Consent(
        consent_id=row.consent_id,
        holder_id=row.holder_id,
        purpose=row.purpose,
        recipient_agency=row.recipient_agency,
        record_ids=tuple(record_ids),
        case_id=row.case_id,
        given_at=row.given_at,
        expires_at=row.expires_at,
        withdrawn_at=row.withdrawn_at,
        receipt=bytes(row.receipt),
        receipt_sha256_hex=row.receipt_sha256_hex,
        basis=ConsentBasis(row.basis),
    )
