"""The catalogue of procedures: what each asks for, when, of whom, and with which evidence each requirement is met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dossiers.errors import ProcedureNotFound

Text = Mapping[str, str]


class SubjectRole(StrEnum):
    """Whom the paper that a requirement asks for is about."""

    APPLICANT = "APPLICANT"
    SPOUSE = "SPOUSE"
    CHILD = "CHILD"
    PARENT = "PARENT"
    DECEASED = "DECEASED"
    ORGANISATION = "ORGANISATION"


@dataclass(frozen=True, slots=True)
class EvidenceOption:
    """One kind of paper that meets a requirement.

    `min_assurance` is the level of DOMAIN §3 (0–4), `max_age_days` counts from the day the paper was issued or, when
    that is not known, certified; `valid_days_ahead` is how long it must still be valid, `issuer_scope` are agency codes
    (empty: any; an agency that was merged into one of them is in scope, too).
    """

    doc_type: str
    min_assurance: int
    max_age_days: int | None = None
    must_be_valid: bool = True
    issuer_scope: tuple[str, ...] = ()
    valid_days_ahead: int = 0
    by_reference: bool = True


@dataclass(frozen=True, slots=True)
class Condition:
    """A requirement stands only when a question of the procedure was answered so."""

    question_id: str
    answer: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something the procedure must know, the papers that show it, and how to get one."""

    requirement_id: str
    title: Text
    is_mandatory: bool
    options: tuple[EvidenceOption, ...]
    how_to_get: Text
    subject: SubjectRole = SubjectRole.APPLICANT
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What a procedure asks first, because papers hang on it; the answers are codes with their words."""

    question_id: str
    title: Text
    answers: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure in one version, with the agency that receives it and the purpose a consent names.

    `results` are the types of paper it gives, `linked` the procedures that one filing may bring on the way with it.
    """

    procedure_id: str
    version: int
    valid_from: date
    title: Text
    purpose: Text
    recipient_agency: str
    term_days: int
    requirements: tuple[Requirement, ...]
    domain: str = "OTHER"
    questions: tuple[Question, ...] = ()
    results: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()

    def requirement(self, requirement_id: str) -> Requirement:
        """Give one requirement by its id.

        Raises:
            ProcedureNotFound: this procedure has no such requirement.
        """
        for requirement in self.requirements:
            if requirement.requirement_id == requirement_id:
                return requirement
        raise ProcedureNotFound(f"procedure {self.procedure_id} has no requirement {requirement_id}")

    def applying(self, answers: Mapping[str, str]) -> tuple[Requirement, ...]:
        """The requirements that stand after these answers; a question left open asks for all that hangs on it."""
        return tuple(
            one
            for one in self.requirements
            if one.condition is None
            or answers.get(one.condition.question_id, one.condition.answer) == one.condition.answer
        )

    @property
    def doc_types(self) -> frozenset[str]:
        """Every type of paper that could serve."""
        return frozenset(option.doc_type for requirement in self.requirements for option in requirement.options)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every procedure in every version."""

    procedures: tuple[Procedure, ...]

    def in_force(self, on: date) -> tuple[Procedure, ...]:
        """The newest version of each procedure that holds on a day."""
        newest: dict[str, Procedure] = {}
        for procedure in sorted(self.procedures, key=lambda p: (p.valid_from, p.version)):
            if procedure.valid_from <= on:
                newest[procedure.procedure_id] = procedure
        return tuple(sorted(newest.values(), key=lambda p: p.procedure_id))

    def find(self, procedure_id: str, *, on: date) -> Procedure:
        """Give the version in force on a day.

        Raises:
            ProcedureNotFound: there is none.
        """
        for procedure in self.in_force(on):
            if procedure.procedure_id == procedure_id:
                return procedure
        raise ProcedureNotFound(f"no procedure {procedure_id} is in force on {on.isoformat()}")

    def version(self, procedure_id: str, version: int) -> Procedure:
        """Give one version, in force or not: a dossier keeps to the one it was filed under.

        Raises:
            ProcedureNotFound: there is none.
        """
        for procedure in self.procedures:
            if (procedure.procedure_id, procedure.version) == (procedure_id, version):
                return procedure
        raise ProcedureNotFound(f"no procedure {procedure_id} has a version {version}")
