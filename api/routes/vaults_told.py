"""Turns what the vault and the dossiers know into what goes over the wire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.acts.recipient import Standing
from api.schemas.dossier_states import ByHandTold, DossierStatusTold
from api.schemas.vaults import (
    ConsentTold,
    FieldsTold,
    HistoryTold,
    RecordTold,
    RenditionTold,
    ShareAnswerTold,
    ShareTold,
    StepTold,
    SubmissionItemTold,
    SubmissionTold,
    TwinFieldTold,
)
from api.schemas.wire import Sentence
from dossiers import HandedIn, ReachedStep, Submission
from vault import Consent, GivenAnswer, HistoryEntry, Record, Share, SharePermission, format_code
from vault.details import PaperDetails
from vault.twins import Twin, TwinField


def record_told(record: Record) -> RecordTold:
    """A paper of the vault."""
    titles = record.titles
    return RecordTold(
        record_id=record.record_id,
        uri=record.uri,
        doc_type=record.doc_type,
        title=Sentence(vi=titles.vi, en=titles.en, fr=titles.fr),
        shelf=record.shelf.value,
        elaboration=record.elaboration.value,
        assurance_level=record.assurance_level,
        issuer=record.issuer,
        issued_on=record.issued_on.isoformat() if record.issued_on else None,
        valid_from=record.valid_from.isoformat() if record.valid_from else None,
        valid_until=record.valid_until.isoformat() if record.valid_until else None,
        status=record.status.value,
        original=record.original.value,
        sensitivity=record.sensitivity.value,
        retention=record.retention.value,
        provenance=record.provenance,
        supersedes=record.supersedes,
        code=format_code(record.code) if record.code else None,
        register_number=record.register_number,
        certified_at=record.certified_at,
        deposited_at=record.deposited_at,
        renditions=[
            RenditionTold(
                kind=one.kind.value,
                media_type=one.media_type,
                sha256=one.sha256_hex,
                bytes=one.blob.byte_count,
                added_at=one.added_at,
            )
            for one in record.renditions
        ],
    )


def fields_told(twin: Twin, details: PaperDetails) -> FieldsTold:
    """The machine-readable twin of a paper."""
    return FieldsTold(
        doc_type=twin.doc_type,
        fields=[twin_field_told(one) for one in twin.fields],
        original_number=details.original_number,
        original_serial=details.original_serial,
        external_codes=dict(details.external_codes),
    )


def twin_field_told(one: TwinField) -> TwinFieldTold:
    """A field of the twin, with how far it may be relied on."""
    return TwinFieldTold(
        name=one.name,
        value=one.value,
        state=one.state.value,
        confidence=one.confidence,
        checks=list(one.checks),
        verified_by=one.verified_by,
        verified_at=one.verified_at,
    )


def history_told(entry: HistoryEntry) -> HistoryTold:
    """An entry of the history."""
    event = entry.event
    return HistoryTold(
        event_id=entry.event_id,
        at=event.at,
        action=event.action.value,
        actor_kind=event.actor_kind.value,
        actor=event.actor_id,
        agency_code=event.agency_code,
        reason=event.reason,
        record_id=event.record_id,
        case_id=event.case_id,
        outcome=event.outcome.value,
    )


def share_fields(share: Share) -> dict[str, Any]:
    """What a link and a link just made have in common."""
    return {
        "share_id": share.share_id,
        "record_id": share.record_id,
        "purpose": share.purpose,
        "recipient": share.recipient,
        "has_passcode": share.has_passcode,
        "max_views": share.max_views,
        "views_used": share.views_used,
        "created_at": share.created_at,
        "expires_at": share.expires_at,
        "revoked_at": share.revoked_at,
        "download": share.permission is SharePermission.DOWNLOAD,
        "recipient_agency": share.recipient_agency,
    }


def share_told(share: Share, given: GivenAnswer | None = None) -> ShareTold:
    """A link as its holder sees it, with what its reader answered."""
    answer = None
    if given is not None:
        answer = ShareAnswerTold(answer=given.answer.value, reason=given.reason, answered_at=given.answered_at)
    return ShareTold(**share_fields(share), answer=answer)


def consent_told(consent: Consent) -> ConsentTold:
    """A consent with the digest of its receipt."""
    return ConsentTold(
        consent_id=consent.consent_id,
        purpose=consent.purpose,
        recipient_agency=consent.recipient_agency,
        record_ids=list(consent.record_ids),
        given_at=consent.given_at,
        expires_at=consent.expires_at,
        withdrawn_at=consent.withdrawn_at,
        receipt_sha256=consent.receipt_sha256_hex,
        basis=consent.basis.value,
    )


def submission_told(
    submission: Submission,
    *,
    steps: Sequence[ReachedStep] = (),
    with_package: bool = True,
    standing: Standing | None = None,
) -> SubmissionTold:
    """A dossier; in a list without its package."""
    return SubmissionTold(
        submission_id=submission.submission_id,
        procedure_id=submission.procedure_id,
        procedure_version=submission.procedure_version,
        recipient_agency=submission.recipient_agency,
        step=submission.step.value,
        version=submission.version,
        created_at=submission.created_at,
        items=[
            SubmissionItemTold(
                requirement_id=one.requirement_id,
                mode=one.mode.value,
                uri=one.uri,
                sha256=one.sha256_hex,
                answer=one.answer.value if one.answer else None,
                reason=one.reason,
                answered_at=one.answered_at,
                from_submission_id=one.from_submission_id,
            )
            for one in submission.items
        ],
        manifest=submission.manifest if with_package else None,
        consent_id=submission.consent_id,
        steps=[StepTold(step=one.step.value, reached_at=one.reached_at) for one in steps],
        status=standing.status.value if standing else None,
        statuses=[
            DossierStatusTold(status=one.status.value, by=one.by.value, reason=one.reason, at=one.at)
            for one in (standing.reached if standing else ())
        ],
        by_hand=[by_hand_told(one) for one in (standing.by_hand if standing else ())],
    )


def by_hand_told(one: HandedIn) -> ByHandTold:
    """A paper that was taken in by hand."""
    return ByHandTold(
        requirement_id=one.requirement_id,
        why=one.why.value,
        could_reuse=one.could_reuse,
        sha256=one.sha256_hex,
        at=one.at,
        reconciled=one.reconciled.value,
        reconciled_at=one.reconciled_at,
    )
