"""What anybody may ask without an account: is this file right, does this code exist, show me what was shared."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from api.acts.proofs import proof_of_code
from api.authority import judge_authority
from api.errors import NotAuthenticated
from api.messages import LANGUAGES, Messages
from api.services import Services
from api.verdict import Answer, claimed_code, judge, status_object
from certify import AgencyNotFound, get_agency
from ocr import render_page
from signing.verify import verify_in_child
from vault import (
    AccessAction,
    AccessEvent,
    ActorKind,
    AuthorityProof,
    CodeMistyped,
    CopyStatus,
    NotFound,
    Record,
    RegisterStatus,
    RenditionKind,
    Share,
    authority_of_code,
    check_share_open,
    format_code,
    holder_of_code,
    open_share,
    parse_code,
    record_access,
    status,
)

_TICKET_LIFETIME: Final = timedelta(minutes=10)
_PAGE_DPI: Final = 110


def verify_file(services: Services, pdf: bytes, *, file_name: str = "") -> Answer:
    """Judge a file and join what the register knows; the bytes are dropped afterwards."""
    at = services.clock.now()
    anchors = services.trust.anchors()
    report = verify_in_child(
        pdf,
        trust=anchors,
        at=at,
        sandbox=services.public_pool,
        file_name=file_name,
        cache=services.verdicts,
    )
    known, proof = _status_of(services, pdf, sha256_hex=report.sha256_hex, at=at)
    return judge(
        report,
        status=known,
        agency_names=_agency_names(services, known),
        authority=judge_authority(report, status=known, proof=proof),
        remarks=("TRUST_LIST_STALE",) if anchors.stale_lists(at=at) else (),
    )


def _status_of(
    services: Services, pdf: bytes, *, sha256_hex: str, at: datetime
) -> tuple[CopyStatus | None, AuthorityProof | None]:
    claim = claimed_code(pdf)
    code: str | None = None
    if claim is not None:
        try:
            code = parse_code(claim)
        except CodeMistyped:
            # A code that cannot exist is no claim of ours; the file stands or falls by its signatures.
            code = None
    with services.database.read() as tx:
        found = status(tx, at=at, code=code, sha256_hex=sha256_hex)
        proof = authority_of_code(tx, found.code) if found.code is not None else None
    is_ours = code is not None or found.register is not RegisterStatus.UNKNOWN
    return (found if is_ours else None), proof


def _agency_names(services: Services, known: CopyStatus | None) -> dict[str, str]:
    if known is None or known.agency_code is None:
        return {}
    try:
        with services.database.read() as tx:
            agency = get_agency(tx, known.agency_code)
    except AgencyNotFound:
        return {}
    return {"vi": agency.name_vi, "en": agency.name_en, "fr": agency.name_fr}


@dataclass(frozen=True, slots=True)
class CodeAnswer:
    """What a code alone tells: no name of a person, the type only when it is not sensitive."""

    code: str | None
    status: CopyStatus | None
    sentence_key: str
    checked_at: datetime
    agency_names: tuple[tuple[str, str], ...]
    is_specimen: bool
    proof: bytes | None = None

    def sentence(self, messages: Messages, language: str) -> str:
        """Say it in a language."""
        known = self.status
        values: dict[str, object] = {"agency": dict(self.agency_names).get(language, "")}
        if known is not None and known.certified_at is not None:
            values |= {
                "number": known.register_number,
                "date": messages.date(known.certified_at, language),
                "pages": known.page_count,
            }
        text = messages.text(self.sentence_key, language, **values)
        return messages.text("verdict.specimen", language, rest=text) if self.is_specimen else text

    def to_dict(self, messages: Messages) -> dict[str, Any]:
        """Give the public JSON object; an unknown code has the same fields."""
        known = self.status
        certified_at = known.certified_at.isoformat() if known and known.certified_at else None
        return {
            "code": format_code(self.code) if self.code else None,
            "sentence": {language: self.sentence(messages, language) for language in LANGUAGES},
            "status": status_object(known),
            "agency": dict(self.agency_names) or None,
            "register_number": known.register_number if known else None,
            "certified_at": certified_at,
            "pages": known.page_count if known else None,
            "doc_type": known.doc_type if known else None,
            "checked_at": self.checked_at.isoformat(),
            "specimen": self.is_specimen,
            "proof": json.loads(self.proof) if self.proof else None,
        }


_BY_REGISTER: Final = {
    RegisterStatus.FINAL: "verdict.code_known",
    RegisterStatus.VOID: "verdict.void",
    RegisterStatus.SUPERSEDED: "verdict.superseded",
    RegisterStatus.ANNULLED: "verdict.annulled",
    RegisterStatus.UNKNOWN: "verdict.code_unknown",
}


def answer_code(services: Services, typed: str) -> CodeAnswer:
    """Say what is known of a code; a mistyped one is answered without a look-up.

    The holder sees in the history that the code was asked for: when and through which door, not by whom.
    """
    at = services.clock.now()
    try:
        code = parse_code(typed)
    except CodeMistyped:
        return CodeAnswer(None, None, "verdict.code_mistyped", at, (), is_specimen=False)
    with services.database.read() as tx:
        known = status(tx, at=at, code=code)
    names: tuple[tuple[str, str], ...] = ()
    proof: bytes | None = None
    if known.register is not RegisterStatus.UNKNOWN:
        names = tuple(_agency_names(services, known).items())
        _note_look_up(services, code, at=at)
        # A number that was voided has none, and a copy of this minute has none yet.
        with contextlib.suppress(NotFound):
            proof = proof_of_code(services, code)
    return CodeAnswer(code, known, _BY_REGISTER[known.register], at, names, bool(names) and services.is_specimen, proof)


def _note_look_up(services: Services, code: str, *, at: datetime) -> None:
    with services.database.transaction() as tx:
        owned = holder_of_code(tx, code)
        if owned is None:
            return
        event = AccessEvent(
            holder_id=owned.holder_id,
            action=AccessAction.VERIFIED_BY_CODE,
            actor_kind=ActorKind.VERIFIER,
            actor_id="public",
            at=at,
            reason="CODE",
            record_id=owned.record_id,
        )
        record_access(tx, event, random_bytes=services.random_bytes)


@dataclass(frozen=True, slots=True)
class SharedView:
    """One counted view of a shared paper; the ticket lets its page images be loaded for ten minutes."""

    share: Share
    record: Record
    answer: Answer
    ticket: str = field(repr=False)


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
    content = services.blobs.read(opened.record.newest(RenditionKind.SIGNED_PDF).blob)
    ticket = _write_ticket(services, share_id=opened.share.share_id, expires_at=at + _TICKET_LIFETIME)
    return SharedView(opened.share, opened.record, verify_file(services, content), ticket)


def shared_page(services: Services, ticket: str, *, page_index: int) -> bytes:
    """Give a page image of a paper that was just opened; a link taken back meanwhile shows nothing more.

    Raises:
        NotAuthenticated: the ticket is forged or too old.
        ShareClosed: the holder took the link back.
    """
    share_id = _read_ticket(services, ticket)
    with services.database.read() as tx:
        record = check_share_open(tx, share_id, at=services.clock.now())
    content = services.blobs.read(record.newest(RenditionKind.SIGNED_PDF).blob)
    return render_page(content, page_index, dpi=_PAGE_DPI, sandbox=services.ocr_pool)


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
