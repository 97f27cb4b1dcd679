"""The embedded authority's addresses: which question at which path gets which answer, for any HTTP server to carry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from keys.authority import EmbeddedAuthority
from keys.authority_names import CredentialKind


@dataclass(frozen=True, slots=True)
class AuthorityAnswer:
    """What an HTTP server sends back."""

    status: int
    content_type: str
    body: bytes


def answer_http(
    authority: EmbeddedAuthority, *, method: str, path: str, content_type: str, body: bytes, at: datetime
) -> AuthorityAnswer:
    """Answer one request for a time-stamp, an OCSP response, a CRL or a CA's certificate.

    `path` is the request's path, with the prefix of the authority's base URL.
    """
    place = path.removeprefix(urlsplit(authority.base_url).path)
    if method == "POST":
        return _answer_post(authority, place=place, content_type=content_type, body=body, at=at)
    if method == "GET":
        return _answer_get(authority, place=place, at=at)
    return _plain(405, "only GET and POST")


def _answer_post(
    authority: EmbeddedAuthority, *, place: str, content_type: str, body: bytes, at: datetime
) -> AuthorityAnswer:
    media_type = content_type.partition(";")[0].strip().lower()
    if place == "/tsa":
        if media_type != "application/timestamp-query":
            return _plain(415, "send application/timestamp-query (RFC 3161, 3.4)")
        return AuthorityAnswer(200, "application/timestamp-reply", authority.answer_timestamp(body, at=at))
    if place == "/ocsp":
        if media_type != "application/ocsp-request":
            return _plain(415, "send application/ocsp-request (RFC 6960, A.1)")
        return AuthorityAnswer(200, "application/ocsp-response", authority.answer_ocsp(body, at=at))
    return _plain(404, "nothing here")


def _answer_get(authority: EmbeddedAuthority, *, place: str, at: datetime) -> AuthorityAnswer:
    if place in ("/root.crl", "/issuing.crl"):
        which = CredentialKind.ROOT if place == "/root.crl" else CredentialKind.ISSUING
        return AuthorityAnswer(200, "application/pkix-crl", authority.crl_der(which, at=at))
    certificates = {"/root.cer": authority.root_der, "/issuing.cer": authority.issuing_der}
    if place in certificates:
        return AuthorityAnswer(200, "application/pkix-cert", certificates[place])
    return _plain(404, "nothing here")


def _plain(status: int, text: str) -> AuthorityAnswer:
    return AuthorityAnswer(status, "text/plain", text.encode())
