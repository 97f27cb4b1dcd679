"""The embedded authority's time-stamping service (RFC 3161, signing certificate by RFC 5816)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import algos, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from guard.clock import RandomBytes
from keys import der
from keys.authority_ca import new_serial

_MAX_REQUEST_BYTES = 4096
_IMPRINT_BYTES = {"sha256": 32, "sha384": 48, "sha512": 64}
_MAX_NONCE_BITS = 256
_ACCURACY_SECONDS = 1
_GRANTED, _REJECTION = 0, 2
# PKIFailureInfo (RFC 3161, 2.4.2)
_FAILURES = {"bad_alg": 0, "bad_request": 2, "bad_data_format": 5, "unaccepted_policy": 15, "unaccepted_extension": 16}

_SIGNED_DATA = der.object_identifier("1.2.840.113549.1.7.2")
_TST_INFO = der.object_identifier("1.2.840.113549.1.9.16.1.4")
_CONTENT_TYPE = der.object_identifier("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = der.object_identifier("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE_V2 = der.object_identifier("1.2.840.113549.1.9.16.2.47")
_SHA256 = der.sequence(der.object_identifier("2.16.840.1.101.3.4.2.1"))
_ECDSA_WITH_SHA256 = der.sequence(der.object_identifier("1.2.840.10045.4.3.2"))


class _Refused(Exception):
    """A request gets a rejection with this PKIFailureInfo bit."""

    def __init__(self, failure: str, text: str) -> None:
        super().__init__(text)
        self.failure = failure
        self.text = text


@dataclass(frozen=True, slots=True)
class TimestampResponder:
    """Signs the time of a digest; serial numbers are 127 random bits, so none is given twice."""

    certificate: x509.Certificate
    private_key: ec.EllipticCurvePrivateKey
    issuer: x509.Certificate
    policy_oid: str
    random_bytes: RandomBytes
    _signer: _Signer = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Encode once what every token repeats."""
        object.__setattr__(self, "_signer", _encode_signer(self.certificate, self.issuer))

    def answer(self, request_der: bytes, *, at: datetime) -> bytes:
        """Answer one request as DER; a request that breaks a rule gets a rejection, never an exception."""
        try:
            request = _read_request(request_der, policy_oid=self.policy_oid)
        except _Refused as refusal:
            # asn1crypto cannot write an answer without a token.
            text, failure = der.sequence(der.utf8_string(refusal.text)), der.named_bit(_FAILURES[refusal.failure])
            return der.sequence(der.sequence(der.integer(_REJECTION), text, failure))
        token = self._token(request, at=at)
        return der.sequence(der.sequence(der.integer(_GRANTED)), token)

    def _token(self, request: tsp.TimeStampReq, *, at: datetime) -> bytes:
        tst_info = self._tst_info(request, at=at)
        attributes = der.set_of(
            _attribute(_CONTENT_TYPE, _TST_INFO),
            _attribute(_MESSAGE_DIGEST, der.octet_string(der.sha256(tst_info))),
            _attribute(_SIGNING_CERTIFICATE_V2, self._signer.signing_certificate),
        )
        signature = self.private_key.sign(attributes, ec.ECDSA(hashes.SHA256()))
        signer_info = der.sequence(
            der.integer(1),
            self._signer.identifier,
            _SHA256,
            der.retag(attributes, 0xA0),
            _ECDSA_WITH_SHA256,
            der.octet_string(signature),
        )
        certificates = self._signer.certificates if request["cert_req"].native else b""
        signed_data = der.sequence(
            der.integer(3),
            der.set_of(_SHA256),
            der.sequence(_TST_INFO, der.context(0, der.octet_string(tst_info))),
            certificates,
            der.set_of(signer_info),
        )
        return der.sequence(_SIGNED_DATA, der.context(0, signed_data))

    def _tst_info(self, request: tsp.TimeStampReq, *, at: datetime) -> bytes:
        nonce = request["nonce"].native
        return der.sequence(
            der.integer(1),
            der.object_identifier(self.policy_oid),
            request["message_imprint"].dump(),
            der.integer(new_serial(self.random_bytes)),
            # Whole seconds, cut off: RFC 3161, 2.4.2 wants no fraction where none is needed; the accuracy covers it.
            der.generalized_time(at),
            der.sequence(der.integer(_ACCURACY_SECONDS)),
            b"" if nonce is None else der.integer(nonce),
        )


@dataclass(frozen=True, slots=True)
class _Signer:
    """The parts of a token that never change, encoded once."""

    identifier: bytes
    signing_certificate: bytes
    certificates: bytes


def _encode_signer(certificate: x509.Certificate, issuer: x509.Certificate) -> _Signer:
    certificate_der = certificate.public_bytes(Encoding.DER)
    issuer_name, serial = certificate.issuer.public_bytes(), der.integer(certificate.serial_number)
    directory_name = der.context(4, issuer_name)
    # SHA-256 is the default of ESSCertIDv2 (RFC 5035, 4) and is therefore left out.
    certificate_id = der.sequence(
        der.octet_string(der.sha256(certificate_der)), der.sequence(der.sequence(directory_name), serial)
    )
    both = sorted((certificate_der, issuer.public_bytes(Encoding.DER)))
    return _Signer(
        identifier=der.sequence(issuer_name, serial),
        signing_certificate=der.sequence(der.sequence(certificate_id)),
        certificates=der.context(0, b"".join(both)),
    )


def _attribute(kind: bytes, value: bytes) -> bytes:
    return der.sequence(kind, der.set_of(value))


def _read_request(request_der: bytes, *, policy_oid: str) -> tsp.TimeStampReq:
    if len(request_der) > _MAX_REQUEST_BYTES:
        raise _Refused("bad_data_format", "the request is too long")
    try:
        request = tsp.TimeStampReq.load(request_der, strict=True)
        algorithm: algos.DigestAlgorithm = request["message_imprint"]["hash_algorithm"]
        name, digest = algorithm["algorithm"].native, request["message_imprint"]["hashed_message"].native
        nonce, wanted = request["nonce"].native, request["req_policy"].native
        version, has_extensions = request["version"].native, request["extensions"].native is not None
    except (ValueError, TypeError, LookupError, RecursionError) as exc:
        raise _Refused("bad_data_format", "the request cannot be read") from exc
    if version != "v1":
        raise _Refused("bad_request", "the request is not of version 1")
    if name not in _IMPRINT_BYTES or algorithm["parameters"].native is not None:
        raise _Refused("bad_alg", "the imprint must be SHA-256, SHA-384 or SHA-512")
    if len(digest) != _IMPRINT_BYTES[name]:
        raise _Refused("bad_data_format", "the imprint has the wrong length")
    if wanted is not None and request["req_policy"].dotted != policy_oid:
        raise _Refused("unaccepted_policy", "the policy asked for is not ours")
    if nonce is not None and nonce.bit_length() > _MAX_NONCE_BITS:
        raise _Refused("bad_request", "the nonce is too long")
    if has_extensions:
        raise _Refused("unaccepted_extension", "no extension is known here")
    return request
