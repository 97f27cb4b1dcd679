"""Once-only reuse: procedures, matching, the submission package and its five steps."""

from __future__ import annotations

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
from dossiers.matching import Candidate, Outcome, OutcomeKind, Rejection, match
from dossiers.procedures import Catalogue, EvidenceOption, Procedure, Requirement, load_catalogue

__all__ = [
    "AnswerRefused",
    "Candidate",
    "Catalogue",
    "CatalogueInvalid",
    "ChoiceRefused",
    "DossierError",
    "EvidenceOption",
    "ManifestInvalid",
    "Outcome",
    "OutcomeKind",
    "Procedure",
    "ProcedureNotFound",
    "Rejection",
    "Requirement",
    "RequirementUnanswered",
    "StepRefused",
    "SubmissionChanged",
    "SubmissionNotFound",
    "load_catalogue",
    "match",
]
