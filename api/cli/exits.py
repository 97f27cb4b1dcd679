"""Exit codes, as DESIGN §4 lists them: one number per outcome, the worst of several files."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final

import certify
import guard
import keys
import signing
import vault
from api import errors
from api.migrations.errors import MigrationFailed
from api.verdict import Answer
from ocr import errors as ocr_errors
from signing.verify import Verdict


class Exit(IntEnum):
    """What a command's exit code says."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    MISSING_DEPENDENCY = 3
    DAMAGED_INPUT = 4
    FILE_ACCESS = 5
    QUALITY_REFUSED = 6
    ENCRYPTED = 8
    BAD_CONFIGURATION = 9
    NO_SIGNATURE = 10
    VERIFICATION_FAILED = 20
    NOT_CONFIRMED = 21
    SIGNING_REFUSED = 30
    CERTIFICATE_UNUSABLE = 31
    SERVICE_UNREACHABLE = 32
    NOT_AUTHENTICATED = 40
    FORBIDDEN = 41
    INTERRUPTED = 130


# Several files: the first of these that occurs.
_WORST_FIRST: Final = (1, 9, 3, 5, 20, 4, 8, 21, 32, 31, 30, 10, 6, 0)

_BY_ERROR: Final[tuple[tuple[type[BaseException], Exit], ...]] = (
    (errors.BadSetting, Exit.BAD_CONFIGURATION),
    (errors.HomeError, Exit.BAD_CONFIGURATION),
    (MigrationFailed, Exit.BAD_CONFIGURATION),
    (keys.TrustFolderUnusable, Exit.BAD_CONFIGURATION),
    (errors.DependencyMissing, Exit.MISSING_DEPENDENCY),
    (ocr_errors.LanguageMissing, Exit.MISSING_DEPENDENCY),
    (guard.IsolationUnavailable, Exit.MISSING_DEPENDENCY),
    (errors.NotAuthenticated, Exit.NOT_AUTHENTICATED),
    (errors.Forbidden, Exit.FORBIDDEN),
    (keys.CertificateError, Exit.CERTIFICATE_UNUSABLE),
    (keys.TrustServiceError, Exit.SERVICE_UNREACHABLE),
    (keys.WrongPin, Exit.SIGNING_REFUSED),
    (keys.ActivationError, Exit.SIGNING_REFUSED),
    (keys.KeyStoreError, Exit.CERTIFICATE_UNUSABLE),
    (signing.PdfEncrypted, Exit.ENCRYPTED),
    (signing.PdfUnusable, Exit.DAMAGED_INPUT),
    (signing.SigningError, Exit.SIGNING_REFUSED),
    (certify.CertifyError, Exit.SIGNING_REFUSED),
    (signing.PdfEncrypted, Exit.ENCRYPTED),
    (signing.PdfaOne, Exit.SIGNING_REFUSED),
    (signing.PdfUnusable, Exit.DAMAGED_INPUT),
    (signing.NoSignatureToExtend, Exit.NO_SIGNATURE),
    (signing.ServiceNotConfigured, Exit.BAD_CONFIGURATION),
    (signing.ChainIncomplete, Exit.CERTIFICATE_UNUSABLE),
    (signing.SigningError, Exit.SIGNING_REFUSED),
    (vault.CodeMistyped, Exit.USAGE),
    (vault.DatabaseUnavailable, Exit.FILE_ACCESS),
    (vault.StoreUnavailable, Exit.FILE_ACCESS),
    (errors.RequestInvalid, Exit.USAGE),
    (errors.SiteAltered, Exit.VERIFICATION_FAILED),
    (guard.ChildFailed, Exit.DAMAGED_INPUT),
    (OSError, Exit.FILE_ACCESS),
    (KeyboardInterrupt, Exit.INTERRUPTED),
)


def exit_of_error(error: BaseException) -> Exit:
    """The exit code of an exception that ended a command."""
    if isinstance(error, ocr_errors.ScanRefused):
        return exit_of_intake(error.code)
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), Exit.UNEXPECTED)


def exit_of_intake(code: str) -> Exit:
    """The exit code of a scan that was not taken in."""
    if code == "PASSWORD_PROTECTED":
        return Exit.ENCRYPTED
    if code in {"RESOLUTION_TOO_LOW", "BLANK_PAGE", "ALREADY_SIGNED"}:
        return Exit.QUALITY_REFUSED
    return Exit.DAMAGED_INPUT


def exit_of_answer(answer: Answer) -> Exit:
    """The exit code of a verification."""
    if answer.verdict is Verdict.MALFORMED:
        if "PASSWORD_PROTECTED" in answer.reasons:
            return Exit.ENCRYPTED
        return Exit.DAMAGED_INPUT if "NOT_A_PDF" in answer.reasons else Exit.VERIFICATION_FAILED
    return {
        Verdict.VALID: Exit.OK,
        Verdict.VALID_WITH_WARNING: Exit.OK,
        Verdict.NO_SIGNATURE: Exit.NO_SIGNATURE,
        Verdict.INDETERMINATE: Exit.NOT_CONFIRMED,
        Verdict.INVALID: Exit.VERIFICATION_FAILED,
    }[answer.verdict]


def worst(codes: Iterable[Exit]) -> Exit:
    """The exit code of several files together."""
    seen = set(codes)
    return next((Exit(code) for code in _WORST_FIRST if code in seen), max(seen, default=Exit.OK))
