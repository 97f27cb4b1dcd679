"""Every way a dossier says no, and what the reader can do about it.

DossierError
├── CatalogueInvalid        the catalogue of procedures contradicts itself; names the file and the place
├── ProcedureNotFound       no procedure of this id is in force on that day
├── RequirementUnanswered   a mandatory requirement has no record and no reason
├── ChoiceRefused           the record chosen is not one that the matching offered
│   └── LinkRefused         what is filed together does not belong together, or not in this order
├── SubmissionNotFound      no such submission, or not yours: the two answers are the same
├── SubmissionChanged       somebody changed the submission since it was read
├── AnswerRefused           the recipient answered before, or refuses without a reason
│   └── HandInRefused       a paper was taken in by hand before, or its reason says nothing
├── StepRefused             the five steps go forward, one at a time
│   └── StatusRefused       this code does not follow, is not this side's to bring, or wants a reason
├── RequestNotFound         no such request for papers, or not yours: the two answers are the same
├── RequestClosed           a request that was decided, closed, or whose time is over
├── CounterCodeRefused      a QR of the counter or of a phone that is too old, was used, or is before the wrong eyes
├── DutyRefused             no article in force lets this agency fetch this without consent
├── AssistanceRefused       a consent by a clerk alone, or by a helper who may not
├── PackageNotWhole         a package by copy cannot be made: a paper is not there, or not the one that was sent
├── PackageSigned           the package bears such a mark already
├── SignerRefused           the certificate is not the applicant's, or of an issuer whom nobody here knows
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


class LinkRefused(ChoiceRefused):
    """These procedures are not filed together, or not in this order."""


class AnswerRefused(DossierError):
    """This answer may not be given."""


class StepRefused(DossierError):
    """The dossier is not at the step from which this one follows."""


class StatusRefused(StepRefused):
    """The dossier does not get this code from where it is, or not without a reason."""


class HandInRefused(AnswerRefused):
    """A paper is taken in by hand once, before its item is answered, with a reason."""


class RequestNotFound(DossierError):
    """There is no such request for the one who asks; "not yours" deliberately looks the same."""


class RequestClosed(DossierError):
    """The request was decided, closed, or its time is over."""


class CounterCodeRefused(DossierError):
    """The QR is too old, was used, belongs to a session that ended, or its two words were not those of the counter."""


class DutyRefused(DossierError):
    """No article in force lets this agency fetch this paper without the holder's consent."""


class AssistanceRefused(DossierError):
    """Nobody consents for a citizen alone: a clerk and a helper do it together, each in an own session."""


class ManifestInvalid(DossierError):
    """The package's signature or content does not hold; do not rely on it."""


class PackageNotWhole(DossierError):
    """A package by copy cannot be made of this dossier now."""


class PackageSigned(DossierError):
    """The package bears a mark of this kind already."""


class SignerRefused(DossierError):
    """The certificate is not the applicant's own, or its issuer is not known here."""
