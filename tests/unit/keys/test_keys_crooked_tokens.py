"""Time-stamp tokens that a crooked or careless authority would write, each refused for its own reason."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from keys import TimestampReason, TimestampRejected, TimestampToken
from keys.credentials import load_certificate
from keys.timestamp_check import ask_timestamp, check_timestamp
from tests.office import Office

# Each has a database, a service or keys of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

IMPRINT = bytes(range(32))
NONCE = 4711


@dataclass(frozen=True)
class Signer:
    """A key with a certificate that the office's issuing CA signed, for whatever purpose the test wants."""

    private_key: Any
    certificate: x509.Certificate

    def sign(self, content: bytes) -> bytes:
        if isinstance(self.private_key, rsa.RSAPrivateKey):
            return self.private_key.sign(content, padding.PKCS1v15(), hashes.SHA256())
        if isinstance(self.private_key, ed25519.Ed25519PrivateKey):
            return self.private_key.sign(content)
        signature: bytes = self.private_key.sign(content, ec.ECDSA(hashes.SHA256()))
        return signature


def make_signer(
    office: Office, *, private_key: Any = None, purposes: x509.ExtendedKeyUsage | None = None, days: int = 1000
) -> Signer:
    issuer_key = load_pem_private_key((office.folder / "authority" / "issuing.key.pem").read_bytes(), password=None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    key = private_key or ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "crooked")]))
        .issuer_name(load_certificate(office.authority.issuing_der).subject)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(office.now - timedelta(days=2))
        .not_valid_after(office.now + timedelta(days=days))
    )
    if purposes is not None:
        builder = builder.add_extension(purposes, critical=True)
    return Signer(key, builder.sign(issuer_key, hashes.SHA256()))


STAMPING = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])


@dataclass(frozen=True)
class Recipe:
    """A token as it should be; a test changes one thing."""

    signer: Signer
    office: Office
    content_type: str = "tst_info"
    signer_count: int = 1
    digest_name: str = "sha256"
    certificate_hash: dict[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    attribute_content_type: str = "tst_info"
    identifier_serial: int = 4711
    token_type: str = "signed_data"
    key_identifier: bytes = b""

    def answer(self) -> bytes:
        content = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": "1.2.3",
                "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": IMPRINT},
                "serial_number": 1,
                "gen_time": self.office.now,
                "nonce": NONCE,
            }
        ).dump()
        certificate_der = self.signer.certificate.public_bytes(Encoding.DER)
        certificate = asn1_x509.Certificate.load(certificate_der)
        certificate_id = self.certificate_hash or {"cert_hash": hashlib.sha256(certificate_der).digest()}
        values = {
            "content_type": self.attribute_content_type,
            "message_digest": hashlib.new(self.digest_name, content).digest(),
            "signing_certificate_v2": tsp.SigningCertificateV2({"certs": [certificate_id]}),
        }
        attributes = cms.CMSAttributes(
            [{"type": name, "values": [value]} for name, value in values.items() if name not in self.left_out]
        )
        identifier = {"issuer": certificate.issuer, "serial_number": self.identifier_serial}
        named = ("subject_key_identifier", self.key_identifier) if self.key_identifier else (
            "issuer_and_serial_number", cms.IssuerAndSerialNumber(identifier)
        )  # fmt: skip
        info = {
            "version": "v1",
            "sid": cms.SignerIdentifier(*named),
            "digest_algorithm": {"algorithm": self.digest_name},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": self.signer.sign(attributes.dump()),
        }
        signed_data = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": self.digest_name}],
                "encap_content_info": {
                    "content_type": self.content_type,
                    "content": core.ParsableOctetString(content),
                },
                "certificates": [certificate],
                "signer_infos": [info] * self.signer_count,
            }
        )
        if self.token_type != "signed_data":
            token = cms.ContentInfo({"content_type": "data", "content": b"no token"})
        else:
            token = cms.ContentInfo({"content_type": "signed_data", "content": signed_data})
        return bytes(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump())


@pytest.fixture
def recipe(office: Office) -> Recipe:
    return Recipe(make_signer(office, purposes=STAMPING), office)


def _check(recipe: Recipe) -> TimestampToken:
    office = recipe.office
    return check_timestamp(
        recipe.answer(),
        question=ask_timestamp(IMPRINT, nonce=NONCE, at_sent=office.now),
        received_at=office.now,
        issuers=[load_certificate(office.authority.issuing_der)],
    )


def _reason_for(recipe: Recipe) -> TimestampReason:
    with pytest.raises(TimestampRejected) as caught:
        _check(recipe)
    return caught.value.reason


def test_unchanged_recipe_is_accepted(recipe: Recipe) -> None:
    assert _check(recipe).gen_time == recipe.office.now


def test_token_of_an_rsa_authority_is_accepted(office: Office) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    recipe = Recipe(make_signer(office, private_key=key, purposes=STAMPING), office)
    assert _check(recipe).gen_time == office.now


def test_signer_named_by_key_identifier_is_accepted(recipe: Recipe) -> None:
    """The signed ESSCertIDv2 decides, so the unsigned identifier may take its other form."""
    assert _check(replace(recipe, key_identifier=b"any")).gen_time == recipe.office.now


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"content_type": "data"}, TimestampReason.MALFORMED),
        ({"token_type": "data"}, TimestampReason.MALFORMED),
        ({"signer_count": 2}, TimestampReason.MALFORMED),
        ({"left_out": ("message_digest",)}, TimestampReason.MALFORMED),
        ({"left_out": ("signing_certificate_v2",)}, TimestampReason.CERTIFICATE),
        ({"certificate_hash": {"cert_hash": bytes(32)}}, TimestampReason.CERTIFICATE),
        ({"certificate_hash": {"hash_algorithm": {"algorithm": "sha1"}, "cert_hash": bytes(20)}},
         TimestampReason.CERTIFICATE),
        ({"identifier_serial": 1}, TimestampReason.CERTIFICATE),
        ({"digest_name": "sha1"}, TimestampReason.SIGNATURE),
        ({"attribute_content_type": "data"}, TimestampReason.SIGNATURE),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else str(value),
)  # fmt: skip
def test_crooked_token_is_refused(recipe: Recipe, change: dict[str, Any], reason: TimestampReason) -> None:
    assert _reason_for(replace(recipe, **change)) is reason


def test_token_signed_by_another_key_is_refused(recipe: Recipe) -> None:
    other = Signer(ec.generate_private_key(ec.SECP256R1()), recipe.signer.certificate)
    assert _reason_for(replace(recipe, signer=other)) is TimestampReason.SIGNATURE


def test_key_of_an_unknown_kind_is_refused(office: Office) -> None:
    signer = make_signer(office, private_key=ed25519.Ed25519PrivateKey.generate(), purposes=STAMPING)
    assert _reason_for(Recipe(signer, office)) is TimestampReason.SIGNATURE


@pytest.mark.parametrize(
    "purposes",
    [
        None,
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING]),
    ],
    ids=["none", "another", "one too many"],
)
def test_certificate_must_be_for_time_stamping_alone(office: Office, purposes: x509.ExtendedKeyUsage | None) -> None:
    assert _reason_for(Recipe(make_signer(office, purposes=purposes), office)) is TimestampReason.CERTIFICATE


def test_expired_certificate_stamps_nothing(office: Office) -> None:
    signer = make_signer(office, purposes=STAMPING, days=-1)
    assert _reason_for(Recipe(signer, office)) is TimestampReason.CERTIFICATE
