"""What the authority issues passes an outside linter (pkilint) for certificates, lists and OCSP answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pkilint import loader, pkix
from pkilint.pkix import certificate, crl, extension, name, ocsp
from pkilint.validation import ValidationFindingSeverity, ValidationResult

from keys import CredentialKind, KeyAlgorithm, RevocationReason
from keys.credentials import load_certificate
from keys.revocation_check import OcspQuestion
from tests.office import Office

# What a reader would call a fault; hints below it are matters of taste (`INFO`, `NOTICE`).
_FAULTS = {ValidationFindingSeverity.WARNING, ValidationFindingSeverity.ERROR, ValidationFindingSeverity.FATAL}
SUBSCRIBERS = (
    CredentialKind.OFFICER,
    CredentialKind.SEAL,
    CredentialKind.FOREIGN_OFFICER,
    CredentialKind.FOREIGN_OFFICE,
)


def _faults(results: Iterator[ValidationResult]) -> list[str]:
    return [
        f"{found.finding.severity.name} {found.finding.code}"
        for result in results
        for found in result.finding_descriptions
        if found.finding.severity in _FAULTS
    ]


def faults_of_certificate(certificate_der: bytes) -> list[str]:
    linter = certificate.create_pkix_certificate_validator_container(
        certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS),
        [
            certificate.create_issuer_validator_container([]),
            certificate.create_validity_validator_container(),
            certificate.create_subject_validator_container([]),
            certificate.create_extensions_validator_container([]),
            certificate.create_spki_validator_container([]),
        ],
    )
    document = loader.RFC5280CertificateDocumentLoader().load_der_document(certificate_der, "certificate")
    return _faults(linter.validate(document.root))


def faults_of_crl(crl_der: bytes) -> list[str]:
    linter = crl.create_pkix_crl_validator_container(
        [
            pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
            pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
        ],
        [
            crl.create_issuer_validator_container([]),
            crl.create_validity_validator_container([]),
            crl.create_extensions_validator_container([]),
        ],
    )
    document = loader.RFC5280CertificateListDocumentLoader().load_der_document(crl_der, "crl")
    return _faults(linter.validate(document.root))


def faults_of_ocsp(answer_der: bytes) -> list[str]:
    linter = ocsp.create_pkix_ocsp_response_validator_container(
        [
            ocsp.create_response_decoder(),
            pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
            pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
        ],
        [],
    )
    document = loader.RFC6960OCSPResponseDocumentLoader().load_der_document(answer_der, "ocsp")
    return _faults(linter.validate(document.root))


@pytest.mark.parametrize("part", ["root_der", "issuing_der", "ocsp_der", "tsa_der"])
def test_certificates_of_the_authority_itself_pass_the_linter(office: Office, part: str) -> None:
    assert faults_of_certificate(getattr(office.authority, part)) == []


@pytest.mark.parametrize("kind", SUBSCRIBERS)
@pytest.mark.parametrize("algorithm", KeyAlgorithm)
@pytest.mark.slow
def test_certificates_of_subscribers_pass_the_linter(
    office: Office, kind: CredentialKind, algorithm: KeyAlgorithm
) -> None:
    credential = office.officer(kind=kind, algorithm=algorithm).credential
    assert faults_of_certificate(credential.certificate_der) == []


@pytest.mark.parametrize("which", [CredentialKind.ROOT, CredentialKind.ISSUING])
def test_revocation_lists_pass_the_linter(office: Office, which: CredentialKind) -> None:
    office.revoke(office.officer())
    office.revoke(office.officer(), reason=RevocationReason.UNSPECIFIED)
    assert faults_of_crl(office.authority.crl_der(which, at=office.now)) == []


@pytest.mark.parametrize("is_revoked", [False, True])
def test_ocsp_answers_pass_the_linter(office: Office, *, is_revoked: bool) -> None:
    officer = office.officer()
    if is_revoked:
        office.revoke(officer)
    question = OcspQuestion(
        load_certificate(officer.credential.certificate_der),
        load_certificate(office.authority.issuing_der),
        b"nonce-of-sixteen",
        office.now,
    )
    assert faults_of_ocsp(office.authority.answer_ocsp(question.request_der(), at=office.now)) == []


def test_linter_finds_a_fault_that_is_there(office: Office) -> None:
    """The linter must not be deaf: who is no CA must not sign certificates (RFC 5280, 4.2.1.9)."""
    private_key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Thí Dụ")])
    bits = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign")
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        encipher_only=False,
        decipher_only=False,
        **dict.fromkeys(bits, False),
    )
    crooked = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private_key.public_key())
        .serial_number(4711)
        .not_valid_before(office.now)
        .not_valid_after(office.now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(private_key, hashes.SHA256())
    )
    assert "ERROR pkix.ee_certificate_keycertsign_keyusage_set" in faults_of_certificate(
        crooked.public_bytes(Encoding.DER)
    )
