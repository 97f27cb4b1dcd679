"""The embedded authority's OCSP responder (RFC 6960, nonces by RFC 9654)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from keys.authority_ca import reason_flag
from keys.authority_ledger import Ledger, Revocation
from keys.authority_names import CredentialKind
from keys.errors import SerialUnknown
from keys.revocation_names import issuer_hashes

OCSP_WINDOW = timedelta(days=7)
_MAX_REQUEST_BYTES = 4096
_MAX_NONCE_BYTES = 128
_Status: TypeAlias = ocsp.OCSPCertStatus


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
        except (ValueError, NotImplementedError, UnsupportedAlgorithm):
            return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        if not isinstance(algorithm, hashes.SHA1 | hashes.SHA256 | hashes.SHA384 | hashes.SHA512):
            return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        if (issuer_name_hash, issuer_key_hash) != issuer_hashes(self.issuer, algorithm):
            # RFC 6960, 2.3: not our CA, so not ours to answer.
            return _refusal(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        status, revocation = self._look_up(serial, at=at)
        this_update = at.replace(microsecond=0)
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            issuer_name_hash=issuer_name_hash,
            issuer_key_hash=issuer_key_hash,
            serial_number=serial,
            algorithm=algorithm,
            cert_status=status,
            this_update=this_update,
            next_update=this_update + OCSP_WINDOW,
            revocation_time=revocation.revoked_at if revocation else None,
            revocation_reason=reason_flag(revocation.reason) if revocation else None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.certificate)
        builder = builder.certificates([self.certificate])
        if nonce:
            builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
        return builder.sign(self.private_key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _look_up(self, serial: int, *, at: datetime) -> tuple[_Status, Revocation | None]:
        """Never `good` for a serial that was not issued: that is how a forged certificate is caught."""
        try:
            entry = self.ledger.find(serial)
        except SerialUnknown:
            return _Status.UNKNOWN, None
        if entry.issuer is not CredentialKind.ISSUING:
            return _Status.UNKNOWN, None
        revocation = entry.revocation_at(at)
        return (_Status.REVOKED if revocation else _Status.GOOD), revocation


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
