"""Revocation evidence, from the embedded authority in process or from OCSP and CRL services over HTTP.

Both ways build the same requests and pass the same checks; only the road between differs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from guard.clock import Clock, RandomBytes
from guard.egress import GuardedHttp
from guard.errors import EgressFailed, EgressRefused
from keys.authority import EmbeddedAuthority
from keys.authority_names import CredentialKind
from keys.credentials import find_extension, is_ca, load_certificate
from keys.errors import RevocationUnavailable
from keys.revocation_check import OcspQuestion, RevocationEvidence, check_crl, check_ocsp

_NONCE_BYTES = 16
_MAX_OCSP_BYTES = 64_000
_MAX_CRL_BYTES = 10_000_000
_TIMEOUT_SECONDS = 5.0
# An answer may hold for a week; a withdrawn time-stamping certificate must not be used that long.
_MAX_CACHED = timedelta(hours=1)


class _Road(Protocol):
    """How questions reach whoever answers them."""

    def fetch_ocsp(self, request_der: bytes, *, url: str) -> bytes: ...

    def fetch_crl(self, issuer_der: bytes) -> bytes: ...


class _CheckedRevocation:
    """Asks, judges, and remembers answers about CA and time-stamping certificates for a while."""

    def __init__(self, road: _Road, *, clock: Clock, random_bytes: RandomBytes) -> None:
        self._road = road
        self._clock = clock
        self._random_bytes = random_bytes
        self._cache: dict[tuple[bytes, int | None], RevocationEvidence] = {}
        self._lock = threading.Lock()

    def ocsp(self, certificate_der: bytes, issuer_der: bytes) -> bytes:
        """Give a checked OCSP response, as `RevocationSource` promises."""
        certificate, issuer = load_certificate(certificate_der), load_certificate(issuer_der)
        url = _ocsp_url(certificate)

        def ask() -> RevocationEvidence:
            nonce = self._random_bytes(_NONCE_BYTES)
            question = OcspQuestion(certificate, issuer, nonce, self._clock.now())
            answer_der = self._road.fetch_ocsp(question.request_der(), url=url)
            return check_ocsp(answer_der, question=question, received_at=self._clock.now())

        if not _is_chain_certificate(certificate):
            return ask().der
        return self._cached((issuer_der, certificate.serial_number), ask)

    def crl(self, issuer_der: bytes) -> bytes:
        """Give a checked CRL, as `RevocationSource` promises."""
        issuer = load_certificate(issuer_der)

        def ask() -> RevocationEvidence:
            return check_crl(self._road.fetch_crl(issuer_der), issuer=issuer, at=self._clock.now())

        return self._cached((issuer_der, None), ask)

    def forget(self) -> None:
        """Drop every remembered answer, for example after a notice of revocation."""
        with self._lock:
            self._cache.clear()

    def _cached(self, key: tuple[bytes, int | None], ask: Callable[[], RevocationEvidence]) -> bytes:
        now = self._clock.now()
        with self._lock:
            known = self._cache.get(key)
        if known is not None and now < known.next_update:
            return known.der
        fresh = ask()
        until = min(fresh.next_update, now + _MAX_CACHED)
        with self._lock:
            self._cache[key] = RevocationEvidence(fresh.der, until)
        return fresh.der


class InProcessRevocation(_CheckedRevocation):
    """The embedded authority's OCSP responses and CRLs, without a network."""

    def __init__(self, authority: EmbeddedAuthority, *, clock: Clock, random_bytes: RandomBytes) -> None:
        super().__init__(_InProcessRoad(authority, clock), clock=clock, random_bytes=random_bytes)


class HttpRevocation(_CheckedRevocation):
    """OCSP and CRL services over HTTP, at the addresses inside certificates of configured chains.

    An address is followed only when `http` allows its origin. A CRL's address stands in the certificates that its
    issuer signed, so `certificates_der` lists the certificates of the configured chains.
    """

    def __init__(
        self, http: GuardedHttp, *, clock: Clock, random_bytes: RandomBytes, certificates_der: Sequence[bytes]
    ) -> None:
        crl_urls: dict[bytes, str] = {}
        for certificate in map(load_certificate, certificates_der):
            for url in _crl_urls(certificate):
                crl_urls.setdefault(certificate.issuer.public_bytes(), url)
        super().__init__(_HttpRoad(http, crl_urls), clock=clock, random_bytes=random_bytes)


@dataclass(frozen=True, slots=True)
class _InProcessRoad:
    authority: EmbeddedAuthority
    clock: Clock

    # There is only one responder, whatever the address says.
    def fetch_ocsp(self, request_der: bytes, *, url: str) -> bytes:  # noqa: ARG002
        return self.authority.answer_ocsp(request_der, at=self.clock.now())

    def fetch_crl(self, issuer_der: bytes) -> bytes:
        parts = {self.authority.root_der: CredentialKind.ROOT, self.authority.issuing_der: CredentialKind.ISSUING}
        if issuer_der not in parts:
            raise RevocationUnavailable("the embedded authority has no CRL of another issuer; configure its service")
        return self.authority.crl_der(parts[issuer_der], at=self.clock.now())


@dataclass(frozen=True, slots=True)
class _HttpRoad:
    http: GuardedHttp
    crl_urls: Mapping[bytes, str]

    def fetch_ocsp(self, request_der: bytes, *, url: str) -> bytes:
        return self._fetch(url, body=request_der, max_bytes=_MAX_OCSP_BYTES)

    def fetch_crl(self, issuer_der: bytes) -> bytes:
        url = self.crl_urls.get(load_certificate(issuer_der).subject.public_bytes())
        if url is None:
            raise RevocationUnavailable("no address is known for this issuer's CRL; add its chain to the settings")
        return self._fetch(url, body=b"", max_bytes=_MAX_CRL_BYTES)

    def _fetch(self, url: str, *, body: bytes, max_bytes: int) -> bytes:
        try:
            answer = self.http.fetch(
                url,
                method="POST" if body else "GET",
                body=body,
                content_type="application/ocsp-request" if body else None,
                max_bytes=max_bytes,
                timeout_seconds=_TIMEOUT_SECONDS,
            )
        except (EgressFailed, EgressRefused) as exc:
            raise RevocationUnavailable(
                f"the revocation service gave no answer ({exc}); nothing was signed, try again"
            ) from exc
        if answer.status != 200:
            raise RevocationUnavailable(
                f"the revocation service answered {answer.status}; nothing was signed, try again"
            )
        return answer.body


def _ocsp_url(certificate: x509.Certificate) -> str:
    access = find_extension(certificate, x509.AuthorityInformationAccess)
    for description in access.value if access else ():
        location = description.access_location
        is_url = isinstance(location, x509.UniformResourceIdentifier)
        if description.access_method == AuthorityInformationAccessOID.OCSP and is_url:
            return str(location.value)
    raise RevocationUnavailable(
        f"certificate {certificate.serial_number:x} names no OCSP service; ask for its issuer's CRL"
    )


def _crl_urls(certificate: x509.Certificate) -> list[str]:
    points = find_extension(certificate, x509.CRLDistributionPoints)
    names = [name for point in (points.value if points else ()) for name in point.full_name or []]
    return [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]


def _is_chain_certificate(certificate: x509.Certificate) -> bool:
    """Say whether a certificate belongs to a CA or to a time-stamping service, rather than to a signer."""
    purposes = find_extension(certificate, x509.ExtendedKeyUsage)
    stamps = purposes is not None and ExtendedKeyUsageOID.TIME_STAMPING in purposes.value
    return stamps or is_ca(certificate)
