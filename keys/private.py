"""Private keys in memory: made, and used for nothing but hash-and-sign."""

from __future__ import annotations

import threading
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.credentials import Credential, KeyAlgorithm
from keys.errors import ActivationMissing

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_RSA_BITS = 2048
_RAW_P256_BYTES = 64
_RSA_EXPONENT = 65537


def make_private_key(algorithm: KeyAlgorithm) -> PrivateKey:
    """Make a fresh key: P-256, or RSA of 2048 bits."""
    if algorithm is KeyAlgorithm.RSA_SHA256:
        return rsa.generate_private_key(public_exponent=_RSA_EXPONENT, key_size=_RSA_BITS)
    return ec.generate_private_key(ec.SECP256R1())


def sign_with(private_key: PrivateKey, to_be_signed: bytes) -> bytes:
    """Hash with SHA-256 and sign: PKCS #1 v1.5 for RSA, DER-encoded r and s for ECDSA."""
    if isinstance(private_key, rsa.RSAPrivateKey):
        return private_key.sign(to_be_signed, padding.PKCS1v15(), hashes.SHA256())
    return private_key.sign(to_be_signed, ec.ECDSA(hashes.SHA256()))


def matches(private_key: PrivateKey, certificate: x509.Certificate) -> bool:
    """Say whether the certificate certifies this key."""
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return private_key.public_key().public_bytes(*spki) == certificate.public_key().public_bytes(*spki)


def signature_der(signature: bytes, *, algorithm: KeyAlgorithm) -> bytes:
    """Give an ECDSA signature as DER when a token answered with r and s side by side; others as they are."""
    if algorithm is not KeyAlgorithm.ECDSA_P256_SHA256 or len(signature) != _RAW_P256_BYTES:
        return signature
    try:
        decode_dss_signature(signature)
    except ValueError:
        half = _RAW_P256_BYTES // 2
        return encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))
    return signature


class HeldKey:
    """A private key held in memory from opening to closing; safe for several threads."""

    __slots__ = ("_credential", "_lock", "_private_key")

    def __init__(self, private_key: PrivateKey, *, credential: Credential) -> None:
        self._private_key: PrivateKey | None = private_key
        self._credential = credential
        self._lock = threading.Lock()

    @property
    def credential(self) -> Credential:
        """The public side of the key."""
        return self._credential

    def sign(self, to_be_signed: bytes) -> bytes:
        """Hash and sign by the credential's algorithm.

        Raises:
            ActivationMissing: the key was closed.
        """
        with self._lock:
            if self._private_key is None:
                raise ActivationMissing(f"key {self._credential.key_id} was closed; activate it again")
            return sign_with(self._private_key, to_be_signed)

    def close(self) -> None:
        """Forget the private key."""
        with self._lock:
            self._private_key = None

    def __repr__(self) -> str:
        return f"HeldKey({self._credential.key_id})"
