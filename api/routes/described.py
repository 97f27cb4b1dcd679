"""What the description of the API says beside the routes: its introduction, its parts, its doors, its problems by part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from fastapi.routing import APIRoute

from api import errors
from api.access import SESSION_COOKIES
from api.identity import Door
from api.problems import code_of, handled_exceptions, kind_of

INTRODUCTION: Final = """\
Everything the pages of Vidimus do can be done here.

**Doors.** A browser signs in by `POST /v1/sessions` and sends the cookie; every change then carries `X-CSRF-Token`.
A program sends a token, `Authorization: Bearer …`, and no cookie beside it; no token shares, files or administers.
What is public asks for neither. What needs a step-up answers 401 `STEP_UP_REQUIRED` when the sign-in is old, and a
role that wants a second factor 401 `SECOND_FACTOR_REQUIRED` to a session that a password or a link opened. Behind TLS the
names of the cookies begin with `__Host-`. A browser that holds sessions of both doors says which one it means by
`X-CSRF-Token`, also when it reads what both doors have.

**Problems** are RFC 9457 objects with a stable `code`; `title` and `detail` are in the reader's language (`?lang=` or
`Accept-Language`: vi, en, fr). Each operation lists the codes it may answer. Besides, any address may answer 405
(`METHOD_NOT_ALLOWED`), 408 (`REQUEST_TOO_SLOW`), 421 (`HOST_UNKNOWN`) and, when something unforeseen happens, 500.

**Sending again.** A POST that creates takes `Idempotency-Key`: the same call with the same key is done once and answered
with the same words. After 429 and 503, and after 409 `STILL_RUNNING`, wait as long as `Retry-After` says.

**Versions.** What can be changed comes with an `ETag`; a change sends it back as `If-Match`.

**Lists** give `next_cursor` while there is more; send it as `cursor`. It means nothing outside.

**Long work** answers 202 with an operation, which can be asked again or followed as server-sent events.

**Examples** run against `./demo`, whose people and PIN are invented and whose papers say SPECIMEN. Where an example
needs the id of something that was just made, the `links` of the answer say where it comes from.

**Changes.** Fields and operations are added within `/v1`; a client ignores what it does not know. Nothing is renamed or
taken away without a `Deprecation` header and an entry in the change log.
"""

TAGS: Final[Mapping[str, str]] = {
    "sessions": "Come in with a name and a password, look at the present session, leave.",
    "uploads": "Large files in parts, by the tus protocol.",
    "drafts": "An original on its way to a certified copy: its scan, what was read, comparison, the ready copy, refusal.",
    "approvals and operations": "The officer's yes, by PIN, passkey or a token in hand, and the long work that follows.",
    "register": "The books of certifications: their lines, their closing, what is corrected in them.",
    "vault": "The holder's own papers, and who looked at them.",
    "mandates": "Who acts for whose vault: parents, representatives, heirs; joint papers, deaths, new names.",
    "sharing": "Links to one paper, and consents.",
    "procedures and dossiers": "What a procedure asks for, what the vault has, what was sent.",
    "requests for papers": "An agency asks and the holder decides: by notice, by a code at the counter, with a helper; or by a duty of law.",
    "results of issuers": "Systems bring results into vaults (add, replace, annul), holders fetch papers from providers; how these systems fare.",
    "packages by copy": "A dossier as one file (ASiC-E) that others open: sealed, signed by its applicant, or approved by passkey.",
    "received dossiers": "Dossiers filed with an agency: fetch, answer, move on.",
    "feedback": "What citizens say of a dossier, a case or a refusal, and what the agency answers.",
    "verification": "Is this file right, what is known of this code. For everybody.",
    "notices": "What a person was told, and where they want to be told.",
    "payments": "The fee of an original: due, paid by gateway or at the desk, refunded.",
    "webhooks": "An agency's systems that are told of events (Standard Webhooks 1.0).",
    "tokens": "Tokens for programs, systems that act for an agency, and the token endpoint of those systems.",
    "cases": "The requests of people, each with its originals.",
    "administration": "The people of an office, their delegations, and the agencies.",
    "figures": "What the office did, each figure with the events behind it; the national scorecard.",
    "retention": "How long things are kept, legal holds, purges and certificates of destruction.",
    "keys": "The keys of an office: their state, which end soon, whether the signing paths work.",
    "log": "The transparency log as files (C2SP tlog-tiles).",
    "trust": "What verdicts rest on.",
    "authority": "The embedded authority of demo and training: OCSP, time-stamps, certificates.",
    "health": "What a watchdog asks.",
    "description": "This description.",
}

MEANINGS: Final = {
    400: "A session's cookie and a token came together.",
    401: "Nobody is signed in, the session or token ended, or a step-up is needed.",
    403: "This role, agency, scope or form may not.",
    404: "There is no such thing, or it is not yours: nobody can tell the two apart.",
    409: "Not possible at this step, or the same call is still running.",
    410: "It was taken back, or its time is over.",
    412: "It changed since it was read.",
    413: "The body is larger than this door takes.",
    415: "The body is of a kind that this address does not take.",
    422: "A field is missing or wrong, or the document is refused; `reason` says why.",
    428: "If-Match is missing.",
    429: "Busy, or too many attempts; see Retry-After.",
    460: "The bytes are not what their checksum says; nothing of them was kept.",
    503: "A part is not available; see Retry-After.",
    507: "There is no room left; nothing was kept.",
}

# The packages whose refusals a part of the API passes on; a part that is not named may pass on any.
_PARTS: Final[Mapping[str, frozenset[str]]] = {
    "sessions": frozenset({"certify", "keys", "vault"}),
    "tokens": frozenset({"certify", "vault"}),
    "drafts": frozenset({"certify", "fonts", "guard", "keys", "ocr", "signing", "vault"}),
    "approvals and operations": frozenset({"certify", "guard", "keys", "ocr", "signing", "vault"}),
    "uploads": frozenset({"vault"}),
    "register": frozenset({"certify", "fonts", "guard", "keys", "ocr", "signing", "vault"}),
    "vault": frozenset({"guard", "ocr", "signing", "vault"}),
    "sharing": frozenset({"guard", "ocr", "signing", "vault"}),
    "procedures and dossiers": frozenset({"dossiers", "vault"}),
    "requests for papers": frozenset({"dossiers", "vault"}),
    "results of issuers": frozenset({"certify", "guard", "signing", "vault"}),
    "packages by copy": frozenset({"dossiers", "guard", "keys", "signing", "vault"}),
    "received dossiers": frozenset({"dossiers", "vault"}),
    "feedback": frozenset({"certify", "dossiers", "vault"}),
    "verification": frozenset({"certify", "guard", "ocr", "signing", "vault"}),
    "cases": frozenset({"certify", "ocr", "vault"}),
    "administration": frozenset({"certify", "vault"}),
    "keys": frozenset({"certify", "keys", "vault"}),
    "log": frozenset({"vault"}),
    "trust": frozenset({"keys", "vault"}),
    "authority": frozenset({"keys", "vault"}),
    "health": frozenset({"vault"}),
    "description": frozenset(),
}
# Our own, wherever the mechanism is in use that they come from.
_EVERYWHERE: Final[Mapping[int, tuple[type[Exception], ...]]] = {
    400: (errors.CredentialsMixed,),
    401: (errors.NotAuthenticated, errors.TokenRefused, errors.SecondFactorRequired, errors.StepUpRequired),
    403: (errors.Forbidden, errors.CsrfRefused, errors.ScopeMissing, errors.SessionRequired, errors.BrowserRequired),
    404: (errors.NotFound,),
    409: (errors.StillRunning,),
    412: (errors.PreconditionFailed,),
    415: (errors.MediaTypeRefused,),
    413: (errors.UploadTooLarge,),
    422: (errors.RequestInvalid, errors.IdempotencyConflict),
    428: (errors.PreconditionRequired,),
    429: (errors.TooManyRequests,),
    503: (errors.DependencyMissing, errors.HomeError),
}
# Those of one place only.
_HERE: Final[Mapping[str, tuple[type[Exception], ...]]] = {
    "open_session": (errors.LoginRefused,),
    "confirm_session": (errors.LoginRefused,),
    "open_session_by_passkey": (errors.LoginRefused,),
    "confirm_by_passkey": (errors.LoginRefused,),
    "take_line_session": (errors.SignInPending, errors.SignInDeclined, errors.SignInExpired),
    "change_password": (errors.LoginRefused, errors.PasswordUnfit),
    "prepare": (errors.PrepareStopped,),
    **dict.fromkeys(("add_result", "replace_issued_result", "pull_paper"), (errors.ResultRefused,)),
    "pull_paper": (errors.ResultRefused, errors.DoorFailed),
    **dict.fromkeys(("begin_upload", "ask_upload", "append_upload", "end_upload"), (errors.TusVersionUnknown,)),
}
# A door to another system stands behind whole parts, and behind one operation of a part that has none.
_GENERAL: Final = (
    frozenset(kind for kinds in _EVERYWHERE.values() for kind in kinds)
    | {kind for kinds in _HERE.values() for kind in kinds}
) - {errors.DoorFailed}


def problem_codes(route: APIRoute, status: int) -> list[str]:
    """The codes with which an operation may answer a status: its part's, and those of the mechanisms it uses."""
    parts = [_PARTS.get(str(tag)) for tag in route.tags]
    found = {code_of(kind) for kind in _EVERYWHERE.get(status, ())}
    found |= {code_of(kind) for kind in _HERE.get(route.name, ()) if kind_of(kind).status == status}
    for package, code in _codes_of_parts().get(status, ()):
        if any(part is None or package in part for part in parts) or not parts:
            found.add(code)
    return sorted(found)


@cache
def _codes_of_parts() -> dict[int, frozenset[tuple[str, str]]]:
    """The package and code of every problem of the house that is nobody's in particular, by status.

    Looked up once: two thousand answers are described, and there are two hundred kinds of problems.
    """
    found: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
    for kind in set(_below(handled_exceptions())) - _GENERAL:
        found[kind_of(kind).status].add((kind.__module__.partition(".")[0], code_of(kind)))
    return {status: frozenset(pairs) for status, pairs in found.items()}


def _below(kinds: Iterable[type[Exception]]) -> Iterator[type[Exception]]:
    for kind in kinds:
        yield kind
        yield from _below(kind.__subclasses__())


def security_schemes() -> dict[str, dict[str, Any]]:
    """How a caller says who it is."""
    doors = {
        "staffSession": (Door.STAFF, "Session of the staff door; `POST /v1/sessions` opens one."),
        "citizenSession": (Door.CITIZEN, "Session of the citizen's door; `POST /v1/sessions` opens one."),
    }
    schemes: dict[str, dict[str, Any]] = {
        name: {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIES[door], "description": text}
        for name, (door, text) in doors.items()
    }
    schemes["csrfToken"] = {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "`csrf_token` of the session; every change with a session carries it.",
    }
    schemes["bearerToken"] = {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of `POST /v1/tokens`, or of `POST /v1/oauth/token` for systems; never with a cookie.",
    }
    return schemes


def described_tags(used: Iterable[str]) -> list[dict[str, str]]:
    """The parts of the API in reading order, those that nobody described last."""
    seen = set(used)
    order = [*(tag for tag in TAGS if tag in seen), *sorted(seen - set(TAGS))]
    return [{"name": tag, "description": TAGS[tag]} if tag in TAGS else {"name": tag} for tag in order]
