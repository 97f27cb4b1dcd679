"""How OCSP names an issuer: the hashes of its name and of its key (RFC 6960, 4.1.1)."""

from __future__ import annotations

from asn1crypto import keys as asn1_keys
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def issuer_hashes(issuer: x509.Certificate, algorithm: hashes.HashAlgorithm) -> tuple[bytes, bytes]:
    """Hash the issuer's name and the bits of its public key."""
    spki_der = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key_bits = bytes(asn1_keys.PublicKeyInfo.load(spki_der)["public_key"])
    return _hash(issuer.subject.public_bytes(), algorithm), _hash(key_bits, algorithm)


def responder_key_hash(responder: x509.Certificate) -> bytes:
    """Hash a responder's public key as `ResponderID.byKey` wants it: with SHA-1, always (RFC 6960, 4.2.1)."""
    # A name, not a proof: the signature over the answer is what counts.
    return issuer_hashes(responder, request_hash())[1]


def request_hash() -> hashes.HashAlgorithm:
    """Give the hash that names issuers in requests: SHA-1, which every responder knows (RFC 5019, 2.1.1)."""
    # It only picks a certificate out of a list; nothing rests on its strength.
    return hashes.SHA1()  # noqa: S303


def _hash(content: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(content)
    return digest.finalize()
