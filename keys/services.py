"""Time-stamps and revocation evidence, from the embedded authority in process or from services over HTTP.

Both ways build the same requests and pass the same checks; only the road between differs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from guard.clock import Clock, RandomBytes
from guard.egress import GuardedHttp
from guard.errors import EgressFailed, EgressRefused
from keys.authority import EmbeddedAuthority
from keys.authority_faults import FaultBoard
from keys.authority_http import answer_http
from keys.credentials import load_certificate
from keys.errors import TimestampUnavailable
from keys.mode import DEMO_TSA_POLICY_OID
from keys.timestamp_check import TimestampToken, ask_timestamp, check_timestamp

_NONCE_BYTES = 16
_MAX_TOKEN_BYTES = 64_000
_TIMEOUT_SECONDS = 5.0
_QUERY = "application/timestamp-query"


class TimestampAuthority(Protocol):
    """Proves that a digest existed at a time."""

    def stamp(self, imprint_sha256: bytes, *, at_sent: datetime) -> TimestampToken:
        """Have a SHA-256 digest stamped; `at_sent` is the present moment of the caller's clock.

        Raises:
            TimestampUnavailable: no answer; try again later.
            TimestampRejected: an answer that fails a check.
        """


class RevocationSource(Protocol):
    """Proves that a certificate is not withdrawn."""

    def ocsp(self, certificate_der: bytes, issuer_der: bytes) -> bytes:
        """Give a checked OCSP response that says `good`.

        It is made now for an officer or a seal; for CA and time-stamping certificates it may be up to an hour old.

        Raises:
            CertificateRevoked: withdrawn.
            RevocationUnavailable: no answer, or the certificate names no OCSP service (then ask for the CRL).
            RevocationRejected: an answer that fails a check.
        """

    def crl(self, issuer_der: bytes) -> bytes:
        """Give the issuer's checked, current CRL.

        Raises:
            RevocationUnavailable: no answer, or no address is known for this issuer's CRL.
            RevocationRejected: an answer that fails a check.
        """


_Exchange: TypeAlias = Callable[[bytes], bytes]


class _CheckedTimestamps:
    """Asks by one road and judges what comes back."""

    def __init__(
        self,
        exchange: _Exchange,
        *,
        clock: Clock,
        random_bytes: RandomBytes,
        issuers_der: Sequence[bytes],
        policy_oid: str | None,
    ) -> None:
        self._exchange = exchange
        self._clock = clock
        self._random_bytes = random_bytes
        self._issuers = tuple(load_certificate(der) for der in issuers_der)
        self._policy_oid = policy_oid

    def stamp(self, imprint_sha256: bytes, *, at_sent: datetime) -> TimestampToken:
        """Have a digest stamped, as `TimestampAuthority` promises."""
        nonce = int.from_bytes(self._random_bytes(_NONCE_BYTES), "big")
        question = ask_timestamp(imprint_sha256, nonce=nonce, at_sent=at_sent, policy_oid=self._policy_oid)
        answer_der = self._exchange(question.request_der())
        return check_timestamp(answer_der, question=question, received_at=self._clock.now(), issuers=self._issuers)


class InProcessTimestamps(_CheckedTimestamps):
    """The embedded authority's time-stamps, without a network; with `faults` it misbehaves as its HTTP door does."""

    def __init__(
        self,
        authority: EmbeddedAuthority,
        *,
        clock: Clock,
        random_bytes: RandomBytes,
        faults: FaultBoard | None = None,
    ) -> None:
        self._authority = authority
        self._faults = faults
        super().__init__(
            self._exchange_in_process,
            clock=clock,
            random_bytes=random_bytes,
            issuers_der=[authority.issuing_der],
            policy_oid=DEMO_TSA_POLICY_OID,
        )

    def _exchange_in_process(self, request_der: bytes) -> bytes:
        at = self._clock.now()
        if self._faults is None:
            return self._authority.answer_timestamp(request_der, at=at)
        answer = answer_http(
            self._authority,
            method="POST",
            path="/tsa",
            content_type=_QUERY,
            body=request_der,
            at=at,
            faults=self._faults,
        )
        # What a client over HTTP would not have waited for, or not have read to its end, is no answer here either.
        if answer.status != 200 or answer.delay_seconds > _TIMEOUT_SECONDS or len(answer.body) > _MAX_TOKEN_BYTES:
            raise TimestampUnavailable(
                "the time-stamping service of the embedded authority gave no answer; nothing was signed, try again"
            )
        return answer.body


class HttpTimestamps(_CheckedTimestamps):
    """A time-stamping service over HTTP (RFC 3161, 3.4); `issuers_der` are the CAs that certify its keys."""

    def __init__(
        self,
        http: GuardedHttp,
        url: str,
        *,
        clock: Clock,
        random_bytes: RandomBytes,
        issuers_der: Sequence[bytes],
        policy_oid: str | None = None,
        timeout_seconds: float = _TIMEOUT_SECONDS,
    ) -> None:
        self._http = http
        self._url = url
        self._timeout_seconds = timeout_seconds
        super().__init__(
            self._post, clock=clock, random_bytes=random_bytes, issuers_der=issuers_der, policy_oid=policy_oid
        )

    def _post(self, request_der: bytes) -> bytes:
        try:
            answer = self._http.fetch(
                self._url,
                method="POST",
                body=request_der,
                content_type=_QUERY,
                max_bytes=_MAX_TOKEN_BYTES,
                timeout_seconds=self._timeout_seconds,
                repeatable=True,
            )
        except (EgressFailed, EgressRefused) as exc:
            raise TimestampUnavailable(
                f"the time-stamping service gave no answer ({exc}); nothing was signed, try again"
            ) from exc
        if answer.status != 200 or answer.content_type.partition(";")[0].strip() != "application/timestamp-reply":
            raise TimestampUnavailable(
                f"the time-stamping service answered {answer.status} {answer.content_type!r}; "
                "nothing was signed, check its address"
            )
        return answer.body
