"""Turns procedures and what a vault has for them into what goes over the wire."""

from __future__ import annotations

from collections.abc import Mapping

from api.acts.procedures import ProcedureView
from api.schemas.procedures import (
    ConditionTold,
    EvidenceTold,
    FindingTold,
    ImportTold,
    MatchTold,
    OutcomeTold,
    ProcedureQuestionTold,
    ProcedureTold,
    ReasonTold,
    RequirementTold,
)
from api.schemas.wire import Sentence
from dossiers import ImportReport, Outcome, Procedure, Rejection, Requirement


def procedure_told(procedure: Procedure) -> ProcedureTold:
    """A procedure with what it asks for."""
    return ProcedureTold(
        procedure_id=procedure.procedure_id,
        version=procedure.version,
        domain=procedure.domain,
        title=sentence(procedure.title),
        purpose=sentence(procedure.purpose),
        recipient_agency=procedure.recipient_agency,
        term_days=procedure.term_days,
        requirements=[_requirement(one) for one in procedure.requirements],
        questions=[
            ProcedureQuestionTold(
                question_id=one.question_id,
                title=sentence(one.title),
                answers={code: sentence(words) for code, words in one.answers.items()},
            )
            for one in procedure.questions
        ],
        results=list(procedure.results),
        linked=list(procedure.linked),
    )


def match_told(view: ProcedureView) -> MatchTold:
    """A procedure with what the vault has for it."""
    return MatchTold(procedure=procedure_told(view.procedure), outcomes=[_outcome(one) for one in view.outcomes])


def import_told(report: ImportReport, *, kept: bool) -> ImportTold:
    """What a file of procedures holds, and what is wrong with it."""
    return ImportTold(
        procedures=[f"{one.procedure_id}/{one.version}" for one in report.procedures],
        findings=[
            FindingTold(code=one.code.value, place=one.place, detail=one.detail, error=one.is_error)
            for one in report.findings
        ],
        fit=report.may_be_taken_in,
        kept=kept,
    )


def sentence(text: Mapping[str, str]) -> Sentence:
    """A text of the catalogue in its three languages."""
    return Sentence(vi=text["vi"], en=text["en"], fr=text["fr"])


def _requirement(one: Requirement) -> RequirementTold:
    when = one.condition
    return RequirementTold(
        requirement_id=one.requirement_id,
        title=sentence(one.title),
        mandatory=one.is_mandatory,
        how_to_get=sentence(one.how_to_get),
        subject=one.subject.value,
        when=ConditionTold(question_id=when.question_id, answer=when.answer) if when else None,
        any_of=[
            EvidenceTold(
                doc_type=option.doc_type,
                min_assurance=option.min_assurance,
                max_age_days=option.max_age_days,
                must_be_valid=option.must_be_valid,
                issuers=list(option.issuer_scope),
            )
            for option in one.options
        ],
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
