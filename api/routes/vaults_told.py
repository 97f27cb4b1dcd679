"""Turns what the vault and the dossiers know into what goes over the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.acts.citizen import ProcedureView
from api.schemas.vaults import (
    ConsentTold,
    HistoryTold,
    MatchTold,
    OutcomeTold,
    ProcedureTold,
    ReasonTold,
    RecordTold,
    RenditionTold,
    RequirementTold,
    ShareTold,
    StepTold,
    SubmissionItemTold,
    SubmissionTold,
)
from api.schemas.wire import Sentence
from dossiers import Outcome, Procedure, ReachedStep, Rejection, Submission
from vault import Consent, HistoryEntry, Record, Share, format_code


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
        valid_until=record.valid_until.isoformat() if record.valid_until else None,
        status=record.status.value,
        original=record.original.value,
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
    }


def share_told(share: Share) -> ShareTold:
    """A link as its holder sees it."""
    return ShareTold(**share_fields(share))


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
    )


def procedure_told(procedure: Procedure) -> ProcedureTold:
    """A procedure with what it asks for."""
    return ProcedureTold(
        procedure_id=procedure.procedure_id,
        version=procedure.version,
        title=_sentence(procedure.title),
        purpose=_sentence(procedure.purpose),
        recipient_agency=procedure.recipient_agency,
        term_days=procedure.term_days,
        requirements=[
            RequirementTold(
                requirement_id=one.requirement_id,
                title=_sentence(one.title),
                mandatory=one.is_mandatory,
                how_to_get=_sentence(one.how_to_get),
            )
            for one in procedure.requirements
        ],
    )


def match_told(view: ProcedureView) -> MatchTold:
    """A procedure with what the vault has for it."""
    return MatchTold(procedure=procedure_told(view.procedure), outcomes=[_outcome(one) for one in view.outcomes])


def submission_told(
    submission: Submission, *, steps: Sequence[ReachedStep] = (), with_package: bool = True
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
            )
            for one in submission.items
        ],
        manifest=submission.manifest if with_package else None,
        consent_id=submission.consent_id,
        steps=[StepTold(step=one.step.value, reached_at=one.reached_at) for one in steps],
    )


def _outcome(outcome: Outcome) -> OutcomeTold:
    return OutcomeTold(
        requirement_id=outcome.requirement_id,
        kind=outcome.kind.value,
        candidates=[one.record_id for one in outcome.candidates],
        rejected=_reasons(outcome.rejected),
        doubts=_reasons(outcome.doubts),
    )


def _reasons(rejections: tuple[Rejection, ...]) -> list[ReasonTold]:
    return [ReasonTold(record_id=one.record_id, code=one.code) for one in rejections]


def _sentence(text: Mapping[str, str]) -> Sentence:
    return Sentence(vi=text["vi"], en=text["en"], fr=text["fr"])
