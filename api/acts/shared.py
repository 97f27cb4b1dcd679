"""What the reader of a link may do without an account: look, take the file when it was allowed, answer the holder."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from api.acts.verifier import verify_record
from api.errors import Forbidden, NotAuthenticated
from api.services import Services
from api.verdict import Answer
from guard import Payload, Room
from ocr import render_page
from vault import (
    AccessAction,
    AccessEvent,
    ActorKind,
    NotFound,
    Record,
    RenditionKind,
    Share,
    ShareAnswer,
    SharePermission,
    answer_share,
    check_share_open,
    open_share,
    record_access,
)

_TICKET_LIFETIME: Final = timedelta(minutes=10)
_PAGE_DPI: Final = 110
# What the law says a certified copy is good for (DOMAIN §1), as the pack of the country holds it.
EFFECT_BASIS: Final = "decree-45-2020-art-10"


@dataclass(frozen=True, slots=True)
class SharedField:
    """A field of the machine-readable twin; what nobody compared with the paper says so."""

    name: str
    value: str = field(repr=False)
    confidence: float
    is_verified: bool


@dataclass(frozen=True, slots=True)
class SharedView:
    """One counted view of a shared paper; the ticket lets its page images be loaded for ten minutes."""

    share: Share
    record: Record
    answer: Answer
    fields: tuple[SharedField, ...] = field(repr=False)
    ticket: str = field(repr=False)

    @property
    def may_download(self) -> bool:
        """Whether the holder lets the reader take the signed file."""
        return self.share.permission is SharePermission.DOWNLOAD

    @property
    def page_count(self) -> int:
        """How many page images there are."""
        known = self.answer.status
        return known.page_count if known and known.page_count else 1


def open_shared(services: Services, token: str, *, passcode: str | None) -> SharedView:
    """Count one view of a link and show what was shared.

    Raises:
        ShareClosed: unknown, expired, taken back or viewed to the limit.
        PasscodeWrong: wrong or missing passcode.
    """
    at = services.clock.now()
    opened = open_share(
        services.database, token, vault=services.blobs, at=at, random_bytes=services.random_bytes, passcode=passcode
    )
    ticket = _write_ticket(services, share_id=opened.share.share_id, expires_at=at + _TICKET_LIFETIME)
    return _view(services, opened.share, opened.record, ticket)


def look_again(services: Services, ticket: str) -> SharedView:
    """Show what was opened before, within the same look: for the printed note and after an answer.

    Raises:
        NotAuthenticated: the ticket is forged or too old.
        ShareClosed: the holder took the link back.
    """
    return _view(services, *_held(services, ticket), ticket)


def shared_page(services: Services, ticket: str, *, page_index: int) -> bytes:
    """Give a page image with for whom and why drawn over it; a link taken back meanwhile shows nothing more.

    Raises:
        NotAuthenticated: the ticket is forged or too old.
        ShareClosed: the holder took the link back.
    """
    share, record = _held(services, ticket)
    until = share.expires_at.astimezone(services.law.timezone)
    mark = (share.recipient, share.purpose, f"{until:%d/%m/%Y %H:%M}")
    with services.spool.room() as room:
        content = services.blobs.fetch_recorded(record.newest(RenditionKind.SIGNED_PDF).blob, room=room)
        return render_page(content, page_index, dpi=_PAGE_DPI, sandbox=services.ocr_pool, mark=mark)


def shared_file(services: Services, ticket: str, *, room: Room) -> tuple[Record, Payload]:
    """Give the signed file byte for byte, where the holder allowed it; the download stands in the history first.

    Raises:
        NotAuthenticated: the ticket is forged or too old.
        ShareClosed: the holder took the link back.
        Forbidden: the holder lets the reader look and no more.
    """
    share, record = _held(services, ticket)
    if share.permission is not SharePermission.DOWNLOAD:
        raise Forbidden("the holder lets you look at this paper; ask for a link that gives the file, too")
    with services.database.transaction() as tx:
        event = AccessEvent(
            holder_id=share.holder_id,
            action=AccessAction.READ,
            actor_kind=ActorKind.SHARE,
            actor_id=share.share_id,
            at=services.clock.now(),
            reason=f"share:{share.share_id}",
            record_id=record.record_id,
        )
        record_access(tx, event, random_bytes=services.random_bytes)
    return record, services.blobs.fetch_recorded(record.newest(RenditionKind.SIGNED_PDF).blob, room=room)


def answer(services: Services, ticket: str, decision: ShareAnswer, *, reason: str) -> Share:
    """Tell the holder that the paper serves, or why it does not; once for each link.

    Raises:
        NotAuthenticated: the ticket is forged or too old.
        ShareClosed: the holder took the link back.
        ShareAnswered: answered before, or refused without a reason.
    """
    share_id = _read_ticket(services, ticket)
    with services.database.transaction() as tx:
        return answer_share(
            tx,
            share_id,
            decision,
            reason=reason,
            vault=services.blobs,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )


def legal_basis(services: Services) -> str:
    """The text and article by which a certified copy serves in place of its original."""
    basis = services.law.legal_basis(EFFECT_BASIS)
    return f"{basis.title}, {basis.article}"


def _held(services: Services, ticket: str) -> tuple[Share, Record]:
    share_id = _read_ticket(services, ticket)
    with services.database.read() as tx:
        return check_share_open(tx, share_id, vault=services.blobs, at=services.clock.now())


def _view(services: Services, share: Share, record: Record, ticket: str) -> SharedView:
    return SharedView(share, record, verify_record(services, record), _fields(services, record), ticket)


def _fields(services: Services, record: Record) -> tuple[SharedField, ...]:
    try:
        twin = json.loads(services.blobs.read(record.newest(RenditionKind.FIELDS_JSON).blob))
    except NotFound:
        return ()
    return tuple(
        SharedField(
            str(one["name"]),
            str(one["value"]),
            float(one.get("confidence") or 0.0),
            bool(one.get("verified_by")),
        )
        for one in twin["fields"]
        if one.get("value")
    )


def _write_ticket(services: Services, *, share_id: str, expires_at: datetime) -> str:
    body = _base64url(json.dumps([share_id, expires_at.isoformat()]).encode())
    return f"{body}.{_ticket_mark(services, body)}"


def _read_ticket(services: Services, ticket: str) -> str:
    body, _, mark = ticket.partition(".")
    if not hmac.compare_digest(mark.encode(), _ticket_mark(services, body).encode()):
        raise NotAuthenticated("this ticket was not written here; open the link again")
    try:
        share_id, expires_at = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, binascii.Error) as exc:
        raise NotAuthenticated("this ticket cannot be read; open the link again") from exc
    if datetime.fromisoformat(expires_at) <= services.clock.now():
        raise NotAuthenticated("this ticket is too old; open the link again")
    return str(share_id)


def _ticket_mark(services: Services, body: str) -> str:
    # Ed25519 signatures are deterministic (RFC 8032), so the mark is checked by making it again.
    return _base64url(services.manifest_key.sign(b"vidimus-ticket-1\0" + body.encode()))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
