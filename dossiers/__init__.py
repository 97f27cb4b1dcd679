"""Once-only reuse: procedures, matching, the submission package and its five steps."""

from __future__ import annotations

from dossiers.candidates import read_candidates
from dossiers.errors import (
    AnswerRefused,
    CatalogueInvalid,
    ChoiceRefused,
    DossierError,
    ManifestInvalid,
    ProcedureNotFound,
    RequirementUnanswered,
    StepRefused,
    SubmissionChanged,
    SubmissionNotFound,
)
from dossiers.manifest import read_manifest
from dossiers.matching import Candidate, Outcome, OutcomeKind, Rejection, match
from dossiers.procedures import Catalogue, EvidenceOption, Procedure, Requirement, load_catalogue
from dossiers.submission import (
    Answer,
    Filing,
    ItemAnswer,
    ItemMode,
    ItemRequest,
    Submission,
    SubmissionItem,
    answer_item,
    fetch_item,
    get_for_holder,
    get_for_recipient,
    list_for_holder,
    list_for_recipient,
    submit,
)
from dossiers.tracking import ReachedStep, Step, advance, steps_of

__all__ = [
    "Answer",
    "AnswerRefused",
    "Candidate",
    "Catalogue",
    "CatalogueInvalid",
    "ChoiceRefused",
    "DossierError",
    "EvidenceOption",
    "Filing",
    "ItemAnswer",
    "ItemMode",
    "ItemRequest",
    "ManifestInvalid",
    "Outcome",
    "OutcomeKind",
    "Procedure",
    "ProcedureNotFound",
    "ReachedStep",
    "Rejection",
    "Requirement",
    "RequirementUnanswered",
    "Step",
    "StepRefused",
    "Submission",
    "SubmissionChanged",
    "SubmissionItem",
    "SubmissionNotFound",
    "advance",
    "answer_item",
    "fetch_item",
    "get_for_holder",
    "get_for_recipient",
    "list_for_holder",
    "list_for_recipient",
    "load_catalogue",
    "match",
    "read_candidates",
    "read_manifest",
    "steps_of",
    "submit",
]
