"""The embedded authority's addresses: which question at which path gets which answer, for any HTTP server to carry."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit

from keys.authority import EmbeddedAuthority
from keys.authority_faults import (
    SLOW_SECONDS,
    AuthorityService,
    Fault,
    FaultBoard,
    spoil_crl,
    spoil_ocsp,
    spoil_timestamp,
    spoiled_bytes,
)
from keys.authority_names import CredentialKind

_OCSP_GET = "/ocsp/"
_MAX_GET_CHARACTERS = 6000


@dataclass(frozen=True, slots=True)
class AuthorityAnswer:
    """What an HTTP server sends back, after `delay_seconds` when a fault asks for it."""

    status: int
    content_type: str
    body: bytes
    delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Question:
    """A request that was understood: for which service, about what."""

    service: AuthorityService
    place: str
    body: bytes = b""


_TYPES = {
    AuthorityService.TSA: "application/timestamp-reply",
    AuthorityService.OCSP: "application/ocsp-response",
    AuthorityService.CRL: "application/pkix-crl",
    AuthorityService.AIA: "application/pkix-cert",
}
_CRLS = {"/root.crl": CredentialKind.ROOT, "/issuing.crl": CredentialKind.ISSUING}
_CERTIFICATES = ("/root.cer", "/issuing.cer")


def answer_http(
    authority: EmbeddedAuthority,
    *,
    method: str,
    path: str,
    content_type: str,
    body: bytes,
    at: datetime,
    faults: FaultBoard | None = None,
) -> AuthorityAnswer:
    """Answer one request for a time-stamp, an OCSP response, a CRL or a CA's certificate.

    `path` is the request's path, with the prefix of the authority's base URL.
    """
    place = path.removeprefix(urlsplit(authority.base_url).path)
    if method == "POST":
        question = _read_post(place, content_type=content_type, body=body)
    elif method == "GET":
        question = _read_get(place)
    else:
        return _plain(405, "only GET and POST")
    if isinstance(question, AuthorityAnswer):
        return question
    fault = faults.of(question.service) if faults else None
    if fault is Fault.DOWN:
        return _plain(503, "out of service")
    answer = _answer_rightly if fault in (None, Fault.SLOW) else _answer_wrongly
    return AuthorityAnswer(
        200,
        _TYPES[question.service],
        answer(authority, question, at=at, fault=fault or Fault.SLOW),
        delay_seconds=SLOW_SECONDS if fault is Fault.SLOW else 0.0,
    )


def _read_post(place: str, *, content_type: str, body: bytes) -> _Question | AuthorityAnswer:
    media_type = content_type.partition(";")[0].strip().lower()
    if place == "/tsa":
        if media_type != "application/timestamp-query":
            return _plain(415, "send application/timestamp-query (RFC 3161, 3.4)")
        return _Question(AuthorityService.TSA, place, body)
    if place == "/ocsp":
        if media_type != "application/ocsp-request":
            return _plain(415, "send application/ocsp-request (RFC 6960, A.1)")
        return _Question(AuthorityService.OCSP, place, body)
    return _plain(404, "nothing here")


def _read_get(place: str) -> _Question | AuthorityAnswer:
    if place in _CRLS:
        return _Question(AuthorityService.CRL, place)
    if place in _CERTIFICATES:
        return _Question(AuthorityService.AIA, place)
    if place.startswith(_OCSP_GET) and len(place) <= _MAX_GET_CHARACTERS:
        # RFC 6960, A.1: the request in base64, URL-encoded, in the path.
        try:
            request_der = base64.b64decode(unquote(place.removeprefix(_OCSP_GET)), validate=True)
        except (binascii.Error, ValueError):
            return _plain(400, "the path carries no base64 of an OCSP request")
        return _Question(AuthorityService.OCSP, "/ocsp", request_der)
    return _plain(404, "nothing here")


# Both ways of answering have one shape; a right answer asks for no fault.
def _answer_rightly(authority: EmbeddedAuthority, question: _Question, *, at: datetime, fault: Fault) -> bytes:
    del fault
    match question.service:
        case AuthorityService.TSA:
            return authority.answer_timestamp(question.body, at=at)
        case AuthorityService.OCSP:
            return authority.answer_ocsp(question.body, at=at)
        case AuthorityService.CRL:
            return authority.crl_der(_CRLS[question.place], at=at)
        case AuthorityService.AIA:
            return authority.root_der if question.place == "/root.cer" else authority.issuing_der


def _answer_wrongly(authority: EmbeddedAuthority, question: _Question, *, at: datetime, fault: Fault) -> bytes:
    spoiled = spoiled_bytes(fault)
    if spoiled is not None:
        return spoiled
    match question.service:
        case AuthorityService.TSA:
            return spoil_timestamp(authority, question.body, at=at, fault=fault)
        case AuthorityService.OCSP:
            return spoil_ocsp(authority, question.body, at=at, fault=fault)
        case AuthorityService.CRL:
            return spoil_crl(authority, _CRLS[question.place], at=at, fault=fault)
        case AuthorityService.AIA:
            return _answer_rightly(authority, question, at=at, fault=fault)


def _plain(status: int, text: str) -> AuthorityAnswer:
    return AuthorityAnswer(status, "text/plain", text.encode())
