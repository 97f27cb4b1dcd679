"""OCSP and CRLs from the asking side: the request, and every check an answer must pass before it becomes evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from keys.credentials import find_extension, is_issued_by, load_certificate
from keys.errors import CertificateRevoked, CertificateUnusable, EvidenceReason, RevocationRejected
from keys.revocation_names import issuer_hashes, request_hash, responder_key_hash

_SKEW = timedelta(seconds=1)
_Reason = EvidenceReason
# cryptography decodes late, so a crooked answer may fail wherever it is looked at.
_UNREADABLE = (
    ValueError,
    TypeError,
    NotImplementedError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    CertificateUnusable,
)


@dataclass(frozen=True, slots=True)
class RevocationEvidence:
    """A checked answer as DER, and until when it may be used again."""

    der: bytes
    next_update: datetime


@dataclass(frozen=True, slots=True)
class OcspQuestion:
    """Which certificate was asked about, with which nonce, and when."""

    certificate: x509.Certificate
    issuer: x509.Certificate
    nonce: bytes
    at_sent: datetime

    def request_der(self) -> bytes:
        """Encode the OCSPRequest."""
        builder = ocsp.OCSPRequestBuilder().add_certificate(self.certificate, self.issuer, request_hash())
        return builder.add_extension(x509.OCSPNonce(self.nonce), critical=False).build().public_bytes(Encoding.DER)


def check_ocsp(answer_der: bytes, *, question: OcspQuestion, received_at: datetime) -> RevocationEvidence:
    """Judge an answer; only a fresh, signed `good` for this certificate comes out.

    Raises:
        CertificateRevoked: the answer is sound and says so.
        RevocationRejected: with the reason of the first check that failed.
    """
    try:
        return _check_ocsp(answer_der, question=question, received_at=received_at)
    except _UNREADABLE as exc:
        raise _rejected(_Reason.MALFORMED, "the OCSP answer cannot be read") from exc


def _check_ocsp(answer_der: bytes, *, question: OcspQuestion, received_at: datetime) -> RevocationEvidence:
    response = ocsp.load_der_ocsp_response(answer_der)
    # (1) an answer at all
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise _rejected(_Reason.STATUS_NOT_SUCCESSFUL, f"the OCSP answer says {response.response_status.name}")
    # (2) about this certificate
    named = (response.issuer_name_hash, response.issuer_key_hash)
    same_issuer = named == issuer_hashes(question.issuer, response.hash_algorithm)
    if not same_issuer or response.serial_number != question.certificate.serial_number:
        raise _rejected(_Reason.OTHER_CERTIFICATE, "the OCSP answer is about another certificate")
    # (3) signed by the issuer or by its delegate
    _check_responder(response, issuer=question.issuer, at=received_at)
    # (4) fresh: our nonce, or, from a responder that knows no nonces, produced after we asked
    _check_nonce(response, question=question)
    next_update = _check_window(
        response.this_update_utc,
        next_update=response.next_update_utc,
        produced_at=response.produced_at_utc,
        at=received_at,
    )
    # (5) good
    if response.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        raise CertificateRevoked(
            f"certificate {question.certificate.serial_number:x} was revoked by its issuer; "
            "it signs nothing any more, use another key"
        )
    if response.certificate_status is not ocsp.OCSPCertStatus.GOOD:
        raise _rejected(_Reason.UNKNOWN_CERTIFICATE, "the issuer says it never issued this certificate")
    return RevocationEvidence(answer_der, next_update)


def _check_nonce(response: ocsp.OCSPResponse, *, question: OcspQuestion) -> None:
    try:
        nonce = response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound as exc:
        if response.produced_at_utc < question.at_sent - _SKEW:
            raise _rejected(_Reason.STALE, "the OCSP answer has no nonce and was made before we asked") from exc
        return
    if nonce != question.nonce:
        raise _rejected(_Reason.NONCE, "the nonce in the OCSP answer is not the one sent")


def _check_window(
    this_update: datetime, *, next_update: datetime | None, produced_at: datetime, at: datetime
) -> datetime:
    if this_update > at + _SKEW or produced_at > at + _SKEW:
        raise _rejected(_Reason.STALE, "the OCSP answer comes from the future; check the clocks")
    # Without a next update the answer holds for this moment only (RFC 6960, 2.4).
    until = next_update or this_update + _SKEW
    if until < at - _SKEW:
        raise _rejected(_Reason.STALE, "the OCSP answer has run out")
    return until


def _check_responder(response: ocsp.OCSPResponse, *, issuer: x509.Certificate, at: datetime) -> None:
    for responder in (issuer, *response.certificates):
        if _names(response, responder) and (responder == issuer or _is_delegate(responder, issuer=issuer, at=at)):
            if _verifies(
                responder.public_key(),
                signature=response.signature,
                signed=response.tbs_response_bytes,
                algorithm=response.signature_hash_algorithm,
            ):
                return
            raise _rejected(_Reason.SIGNATURE, "the signature of the OCSP answer does not verify")
    raise _rejected(_Reason.SIGNATURE, "the OCSP answer comes from no responder of this issuer")


def _names(response: ocsp.OCSPResponse, responder: x509.Certificate) -> bool:
    if response.responder_name is not None:
        return response.responder_name == responder.subject
    return response.responder_key_hash == responder_key_hash(responder)


def _is_delegate(responder: x509.Certificate, *, issuer: x509.Certificate, at: datetime) -> bool:
    """RFC 6960, 4.2.2.2: certified by the same issuer, for this purpose."""
    purposes = find_extension(responder, x509.ExtendedKeyUsage)
    if purposes is None:
        return False
    in_window = responder.not_valid_before_utc <= at <= responder.not_valid_after_utc
    return in_window and ExtendedKeyUsageOID.OCSP_SIGNING in purposes.value and is_issued_by(responder, issuer)


def _verifies(
    public_key: CertificatePublicKeyTypes,
    *,
    signature: bytes,
    signed: bytes,
    algorithm: hashes.HashAlgorithm | None,
) -> bool:
    if not isinstance(algorithm, hashes.SHA256 | hashes.SHA384 | hashes.SHA512):
        return False
    try:
        if isinstance(public_key, rsa.RSAPublicKey):
            public_key.verify(signature, signed, padding.PKCS1v15(), algorithm)
        elif isinstance(public_key, ec.EllipticCurvePublicKey):
            public_key.verify(signature, signed, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def check_crl(crl_der: bytes, *, issuer: x509.Certificate, at: datetime) -> RevocationEvidence:
    """Judge a CRL; only a current one, signed by this issuer, comes out.

    Raises:
        RevocationRejected: with the reason of the first check that failed.
    """
    try:
        crl = x509.load_der_x509_crl(crl_der)
        signed = crl.issuer == issuer.subject and _verifies(
            issuer.public_key(),
            signature=crl.signature,
            signed=crl.tbs_certlist_bytes,
            algorithm=crl.signature_hash_algorithm,
        )
        this_update, next_update = crl.last_update_utc, crl.next_update_utc
        is_whole = _is_whole(crl)
    except _UNREADABLE as exc:
        raise _rejected(_Reason.MALFORMED, "the CRL cannot be read") from exc
    if not signed:
        raise _rejected(_Reason.SIGNATURE, "the CRL is not signed by this issuer")
    if not is_whole:
        raise _rejected(_Reason.PARTIAL, "the CRL is a part only (delta, indirect or partitioned)")
    if next_update is None or not this_update - _SKEW <= at <= next_update:
        raise _rejected(_Reason.STALE, "the CRL is not current")
    return RevocationEvidence(crl_der, next_update)


def _is_whole(crl: x509.CertificateRevocationList) -> bool:
    """Say whether the list speaks of all certificates of its issuer, for every reason (RFC 5280, 5.2.4 and 5.2.5)."""
    for extension in crl.extensions:
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            point = extension.value
            parts = (point.indirect_crl, point.only_contains_user_certs, point.only_contains_ca_certs)
            if any(parts) or point.only_contains_attribute_certs or point.only_some_reasons:
                return False
        elif extension.critical or isinstance(extension.value, x509.DeltaCRLIndicator):
            # A critical extension that is not understood changes what the list means.
            return False
    return True


def check_not_on_crl(crl_der: bytes, *, certificate_der: bytes) -> None:
    """Refuse a certificate that a checked CRL of its issuer lists.

    Raises:
        CertificateRevoked: it is listed.
    """
    certificate = load_certificate(certificate_der)
    listed = x509.load_der_x509_crl(crl_der).get_revoked_certificate_by_serial_number(certificate.serial_number)
    if listed is not None:
        raise CertificateRevoked(
            f"certificate {certificate.serial_number:x} is on its issuer's revocation list; use another key"
        )


def _rejected(reason: EvidenceReason, text: str) -> RevocationRejected:
    return RevocationRejected(
        f"revocation evidence was refused: {text}; nothing was signed, check the revocation service", reason=reason
    )
