"""One table: every exception of the house → HTTP status and stable code; texts in vi, en, fr (RFC 9457).

The `type` of a problem is `urn:vidimus:problem:<slug>` and its `code` is the exception's name in capitals; both are
stable. Where a refusal has a code of its own (an intake code, a guard of a transition), `reason` carries it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

import certify
import dossiers
import fonts.errors
import guard
import keys
import signing.errors
import signing.verify.errors
import vault.backup
import vault.errors
from api import errors
from api.messages import Messages, choose_language
from ocr import errors as ocr_errors

_PROBLEM_JSON: Final = "application/problem+json"
_RETRY_AFTER_SECONDS: Final = "5"
_RETRY_STATUSES: Final = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """How one exception is told over HTTP; `message` names its texts in `messages/problems.yaml`."""

    status: int
    message: str


_INTERNAL: Final = ProblemKind(500, "internal")
_UNAVAILABLE: Final = ProblemKind(503, "unavailable")
_NOT_FOUND: Final = ProblemKind(404, "not_found")
_FORBIDDEN: Final = ProblemKind(403, "forbidden")
_STATE: Final = ProblemKind(409, "state")
_ACTIVATE_AGAIN: Final = ProblemKind(409, "activate_again")
_KEY_UNUSABLE: Final = ProblemKind(409, "key_unusable")
_TRUST_SERVICE: Final = ProblemKind(503, "trust_service")
_DOCUMENT: Final = ProblemKind(422, "document")
_GRANT_OVER: Final = ProblemKind(410, "grant_over")

# A class that is not named takes the kind of its nearest base; the test asks that each base or class stands here.
TABLE: Final[Mapping[type[Exception], ProblemKind]] = {
    # guard
    guard.GuardError: _INTERNAL,
    guard.PoolBusy: ProblemKind(429, "busy"),
    guard.PoolClosed: _UNAVAILABLE,
    guard.IsolationUnavailable: _UNAVAILABLE,
    guard.ChildFailed: ProblemKind(422, "document_too_hard"),
    guard.EgressFailed: _TRUST_SERVICE,
    guard.EgressRefused: _TRUST_SERVICE,
    guard.MailRefused: _UNAVAILABLE,
    # fonts
    fonts.errors.FontError: _INTERNAL,
    fonts.errors.GlyphMissing: ProblemKind(422, "letter_unknown"),
    # ocr
    ocr_errors.OcrError: _INTERNAL,
    ocr_errors.ScanRefused: ProblemKind(422, "scan_refused"),
    ocr_errors.AlreadySigned: ProblemKind(422, "already_signed"),
    ocr_errors.IntakeUnavailable: _UNAVAILABLE,
    ocr_errors.RecognitionError: _INTERNAL,
    ocr_errors.LanguageMissing: ProblemKind(422, "language_missing"),
    ocr_errors.PdfaError: _INTERNAL,
    ocr_errors.StatementTooLong: ProblemKind(422, "statement_too_long"),
    ocr_errors.PdfaViolation: _INTERNAL,
    ocr_errors.RenderFailed: _DOCUMENT,
    # keys
    keys.KeysError: _INTERNAL,
    keys.KeyStoreError: _KEY_UNUSABLE,
    keys.KeyInHand: ProblemKind(409, "key_in_hand"),
    keys.PinRefused: ProblemKind(422, "pin_refused"),
    keys.WrongPin: ProblemKind(403, "wrong_pin"),
    keys.KeyImportRefused: ProblemKind(422, "key_import"),
    keys.TokenError: ProblemKind(409, "token"),
    keys.RemoteKeyError: ProblemKind(409, "remote_key"),
    keys.RemoteKeyUnavailable: ProblemKind(503, "remote_key"),
    keys.CertificateError: _KEY_UNUSABLE,
    keys.ActivationError: _ACTIVATE_AGAIN,
    keys.ActivationNotYours: _FORBIDDEN,
    keys.ActivationRequired: _FORBIDDEN,
    keys.PasskeyRefused: ProblemKind(403, "passkey"),
    keys.TrustServiceError: _TRUST_SERVICE,
    keys.AuthorityError: _INTERNAL,
    keys.SerialUnknown: _NOT_FOUND,
    keys.KekError: _INTERNAL,
    keys.TrustFolderUnusable: _UNAVAILABLE,
    keys.TrustedListRefused: ProblemKind(422, "trusted_list"),
    # signing
    signing.errors.SigningError: _INTERNAL,
    signing.errors.PdfUnusable: _DOCUMENT,
    signing.errors.FieldUnusable: _STATE,
    signing.errors.MarkUnusable: ProblemKind(422, "mark_unusable"),
    signing.errors.NoFreeSpace: ProblemKind(422, "no_free_space"),
    signing.errors.ClockJumped: ProblemKind(503, "clock_jumped"),
    signing.errors.LevelUnreachable: ProblemKind(422, "level_unreachable"),
    signing.errors.ContainerUnusable: _STATE,
    signing.errors.NoSignatureToExtend: ProblemKind(422, "no_signature_to_extend"),
    signing.errors.SignatureMismatch: ProblemKind(422, "signature_mismatch"),
    signing.errors.DeferredError: ProblemKind(409, "deferred"),
    signing.errors.DeferredStateUnreadable: ProblemKind(422, "deferred"),
    signing.verify.errors.VerifyError: _INTERNAL,
    signing.verify.errors.NotAPdf: _DOCUMENT,
    signing.verify.errors.PasswordProtected: _DOCUMENT,
    signing.verify.errors.PdfUnreadable: _DOCUMENT,
    signing.verify.errors.CmsUnreadable: _DOCUMENT,
    signing.verify.errors.FieldNotSigned: _NOT_FOUND,
    signing.verify.errors.SignatureNotTrusted: ProblemKind(422, "not_trusted"),
    # vault
    vault.errors.VaultError: _INTERNAL,
    vault.errors.DatabaseUnavailable: _UNAVAILABLE,
    vault.errors.NotFound: _NOT_FOUND,
    vault.errors.BlobError: _INTERNAL,
    vault.errors.BlobConflict: _STATE,
    vault.errors.BlobShredded: ProblemKind(410, "erased"),
    vault.backup.BackupError: _INTERNAL,
    vault.errors.StoreUnavailable: _UNAVAILABLE,
    vault.errors.StoreFull: ProblemKind(507, "storage_full"),
    vault.errors.UploadError: _STATE,
    vault.errors.UploadMoved: ProblemKind(409, "upload_moved"),
    vault.errors.UploadOverfull: ProblemKind(413, "upload_too_large"),
    vault.errors.UploadUnfinished: ProblemKind(409, "upload_moved"),
    vault.errors.UploadDamaged: ProblemKind(460, "upload_damaged"),
    vault.errors.TooManyUploads: ProblemKind(429, "too_many_uploads"),
    vault.errors.CodeMistyped: ProblemKind(422, "code_mistyped"),
    vault.errors.StatusConflict: _STATE,
    vault.errors.HolderConflict: _STATE,
    vault.errors.HolderFrozen: ProblemKind(409, "holder_frozen"),
    vault.errors.MandateRefused: ProblemKind(422, "mandate"),
    vault.errors.ErasureRefused: ProblemKind(409, "kept_by_law"),
    vault.errors.BagInvalid: ProblemKind(422, "package"),
    vault.errors.ContactRefused: ProblemKind(422, "contact"),
    vault.errors.ChangedMeanwhile: ProblemKind(412, "changed_meanwhile"),
    vault.errors.RecordRefused: _STATE,
    vault.errors.ConsentInvalid: ProblemKind(422, "consent_invalid"),
    vault.errors.GrantError: _GRANT_OVER,
    vault.errors.GrantOutOfScope: _FORBIDDEN,
    vault.errors.ShareError: _GRANT_OVER,
    vault.errors.ShareAnswered: _STATE,
    vault.errors.PasscodeWrong: ProblemKind(403, "passcode_wrong"),
    vault.errors.LogError: _INTERNAL,
    vault.errors.ProofInvalid: ProblemKind(422, "proof"),
    vault.errors.CheckpointInvalid: ProblemKind(422, "proof"),
    # certify
    certify.CertifyError: _INTERNAL,
    certify.AgencyNotFound: _NOT_FOUND,
    certify.StaffError: _FORBIDDEN,
    certify.StaffNotFound: _NOT_FOUND,
    certify.StaffConflict: _STATE,
    certify.CredentialError: _STATE,
    certify.CredentialUnknown: _NOT_FOUND,
    certify.CaseError: _STATE,
    certify.CaseNotFound: _NOT_FOUND,
    certify.ItemNotFound: _NOT_FOUND,
    certify.RefusalIncomplete: ProblemKind(422, "refusal_incomplete"),
    certify.RegisterError: ProblemKind(409, "register"),
    certify.CopyError: _STATE,
    certify.ReadyCopyExpired: ProblemKind(409, "prepare_again"),
    certify.ReadyCopyChanged: ProblemKind(409, "prepare_again"),
    certify.AlreadyApproved: ProblemKind(409, "already_approved"),
    certify.SignatureNotAwaited: ProblemKind(409, "signature_not_awaited"),
    certify.ChecklistIncomplete: ProblemKind(422, "checklist"),
    certify.PaymentConflict: _STATE,
    certify.PaymentUnknown: _NOT_FOUND,
    certify.errors.ReformBlocked: ProblemKind(409, "reform_blocked"),
    certify.errors.RetentionRefused: ProblemKind(409, "retention_refused"),
    certify.errors.RetentionNotFound: _NOT_FOUND,
    certify.PipelineError: _UNAVAILABLE,
    certify.QueueFull: ProblemKind(429, "queue_full"),
    # dossiers
    dossiers.DossierError: _INTERNAL,
    dossiers.ProcedureNotFound: _NOT_FOUND,
    dossiers.CatalogueInvalid: ProblemKind(422, "catalogue"),
    dossiers.SubmissionNotFound: _NOT_FOUND,
    dossiers.SubmissionChanged: ProblemKind(412, "changed_meanwhile"),
    dossiers.RequirementUnanswered: ProblemKind(422, "requirement_unanswered"),
    dossiers.LinkRefused: ProblemKind(422, "link_refused"),
    dossiers.ChoiceRefused: ProblemKind(422, "choice_refused"),
    dossiers.AnswerRefused: _STATE,
    dossiers.StepRefused: _STATE,
    dossiers.RequestNotFound: _NOT_FOUND,
    dossiers.RequestClosed: _GRANT_OVER,
    dossiers.CounterCodeRefused: ProblemKind(410, "counter_code"),
    dossiers.AssistanceRefused: _FORBIDDEN,
    dossiers.DutyRefused: ProblemKind(422, "duty"),
    dossiers.PackageNotWhole: ProblemKind(409, "package_not_whole"),
    dossiers.PackageSigned: _STATE,
    dossiers.SignerRefused: ProblemKind(422, "signer_refused"),
    dossiers.ManifestInvalid: ProblemKind(422, "manifest_invalid"),
    # api
    errors.ApiError: _INTERNAL,
    errors.BadSetting: _INTERNAL,
    errors.TrainingNotCounted: ProblemKind(409, "training_not_counted"),
    errors.HomeError: _UNAVAILABLE,
    errors.RestoreError: _STATE,
    errors.DependencyMissing: _UNAVAILABLE,
    errors.NotAuthenticated: ProblemKind(401, "not_authenticated"),
    errors.LoginRefused: ProblemKind(401, "login_refused"),
    errors.LinkUsed: ProblemKind(401, "link_used"),
    errors.SignInDeclined: ProblemKind(401, "line_declined"),
    errors.SignInExpired: ProblemKind(401, "line_expired"),
    errors.SignInPending: ProblemKind(409, "line_pending"),
    errors.OidcRefused: ProblemKind(401, "oidc"),
    errors.TokenRefused: ProblemKind(401, "token_refused"),
    errors.ClientRefused: ProblemKind(401, "client_refused"),
    errors.SecondFactorRequired: ProblemKind(401, "second_factor"),
    errors.StepUpRequired: ProblemKind(401, "step_up"),
    errors.Forbidden: _FORBIDDEN,
    errors.ScopeMissing: ProblemKind(403, "scope_missing"),
    errors.SessionRequired: ProblemKind(403, "session_required"),
    errors.BrowserRequired: ProblemKind(403, "browser_required"),
    errors.CredentialsMixed: ProblemKind(400, "credentials_mixed"),
    errors.PasswordUnfit: ProblemKind(422, "password_unfit"),
    errors.OauthRefused: ProblemKind(400, "oauth"),
    errors.MethodNotAllowed: ProblemKind(405, "method"),
    errors.PrepareStopped: ProblemKind(409, "prepare_stopped"),
    errors.NotFound: _NOT_FOUND,
    errors.CsrfRefused: ProblemKind(403, "csrf"),
    errors.HostUnknown: ProblemKind(421, "host_unknown"),
    errors.PreconditionFailed: ProblemKind(412, "changed_meanwhile"),
    errors.PreconditionRequired: ProblemKind(428, "precondition_required"),
    errors.IdempotencyConflict: ProblemKind(422, "idempotency_conflict"),
    errors.StillRunning: ProblemKind(409, "still_running"),
    errors.TooManyRequests: ProblemKind(429, "too_many"),
    errors.UploadTooLarge: ProblemKind(413, "upload_too_large"),
    errors.RequestTooSlow: ProblemKind(408, "too_slow"),
    errors.MediaTypeRefused: ProblemKind(415, "media_type"),
    errors.TusVersionUnknown: ProblemKind(412, "tus_version"),
    errors.SiteAltered: ProblemKind(422, "site_altered"),
    errors.DoorFailed: ProblemKind(503, "door"),
    errors.ResultRefused: ProblemKind(422, "result_refused"),
    errors.CallbackRefused: _FORBIDDEN,
    errors.NotDelivered: _UNAVAILABLE,
    errors.AgentRefused: ProblemKind(409, "agent"),
    errors.RequestInvalid: ProblemKind(422, "request_invalid"),
}


def kind_of(error: type[Exception]) -> ProblemKind:
    """Find the kind of an exception: its own row, or that of its nearest base."""
    return next((TABLE[base] for base in error.__mro__ if base in TABLE), _INTERNAL)


def code_of(error: type[Exception]) -> str:
    """The stable code of an exception: `ReadyCopyExpired` → `READY_COPY_EXPIRED`."""
    return as_code(error.__name__)


def kinds_of_code(code: str) -> Iterator[type[Exception]]:
    """The exceptions of the house that a code names."""
    left: list[type[Exception]] = list(handled_exceptions())
    while left:
        kind = left.pop()
        if code_of(kind) == code:
            yield kind
        left += kind.__subclasses__()


def as_code(name: str) -> str:
    """A name in the form of a code; a code stays as it is."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).upper()


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, for a person (title, detail) and for a program (status, type, code, reason)."""

    status: int
    type: str
    code: str
    title: str
    detail: str
    reason: str | None
    field: str | None = None

    def to_dict(self) -> dict[str, object]:
        """The RFC 9457 object."""
        whole: dict[str, object] = {
            "type": self.type,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.reason:
            whole["reason"] = self.reason
        if self.field:
            whole["field"] = self.field
        return whole


def describe(error: Exception, *, messages: Messages, language: str) -> Problem:
    """Say an exception in a language; what it says in English to a log never reaches the reader."""
    kind = kind_of(type(error))
    reason = getattr(error, "code", None) or getattr(error, "reason", None)
    reason = str(reason.value if hasattr(reason, "value") else reason) if reason else None
    code = code_of(type(error))
    detail_key = f"problem.{kind.message}.detail"
    if reason and messages.has(f"reason.{reason}"):
        detail_key = f"reason.{reason}"
    return Problem(
        status=kind.status,
        type=f"urn:vidimus:problem:{code.lower().replace('_', '-')}",
        code=code,
        title=messages.text(f"problem.{kind.message}.title", language),
        detail=messages.text(detail_key, language),
        reason=reason,
        field=getattr(error, "field", None),
    )


def language_of(request: Request) -> str:
    """The language of an answer: `?lang=`, then the cookie, then Accept-Language, then the office's default."""
    default = request.app.state.services.settings.language
    wanted = [request.query_params.get("lang", ""), request.cookies.get("vidimus_lang", "")]
    wanted += [part.split(";")[0] for part in request.headers.get("accept-language", "").split(",")]
    return choose_language(wanted, default=default)


def challenge_of(error: Exception, *, status: int) -> str:
    """What a program is asked for (RFC 6750, 3; RFC 9470, 3); a browser shows no window of its own for it."""
    if isinstance(error, errors.StepUpRequired):
        return f'Bearer realm="vidimus", error="insufficient_user_authentication", max_age="{error.max_age_seconds}"'
    if isinstance(error, errors.ScopeMissing):
        return f'Bearer realm="vidimus", error="insufficient_scope", scope="{error.scope}"'
    if isinstance(error, errors.TokenRefused):
        return 'Bearer realm="vidimus", error="invalid_token"'
    return 'Bearer realm="vidimus"' if status == 401 else ""


def problem_response(request: Request, error: Exception) -> Response:
    """Answer a request with its problem, as JSON."""
    messages: Messages = request.app.state.services.messages
    language = language_of(request)
    problem = describe(error, messages=messages, language=language)
    headers = {"Content-Language": language}
    if problem.status in _RETRY_STATUSES or isinstance(error, errors.StillRunning):
        headers["Retry-After"] = _RETRY_AFTER_SECONDS
    challenge = challenge_of(error, status=problem.status)
    if challenge:
        headers["WWW-Authenticate"] = challenge
    if isinstance(error, errors.TusVersionUnknown):
        headers["Tus-Version"] = "1.0.0"
    body = json.dumps(problem.to_dict(), ensure_ascii=False)
    return Response(body, status_code=problem.status, media_type=_PROBLEM_JSON, headers=headers)


_BY_STATUS: Final[Mapping[int, type[errors.ApiError]]] = {
    401: errors.NotAuthenticated,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    408: errors.RequestTooSlow,
    413: errors.UploadTooLarge,
    429: errors.TooManyRequests,
}


def from_http(error: HTTPException) -> Exception:
    """Give our exception for one of the framework's own."""
    if error.status_code in _BY_STATUS:
        return _BY_STATUS[error.status_code](str(error.detail))
    return errors.RequestInvalid("the request cannot be read", field="request")


def from_validation(error: RequestValidationError) -> errors.ApiError:
    """Name the first field that is wrong, never its value; an id in the path that cannot be one names nothing."""
    if any(found["loc"][0] == "path" for found in error.errors()):
        return errors.NotFound("no such address")
    place = ".".join(str(part) for part in error.errors()[0]["loc"][1:]) or "body"
    return errors.RequestInvalid(f"{place} is missing or wrong", field=place)


def handled_exceptions() -> tuple[type[Exception], ...]:
    """The bases for which the application installs its handler."""
    return (
        guard.GuardError,
        fonts.errors.FontError,
        ocr_errors.OcrError,
        keys.KeysError,
        signing.errors.SigningError,
        signing.verify.errors.VerifyError,
        vault.errors.VaultError,
        certify.CertifyError,
        dossiers.DossierError,
        errors.ApiError,
    )
