"""CMS SignedData for PAdES, written directly as DER (RFC 5652; ETSI EN 319 122-1 baseline attributes).

Signed attributes are content-type, message-digest and signing-certificate-v2 and nothing else: in PAdES the
claimed time stands in the signature dictionary's /M, not in a signing-time attribute. A signature outside of a PDF
has no such dictionary and carries the attribute.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from keys.credentials import Credential, KeyAlgorithm
from keys.der import context, integer, null, object_identifier, octet_string, retag, sequence, set_of, tlv
from keys.errors import CertificateUnusable
from signing.der import read_element
from signing.errors import SignatureMismatch

_CONTEXT_0, _CONTEXT_1, _UTC_TIME = 0xA0, 0xA1, 0x17
_DATA = object_identifier("1.2.840.113549.1.7.1")
_SIGNED_DATA = object_identifier("1.2.840.113549.1.7.2")
_CONTENT_TYPE = object_identifier("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = object_identifier("1.2.840.113549.1.9.4")
_SIGNING_TIME = object_identifier("1.2.840.113549.1.9.5")
_SIGNING_CERTIFICATE_V2 = object_identifier("1.2.840.113549.1.9.16.2.47")
_SIGNATURE_TIMESTAMP = object_identifier("1.2.840.113549.1.9.16.2.14")
# RFC 5754, 2: implementations should leave the parameters of SHA-256 out.
_SHA256 = sequence(object_identifier("2.16.840.1.101.3.4.2.1"))
_SIGNATURE_ALGORITHMS = {
    KeyAlgorithm.RSA_SHA256: sequence(object_identifier("1.2.840.113549.1.1.11"), null()),
    KeyAlgorithm.ECDSA_P256_SHA256: sequence(object_identifier("1.2.840.10045.4.3.2")),
}
# SEQUENCE of two INTEGERs of at most 33 octets each.
_ECDSA_P256_SIGNATURE_BYTES = 72


def signed_attributes(document_sha256: bytes, *, certificate_der: bytes, signing_time: datetime | None = None) -> bytes:
    """Return the DER SET OF signed attributes: exactly the bytes that the key signs (RFC 5652, 5.4)."""
    # RFC 5035, 4: the hash algorithm is left out because SHA-256 is the default of ESSCertIDv2.
    certificate_id = sequence(octet_string(hashlib.sha256(certificate_der).digest()))
    # RFC 5652, 11.3: dates before 2050 are UTCTime.
    claimed = (
        (_attribute(_SIGNING_TIME, tlv(_UTC_TIME, f"{signing_time.astimezone(UTC):%y%m%d%H%M%SZ}".encode())),)
        if signing_time is not None
        else ()
    )
    return set_of(
        *claimed,
        _attribute(_CONTENT_TYPE, _DATA),
        _attribute(_MESSAGE_DIGEST, octet_string(document_sha256)),
        _attribute(_SIGNING_CERTIFICATE_V2, sequence(sequence(certificate_id))),
    )


def signed_data(
    attributes: bytes, *, signature: bytes, credential: Credential, timestamp_token: bytes | None = None
) -> bytes:
    """Return the ContentInfo of a detached signature with the signer's chain and, if given, its time-stamp.

    Raises:
        CertificateUnusable: the signer's certificate cannot be read.
    """
    algorithm = _SIGNATURE_ALGORITHMS[credential.algorithm]
    parts = [
        integer(1),
        issuer_and_serial_number(credential.certificate_der),
        _SHA256,
        retag(attributes, _CONTEXT_0),
        algorithm,
        octet_string(signature),
    ]
    if timestamp_token is not None:
        unsigned = _attribute(_SIGNATURE_TIMESTAMP, timestamp_token)
        parts.append(retag(set_of(unsigned), _CONTEXT_1))
    certificates = {credential.certificate_der, *credential.chain_der}
    return sequence(
        _SIGNED_DATA,
        context(
            0,
            sequence(
                integer(1),
                set_of(_SHA256),
                sequence(_DATA),
                retag(set_of(*certificates), _CONTEXT_0),
                set_of(sequence(*parts)),
            ),
        ),
    )


def signed_data_bytes(credential: Credential, *, timestamp_bytes: int) -> int:
    """Return how many bytes the ContentInfo takes at most, with a time-stamp token of `timestamp_bytes`.

    Raises:
        CertificateUnusable: the signer's certificate cannot be read.
    """
    attributes = signed_attributes(bytes(32), certificate_der=credential.certificate_der)
    token = bytes(timestamp_bytes) if timestamp_bytes else None
    largest = bytes(_signature_bytes(credential))
    return len(signed_data(attributes, signature=largest, credential=credential, timestamp_token=token))


def issuer_and_serial_number(certificate_der: bytes) -> bytes:
    """Return IssuerAndSerialNumber with the issuer's very bytes, which another encoder might write differently.

    Raises:
        CertificateUnusable: the bytes are no certificate.
    """
    try:
        to_be_signed = read_element(certificate_der).children()[0]
        fields = to_be_signed.children()
        if fields[0].tag == _CONTEXT_0:  # [0] EXPLICIT Version, absent in version 1
            fields = fields[1:]
        serial_number, _, issuer = fields[:3]
    except (ValueError, IndexError) as exc:
        raise CertificateUnusable("the signer's certificate is no DER certificate; install it again") from exc
    return sequence(issuer.encoded, serial_number.encoded)


def check_signature(signature: bytes, *, to_be_signed: bytes, credential: Credential) -> None:
    """Refuse an answer of the key that does not verify under the certificate it should belong to.

    Raises:
        SignatureMismatch: the key and the certificate do not belong together, or the key is broken.
    """
    public_key = x509.load_der_x509_certificate(credential.certificate_der).public_key()
    try:
        if isinstance(public_key, rsa.RSAPublicKey):
            public_key.verify(signature, to_be_signed, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(public_key, ec.EllipticCurvePublicKey):
            public_key.verify(signature, to_be_signed, ec.ECDSA(hashes.SHA256()))
        else:
            raise CertificateUnusable("the certified key is neither RSA nor elliptic curve; ask for another")
    except InvalidSignature as exc:
        raise SignatureMismatch(
            f"the answer of key {credential.key_id} does not verify under its certificate; "
            "check that the certificate belongs to the key"
        ) from exc


def _attribute(kind: bytes, *values: bytes) -> bytes:
    return sequence(kind, set_of(*values))


def _signature_bytes(credential: Credential) -> int:
    public_key = x509.load_der_x509_certificate(credential.certificate_der).public_key()
    if isinstance(public_key, rsa.RSAPublicKey):
        return (public_key.key_size + 7) // 8
    return _ECDSA_P256_SIGNATURE_BYTES
