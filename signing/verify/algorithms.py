"""Verify one raw signature by any algorithm a PDF may use, and say which algorithm it was.

Everything signed in a PDF (CMS, certificates, OCSP, CRL, time-stamps) meets here, so that no caller can
forget to compare the digest the signature names with the digest that was computed.
"""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from asn1crypto import algos
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from signing.verify.errors import CmsUnreadable

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha3_224": hashes.SHA3_224,
    "sha3_256": hashes.SHA3_256,
    "sha3_384": hashes.SHA3_384,
    "sha3_512": hashes.SHA3_512,
}
_DIGEST_OIDS = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.7": "sha3_224",
    "2.16.840.1.101.3.4.2.8": "sha3_256",
    "2.16.840.1.101.3.4.2.9": "sha3_384",
    "2.16.840.1.101.3.4.2.10": "sha3_512",
    # Both identifiers of RFC 8419 for Ed448: with the length as a parameter, and without one.
    "2.16.840.1.101.3.4.2.12": "shake256",
    "2.16.840.1.101.3.4.2.18": "shake256",
}
_SHAKE256_BYTES = 64
_EDDSA_DIGESTS = {"ed25519": "sha512", "ed448": "shake256"}
# OID → (family, digest the signature itself names, or None when the digest stands elsewhere)
_SIGNATURE_OIDS: dict[str, tuple[str, str | None]] = {
    "1.2.840.113549.1.1.1": ("rsa", None),
    "1.2.840.113549.1.1.4": ("rsa", "md5"),
    "1.2.840.113549.1.1.5": ("rsa", "sha1"),
    "1.2.840.113549.1.1.14": ("rsa", "sha224"),
    "1.2.840.113549.1.1.11": ("rsa", "sha256"),
    "1.2.840.113549.1.1.12": ("rsa", "sha384"),
    "1.2.840.113549.1.1.13": ("rsa", "sha512"),
    "2.16.840.1.101.3.4.3.13": ("rsa", "sha3_224"),
    "2.16.840.1.101.3.4.3.14": ("rsa", "sha3_256"),
    "2.16.840.1.101.3.4.3.15": ("rsa", "sha3_384"),
    "2.16.840.1.101.3.4.3.16": ("rsa", "sha3_512"),
    "1.2.840.113549.1.1.10": ("pss", None),
    "1.2.840.10045.2.1": ("ecdsa", None),
    "1.2.840.10045.4.1": ("ecdsa", "sha1"),
    "1.2.840.10045.4.3.1": ("ecdsa", "sha224"),
    "1.2.840.10045.4.3.2": ("ecdsa", "sha256"),
    "1.2.840.10045.4.3.3": ("ecdsa", "sha384"),
    "1.2.840.10045.4.3.4": ("ecdsa", "sha512"),
    "2.16.840.1.101.3.4.3.10": ("ecdsa", "sha3_256"),
    "2.16.840.1.101.3.4.3.11": ("ecdsa", "sha3_384"),
    "2.16.840.1.101.3.4.3.12": ("ecdsa", "sha3_512"),
    "1.2.840.10040.4.1": ("dsa", None),
    "1.2.840.10040.4.3": ("dsa", "sha1"),
    "2.16.840.1.101.3.4.3.1": ("dsa", "sha224"),
    "2.16.840.1.101.3.4.3.2": ("dsa", "sha256"),
    # Plain signatures of BSI TR-03111: r and s side by side, without ASN.1.
    "0.4.0.127.0.7.1.1.4.1.1": ("plain-ecdsa", "sha1"),
    "0.4.0.127.0.7.1.1.4.1.2": ("plain-ecdsa", "sha224"),
    "0.4.0.127.0.7.1.1.4.1.3": ("plain-ecdsa", "sha256"),
    "0.4.0.127.0.7.1.1.4.1.4": ("plain-ecdsa", "sha384"),
    "0.4.0.127.0.7.1.1.4.1.5": ("plain-ecdsa", "sha512"),
    "0.4.0.127.0.7.1.1.4.1.8": ("plain-ecdsa", "sha3_224"),
    "0.4.0.127.0.7.1.1.4.1.9": ("plain-ecdsa", "sha3_256"),
    "0.4.0.127.0.7.1.1.4.1.10": ("plain-ecdsa", "sha3_384"),
    "0.4.0.127.0.7.1.1.4.1.11": ("plain-ecdsa", "sha3_512"),
    "1.3.101.112": ("ed25519", None),
    "1.3.101.113": ("ed448", None),
}


class SignedContent(Protocol):
    """Bytes that were signed: a whole revision, or a small structure."""

    def digest(self, name: str) -> bytes:
        """Give their digest."""

    def joined(self) -> bytes:
        """Give the bytes themselves."""


@dataclass(frozen=True, slots=True)
class PlainContent:
    """Signed content that is one small byte string, such as a TSTInfo."""

    content: bytes

    def digest(self, name: str) -> bytes:
        """Give its digest."""
        return digest_bytes(self.content, name)

    def joined(self) -> bytes:
        """Give the bytes themselves."""
        return self.content


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """A signature algorithm as named in the file: family, digest, and for RSA-PSS the salt length."""

    family: str
    digest: str
    salt_bytes: int = 0


def read_digest_algorithm(identifier: algos.DigestAlgorithm) -> str:
    """Give the name of a digest algorithm.

    Raises:
        CmsUnreadable: we do not know it, so nothing can be said about what it protects.
    """
    oid = identifier["algorithm"].dotted
    if oid not in _DIGEST_OIDS:
        raise CmsUnreadable("DIGEST_ALGORITHM_UNKNOWN", f"digest algorithm {oid} is not known to us")
    return _DIGEST_OIDS[oid]


def read_signature_algorithm(identifier: algos.SignedDigestAlgorithm, *, digest: str | None) -> SignatureAlgorithm:
    """Give the signature algorithm; `digest` is the one named beside it, where one is.

    Raises:
        CmsUnreadable: unknown, or it names another digest than the one that was computed.
    """
    oid = identifier["algorithm"].dotted
    if oid not in _SIGNATURE_OIDS:
        raise CmsUnreadable("SIGNATURE_ALGORITHM_UNKNOWN", f"signature algorithm {oid} is not known to us")
    family, named = _SIGNATURE_OIDS[oid]
    salt_bytes = 0
    if family == "pss":
        named, salt_bytes = _read_pss(identifier)
    if family in _EDDSA_DIGESTS:
        # RFC 8419, 3: the digest of signed attributes is the one the curve is made with.
        if digest is not None and digest != _EDDSA_DIGESTS[family]:
            raise CmsUnreadable("DIGEST_MISMATCH", f"an {family} signature stands beside a digest by {digest}")
        return SignatureAlgorithm(family, _EDDSA_DIGESTS[family])
    if named and digest and named != digest:
        raise CmsUnreadable("DIGEST_MISMATCH", f"the signature names {named}, the signed data {digest}")
    chosen = named or digest
    if chosen is None:
        raise CmsUnreadable("DIGEST_ALGORITHM_UNKNOWN", "the signature does not say which digest it uses")
    return SignatureAlgorithm(family, chosen, salt_bytes)


def signature_family(oid: str) -> tuple[str, str | None]:
    """Give the family of a signature algorithm and the digest it names.

    Raises:
        KeyError: we do not know it.
    """
    return _SIGNATURE_OIDS[oid]


def _read_pss(identifier: algos.SignedDigestAlgorithm) -> tuple[str, int]:
    parameters = identifier["parameters"]
    if parameters.native is None:
        return "sha1", 20
    digest = read_digest_algorithm(parameters["hash_algorithm"])
    mask = parameters["mask_gen_algorithm"]
    if mask["algorithm"].native != "mgf1" or read_digest_algorithm(mask["parameters"]) != digest:
        raise CmsUnreadable("SIGNATURE_ALGORITHM_UNKNOWN", "an RSA-PSS signature uses an unusual mask")
    salt_bytes = parameters["salt_length"].native
    if not 0 <= salt_bytes <= 512:
        raise CmsUnreadable("SIGNATURE_ALGORITHM_UNKNOWN", "an RSA-PSS signature has an impossible salt")
    return digest, salt_bytes


class RunningDigest:
    """A digest on its way; MD5 and SHA-1 only to judge old files, never to make anything."""

    __slots__ = ("_engine", "_length")

    def __init__(self, name: str) -> None:
        """Begin with no bytes."""
        is_shake = name == "shake256"
        self._length = (_SHAKE256_BYTES,) if is_shake else ()
        # The two kinds of engine have no type in common.
        self._engine: Any = (
            hashlib.shake_256(usedforsecurity=False) if is_shake else hashlib.new(name, usedforsecurity=False)
        )

    def update(self, part: bytes | memoryview) -> None:
        """Take bytes in."""
        self._engine.update(part)

    def copy(self) -> RunningDigest:
        """Give one that goes its own way from here."""
        other = copy.copy(self)
        other._engine = self._engine.copy()
        return other

    def end(self) -> bytes:
        """Give the digest of what was taken in."""
        return bytes(self._engine.digest(*self._length))


def digest_bytes(content: bytes, digest: str) -> bytes:
    """Hash one byte string."""
    running = RunningDigest(digest)
    running.update(content)
    return running.end()


def verify_raw_signature(
    signed: bytes, *, signature: bytes, public_key_der: bytes, algorithm: SignatureAlgorithm
) -> bool:
    """Tell whether `signature` over `signed` was made by this public key."""
    if algorithm.family not in _EDDSA_DIGESTS and algorithm.digest not in _HASHES:
        return False
    try:
        key = load_der_public_key(public_key_der)
        _verify(key, signed=signed, signature=signature, algorithm=algorithm)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _verify(key: object, *, signed: bytes, signature: bytes, algorithm: SignatureAlgorithm) -> None:
    is_edwards = (algorithm.family == "ed25519" and isinstance(key, ed25519.Ed25519PublicKey)) or (
        algorithm.family == "ed448" and isinstance(key, ed448.Ed448PublicKey)
    )
    if is_edwards and isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        key.verify(signature, signed)
        return
    if algorithm.digest not in _HASHES:
        raise InvalidSignature("the key is of another kind than the signature algorithm")
    digest = _HASHES[algorithm.digest]()
    if algorithm.family == "rsa" and isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, padding.PKCS1v15(), digest)
    elif algorithm.family == "pss" and isinstance(key, rsa.RSAPublicKey):
        mask = padding.MGF1(_HASHES[algorithm.digest]())
        key.verify(signature, signed, padding.PSS(mgf=mask, salt_length=algorithm.salt_bytes), digest)
    elif algorithm.family == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(digest))
    elif algorithm.family == "plain-ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(_from_plain(signature, key), signed, ec.ECDSA(digest))
    elif algorithm.family == "dsa" and isinstance(key, dsa.DSAPublicKey):
        key.verify(signature, signed, digest)
    else:
        raise InvalidSignature("the key is of another kind than the signature algorithm")


def _from_plain(signature: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    half = (key.key_size + 7) // 8
    if len(signature) != 2 * half:
        raise InvalidSignature("a plain signature has another length than its curve asks for")
    return encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))


@lru_cache(maxsize=512)
def key_description(public_key_der: bytes) -> tuple[str, int]:
    """Give the kind and the size in bits of a public key; `("unknown", 0)` when we cannot read it."""
    try:
        key = load_der_public_key(public_key_der)
    except (UnsupportedAlgorithm, ValueError, TypeError):
        return "unknown", 0
    if isinstance(key, rsa.RSAPublicKey):
        return "rsa", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "ec", key.key_size
    if isinstance(key, dsa.DSAPublicKey):
        return "dsa", key.key_size
    return ("eddsa", 256) if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey) else ("unknown", 0)
