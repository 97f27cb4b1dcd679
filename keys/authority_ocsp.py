"""The embedded authority's OCSP responder (RFC 6960, nonces by RFC 9654)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from keys import der
from keys.authority_ledger import Ledger
from keys.authority_names import CredentialKind, RevocationReason
from keys.errors import SerialUnknown
from keys.revocation_names import issuer_hashes, responder_key_hash

OCSP_WINDOW = timedelta(days=7)
_MAX_REQUEST_BYTES = 4096
_MAX_NONCE_BYTES = 128
_SUCCESSFUL = 0
_GOOD = b"\x80\x00"
_UNKNOWN = b"\x82\x00"
_BASIC_RESPONSE = der.object_identifier("1.3.6.1.5.5.7.48.1.1")
_NONCE = der.object_identifier("1.3.6.1.5.5.7.48.1.2")
_ECDSA_WITH_SHA256 = der.sequence(der.object_identifier("1.2.840.10045.4.3.2"))
_HASH_OIDS = {
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
# RFC 5280, 5.3.1
_REASON_CODES = {
    RevocationReason.UNSPECIFIED: 0,
    RevocationReason.KEY_COMPROMISE: 1,
    RevocationReason.AFFILIATION_CHANGED: 3,
    RevocationReason.SUPERSEDED: 4,
    RevocationReason.CESSATION_OF_OPERATION: 5,
    RevocationReason.PRIVILEGE_WITHDRAWN: 9,
}


@dataclass(frozen=True, slots=True)
class OcspResponder:
    """Answers for what the issuing CA issued, with a key the issuing CA certified for that."""

    certificate: x509.Certificate
    private_key: ec.EllipticCurvePrivateKey
    issuer: x509.Certificate
    ledger: Ledger

    def answer(self, request_der: bytes, *, at: datetime) -> bytes:
        """Answer one question as DER; a question that cannot be read gets an OCSP error, never an exception."""
        if len(request_der) > _MAX_REQUEST_BYTES:
            return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        try:
            request = ocsp.load_der_ocsp_request(request_der)
            issuer_name_hash, issuer_key_hash = request.issuer_name_hash, request.issuer_key_hash
            serial, algorithm = request.serial_number, request.hash_algorithm
            nonce = _nonce(request)
        except (ValueError, NotImplementedError, UnsupportedAlgorithm, x509.DuplicateExtension):
            return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        if algorithm.name not in _HASH_OIDS:
            return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        if (issuer_name_hash, issuer_key_hash) != issuer_hashes(self.issuer, algorithm):
            # RFC 6960, 2.3: not our CA, so not ours to answer.
            return _refusal(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        return self._answer(request, status=self._status(serial, at=at), nonce=nonce, at=at)

    def _answer(self, request: ocsp.OCSPRequest, *, status: bytes, nonce: bytes, at: datetime) -> bytes:
        """Write the response by hand: cryptography's builder would put the system's clock into `producedAt`."""
        certificate_id = der.sequence(
            der.sequence(der.object_identifier(_HASH_OIDS[request.hash_algorithm.name]), der.null()),
            der.octet_string(request.issuer_name_hash),
            der.octet_string(request.issuer_key_hash),
            der.integer(request.serial_number),
        )
        single = der.sequence(
            certificate_id,
            status,
            der.generalized_time(at),
            der.context(0, der.generalized_time(at + OCSP_WINDOW)),
        )
        response_data = der.sequence(
            der.context(2, der.octet_string(responder_key_hash(self.certificate))),
            der.generalized_time(at),
            der.sequence(single),
            der.context(1, der.sequence(_nonce_extension(nonce))) if nonce else b"",
        )
        signature = self.private_key.sign(response_data, ec.ECDSA(hashes.SHA256()))
        basic = der.sequence(
            response_data,
            _ECDSA_WITH_SHA256,
            der.bit_string(signature),
            der.context(0, der.sequence(self.certificate.public_bytes(Encoding.DER))),
        )
        response_bytes = der.sequence(_BASIC_RESPONSE, der.octet_string(basic))
        return der.sequence(der.enumerated(_SUCCESSFUL), der.context(0, response_bytes))

    def _status(self, serial: int, *, at: datetime) -> bytes:
        """Never `good` for a serial that was not issued: that is how a forged certificate is caught."""
        try:
            entry = self.ledger.find(serial)
        except SerialUnknown:
            return _UNKNOWN
        if entry.issuer is not CredentialKind.ISSUING:
            return _UNKNOWN
        revocation = entry.revocation_at(at)
        if revocation is None:
            return _GOOD
        reason = der.enumerated(_REASON_CODES[revocation.reason])
        explicit_reason = b"" if revocation.reason is RevocationReason.UNSPECIFIED else der.context(0, reason)
        return der.context(1, der.generalized_time(revocation.revoked_at) + explicit_reason)


def _nonce_extension(nonce: bytes) -> bytes:
    return der.sequence(_NONCE, der.octet_string(der.octet_string(nonce)))


def _nonce(request: ocsp.OCSPRequest) -> bytes:
    try:
        nonce = request.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return b""
    if not 1 <= len(nonce) <= _MAX_NONCE_BYTES:
        raise ValueError("RFC 9654, 2.1 allows nonces of 1 to 128 octets")
    return nonce


def _refusal(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
