"""What is told of procedures, and what is sent to match one with a vault or to take new versions in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.wire import Asked, Sentence, Told

ShortId = Annotated[str, Field(min_length=1, max_length=64)]
PersonName = Annotated[str, Field(min_length=1, max_length=200)]


class EvidenceTold(Told):
    """One kind of paper that meets a requirement."""

    doc_type: str = Field(examples=["VN.BIRTH_CERT"])
    min_assurance: int
    max_age_days: int | None
    must_be_valid: bool
    issuers: list[str]


class ConditionTold(Told):
    """The answer on which a requirement hangs."""

    question_id: str
    answer: str


class RequirementTold(Told):
    """One thing a procedure asks for."""

    requirement_id: str
    title: Sentence
    mandatory: bool
    how_to_get: Sentence
    subject: str = Field(examples=["APPLICANT"])
    when: ConditionTold | None
    any_of: list[EvidenceTold]


class ProcedureQuestionTold(Told):
    """What a procedure asks before it is known which papers it needs."""

    question_id: str
    title: Sentence
    answers: dict[str, Sentence]


class ProcedureTold(Told):
    """A procedure in force."""

    procedure_id: str
    version: int
    domain: str = Field(examples=["CIVIL_STATUS"])
    title: Sentence
    purpose: Sentence
    recipient_agency: str
    term_days: int
    requirements: list[RequirementTold]
    questions: list[ProcedureQuestionTold]
    results: list[str]
    linked: list[str]


class ProcedureList(Told):
    """The procedures in force today."""

    items: list[ProcedureTold]
    next_cursor: str | None = None


class ReasonTold(Told):
    """Why a paper does not serve, or why a person must look at it."""

    record_id: str
    code: str


class OutcomeTold(Told):
    """What the vault has for one requirement, with reasons."""

    requirement_id: str
    kind: str = Field(examples=["SATISFIED"])
    candidates: list[str] = Field(description="Record ids, the best first.")
    rejected: list[ReasonTold]
    doubts: list[ReasonTold]


class MatchTold(Told):
    """A procedure matched with the vault."""

    procedure: ProcedureTold
    outcomes: list[OutcomeTold]


class ApplicantSaid(Asked):
    """What the applicant says first: answers by question, and by role the names of the others that papers are about."""

    answers: dict[ShortId, ShortId] = Field(default_factory=dict, max_length=40)
    subjects: dict[ShortId, PersonName] = Field(
        default_factory=dict, max_length=6, repr=False, examples=[{"CHILD": "Nguyễn Minh Thí Dụ"}]
    )


class ProceduresAsked(Asked):
    """A file of procedures as text; without `keep` it is only checked."""

    form: str = Field(pattern="^(JSON|CSV)$", examples=["JSON"])
    content: str = Field(max_length=4_194_304, examples=['{"procedures": []}'])
    keep: bool = False


class FindingTold(Told):
    """One thing that is wrong with the file."""

    code: str = Field(examples=["UNKNOWN_DOC_TYPE"])
    place: str = Field(examples=["line 3 birth"])
    detail: str
    error: bool


class ImportTold(Told):
    """What a file of procedures holds, and what is wrong with it."""

    procedures: list[str] = Field(description="Ids with their versions: `P/2`.")
    findings: list[FindingTold]
    fit: bool
    kept: bool
