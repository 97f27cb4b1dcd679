"""Files whose mathematics hold and whose signer nobody should believe: one a class, beside the honest one that passes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keys import Mode, TrustAnchors
from signing.verify import Verdict, VerificationReport, verify_pdf
from signing.verify.syntax import PdfObject
from tests.attack.foreign import sign_by_hand
from tests.attack.pdf_surgery import Patient
from tests.blank_copies import blank_copy

NOW = datetime(2026, 11, 22, tzinfo=UTC)
YEAR = timedelta(days=365)
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),  # noqa: S303  # attackers do not care
    "sha1": hashes.SHA1(),  # noqa: S303
    "sha256": hashes.SHA256(),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a signer is made; the defaults are honest."""

    name: str
    expected: Verdict
    reason: str = ""
    digest: str = "sha256"
    bits: int = 2048
    begin: datetime = NOW - YEAR
    end: datetime = NOW + YEAR
    usage: tuple[str, ...] = ("digital_signature", "content_commitment")
    purposes: tuple[x509.ObjectIdentifier, ...] = ()
    issuer_is_ca: bool = True
    issuer_usage: tuple[str, ...] = ("key_cert_sign", "crl_sign")
    is_anchored: bool = True
    has_list: bool = True
    is_revoked: bool = False
    extra: tuple[x509.ExtensionType, ...] = field(default=(), repr=False)


SIGNERS = (
    Wanted("honest", Verdict.VALID),
    Wanted(
        "self-signed by an authority nobody knows",
        Verdict.INDETERMINATE,
        "NO_CERTIFICATE_CHAIN_FOUND",
        is_anchored=False,
    ),
    Wanted("expired", Verdict.INDETERMINATE, "OUT_OF_BOUNDS_NO_POE", end=NOW - YEAR / 2),
    Wanted("not yet valid", Verdict.INDETERMINATE, "NOT_YET_VALID", begin=NOW + YEAR / 2),
    Wanted("made for encryption", Verdict.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", usage=("key_encipherment",)),
    Wanted(
        "made for web servers",
        Verdict.INDETERMINATE,
        "SIG_CONSTRAINTS_FAILURE",
        purposes=(ExtendedKeyUsageOID.SERVER_AUTH,),
    ),
    Wanted("RSA-1024", Verdict.INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", bits=1024),
    Wanted("MD5", Verdict.INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", digest="md5"),
    Wanted("SHA-1", Verdict.INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", digest="sha1"),
    Wanted(
        "issued by somebody who is no authority", Verdict.INDETERMINATE, "CHAIN_CONSTRAINTS_FAILURE", issuer_is_ca=False
    ),
    Wanted(
        "issued by a key that may not issue",
        Verdict.INDETERMINATE,
        "CHAIN_CONSTRAINTS_FAILURE",
        issuer_usage=("digital_signature", "crl_sign"),
    ),
    Wanted(
        "with a critical extension nobody knows",
        Verdict.INDETERMINATE,
        "CHAIN_CONSTRAINTS_FAILURE",
        extra=(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"),),
    ),
    Wanted("without any evidence of revocation", Verdict.INDETERMINATE, "TRY_LATER", has_list=False),
    Wanted("revoked", Verdict.INDETERMINATE, "REVOKED_NO_POE", is_revoked=True),
)


def key_usage(names: Iterable[str]) -> x509.KeyUsage:
    every = [
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ]
    return x509.KeyUsage(**{name: name in names for name in every})


def name_of(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@pytest.fixture(scope="module")
def root_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def blank() -> bytes:
    return blank_copy(part=None)


def certify(
    wanted: Wanted, key: rsa.RSAPrivateKey, issuer: rsa.RSAPrivateKey
) -> tuple[x509.Certificate, x509.Certificate]:
    """The signer's certificate and its issuer's."""
    root = (
        x509.CertificateBuilder()
        .subject_name(name_of("Root"))
        .issuer_name(name_of("Root"))
        .public_key(issuer.public_key())
        .serial_number(1)
        .not_valid_before(NOW - 9 * YEAR)
        .not_valid_after(NOW + 9 * YEAR)
        .add_extension(x509.BasicConstraints(ca=wanted.issuer_is_ca, path_length=None), critical=True)
        .add_extension(key_usage(wanted.issuer_usage), critical=True)
        .sign(issuer, hashes.SHA256())
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of("Signer"))
        .issuer_name(name_of("Root"))
        .public_key(key.public_key())
        .serial_number(2)
        .not_valid_before(wanted.begin)
        .not_valid_after(wanted.end)
        .add_extension(key_usage(wanted.usage), critical=True)
    )
    if wanted.purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(wanted.purposes), critical=False)
    for one in wanted.extra:
        builder = builder.add_extension(one, critical=True)
    return builder.sign(issuer, hashes.SHA256()), root


def revocation_list(wanted: Wanted, issuer: rsa.RSAPrivateKey) -> bytes:
    builder = x509.CertificateRevocationListBuilder().issuer_name(name_of("Root"))
    builder = builder.last_update(NOW).next_update(NOW + timedelta(days=1))
    if wanted.is_revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(2).revocation_date(NOW - YEAR / 4)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer, hashes.SHA256()).public_bytes(Encoding.DER)


def signature(content: bytes, wanted: Wanted, key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> bytes:
    digest = hashlib.new(wanted.digest, content, usedforsecurity=False).digest()
    attributes = sorted(
        one.dump()
        for one in (
            cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
            cms.CMSAttribute({"type": "message_digest", "values": [digest]}),
        )
    )
    body = b"".join(attributes)
    parsed = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
    own = core.SetOf(spec=core.Any, contents=body).dump()
    info = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": parsed.issuer, "serial_number": parsed.serial_number}},
        "digest_algorithm": algos.DigestAlgorithm({"algorithm": wanted.digest}),
        "signed_attrs": cms.CMSAttributes(contents=body),
        "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": f"{wanted.digest}_rsa"}),
        "signature": key.sign(own, padding.PKCS1v15(), _HASHES[wanted.digest]),
    }
    whole = {
        "version": "v1",
        "digest_algorithms": [algos.DigestAlgorithm({"algorithm": wanted.digest})],
        "encap_content_info": {"content_type": "data"},
        "certificates": [parsed],
        "signer_infos": [cms.SignerInfo(info)],
    }
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(whole)}).dump())


def judged(wanted: Wanted, blank: bytes, root_key: rsa.RSAPrivateKey) -> VerificationReport:
    key = rsa.generate_private_key(65537, wanted.bits)
    certificate, root = certify(wanted, key, root_key)
    pdf = sign_by_hand(blank, lambda content: signature(content, wanted, key, certificate))
    lists = (revocation_list(wanted, root_key),) if wanted.has_list else ()
    roots = (root.public_bytes(Encoding.DER),) if wanted.is_anchored else ()
    trust = TrustAnchors(roots, (), lists, Mode.DEMO)
    return verify_pdf(pdf, trust=trust, at=NOW)


@pytest.mark.parametrize("wanted", SIGNERS, ids=lambda wanted: wanted.name)
def test_signer_gets_the_verdict_that_is_owed(wanted: Wanted, blank: bytes, root_key: rsa.RSAPrivateKey) -> None:
    report = judged(wanted, blank, root_key)
    assert report.verdict is wanted.expected, report.to_dict()
    assert report.reasons == ((wanted.reason,) if wanted.reason else ())
    # Whom to believe is one question, whether the bytes are the signed ones another.
    assert [one.technically_valid for one in report.signatures] == [True]


@pytest.mark.parametrize(
    ("added", "warning"),
    [
        ({"OpenAction": {"S": "JavaScript", "JS": b"app.alert(1)"}}, "ACTIVE_CONTENT"),
        ({"AA": {"WC": {"S": "Launch", "F": b"x"}}}, "ACTIVE_CONTENT"),
        ({"Odd": [{"A": {"S": "SubmitForm"}}]}, "ACTIVE_CONTENT"),
        ({"OCProperties": {"OCGs": [], "D": {}}}, "HIDDEN_CONTENT"),
        ({"Names": {"EmbeddedFiles": {"Names": [b"a", {"Type": "Filespec", "EF": {}}]}}}, "EMBEDDED_FILES"),
    ],
)
def test_what_acts_or_hides_under_an_honest_signature_is_warned_about(
    blank: bytes, root_key: rsa.RSAPrivateKey, added: dict[str, PdfObject], warning: str
) -> None:
    patient = Patient(blank)
    armed = patient.append({patient.root: patient.entries(patient.root) | added})
    report = judged(SIGNERS[0], armed, root_key)
    assert report.verdict is Verdict.VALID_WITH_WARNING
    assert report.warnings == (warning,)
