"""Every error that may end a command: the sentence it is told in, and its exit code.

This table knows every package of the house, so it is imported only when something went wrong.
"""

from __future__ import annotations

from typing import Final

import certify
import dossiers
import guard
import keys
import signing
import vault
import vault.backup
from api import errors
from api.cli.console import open_console
from api.cli.exits import Exit, exit_of_intake
from api.client.problems import AnswerUnreadable, Refused, TookTooLong, Unreachable, VidimusError
from api.migrations.errors import MigrationFailed
from api.problems import code_of, describe, kinds_of_code
from certify import errors as certify_errors
from fonts.errors import FontError
from ocr import errors as ocr_errors
from signing.verify.errors import VerifyError

EXPECTED: Final[tuple[type[Exception], ...]] = (
    errors.ApiError,
    certify.CertifyError,
    dossiers.DossierError,
    FontError,
    guard.GuardError,
    keys.KeysError,
    ocr_errors.OcrError,
    signing.SigningError,
    vault.VaultError,
    VerifyError,
    VidimusError,
    OSError,
)

_BY_ERROR: Final[tuple[tuple[type[BaseException], Exit], ...]] = (
    (errors.BadSetting, Exit.BAD_CONFIGURATION),
    (errors.HomeError, Exit.BAD_CONFIGURATION),
    (errors.RestoreError, Exit.BAD_CONFIGURATION),
    (keys.RecoveryKeyUnusable, Exit.BAD_CONFIGURATION),
    (keys.UnwrapFailed, Exit.BAD_CONFIGURATION),
    (vault.backup.BackupMissing, Exit.FILE_ACCESS),
    (vault.backup.BackupDamaged, Exit.VERIFICATION_FAILED),
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
    (signing.PdfaOne, Exit.SIGNING_REFUSED),
    (signing.NoSignatureToExtend, Exit.NO_SIGNATURE),
    (signing.ServiceNotConfigured, Exit.BAD_CONFIGURATION),
    (signing.ChainIncomplete, Exit.CERTIFICATE_UNUSABLE),
    (signing.SigningError, Exit.SIGNING_REFUSED),
    (certify_errors.WorkerNameTaken, Exit.BAD_CONFIGURATION),
    (certify.PipelineError, Exit.SERVICE_UNREACHABLE),
    (certify.CertifyError, Exit.SIGNING_REFUSED),
    (vault.CodeMistyped, Exit.USAGE),
    (vault.DatabaseUnavailable, Exit.FILE_ACCESS),
    (vault.StoreUnavailable, Exit.FILE_ACCESS),
    (errors.RequestInvalid, Exit.USAGE),
    (errors.ResultRefused, Exit.VERIFICATION_FAILED),
    (errors.SiteAltered, Exit.VERIFICATION_FAILED),
    (vault.ProofInvalid, Exit.VERIFICATION_FAILED),
    (vault.CheckpointInvalid, Exit.VERIFICATION_FAILED),
    (guard.ChildFailed, Exit.DAMAGED_INPUT),
    (guard.EgressFailed, Exit.SERVICE_UNREACHABLE),
    (guard.EgressRefused, Exit.SERVICE_UNREACHABLE),
    (Unreachable, Exit.SERVICE_UNREACHABLE),
    (TookTooLong, Exit.SERVICE_UNREACHABLE),
    (AnswerUnreadable, Exit.UNEXPECTED),
    (OSError, Exit.FILE_ACCESS),
    (KeyboardInterrupt, Exit.INTERRUPTED),
)
# What a service refused with a code of tomorrow still has a status.
_BY_STATUS: Final = {401: Exit.NOT_AUTHENTICATED, 403: Exit.FORBIDDEN, 429: Exit.SERVICE_UNREACHABLE}


def exit_code(error: BaseException) -> Exit:
    """The exit code of an exception that ended a command."""
    if isinstance(error, ocr_errors.ScanRefused):
        return exit_of_intake(error.code)
    if isinstance(error, Refused):
        return _exit_of_refused(error)
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), Exit.UNEXPECTED)


def _exit_of_refused(refused: Refused) -> Exit:
    """The exit code that the same refusal has at this machine: a code of a problem is the name of an exception."""
    if refused.code == code_of(ocr_errors.ScanRefused) and refused.reason:
        return exit_of_intake(refused.reason)
    for kind in kinds_of_code(refused.code):
        return next((code for base, code in _BY_ERROR if issubclass(kind, base)), Exit.UNEXPECTED)
    return _BY_STATUS.get(refused.status, Exit.SERVICE_UNREACHABLE if refused.status >= 502 else Exit.UNEXPECTED)


def sentence(error: Exception) -> str:
    """What a person reads when a command ends with an expected error: what, why and what to do, code."""
    if isinstance(error, errors.BadSetting | OSError | VidimusError):
        # A problem of a service comes in the reader's language already.
        return f"vidimus: {error}"
    console = open_console()
    problem = describe(error, messages=console.messages, language=console.language)
    return f"vidimus: {problem.title}. {problem.detail} [{code_of(type(error))}] {error}"
