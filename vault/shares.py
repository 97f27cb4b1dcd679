"""Share links: a holder shows one paper to somebody outside, for a purpose, for a time, for a number of views.

The token has 256 random bits and only its digest is stored. Opening is one conditional update, so that twenty readers
of a one-view link cannot all be first. What was refused is in the history too.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.engine import Connection, Row

from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.blobs import BlobVault, OpenDocument
from vault.database import Database
from vault.errors import NotFound, PasscodeWrong, ShareClosed
from vault.history import AccessAction, AccessEvent, AccessOutcome, ActorKind, actor_of, record_access
from vault.joint import check_may_give
from vault.owners import ActingOwner, HolderOwner, belongs_to
from vault.papers import Record, load_records
from vault.records import get_for_owner
from vault.shapes import RecordStatus
from vault.tables import records, shares

MAX_TERM: Final = timedelta(days=7)
MAX_VIEWS: Final = 100
PASSCODE_TRIES: Final = 5
_MIN_PASSCODE_LENGTH: Final = 6
_TOKEN_BYTES: Final = 32
_SALT_BYTES: Final = 16


class SharePermission(StrEnum):
    """What the reader may do: look at page images, or also take the signed file."""

    VIEW = "VIEW"
    DOWNLOAD = "DOWNLOAD"


@dataclass(frozen=True, slots=True)
class NewShare:
    """What the holder decides; hash the passcode with `hash_passcode` before the transaction begins."""

    record_id: str
    purpose: str
    recipient: str
    max_views: int = 10
    term: timedelta = MAX_TERM
    permission: SharePermission = SharePermission.VIEW
    passcode_hash: str | None = field(default=None, repr=False)
    recipient_agency: str | None = None


@dataclass(frozen=True, slots=True)
class OfficeGift:
    """A link that an office makes to deliver what somebody asked for and paid; the holder sees who made it and why."""

    staff_id: str
    agency_code: str
    case_id: str


@dataclass(frozen=True, slots=True)
class Share:
    """A link as the holder sees it; purpose and recipient are encrypted in the database."""

    share_id: str
    holder_id: str
    record_id: str
    purpose: str = field(repr=False)
    recipient: str = field(repr=False)
    permission: SharePermission
    has_passcode: bool
    max_views: int
    views_used: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    recipient_agency: str | None = None


@dataclass(frozen=True, slots=True)
class OpenedShare:
    """One view that was counted: the link, the paper, the entry the holder sees."""

    share: Share
    record: Record
    event_id: str


def hash_passcode(passcode: str, *, random_bytes: RandomBytes) -> str:
    """Hash a passcode with argon2id (about 0.1 s: never inside a transaction or on an event loop).

    Raises:
        PasscodeWrong: it is shorter than six characters.
    """
    if len(passcode) < _MIN_PASSCODE_LENGTH:
        raise PasscodeWrong(f"a passcode has at least {_MIN_PASSCODE_LENGTH} characters; choose a longer one")
    return PasswordHasher().hash(passcode, salt=random_bytes(_SALT_BYTES))


def create_share(
    tx: Connection,
    owner: ActingOwner,
    new: NewShare,
    *,
    vault: BlobVault,
    at: datetime,
    random_bytes: RandomBytes,
    gift: OfficeGift | None = None,
) -> tuple[Share, str]:
    """Make a link to one of the holder's papers; the token is given here and never again.

    With `gift` an office makes it, to deliver a copy of its own; the holder takes it back like any other.

    Raises:
        NotFound: the paper is not in this holder's vault.
        ShareClosed: no purpose or recipient, a term or number of views that is not allowed, or another holder's no.
        MandateRefused: the one who acts for the vault may only read.
    """
    _check_new(new)
    record = get_for_owner(tx, owner, new.record_id)
    check_may_give(tx, owner, record)
    if record.status is not RecordStatus.CURRENT:
        raise ShareClosed(f"record {record.record_id} is {record.status.value}; share a current paper")
    share_id = new_ulid(at=at, random_bytes=random_bytes)
    token = base64.urlsafe_b64encode(random_bytes(_TOKEN_BYTES)).decode().rstrip("=")
    terms = json.dumps({"purpose": new.purpose, "recipient": new.recipient}, ensure_ascii=False).encode()
    tx.execute(
        shares.insert().values(
            share_id=share_id,
            holder_id=owner.holder_id,
            record_id=new.record_id,
            token_sha256_hex=_token_digest(token),
            sealed_terms=vault.seal_value(owner.holder_id, f"share/{share_id}", terms),
            permission=new.permission.value,
            recipient_agency=new.recipient_agency,
            passcode_hash=new.passcode_hash,
            passcode_tries_left=PASSCODE_TRIES,
            max_views=new.max_views,
            views_used=0,
            created_at=at,
            expires_at=at + new.term,
        )
    )
    row = _row(tx, shares.c.share_id == share_id)
    record_access(
        tx,
        _event(row, AccessAction.SHARED, AccessOutcome.DONE, at=at, by_holder=owner, gift=gift),
        random_bytes=random_bytes,
    )
    return _share(row, vault=vault), token


def open_share(
    database: Database,
    token: str,
    *,
    vault: BlobVault,
    at: datetime,
    random_bytes: RandomBytes,
    passcode: str | None = None,
) -> OpenedShare:
    """Count one view and give the paper's record; the caller then reads the bytes it may show.

    Raises:
        ShareClosed: unknown, expired, revoked, viewed to the limit, or its paper is no longer current.
        PasscodeWrong: wrong or missing passcode, or five wrong ones before.
    """
    digest = _token_digest(token)
    _pass_passcode(database, digest, passcode=passcode, at=at, random_bytes=random_bytes)
    with database.transaction() as tx:
        opened = tx.execute(
            shares.update()
            .where(
                shares.c.token_sha256_hex == digest,
                shares.c.revoked_at.is_(None),
                shares.c.expires_at > at,
                shares.c.views_used < shares.c.max_views,
                _paper_is_current(),
            )
            .values(views_used=shares.c.views_used + 1, passcode_tries_left=PASSCODE_TRIES)
        ).rowcount
        row = _row(tx, shares.c.token_sha256_hex == digest)
        outcome = AccessOutcome.DONE if opened else _why_closed(row, at=at)
        entry = record_access(tx, _event(row, AccessAction.SHARE_OPENED, outcome, at=at), random_bytes=random_bytes)
        paper = load_records(tx, sa.and_(records.c.record_id == row.record_id, belongs_to(row.holder_id)))
    if not opened:
        raise ShareClosed("the link is expired, taken back or was opened as often as allowed; ask for a new one")
    return OpenedShare(_share(row, vault=vault), paper[0], entry.event_id)


def check_share_open(tx: Connection, share_id: str, *, vault: BlobVault, at: datetime) -> tuple[Share, Record]:
    """Give a link that was opened and counted before with its record, while its pages are still being loaded.

    Raises:
        ShareClosed: taken back or expired since, or its paper is no longer current.
    """
    row = tx.execute(
        sa.select(shares).where(
            shares.c.share_id == share_id,
            shares.c.revoked_at.is_(None),
            shares.c.expires_at > at,
            shares.c.views_used > 0,
            _paper_is_current(),
        )
    ).one_or_none()
    if row is None:
        raise ShareClosed("the link is expired or was taken back; ask for a new one")
    paper = sa.and_(records.c.record_id == row.record_id, belongs_to(row.holder_id))
    return _share(row, vault=vault), load_records(tx, paper)[0]


def revoke_share(tx: Connection, owner: HolderOwner, share_id: str, *, at: datetime, random_bytes: RandomBytes) -> None:
    """Close a link now; closing it again changes nothing.

    Raises:
        NotFound: this holder made no such link.
    """
    row = _row(tx, sa.and_(shares.c.share_id == share_id, shares.c.holder_id == owner.holder_id))
    closed = tx.execute(
        shares.update().where(shares.c.share_id == share_id, shares.c.revoked_at.is_(None)).values(revoked_at=at)
    ).rowcount
    if closed:
        event = _event(row, AccessAction.SHARE_REVOKED, AccessOutcome.DONE, at=at, by_holder=owner)
        record_access(tx, event, random_bytes=random_bytes)


def list_shares(
    tx: Connection,
    owner: HolderOwner,
    *,
    vault: BlobVault,
    before_share_id: str | None = None,
    limit: int | None = None,
) -> tuple[Share, ...]:
    """List the links the holder made, newest first: all of them, or so many below the one already seen."""
    chosen = sa.select(shares).where(shares.c.holder_id == owner.holder_id)
    if before_share_id is not None:
        chosen = chosen.where(shares.c.share_id < before_share_id)
    rows = tx.execute(chosen.order_by(shares.c.share_id.desc()).limit(limit)).all()
    if not rows:
        return ()
    opened = vault.open_document(owner.holder_id)
    return tuple(_share(row, vault=opened) for row in rows)


def _check_new(new: NewShare) -> None:
    if not new.purpose.strip() or not new.recipient.strip():
        raise ShareClosed("a share says for whom and why; fill in both")
    if not timedelta(0) < new.term <= MAX_TERM:
        raise ShareClosed(f"a share lasts at most {MAX_TERM.days} days; choose a shorter term")
    if not 1 <= new.max_views <= MAX_VIEWS:
        raise ShareClosed(f"a share is opened between once and {MAX_VIEWS} times; choose another number")


def _pass_passcode(
    database: Database, digest: str, *, passcode: str | None, at: datetime, random_bytes: RandomBytes
) -> None:
    with database.transaction() as tx:
        row = _row_or_closed(tx, digest)
        if row.passcode_hash is None:
            return
        # A try is taken before the passcode is looked at: parallel guesses cannot share one.
        taken = tx.execute(
            shares.update()
            .where(shares.c.share_id == row.share_id, shares.c.passcode_tries_left > 0)
            .values(passcode_tries_left=shares.c.passcode_tries_left - 1)
        ).rowcount
    if taken and passcode is not None and _fits(row.passcode_hash, passcode):
        return
    with database.transaction() as tx:
        event = _event(row, AccessAction.SHARE_OPENED, AccessOutcome.PASSCODE_WRONG, at=at)
        record_access(tx, event, random_bytes=random_bytes)
    raise PasscodeWrong("the passcode is wrong or was tried too often; ask the person who sent the link")


def _fits(passcode_hash: str, passcode: str) -> bool:
    try:
        return PasswordHasher().verify(passcode_hash, passcode)
    except (VerificationError, InvalidHashError):
        return False


def _why_closed(row: Row[tuple[object, ...]], *, at: datetime) -> AccessOutcome:
    if row.revoked_at is not None:
        return AccessOutcome.REVOKED
    if row.expires_at <= at:
        return AccessOutcome.EXPIRED
    if row.views_used >= row.max_views:
        return AccessOutcome.VIEWED_OUT
    return AccessOutcome.NOT_CURRENT


def _paper_is_current() -> sa.ColumnElement[bool]:
    return sa.exists().where(
        records.c.record_id == shares.c.record_id,
        belongs_to(shares.c.holder_id),
        records.c.status == RecordStatus.CURRENT.value,
    )


def _token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _row_or_closed(tx: Connection, digest: str) -> Row[tuple[object, ...]]:
    try:
        return _row(tx, shares.c.token_sha256_hex == digest)
    except NotFound as error:
        raise ShareClosed("there is no such link; ask for a new one") from error


def _row(tx: Connection, condition: sa.ColumnElement[bool]) -> Row[tuple[object, ...]]:
    row = tx.execute(sa.select(shares).where(condition)).one_or_none()
    if row is None:
        raise NotFound("there is no such share in this vault")
    return row


def _event(
    row: Row[tuple[object, ...]],
    action: AccessAction,
    outcome: AccessOutcome,
    *,
    at: datetime,
    by_holder: ActingOwner | None = None,
    gift: OfficeGift | None = None,
) -> AccessEvent:
    actor_kind, actor_id = (ActorKind.SHARE, row.share_id) if by_holder is None else actor_of(by_holder)
    if gift is not None:
        actor_kind, actor_id = ActorKind.STAFF, gift.staff_id
    return AccessEvent(
        holder_id=row.holder_id,
        action=action,
        actor_kind=actor_kind,
        actor_id=actor_id,
        at=at,
        # The stated purpose may name a person; the holder finds it at the link, under encryption.
        reason=f"share:{row.share_id}",
        outcome=outcome,
        record_id=row.record_id,
        agency_code=gift.agency_code if gift else None,
        case_id=gift.case_id if gift else None,
    )


def _share(row: Row[tuple[object, ...]], *, vault: BlobVault | OpenDocument) -> Share:
    opened = vault if isinstance(vault, OpenDocument) else vault.open_document(row.holder_id)
    terms = json.loads(opened.open_value(f"share/{row.share_id}", bytes(row.sealed_terms)))
    return Share(
        share_id=row.share_id,
        holder_id=row.holder_id,
        record_id=row.record_id,
        purpose=terms["purpose"],
        recipient=terms["recipient"],
        permission=SharePermission(row.permission),
        has_passcode=row.passcode_hash is not None,
        max_views=row.max_views,
        views_used=row.views_used,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        recipient_agency=row.recipient_agency,
    )
