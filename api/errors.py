"""What can go wrong at the doors.

ApiError
├── BadSetting              a setting cannot be meant; stops the start
├── HomeError               the home folder is missing, foreign or of another mode
│   ├── HomeMissing
│   ├── HomeExists
│   └── NotADemoHome        --clean met a home that holds real work
├── DependencyMissing       a program or language model is not installed
├── NotAuthenticated        no session, or one that ended
│   ├── LoginRefused        name and password do not open an account (one answer for all causes)
│   └── LinkUsed            a single-use link was used before, or is too old
├── Forbidden               this role, agency or owner may not
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
├── PublicationFailed       the static site could not be written by the timer
├── SiteAltered             a published site is not as it was signed
├── AgentRefused            the token agent did not sign; `code` says why
└── RequestInvalid          a field of the request is missing or wrong
"""

from __future__ import annotations


class ApiError(Exception):
    """Base of everything the doors raise themselves."""


class BadSetting(ApiError):
    """A setting is missing or cannot be meant."""


class HomeError(ApiError):
    """The home folder is not what the command needs."""


class HomeMissing(HomeError):
    """There is no home at this place yet."""


class HomeExists(HomeError):
    """There is a home already; its mode never changes."""


class NotADemoHome(HomeError):
    """Only a home marked demo may be removed by a command."""


class DependencyMissing(ApiError):
    """A program, library or language model that this work needs is not installed."""


class NotAuthenticated(ApiError):
    """Nobody is signed in, or the session ended."""


class LoginRefused(NotAuthenticated):
    """Name and password do not open an account; the answer does not say which was wrong."""


class LinkUsed(NotAuthenticated):
    """A single-use link was used before or is too old."""


class Forbidden(ApiError):
    """The one who asks may not do this."""


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


class AgentRefused(ApiError):
    """The token agent did not sign."""

    def __init__(self, code: str) -> None:
        """Keep the fault as a stable code."""
        super().__init__(f"the token agent did not sign: {code}")
        self.code = code
