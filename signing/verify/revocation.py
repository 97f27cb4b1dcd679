"""Judge revocation evidence that came with the file or the trust folder: OCSP responses and CRLs.

The mode is what pyHanko calls `require`: no evidence is never good news, and a CRL supplied by the office
counts even when the certificate names no place to fetch one.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing.verify.algorithms import SignatureAlgorithm, signature_family, verify_raw_signature
from signing.verify.certificates import CERTIFICATE_ERRORS, Certificate, CertificatePool, members_of
from signing.verify.policy import algorithm_named, usable_until

CLOCK_SKEW = timedelta(minutes=5)
AGE_WITHOUT_NEXT_UPDATE = timedelta(days=1)
_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_COMPROMISE = (x509.ReasonFlags.key_compromise, x509.ReasonFlags.ca_compromise, x509.ReasonFlags.aa_compromise)


class RevocationStatus(StrEnum):
    """What the evidence says about a certificate at the moment that matters."""

    GOOD = "GOOD"
    REVOKED = "REVOKED"
    STALE = "STALE"
    MISSING = "MISSING"


@dataclass(frozen=True, slots=True)
class RevocationVerdict:
    """The status, and when and why the certificate was revoked."""

    status: RevocationStatus
    revoked_at: datetime | None = None
    is_compromise: bool = False


@dataclass(frozen=True, slots=True)
class _Fact:
    this_update: datetime
    next_update: datetime | None
    revoked_at: datetime | None
    reason: x509.ReasonFlags | None
    known_since: datetime


class RevocationPool:
    """All evidence at hand; `proven` maps evidence to the earliest time a trusted time-stamp proves it existed."""

    def __init__(self, certificates: CertificatePool, *, at: datetime) -> None:
        """Judge everything as seen at `at`."""
        self._certificates = certificates
        self._at = at
        self._ocsps: dict[bytes, ocsp.OCSPResponse] = {}
        self._crls: dict[bytes, x509.CertificateRevocationList] = {}
        self._proven: dict[bytes, datetime] = {}
        self._crl_checks: dict[tuple[bytes, bytes], bool] = {}
        self._responders: dict[bytes, Certificate | None] = {}
        self._crl_issuers: dict[bytes, bytes] = {}
        self._known_facts: dict[tuple[bytes, bytes], tuple[_Fact, ...]] = {}

    def add_ocsps(self, responses_der: Iterable[bytes]) -> None:
        """Take OCSP responses in; what cannot be read is not evidence."""
        for der in responses_der:
            if der not in self._ocsps:
                response = _load(ocsp.load_der_ocsp_response, der)
                if response is not None and response.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL:
                    self._ocsps[der] = response
                    self._known_facts.clear()

    def add_crls(self, crls_der: Iterable[bytes]) -> None:
        """Take CRLs in; what cannot be read is not evidence."""
        for der in crls_der:
            if der not in self._crls:
                crl = _load(x509.load_der_x509_crl, der)
                if crl is not None:
                    self._crls[der] = crl
                    self._crl_issuers[der] = _issuer_of(crl)
                    self._known_facts.clear()

    def dates(self) -> set[datetime]:
        """Give every date in the evidence at which it begins to count or grows old."""
        found = [(crl.last_update_utc, crl.next_update_utc) for crl in self._crls.values()]
        for response in self._ocsps.values():
            try:
                found += [(single.this_update_utc, single.next_update_utc) for single in response.responses]
            except CERTIFICATE_ERRORS:
                continue  # As where it is used: torn evidence is none.
        return {date for begin, end in found for date in (begin - CLOCK_SKEW, end or begin + AGE_WITHOUT_NEXT_UPDATE)}

    def prove(self, evidence_der: Iterable[bytes], *, at: datetime) -> None:
        """Note that a trusted time-stamp proves this evidence existed at `at`."""
        for der in evidence_der:
            self._proven[der] = min(at, self._proven.get(der, at))
        self._known_facts.clear()

    def has_evidence(self, certificate: Certificate, issuer: Certificate) -> bool:
        """Tell whether any evidence speaks about this certificate."""
        return bool(self._facts(certificate, issuer))

    def judge(
        self,
        certificate: Certificate,
        issuer: Certificate,
        *,
        moment: datetime,
        is_proven: bool,
        known_before: datetime | None = None,
    ) -> RevocationVerdict:
        """Say whether the certificate was good at `moment`; `is_proven` when a trusted time-stamp vouches for it.

        Good news counts only if it is proven to be older than `known_before`; bad news always counts.
        """
        facts = self._facts(certificate, issuer)
        revoked = [fact for fact in facts if fact.revoked_at is not None]
        revoked_at = min((fact.revoked_at for fact in revoked if fact.revoked_at is not None), default=None)
        is_compromise = any(fact.reason in _COMPROMISE for fact in revoked)
        if revoked_at is not None and not (is_proven and moment < revoked_at):
            return RevocationVerdict(RevocationStatus.REVOKED, revoked_at, is_compromise)
        known = [fact for fact in facts if known_before is None or fact.known_since < known_before]
        # Revoked later than proven: the revocation itself says it was good until then.
        chosen = [fact for fact in known if fact.revoked_at is not None] if revoked else known
        is_good = any(fact.revoked_at is not None or self._is_fresh(fact, certificate, moment) for fact in chosen)
        status = RevocationStatus.STALE if facts else RevocationStatus.MISSING
        return RevocationVerdict(RevocationStatus.GOOD if is_good else status, revoked_at, is_compromise)

    def _is_fresh(self, fact: _Fact, certificate: Certificate, moment: datetime) -> bool:
        if fact.this_update > self._at + CLOCK_SKEW:
            return False
        if fact.this_update >= moment:
            # Made after the moment, while the certificate was still on its issuer's books.
            return fact.this_update <= certificate.not_after
        end = fact.next_update or fact.this_update + AGE_WITHOUT_NEXT_UPDATE
        return moment <= end

    def _facts(self, certificate: Certificate, issuer: Certificate) -> tuple[_Fact, ...]:
        """Give what all evidence says about a certificate, worked out once until more evidence comes in."""
        key = (certificate.der, issuer.der)
        if key not in self._known_facts:
            self._known_facts[key] = tuple(self._read_facts(certificate, issuer))
        return self._known_facts[key]

    def _read_facts(self, certificate: Certificate, issuer: Certificate) -> Iterator[_Fact]:
        for der, response in self._ocsps.items():
            try:
                yield from tuple(self._ocsp_facts(der, response, certificate, issuer))
            except (*CERTIFICATE_ERRORS, x509.DuplicateExtension):
                continue  # It is read piece by piece: what turns out to be torn is no evidence.
        yield from self._crl_facts(certificate, issuer)

    def _ocsp_facts(
        self, der: bytes, response: ocsp.OCSPResponse, certificate: Certificate, issuer: Certificate
    ) -> Iterator[_Fact]:
        for single in response.responses:
            if single.serial_number != certificate.parsed.serial_number or not _names_issuer(single, issuer):
                continue
            if not self._is_signed(der, response, issuer):
                return
            if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
                continue
            is_revoked = single.certificate_status is ocsp.OCSPCertStatus.REVOKED
            yield _Fact(
                single.this_update_utc,
                single.next_update_utc,
                single.revocation_time_utc if is_revoked else None,
                single.revocation_reason if is_revoked else None,
                self._known_since(der),
            )

    def _is_signed(self, der: bytes, response: ocsp.OCSPResponse, issuer: Certificate) -> bool:
        responder = self._responder(der, response, issuer)
        if responder is None or not responder.is_valid_at(response.produced_at_utc):
            return False
        # Evidence outlives its signer and its algorithm only when a time-stamp shows that it was there before.
        hashed = response.signature_hash_algorithm
        algorithm = algorithm_named(response.signature_algorithm_oid.dotted_string, hashed.name if hashed else None)
        return self._known_since(der) <= min(responder.not_after, _usable_until(algorithm, responder))

    def _known_since(self, der: bytes) -> datetime:
        """Give the earliest time at which this evidence is proven to have existed."""
        return self._proven.get(der, self._at)

    def _responder(self, der: bytes, response: ocsp.OCSPResponse, issuer: Certificate) -> Certificate | None:
        key = der + issuer.der
        if key not in self._responders:
            offered = [self._certificates.add(one.public_bytes(Encoding.DER)) for one in response.certificates]
            candidates = [issuer, *(one for one in offered if one is not None)]
            if response.responder_name is not None:
                candidates += self._certificates.candidates(response.responder_name.public_bytes())
            self._responders[key] = next(
                (one for one in candidates if self._may_answer(one, issuer) and _verifies(response, one)), None
            )
        return self._responders[key]

    def _may_answer(self, responder: Certificate, issuer: Certificate) -> bool:
        """The issuer itself, or a delegate it certified for this purpose (RFC 6960, 4.2.2.2)."""
        if responder.public_key_der == issuer.public_key_der:
            return True
        if not responder.has_purpose(ExtendedKeyUsageOID.OCSP_SIGNING) or not self._certificates.was_issued(
            responder, by=issuer
        ):
            return False
        if responder.has_ocsp_nocheck:
            return True
        facts = tuple(self._crl_facts(responder, issuer))
        return bool(facts) and all(fact.revoked_at is None for fact in facts)

    def _crl_facts(self, certificate: Certificate, issuer: Certificate) -> Iterator[_Fact]:
        for der, crl in self._crls.items():
            if self._crl_issuers[der] != certificate.issuer or not self._is_usable(der, crl, issuer):
                continue
            try:
                is_in_scope = _is_in_scope(crl, certificate)
                entry = crl.get_revoked_certificate_by_serial_number(certificate.parsed.serial_number)
            except (*CERTIFICATE_ERRORS, x509.DuplicateExtension):
                continue  # As with a torn OCSP response.
            since = self._known_since(der)
            if not is_in_scope or since > min(issuer.not_after, _usable_until(_algorithm_of(crl), issuer)):
                continue
            if entry is None:
                yield _Fact(crl.last_update_utc, crl.next_update_utc, None, None, since)
            else:
                revoked_at, reason = _read_entry(entry)
                if reason is not x509.ReasonFlags.remove_from_crl:
                    yield _Fact(crl.last_update_utc, crl.next_update_utc, revoked_at, reason, since)

    def _is_usable(self, der: bytes, crl: x509.CertificateRevocationList, issuer: Certificate) -> bool:
        key = (der, issuer.der)
        if key not in self._crl_checks:
            self._crl_checks[key] = self._crl_issuers[der] == issuer.subject and _crl_is_signed(crl, issuer)
        return self._crl_checks[key]


_Loaded = TypeVar("_Loaded")


def _load(loader: Callable[[bytes], _Loaded], der: bytes) -> _Loaded | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return loader(der)
    except CERTIFICATE_ERRORS:
        return None


def _names_issuer(single: ocsp.OCSPSingleResponse, issuer: Certificate) -> bool:
    engine = hashes.Hash(single.hash_algorithm)
    engine.update(issuer.subject)
    return engine.finalize() == single.issuer_name_hash


def _verifies(response: ocsp.OCSPResponse, responder: Certificate) -> bool:
    try:
        family, named = signature_family(response.signature_algorithm_oid.dotted_string)
        digest = named or (response.signature_hash_algorithm.name if response.signature_hash_algorithm else "")
    except (UnsupportedAlgorithm, ValueError, KeyError):
        return False
    return verify_raw_signature(
        response.tbs_response_bytes,
        signature=response.signature,
        public_key_der=responder.public_key_der,
        algorithm=SignatureAlgorithm(family, digest),
    )


def _usable_until(algorithm: SignatureAlgorithm | None, signer: Certificate) -> datetime:
    return _NEVER if algorithm is None else usable_until(algorithm, signer.public_key_der)


def _algorithm_of(crl: x509.CertificateRevocationList) -> SignatureAlgorithm | None:
    try:
        hashed = crl.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return None
    return algorithm_named(crl.signature_algorithm_oid.dotted_string, hashed.name if hashed else None)


_INTEGER = b"\x02"


def _issuer_of(crl: x509.CertificateRevocationList) -> bytes:
    """Give the issuer's name as it stands in the list (RFC 5280, 5.1: version, algorithm, issuer)."""
    members = members_of(crl.tbs_certlist_bytes)
    return members[2] if members[0][:1] == _INTEGER else members[1]


def _crl_is_signed(crl: x509.CertificateRevocationList, issuer: Certificate) -> bool:
    usage = issuer.key_usage
    if usage is not None and not usage.crl_sign:
        return False
    try:
        for extension in crl.extensions:
            if isinstance(extension.value, x509.DeltaCRLIndicator):
                return False
            if extension.critical and not isinstance(extension.value, x509.IssuingDistributionPoint):
                return False
        # It refuses kinds of keys that issue no lists by itself.
        return crl.is_signature_valid(issuer.parsed.public_key())  # type: ignore[arg-type]
    except (*CERTIFICATE_ERRORS, x509.DuplicateExtension):
        return False


def _is_in_scope(crl: x509.CertificateRevocationList, certificate: Certificate) -> bool:
    try:
        point = crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return True
    if point.indirect_crl or point.only_some_reasons or point.only_contains_attribute_certs:
        return False
    if (point.only_contains_user_certs and certificate.is_ca) or (
        point.only_contains_ca_certs and not certificate.is_ca
    ):
        return False
    if point.full_name is None:
        return point.relative_name is None
    return bool(set(point.full_name) & _distribution_points(certificate))


def _distribution_points(certificate: Certificate) -> set[x509.GeneralName]:
    try:
        points = certificate.parsed.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return set()
    return {name for point in points for name in point.full_name or ()}


def _read_entry(entry: x509.RevokedCertificate) -> tuple[datetime, x509.ReasonFlags | None]:
    reason: x509.ReasonFlags | None = None
    revoked_at = entry.revocation_date_utc
    try:
        for extension in entry.extensions:
            if isinstance(extension.value, x509.CRLReason):
                reason = extension.value.reason
            elif isinstance(extension.value, x509.InvalidityDate):
                revoked_at = min(revoked_at, extension.value.invalidity_date_utc)
    except CERTIFICATE_ERRORS:
        # The entry stands; only its details are lost.
        return revoked_at, reason
    return revoked_at, reason
