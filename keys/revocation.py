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
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from guard.clock import Clock, RandomBytes
from guard.egress import GuardedHttp
from guard.errors import EgressFailed, EgressRefused
from keys.authority import EmbeddedAuthority
from keys.authority_faults import FaultBoard
from keys.authority_http import answer_http
from keys.breaker import CircuitBreaker
from keys.credentials import find_extension, is_ca, load_certificate
from keys.errors import RevocationRejected, RevocationUnavailable
from keys.revocation_check import OcspQuestion, RevocationEvidence, check_crl, check_ocsp

_NONCE_BYTES = 16
_MAX_OCSP_BYTES = 64_000
_MAX_CRL_BYTES = 10_000_000
_TIMEOUT_SECONDS = 5.0
_QUERY = "application/ocsp-request"
# An answer may hold for a week; a withdrawn time-stamping certificate must not be used that long.
_MAX_CACHED = timedelta(hours=1)


class _Road(Protocol):
    """How questions reach whoever answers them; a place is an address, whatever that means on this road."""

    def fetch_ocsp(self, request_der: bytes, *, place: str) -> bytes: ...

    def crl_places(self, issuer: x509.Certificate) -> Sequence[str]: ...

    def fetch_crl(self, place: str) -> bytes: ...


class _CheckedRevocation:
    """Asks, judges, and remembers answers about CA and time-stamping certificates for a while."""

    def __init__(self, road: _Road, *, clock: Clock, random_bytes: RandomBytes) -> None:
        self._road = road
        self._clock = clock
        self._random_bytes = random_bytes
        self._cache: dict[tuple[bytes, int | None], RevocationEvidence] = {}
        self._breakers: dict[str, CircuitBreaker] = {}
        self._lock = threading.Lock()

    def ocsp(self, certificate_der: bytes, issuer_der: bytes) -> bytes:
        """Give a checked OCSP response, as `RevocationSource` promises."""
        certificate, issuer = load_certificate(certificate_der), load_certificate(issuer_der)
        places = _ocsp_urls(certificate)
        if not places:
            raise RevocationUnavailable(
                f"certificate {certificate.serial_number:x} names no OCSP service; ask for its issuer's CRL"
            )

        def ask(place: str) -> RevocationEvidence:
            nonce = self._random_bytes(_NONCE_BYTES)
            question = OcspQuestion(certificate, issuer, nonce, self._clock.now())
            answer_der = self._road.fetch_ocsp(question.request_der(), place=place)
            return check_ocsp(answer_der, question=question, received_at=self._clock.now())

        if not _is_chain_certificate(certificate):
            return self._first_answer(places, ask).der
        return self._cached((issuer_der, certificate.serial_number), lambda: self._first_answer(places, ask))

    def crl(self, issuer_der: bytes) -> bytes:
        """Give a checked CRL, as `RevocationSource` promises."""
        issuer = load_certificate(issuer_der)

        def ask(place: str) -> RevocationEvidence:
            return check_crl(self._road.fetch_crl(place), issuer=issuer, at=self._clock.now())

        return self._cached((issuer_der, None), lambda: self._first_answer(self._road.crl_places(issuer), ask))

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

    def _first_answer(self, places: Sequence[str], ask: Callable[[str], RevocationEvidence]) -> RevocationEvidence:
        """Ask one address after the other; a sound "revoked" ends the search like a sound "good"."""
        trouble: RevocationUnavailable | RevocationRejected | None = None
        for place in places:
            with self._lock:
                breaker = self._breakers.setdefault(place, CircuitBreaker(clock=self._clock))
            if not breaker.admits():
                trouble = trouble or RevocationUnavailable(
                    "the revocation service rests after several failures; nothing was signed, try again in a moment"
                )
                continue
            try:
                with breaker.watching():
                    return ask(place)
            except (RevocationUnavailable, RevocationRejected) as exc:
                trouble = exc
        raise trouble or RevocationUnavailable(
            "no address is known for this issuer's CRL; add its chain to the settings"
        )


class InProcessRevocation(_CheckedRevocation):
    """The embedded authority's OCSP responses and CRLs without a network; with `faults` they are as bad as asked."""

    def __init__(
        self,
        authority: EmbeddedAuthority,
        *,
        clock: Clock,
        random_bytes: RandomBytes,
        faults: FaultBoard | None = None,
    ) -> None:
        super().__init__(_InProcessRoad(authority, clock, faults), clock=clock, random_bytes=random_bytes)


class HttpRevocation(_CheckedRevocation):
    """OCSP and CRL services over HTTP, at the addresses inside certificates of configured chains.

    An address is followed only when `http` allows its origin. A CRL's address stands in the certificates that its
    issuer signed, so `certificates_der` lists the certificates of the configured chains.
    """

    def __init__(
        self,
        http: GuardedHttp,
        *,
        clock: Clock,
        random_bytes: RandomBytes,
        certificates_der: Sequence[bytes],
        timeout_seconds: float = _TIMEOUT_SECONDS,
    ) -> None:
        crl_urls: dict[bytes, dict[str, None]] = {}
        for certificate in map(load_certificate, certificates_der):
            crl_urls.setdefault(certificate.issuer.public_bytes(), {}).update(dict.fromkeys(_crl_urls(certificate)))
        known = {name: tuple(urls) for name, urls in crl_urls.items()}
        super().__init__(_HttpRoad(http, known, timeout_seconds), clock=clock, random_bytes=random_bytes)


@dataclass(frozen=True, slots=True)
class _InProcessRoad:
    authority: EmbeddedAuthority
    clock: Clock
    faults: FaultBoard | None

    # There is only one responder, whatever the address says.
    def fetch_ocsp(self, request_der: bytes, *, place: str) -> bytes:  # noqa: ARG002
        return self._ask("POST", "/ocsp", body=request_der, max_bytes=_MAX_OCSP_BYTES)

    def crl_places(self, issuer: x509.Certificate) -> Sequence[str]:
        issuer_der = issuer.public_bytes(Encoding.DER)
        parts = {self.authority.root_der: "/root.crl", self.authority.issuing_der: "/issuing.crl"}
        return (parts[issuer_der],) if issuer_der in parts else ()

    def fetch_crl(self, place: str) -> bytes:
        return self._ask("GET", place, body=b"", max_bytes=_MAX_CRL_BYTES)

    def _ask(self, method: str, path: str, *, body: bytes, max_bytes: int) -> bytes:
        answer = answer_http(
            self.authority,
            method=method,
            path=path,
            content_type=_QUERY if body else "",
            body=body,
            at=self.clock.now(),
            faults=self.faults,
        )
        # What a client over HTTP would not have waited for, or not have read to its end, is no answer here either.
        if answer.status != 200 or answer.delay_seconds > _TIMEOUT_SECONDS or len(answer.body) > max_bytes:
            raise RevocationUnavailable(
                "the embedded authority gave no answer about revocation; nothing was signed, try again"
            )
        return answer.body


@dataclass(frozen=True, slots=True)
class _HttpRoad:
    http: GuardedHttp
    crl_urls: Mapping[bytes, tuple[str, ...]]
    timeout_seconds: float

    def fetch_ocsp(self, request_der: bytes, *, place: str) -> bytes:
        return self._fetch(place, body=request_der, max_bytes=_MAX_OCSP_BYTES)

    def crl_places(self, issuer: x509.Certificate) -> Sequence[str]:
        return self.crl_urls.get(issuer.subject.public_bytes(), ())

    def fetch_crl(self, place: str) -> bytes:
        return self._fetch(place, body=b"", max_bytes=_MAX_CRL_BYTES)

    def _fetch(self, url: str, *, body: bytes, max_bytes: int) -> bytes:
        try:
            answer = self.http.fetch(
                url,
                method="POST" if body else "GET",
                body=body,
                content_type=_QUERY if body else None,
                max_bytes=max_bytes,
                timeout_seconds=self.timeout_seconds,
                repeatable=True,
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


def _ocsp_urls(certificate: x509.Certificate) -> tuple[str, ...]:
    access = find_extension(certificate, x509.AuthorityInformationAccess)
    return tuple(
        str(description.access_location.value)
        for description in (access.value if access else ())
        if description.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(description.access_location, x509.UniformResourceIdentifier)
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
