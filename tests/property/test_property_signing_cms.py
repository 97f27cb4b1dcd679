from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache

from asn1crypto import cms, tsp, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import CertificateBuilder, Name, NameAttribute
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import Credential, KeyAlgorithm
from signing.cms import issuer_and_serial_number, signed_attributes, signed_data, signed_data_bytes
from signing.der import read_element

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=16)
SERIALS = st.integers(min_value=1, max_value=2**159 - 1)
DIGESTS = st.binary(min_size=32, max_size=32)
TOKENS = st.sampled_from((0, 1, 126, 127, 128, 255, 256, 3000, 65_535, 70_000)).map(bytes)


@cache
def private_key(algorithm: KeyAlgorithm) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    if algorithm is KeyAlgorithm.RSA_SHA256:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def credential(name: str, *, serial: int, algorithm: KeyAlgorithm, chain: tuple[bytes, ...] = ()) -> Credential:
    subject = Name([NameAttribute(NameOID.COMMON_NAME, name)])
    key = private_key(algorithm)
    certificate = (
        CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2031, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    der = certificate.public_bytes(serialization.Encoding.DER)
    return Credential(
        key_id="key", subject_cn=name, certificate_der=der, chain_der=chain, algorithm=algorithm, unattended=True
    )


@given(digest=DIGESTS, certificate=st.binary(max_size=300))
def test_signed_attributes_are_what_asn1crypto_would_write(digest: bytes, certificate: bytes) -> None:
    expected = cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["data"]},
            {"type": "message_digest", "values": [digest]},
            {
                "type": "signing_certificate_v2",
                "values": [tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(certificate).digest()}]})],
            },
        ]
    )
    assert signed_attributes(digest, certificate_der=certificate) == expected.dump()


@settings(max_examples=25, deadline=None)
@given(
    name=NAMES,
    serial=SERIALS,
    other=NAMES,
    algorithm=st.sampled_from(KeyAlgorithm),
    digest=DIGESTS,
    signature=st.binary(min_size=8, max_size=72),
    token=st.none() | TOKENS,
)
def test_the_whole_is_canonical_der_that_asn1crypto_reads_back(
    name: str,
    serial: int,
    other: str,
    algorithm: KeyAlgorithm,
    digest: bytes,
    signature: bytes,
    token: bytes | None,
) -> None:
    issuer = credential(other, serial=7, algorithm=algorithm)
    signer = credential(name, serial=serial, algorithm=algorithm, chain=(issuer.certificate_der,))
    attributes = signed_attributes(digest, certificate_der=signer.certificate_der)
    stamp = cms.ContentInfo({"content_type": "data", "content": token}).dump() if token is not None else None
    written = signed_data(attributes, signature=signature, credential=signer, timestamp_token=stamp)

    read = cms.ContentInfo.load(written, strict=True)
    content = read["content"]
    (signer_info,) = content["signer_infos"]
    certificate = x509.Certificate.load(signer.certificate_der)
    assert signer_info["sid"].chosen["issuer"].dump() == certificate.issuer.dump()
    assert signer_info["sid"].chosen["serial_number"].native == serial
    assert signer_info["signature"].native == signature
    assert signer_info["signed_attrs"].untag().dump() == attributes
    carried = {choice.chosen.dump() for choice in content["certificates"]}
    assert carried == {signer.certificate_der, issuer.certificate_der}
    if stamp is None:
        assert not signer_info["unsigned_attrs"]
    else:
        assert signer_info["unsigned_attrs"][0]["values"][0].dump() == stamp
    # Digests, because showing the difference of two long byte strings takes minutes.
    assert hashlib.sha256(written).digest() == hashlib.sha256(_rewritten(content)).digest()
    room = signed_data_bytes(signer, timestamp_bytes=len(stamp or b""))
    assert len(written) <= room


def _rewritten(content: cms.SignedData) -> bytes:
    """The same values encoded anew by asn1crypto, which orders sets itself."""
    (signer_info,) = content["signer_infos"]
    values = {
        "version": "v1",
        "sid": signer_info["sid"],
        "digest_algorithm": signer_info["digest_algorithm"],
        "signed_attrs": cms.CMSAttributes(list(signer_info["signed_attrs"])),
        "signature_algorithm": signer_info["signature_algorithm"],
        "signature": signer_info["signature"].native,
    }
    if signer_info["unsigned_attrs"]:
        values["unsigned_attrs"] = cms.CMSAttributes(list(signer_info["unsigned_attrs"]))
    anew = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": content["digest_algorithms"],
            "encap_content_info": {"content_type": "data"},
            "certificates": [choice.chosen for choice in content["certificates"]],
            "signer_infos": [cms.SignerInfo(values)],
        }
    )
    encoded: bytes = cms.ContentInfo({"content_type": "signed_data", "content": anew}).dump(force=True)
    return encoded


@settings(max_examples=25, deadline=None)
@given(name=NAMES, serial=SERIALS)
def test_issuer_and_serial_are_copied_byte_for_byte(name: str, serial: int) -> None:
    signer = credential(name, serial=serial, algorithm=KeyAlgorithm.ECDSA_P256_SHA256)
    certificate = x509.Certificate.load(signer.certificate_der)
    expected = cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number})
    assert issuer_and_serial_number(signer.certificate_der) == expected.dump()


@given(junk=st.binary(max_size=200))
def test_reading_junk_ends_in_a_value_error_or_inside_the_junk(junk: bytes) -> None:
    try:
        element = read_element(junk)
        children = element.children()
    except ValueError:
        return
    assert element.end <= len(junk)
    assert all(child.end <= element.end for child in children)
