"""Every way a dossier says no, and what the reader can do about it.

DossierError
├── CatalogueInvalid        the catalogue of procedures contradicts itself; names the file and the place
├── ProcedureNotFound       no procedure of this id is in force on that day
├── RequirementUnanswered   a mandatory requirement has no record and no reason
├── ChoiceRefused           the record chosen is not one that the matching offered
├── SubmissionNotFound      no such submission, or not yours: the two answers are the same
├── SubmissionChanged       somebody changed the submission since it was read
├── AnswerRefused           the recipient answered before, or refuses without a reason
├── StepRefused             the five steps go forward, one at a time
└── ManifestInvalid         a package whose signature or content does not hold
"""

from __future__ import annotations


class DossierError(Exception):
    """A dossier could not do what was asked."""


class CatalogueInvalid(DossierError):
    """The catalogue of procedures contradicts itself."""


class ProcedureNotFound(DossierError):
    """No procedure of this id is in force."""


class RequirementUnanswered(DossierError):
    """A mandatory requirement was left without a record."""


class ChoiceRefused(DossierError):
    """The chosen record is not among those that the matching offered for this requirement."""


class SubmissionNotFound(DossierError):
    """There is no such submission for the one who asks; "not yours" deliberately looks the same."""


class SubmissionChanged(DossierError):
    """The submission is at another version than the one named."""


class AnswerRefused(DossierError):
    """This answer may not be given."""


class StepRefused(DossierError):
    """The dossier is not at the step from which this one follows."""


class ManifestInvalid(DossierError):
    """The package's signature or content does not hold; do not rely on it."""
