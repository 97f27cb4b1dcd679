"""What holders see of procedures: their domains, what one asks first, and what is there for each requirement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.acts.procedures import ProcedureView, Told
from api.pages.views import Fact, Option, Say, Tone, Word
from dossiers import Outcome, OutcomeKind, Procedure, Question, Rejection, SubjectRole
from vault import Record

_MATCH_TONES: Final = {
    OutcomeKind.SATISFIED: Tone.GOOD,
    OutcomeKind.SATISFIED_BY_DATA: Tone.GOOD,
    OutcomeKind.CHOICE: Tone.WARN,
    OutcomeKind.NEEDS_HUMAN: Tone.WARN,
    OutcomeKind.MISSING: Tone.BAD,
}
_OFFERED: Final = frozenset({OutcomeKind.SATISFIED, OutcomeKind.SATISFIED_BY_DATA, OutcomeKind.CHOICE})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper that may be sent for a requirement."""

    record_id: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """A requirement with the outcome of the matching in words."""

    requirement_id: str
    title: str
    word: Word
    explanation: str
    how_to_get: str
    candidates: tuple[Candidate, ...]
    rejected: tuple[str, ...]
    must_choose: bool
    may_bring: bool


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question that is asked first, with its answers; `chosen` is the one given."""

    name: str
    title: str
    answers: tuple[Option, ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class RoleRow:
    """Somebody else whom a paper is about: the name as it was typed."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ProcedurePage:
    """A procedure as the holder meets it, with the consent card's words."""

    procedure_id: str
    title: str
    rows: tuple[RequirementRow, ...]
    consent: tuple[Fact, ...]
    questions: tuple[QuestionRow, ...]
    roles: tuple[RoleRow, ...]
    kept: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ProcedureCard:
    """A procedure in the list."""

    href: str
    title: str
    agency: str
    asks: str


@dataclass(frozen=True, slots=True)
class DomainGroup:
    """The procedures of one domain."""

    title: str
    procedures: tuple[ProcedureCard, ...]


def procedure_page(view: ProcedureView, say: Say, *, agencies: Mapping[str, str]) -> ProcedurePage:
    """Lay a procedure out with what the holder has for it."""
    procedure = view.procedure
    rows = tuple(_requirement(outcome, view, say, agencies) for outcome in view.outcomes)
    return ProcedurePage(
        procedure_id=procedure.procedure_id,
        title=say.pick(dict(procedure.title)),
        rows=rows,
        consent=consent_facts(procedure, say, agencies=agencies),
        questions=tuple(_question(one, view.told, say) for one in procedure.questions),
        roles=tuple(
            RoleRow(f"subject.{role.value}", say(f"page.role.{role.value}"), view.told.subjects.get(role, ""))
            for role in SubjectRole
            if role is not SubjectRole.APPLICANT and any(one.subject is role for one in view.requirements)
        ),
        kept=(
            *((f"answer.{name}", value) for name, value in view.told.answers.items()),
            *((f"subject.{role.value}", name) for role, name in view.told.subjects.items()),
        ),
    )


def domain_groups(
    procedures: Sequence[Procedure], say: Say, *, agencies: Mapping[str, str], base: str = "/citizen/procedures"
) -> tuple[DomainGroup, ...]:
    """Put the procedures under their domains, in the order of the words of the reader; `base` is where one is shown."""
    by_domain: dict[str, list[ProcedureCard]] = {}
    for one in procedures:
        card = ProcedureCard(
            f"{base}/{one.procedure_id}",
            say.pick(dict(one.title)),
            agencies.get(one.recipient_agency, one.recipient_agency),
            say("page.procedures.asks", count=len(one.requirements)),
        )
        by_domain.setdefault(say.word("page.domain", one.domain), []).append(card)
    return tuple(
        DomainGroup(title, tuple(sorted(cards, key=lambda card: card.title)))
        for title, cards in sorted(by_domain.items())
    )


def requirement_lines(procedure: Procedure, say: Say) -> tuple[Fact, ...]:
    """What a procedure asks for, with how to get it, for somebody who is not signed in."""
    return tuple(Fact(say.pick(dict(one.title)), say.pick(dict(one.how_to_get))) for one in procedure.requirements)


def consent_facts(procedure: Procedure, say: Say, *, agencies: Mapping[str, str]) -> tuple[Fact, ...]:
    """To whom, why and for how long: what a person must know before saying yes."""
    return (
        Fact(say("page.consent.whom"), agencies.get(procedure.recipient_agency, procedure.recipient_agency)),
        Fact(say("page.consent.why"), say.pick(dict(procedure.purpose))),
        Fact(say("page.consent.until"), say("page.consent.days", days=procedure.term_days)),
    )


def _question(one: Question, told: Told, say: Say) -> QuestionRow:
    answers = tuple(Option(code, say.pick(dict(words))) for code, words in one.answers.items())
    name = f"answer.{one.question_id}"
    return QuestionRow(name, say.pick(dict(one.title)), answers, told.answers.get(one.question_id, ""))


def _requirement(outcome: Outcome, view: ProcedureView, say: Say, agencies: Mapping[str, str]) -> RequirementRow:
    requirement = view.procedure.requirement(outcome.requirement_id)
    offered = outcome.candidates if outcome.kind in _OFFERED else ()
    return RequirementRow(
        requirement_id=outcome.requirement_id,
        title=say.pick(dict(requirement.title)),
        word=Word(_MATCH_TONES[outcome.kind], say(f"page.match.{outcome.kind.value}")),
        explanation=say(f"page.match.{outcome.kind.value}.text"),
        how_to_get=say.pick(dict(requirement.how_to_get)) if outcome.kind is OutcomeKind.MISSING else "",
        candidates=tuple(_candidate(view.records[one.record_id], say, agencies) for one in offered),
        rejected=tuple(_rejection(one, view.records, say) for one in (*outcome.doubts, *outcome.rejected)),
        must_choose=outcome.kind is OutcomeKind.CHOICE,
        may_bring=outcome.kind in {OutcomeKind.MISSING, OutcomeKind.NEEDS_HUMAN},
    )


def _candidate(record: Record, say: Say, agencies: Mapping[str, str]) -> Candidate:
    dated = say("page.record.since", date=say.date(record.certified_at or record.deposited_at))
    issuer = agencies.get(record.issuer, record.issuer)
    return Candidate(record.record_id, say.pick(record.titles), f"{issuer} · {dated}")


def _rejection(rejection: Rejection, records: Mapping[str, Record], say: Say) -> str:
    record = records.get(rejection.record_id)
    code, _, figures = rejection.code.partition("(")
    words = say.word("page.rejected", code) + (f" ({figures}" if figures else "")
    return f"{say.pick(record.titles)}: {words}" if record else words
