"""What anybody may ask without an account: is this file right, does this code exist."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from api.acts.proofs import proof_of_code
from api.authority import judge_authority
from api.messages import LANGUAGES, Messages
from api.services import Services
from api.verdict import Answer, claimed_code, judge, status_object
from certify import Agency, AgencyNotFound, get_agency
from certify.reform import current_successors
from guard import Payload
from keys import Mode
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
    authority_of_code,
    format_code,
    holder_of_code,
    parse_code,
    record_access,
    status,
)


def verify_file(services: Services, pdf: Payload, *, file_name: str = "") -> Answer:
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
    answer = judge(
        report,
        status=known,
        agency_names=_agency_names(services, known),
        authority=judge_authority(report, status=known, proof=proof),
        remarks=("TRUST_LIST_STALE",) if anchors.stale_lists(at=at) else (),
    )
    return replace(answer, proof=_log_proof(services, known))


def _log_proof(services: Services, known: CopyStatus | None) -> bytes | None:
    # A number that was voided has none, and a copy of this minute has none yet.
    with contextlib.suppress(NotFound):
        return proof_of_code(services, known.code) if known is not None and known.code is not None else None
    return None


def verify_record(services: Services, record: Record) -> Answer:
    """Judge the newest signed file of a record."""
    with services.spool.room() as room:
        return verify_file(
            services, services.blobs.fetch_recorded(record.newest(RenditionKind.SIGNED_PDF).blob, room=room)
        )


def _status_of(
    services: Services, pdf: Payload, *, sha256_hex: str, at: datetime
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
            now = current_successors(tx, known.agency_code)
    except AgencyNotFound:
        return {}
    names = _names(agency)
    if not now:
        return names
    # The paper names who certified it then; the reader must know whom to ask today.
    heirs = {language: ", ".join(_names(one)[language] for one in now) for language in names}
    return {
        language: services.messages.text("agency.now_part_of", language, agency=name, successor=heirs[language])
        for language, name in names.items()
    }


def _names(agency: Agency) -> dict[str, str]:
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
    is_training: bool = False

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
        if not self.is_specimen:
            return text
        return messages.text("verdict.training" if self.is_training else "verdict.specimen", language, rest=text)

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


def answer_code(services: Services, typed: str, *, channel: str) -> CodeAnswer:
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
        _note_look_up(services, code, channel=channel, at=at)
        proof = _log_proof(services, known)
    is_specimen = bool(names) and services.is_specimen
    is_training = services.home.mode is Mode.TRAINING
    return CodeAnswer(code, known, _BY_REGISTER[known.register], at, names, is_specimen, proof, is_training)


def _note_look_up(services: Services, code: str, *, channel: str, at: datetime) -> None:
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
            reason=f"CODE_{channel}",
            record_id=owned.record_id,
        )
        record_access(tx, event, random_bytes=services.random_bytes)
