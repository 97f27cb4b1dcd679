"""Collect what a verifier will need in twenty years: chains, OCSP answers and CRLs for every signature in the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice, pairwise

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from keys.credentials import Credential, is_issued_by, is_self_signed
from keys.errors import CertificateRevoked, EvidenceReason, RevocationRejected, RevocationUnavailable
from keys.services import RevocationSource
from signing.errors import ChainIncomplete, NotAPdf
from signing.signers import read_signer

_MAX_CHAIN = 10


@dataclass(slots=True)
class Evidence:
    """Certificates, OCSP answers and CRLs to be stored, each once and in the order found."""

    certificates_der: dict[bytes, None] = field(default_factory=dict)
    ocsps_der: dict[bytes, None] = field(default_factory=dict)
    crls_der: dict[bytes, None] = field(default_factory=dict)


@dataclass(slots=True)
class EvidenceCollector:
    """Asks for each certificate's status once, however many signatures share it."""

    revocation: RevocationSource
    candidates_der: dict[bytes, x509.Certificate] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=Evidence)
    _asked: dict[tuple[bytes, bytes], datetime | None] = field(default_factory=dict)

    def offer(self, certificates_der: Iterable[bytes]) -> None:
        """Make certificates known as possible issuers."""
        for certificate_der in certificates_der:
            if certificate_der not in self.candidates_der:
                self.candidates_der[certificate_der] = _load(certificate_der)

    def add_signature(self, contents: bytes) -> None:
        """Collect for the signer of `contents` and for every time-stamp inside it.

        Raises:
            ChainIncomplete: an issuer is not at hand.
            CertificateRevoked: a certificate on the way was withdrawn.
            RevocationUnavailable: no answer about one of them.
            RevocationRejected: an answer about the signer is older than the signature's time-stamp.
        """
        signer = read_signer(contents)
        stamps = [read_signer(token) for token in signer.timestamp_tokens]
        for part in (signer, *stamps):
            self.offer((part.certificate_der, *part.carried_der))
        times = [stamp.gen_time for stamp in stamps if stamp.gen_time is not None]
        self._add_chain(signer.certificate_der, not_before=min(times, default=None))
        for stamp in stamps:
            self._add_chain(stamp.certificate_der, not_before=None)

    def check_not_revoked(self, credential: Credential) -> None:
        """Ask about a signer before it signs, so that a withdrawn key is not even used.

        Raises:
            ChainIncomplete: its issuer is not at hand.
            CertificateRevoked: it was withdrawn.
            RevocationUnavailable: no answer.
        """
        self.offer(credential.chain_der)
        certificate, issuer = islice(self._chain(credential.certificate_der), 2)
        self._ask(certificate, issuer)

    def _add_chain(self, certificate_der: bytes, *, not_before: datetime | None) -> None:
        chain = list(self._chain(certificate_der))
        for certificate, issuer in pairwise(chain):
            self._add_status(certificate, issuer, not_before=not_before)
            not_before = None  # Only the signer's own status must be younger than its signature.
        for certificate in chain:
            self.evidence.certificates_der[_der(certificate)] = None

    def _chain(self, certificate_der: bytes) -> Iterator[x509.Certificate]:
        certificate = _load(certificate_der)
        yield certificate
        for _ in range(_MAX_CHAIN):
            if is_self_signed(certificate):
                return
            issuer = next(
                (
                    candidate
                    for candidate in self.candidates_der.values()
                    if candidate.subject == certificate.issuer and is_issued_by(certificate, candidate)
                ),
                None,
            )
            if issuer is None:
                break
            yield issuer
            certificate = issuer
        raise ChainIncomplete(
            f"the issuer of certificate {certificate.serial_number:x} is not at hand; "
            "add its intermediate certificates to the signer's credential"
        )

    def _add_status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, *, not_before: datetime | None
    ) -> None:
        pair = (_der(certificate), _der(issuer))
        if pair not in self._asked:
            self._asked[pair] = self._ask(certificate, issuer)
        produced_at = self._asked[pair]
        if not_before and produced_at and produced_at < not_before.replace(microsecond=0):
            raise RevocationRejected(
                f"the OCSP answer about certificate {certificate.serial_number:x} is older than the signature's "
                "time-stamp; ask again",
                reason=EvidenceReason.STALE,
            )

    def _ask(self, certificate: x509.Certificate, issuer: x509.Certificate) -> datetime | None:
        """Store the status of one certificate and return when it was produced; None for a CRL."""
        if _is_authority(certificate):
            self._store_crl(certificate, issuer)
            return None
        try:
            answer_der = self.revocation.ocsp(_der(certificate), _der(issuer))
        except RevocationUnavailable:
            # Not every authority has OCSP; then its CRL must do, or the error of the CRL stands.
            self._store_crl(certificate, issuer)
            return None
        answer = ocsp.load_der_ocsp_response(answer_der)
        self.evidence.ocsps_der[answer_der] = None
        for responder in answer.certificates:
            self.evidence.certificates_der[_der(responder)] = None
            if not _needs_no_check(responder) and responder != issuer:
                self._store_crl(responder, issuer)
        return answer.produced_at_utc

    def _store_crl(self, certificate: x509.Certificate, issuer: x509.Certificate) -> None:
        crl_der = self.revocation.crl(_der(issuer))
        crl = x509.load_der_x509_crl(crl_der)
        if crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
            raise CertificateRevoked(
                f"certificate {certificate.serial_number:x} was revoked by its issuer; it signs nothing any more"
            )
        self.evidence.crls_der[crl_der] = None


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _needs_no_check(responder: x509.Certificate) -> bool:
    try:
        responder.extensions.get_extension_for_class(x509.OCSPNoCheck)
    except x509.ExtensionNotFound:
        return False
    return True


def _load(certificate_der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(certificate_der)
    except ValueError as exc:
        raise NotAPdf("a certificate in the file cannot be read; it cannot be extended") from exc


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
