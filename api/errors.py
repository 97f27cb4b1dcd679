"""What can go wrong at the doors.

ApiError
├── BadSetting              a setting cannot be meant; stops the start
│   ├── SampleLawInProduction   the country's law pack is a sample
│   └── RetentionUnset          nobody decided how long something is kept
├── HomeError               the home folder is missing, foreign or of another mode
│   ├── HomeMissing
│   ├── HomeExists
│   ├── NotADemoHome        --clean met a home that holds real work
│   └── HomeQuarantined     restored from a backup and not released yet
├── RestoreError
│   ├── RestoreRefused      a restore would write over an office, or into another kind of database
│   └── EvidenceMissing     how far the office really was is not known from outside
├── DependencyMissing       a program or language model is not installed
├── NotAuthenticated        no session, or one that ended
│   ├── LoginRefused        name and password do not open an account (one answer for all causes)
│   ├── LinkUsed            a single-use link was used before, or is too old
│   ├── SignInDeclined      the owner of the account did not let a command line in
│   ├── SignInExpired       a command line's question is too old, or was answered and used
│   ├── OidcRefused         an identity provider's answer opens nothing; `code` says why
│   ├── TokenRefused        a bearer token ended, was revoked or never was
│   ├── ClientRefused       a system's id and secret name no open system (one answer for all causes)
│   ├── SecondFactorRequired  the role wants a passkey or a provider
│   └── StepUpRequired      the last authentication is too old for this
├── Forbidden               this role, agency or owner may not
│   ├── ScopeMissing        the token is not for this
│   ├── SessionRequired     a token may never do this, whatever its scopes
│   └── BrowserRequired     the session of a command line may never do this
├── SignInPending           nobody answered yet whether a command line comes in
├── CredentialsMixed        a cookie and a bearer token in one request
├── PasswordUnfit           a new password is too easily guessed; `code` says why
├── OauthRefused            the token endpoint refuses; `code` is that of RFC 6749
├── NotFound                no such address, or a thing that is not yours
├── MethodNotAllowed        the address exists, the method does not
├── PrepareStopped          no copy could be prepared; `code` says why
├── CsrfRefused             the form did not come from our page
├── HostUnknown             the Host header names somebody else
├── PreconditionFailed      If-Match names another version
├── PreconditionRequired    an update without If-Match
├── IdempotencyConflict     the same key with another body
├── StillRunning            the same key while the first call runs
├── TooManyRequests         a limit per account or address
├── UploadTooLarge
├── RequestTooSlow          the body stopped coming, or drips
├── MediaTypeRefused        the body is of a kind this address does not take
├── TusVersionUnknown       an upload in parts by another version of its protocol
├── PublicationFailed       the static site could not be written by the timer
├── SiteAltered             a published site is not as it was signed
├── DoorFailed              another system gave no usable answer; `code` says why
├── ResultRefused           a result of another system is not taken; `code` says why
├── CallbackRefused         what claims to come from a payment gateway was not signed by it
├── NotDelivered            a message did not reach its receiver; `code` says why
├── AgentRefused            the token agent did not sign; `code` says why
├── TrainingNotCounted      what was done in training or a demonstration is no statistic
└── RequestInvalid          a field of the request is missing or wrong
"""

from __future__ import annotations


class ApiError(Exception):
    """Base of everything the doors raise themselves."""


class BadSetting(ApiError):
    """A setting is missing or cannot be meant."""


class SampleLawInProduction(BadSetting):
    """The country's law pack is a sample that nobody checked, and copies made here would be real."""


class RetentionUnset(BadSetting):
    """Nobody decided how long a class of things is kept, and copies made here would be real."""


class HomeError(ApiError):
    """The home folder is not what the command needs."""


class HomeMissing(HomeError):
    """There is no home at this place yet."""


class HomeExists(HomeError):
    """There is a home already; its mode never changes."""


class NotADemoHome(HomeError):
    """Only a home marked demo may be removed by a command."""


class HomeQuarantined(HomeError):
    """The office was restored from a backup; nothing is numbered or signed before it is released."""


class RestoreError(ApiError):
    """A backup could not be put back or released."""


class RestoreRefused(RestoreError):
    """A restore would write over an office that is there."""


class EvidenceMissing(RestoreError):
    """How far the office really was is not known; numbers or checkpoints could come twice."""


class DependencyMissing(ApiError):
    """A program, library or language model that this work needs is not installed."""


class NotAuthenticated(ApiError):
    """Nobody is signed in, or the session ended."""


class LoginRefused(NotAuthenticated):
    """Name and password do not open an account; the answer does not say which was wrong."""


class LinkUsed(NotAuthenticated):
    """A single-use link was used before or is too old."""


class SignInDeclined(NotAuthenticated):
    """The owner of the account said that this command line is not let in."""


class SignInExpired(NotAuthenticated):
    """The question of a command line is too old, was used before, or never was: one answer for all."""


class SignInPending(ApiError):
    """Nobody answered yet whether a command line is let in; ask again after the interval."""


class OidcRefused(NotAuthenticated):
    """A sign-in by an identity provider opened nothing; `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        """Keep why as a stable code."""
        super().__init__(message)
        self.code = code


class TokenRefused(NotAuthenticated):
    """A bearer token that opens nothing; the answer does not say why."""


class ClientRefused(NotAuthenticated):
    """Id and secret name no open system; the answer does not say which was wrong."""


class SecondFactorRequired(NotAuthenticated):
    """The role is not opened by a password alone: show a passkey, or come in by an identity provider."""


class StepUpRequired(NotAuthenticated):
    """What is asked needs an authentication that is younger than `max_age_seconds` (RFC 9470)."""

    def __init__(self, message: str, *, max_age_seconds: int) -> None:
        """Keep how young the authentication must be."""
        super().__init__(message)
        self.max_age_seconds = max_age_seconds


class Forbidden(ApiError):
    """The one who asks may not do this."""


class ScopeMissing(Forbidden):
    """The token was not made for this; `scope` names what it lacks."""

    def __init__(self, message: str, *, scope: str) -> None:
        """Keep the scope that is missing."""
        super().__init__(message)
        self.scope = scope


class SessionRequired(Forbidden):
    """A person must do this in a session of their own; no token can."""


class BrowserRequired(Forbidden):
    """The session of a command line does not do this: it is only for reading, or this is about the account itself."""


class CredentialsMixed(ApiError):
    """A request carries a session's cookie and a bearer token: which of the two asks cannot be told."""


class PasswordUnfit(ApiError):
    """A new password is too easily guessed; `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        """Keep why as a stable code."""
        super().__init__(message)
        self.code = code


class OauthRefused(ApiError):
    """The token endpoint refuses a request; `code` is the error of RFC 6749, 5.2."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the error's own word."""
        super().__init__(message)
        self.code = code


class NotFound(ApiError):
    """There is nothing at this address for the one who asks."""


class MethodNotAllowed(ApiError):
    """The address exists, but not with this method."""


class PrepareStopped(ApiError):
    """The copy could not be prepared; nothing is left to approve, and `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the stable code beside the sentence."""
        super().__init__(message)
        self.code = code


class CsrfRefused(ApiError):
    """The request did not come from a page of ours."""


class HostUnknown(ApiError):
    """The Host header names somebody else."""


class PreconditionFailed(ApiError):
    """The thing changed since it was read (If-Match names another version)."""


class PreconditionRequired(ApiError):
    """An update must name the version it was made from (If-Match)."""


class IdempotencyConflict(ApiError):
    """This Idempotency-Key was used before with another body."""


class StillRunning(ApiError):
    """The first call with this Idempotency-Key has not finished."""


class TooManyRequests(ApiError):
    """A limit was reached; try again later."""


class UploadTooLarge(ApiError):
    """The upload is larger than this door accepts."""


class RequestTooSlow(ApiError):
    """The body stopped coming, or comes too slowly to wait for."""


class MediaTypeRefused(ApiError):
    """The body is of a kind that this address does not take."""


class TusVersionUnknown(ApiError):
    """The upload in parts speaks another version of its protocol than we do."""


class TrainingNotCounted(ApiError):
    """What was done in training is never in statistics, and no specimen is published as data."""


class RequestInvalid(ApiError):
    """A field of the request is missing or wrong; `field` names it."""

    def __init__(self, message: str, *, field: str) -> None:
        """Keep which field was wrong beside the sentence that says why."""
        super().__init__(message)
        self.field = field


class PublicationFailed(ApiError):
    """The static site could not be written when it was due."""


class SiteAltered(ApiError):
    """A published site is not as its office signed it."""


class DoorFailed(ApiError):
    """Another system gave no usable answer; `is_final` says that the same question again is of no use."""

    def __init__(self, code: str, *, is_final: bool) -> None:
        """Keep the stable code; what was asked stands nowhere."""
        super().__init__(f"another system gave no usable answer: {code}")
        self.code = code
        self.is_final = is_final


class ResultRefused(ApiError):
    """What another system gives is not put into a vault; `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the stable code beside the sentence."""
        super().__init__(message)
        self.code = code


class CallbackRefused(ApiError):
    """What claims to come from the payment gateway was not signed by it, or cannot be read."""


class NotDelivered(ApiError):
    """A message did not reach its receiver; `is_final` says that another attempt is of no use."""

    def __init__(self, code: str, *, is_final: bool) -> None:
        """Keep the stable code; whom it should have reached stands nowhere."""
        super().__init__(f"a message was not delivered: {code}")
        self.code = code
        self.is_final = is_final


class AgentRefused(ApiError):
    """The token agent did not sign."""

    def __init__(self, code: str) -> None:
        """Keep the fault as a stable code."""
        super().__init__(f"the token agent did not sign: {code}")
        self.code = code
