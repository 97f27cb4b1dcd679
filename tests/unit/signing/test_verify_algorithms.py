"""Every algorithm a PDF may be signed with, and the date until which it may be relied on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from asn1crypto import algos
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signing.verify.algorithms import (
    SignatureAlgorithm,
    key_description,
    read_digest_algorithm,
    read_signature_algorithm,
    verify_raw_signature,
)
from signing.verify.errors import CmsUnreadable
from signing.verify.policy import usable_until

SIGNED = b"certified copy"
TODAY = datetime(2026, 11, 22, tzinfo=UTC)


def der(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def check(key: bytes, signature: bytes, algorithm: SignatureAlgorithm) -> tuple[bool, bool]:
    good = verify_raw_signature(SIGNED, signature=signature, public_key_der=key, algorithm=algorithm)
    bad = verify_raw_signature(SIGNED + b"!", signature=signature, public_key_der=key, algorithm=algorithm)
    return good, bad


def test_rsa_signatures_are_told_apart() -> None:
    key = rsa.generate_private_key(65537, 2048)
    plain = key.sign(SIGNED, padding.PKCS1v15(), hashes.SHA256())
    salted = key.sign(SIGNED, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    public = der(key.public_key())
    assert check(public, plain, SignatureAlgorithm("rsa", "sha256")) == (True, False)
    assert check(public, salted, SignatureAlgorithm("pss", "sha256", 32)) == (True, False)
    assert check(public, plain, SignatureAlgorithm("pss", "sha256", 32)) == (False, False)
    assert check(public, plain, SignatureAlgorithm("ecdsa", "sha256")) == (False, False)
    assert check(public, plain, SignatureAlgorithm("rsa", "sha3_224")) == (False, False)
    assert key_description(public) == ("rsa", 2048)


def test_elliptic_and_older_signatures_are_verified() -> None:
    curve, edwards, older = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate(), _dsa()
    assert check(
        der(curve.public_key()), curve.sign(SIGNED, ec.ECDSA(hashes.SHA256())), SignatureAlgorithm("ecdsa", "sha256")
    ) == (True, False)
    assert check(der(edwards.public_key()), edwards.sign(SIGNED), SignatureAlgorithm("ed25519", "sha512")) == (
        True,
        False,
    )
    assert check(der(older.public_key()), older.sign(SIGNED, hashes.SHA256()), SignatureAlgorithm("dsa", "sha256")) == (
        True,
        False,
    )
    kinds = [key_description(der(key.public_key()))[0] for key in (curve, edwards, older)]
    assert kinds == ["ec", "eddsa", "dsa"]


def _dsa() -> dsa.DSAPrivateKey:
    # Old files hold keys of this size, and the test is about reading them.
    return dsa.generate_private_key(1024)  # noqa: S505


def test_key_nobody_can_read_verifies_nothing() -> None:
    assert key_description(b"no key") == ("unknown", 0)
    assert check(b"no key", b"", SignatureAlgorithm("rsa", "sha256")) == (False, False)


def test_digest_beside_and_digest_inside_must_agree() -> None:
    identifier = algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"})
    assert read_signature_algorithm(identifier, digest="sha256").digest == "sha256"
    with pytest.raises(CmsUnreadable) as caught:
        read_signature_algorithm(identifier, digest="sha1")
    assert caught.value.code == "DIGEST_MISMATCH"


def test_unknown_algorithms_are_undecided_not_wrong() -> None:
    with pytest.raises(CmsUnreadable) as digest:
        read_digest_algorithm(algos.DigestAlgorithm({"algorithm": "1.2.3.4"}))
    with pytest.raises(CmsUnreadable) as signature:
        read_signature_algorithm(algos.SignedDigestAlgorithm({"algorithm": "1.2.3.4"}), digest="sha256")
    codes = [digest.value.code, signature.value.code]
    assert codes == ["DIGEST_ALGORITHM_UNKNOWN", "SIGNATURE_ALGORITHM_UNKNOWN"]


def test_plain_key_algorithm_needs_a_digest_beside_it() -> None:
    with pytest.raises(CmsUnreadable):
        read_signature_algorithm(algos.SignedDigestAlgorithm({"algorithm": "rsassa_pkcs1v15"}), digest=None)


@pytest.mark.parametrize("salt_bytes", [0, 32])
def test_salted_signature_names_its_own_digest(salt_bytes: int) -> None:
    digest = {"algorithm": "sha256"}
    identifier = algos.SignedDigestAlgorithm(
        {
            "algorithm": "rsassa_pss",
            "parameters": {
                "hash_algorithm": digest,
                "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": digest},
                "salt_length": salt_bytes,
            },
        }
    )
    assert read_signature_algorithm(identifier, digest="sha256") == SignatureAlgorithm("pss", "sha256", salt_bytes)


def test_weak_algorithms_end_on_their_date() -> None:
    strong = der(ec.generate_private_key(ec.SECP256R1()).public_key())
    # The weakness is what the policy must find.
    weak = der(rsa.generate_private_key(65537, 1024).public_key())  # noqa: S505
    assert usable_until(SignatureAlgorithm("ecdsa", "sha256"), strong) > TODAY
    assert usable_until(SignatureAlgorithm("ecdsa", "sha1"), strong) < TODAY
    assert usable_until(SignatureAlgorithm("ecdsa", "md5"), strong) < usable_until(
        SignatureAlgorithm("ecdsa", "sha1"), strong
    )
    assert usable_until(SignatureAlgorithm("rsa", "sha256"), weak) < TODAY
