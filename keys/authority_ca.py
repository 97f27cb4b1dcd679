"""The embedded authority's certificates and CRLs: their profiles (RFC 5280) and who signs which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from guard.clock import RandomBytes
from keys.authority_ledger import Revocation
from keys.authority_names import SUBSCRIBER_KINDS, CredentialKind, RevocationReason
from keys.mode import Mode

# 128 random bits: RFC 5280, 4.1.2.2 allows 20 octets, and nobody can guess the next one.
_SERIAL_BYTES = 16
# RFC 9336: documents, and nothing else, are what an office's key signs.
_DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
_MARGIN = timedelta(minutes=5)
CRL_WINDOW = timedelta(days=30)
VALIDITY = {
    CredentialKind.ROOT: timedelta(days=7305),
    CredentialKind.ISSUING: timedelta(days=3652),
    CredentialKind.TSA: timedelta(days=1826),
    CredentialKind.OCSP: timedelta(days=1826),
}
SUBSCRIBER_VALIDITY = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Issuer:
    """A CA's certificate with its private key."""

    certificate: x509.Certificate
    private_key: ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class CertificateOrder:
    """What shall be certified."""

    kind: CredentialKind
    subject: x509.Name
    public_key: CertificatePublicKeyTypes
    serial: int
    at: datetime


def new_serial(random_bytes: RandomBytes) -> int:
    """Draw a positive serial number of 127 random bits."""
    return (int.from_bytes(random_bytes(_SERIAL_BYTES), "big") >> 1) | 1


def write_root(order: CertificateOrder, *, private_key: ec.EllipticCurvePrivateKey, mode: Mode) -> x509.Certificate:
    """Self-sign the root."""
    builder = _start(order, issuer_name=order.subject, not_after=order.at + VALIDITY[order.kind])
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
    builder = builder.add_extension(_key_usage("key_cert_sign", "crl_sign"), critical=True)
    builder = _add_policies(builder, mode)
    return builder.sign(private_key, hashes.SHA256())


def write_certificate(order: CertificateOrder, *, issuer: Issuer, mode: Mode, base_url: str) -> x509.Certificate:
    """Certify a key by the profile of its kind; it never outlives its issuer."""
    wanted_end = order.at + VALIDITY.get(order.kind, SUBSCRIBER_VALIDITY)
    not_after = min(wanted_end, issuer.certificate.not_valid_after_utc)
    builder = _start(order, issuer_name=issuer.certificate.subject, not_after=not_after)
    issuer_key_id = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key_id), critical=False
    )
    builder = _add_usage(builder, order.kind)
    builder = _add_policies(builder, mode)
    builder = _add_services(builder, order.kind, base_url=base_url)
    return builder.sign(issuer.private_key, hashes.SHA256())


def write_crl(issuer: Issuer, *, revoked: Mapping[int, Revocation], number: int, at: datetime) -> bytes:
    """Sign the list of the issuer's withdrawn certificates.

    One complete list per CA, so it needs no issuing distribution point (RFC 5280, 5.2.5).
    """
    this_update = at.replace(microsecond=0)
    issuer_key_id = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(this_update)
        .next_update(this_update + CRL_WINDOW)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key_id), critical=False)
    )
    for serial, revocation in revoked.items():
        builder = builder.add_revoked_certificate(_revoked(serial, revocation))
    return builder.sign(issuer.private_key, hashes.SHA256()).public_bytes(Encoding.DER)


def _revoked(serial: int, revocation: Revocation) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(revocation.revoked_at)
    flag = reason_flag(revocation.reason)
    if flag is not None:
        builder = builder.add_extension(x509.CRLReason(flag), critical=False)
    return builder.build()


def reason_flag(reason: RevocationReason) -> x509.ReasonFlags | None:
    """Give the reason as X.509 says it; `unspecified` is left out (RFC 5280, 5.3.1)."""
    return None if reason is RevocationReason.UNSPECIFIED else x509.ReasonFlags(reason.value)


def _start(order: CertificateOrder, *, issuer_name: x509.Name, not_after: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(order.subject)
        .issuer_name(issuer_name)
        .public_key(order.public_key)
        .serial_number(order.serial)
        # A margin, because the office's clock and a reader's are never the same.
        .not_valid_before(order.at.replace(microsecond=0) - _MARGIN)
        .not_valid_after(not_after.replace(microsecond=0))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(order.public_key), critical=False)
    )


def _add_usage(builder: x509.CertificateBuilder, kind: CredentialKind) -> x509.CertificateBuilder:
    if kind is CredentialKind.ISSUING:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        return builder.add_extension(_key_usage("key_cert_sign", "crl_sign"), critical=True)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    if kind in SUBSCRIBER_KINDS:
        builder = builder.add_extension(_key_usage("digital_signature", "content_commitment"), critical=True)
        return builder.add_extension(x509.ExtendedKeyUsage([_DOCUMENT_SIGNING]), critical=False)
    builder = builder.add_extension(_key_usage("digital_signature"), critical=True)
    if kind is CredentialKind.TSA:
        # RFC 3161, 2.3: this one purpose, and critical.
        return builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
    return builder.add_extension(x509.OCSPNoCheck(), critical=False)


def _add_policies(builder: x509.CertificateBuilder, mode: Mode) -> x509.CertificateBuilder:
    """The root carries the policy too, so that a production trust store knows it for a specimen."""
    if not mode.is_specimen:
        return builder
    policy = x509.PolicyInformation(x509.ObjectIdentifier(mode.policy_oid), None)
    return builder.add_extension(x509.CertificatePolicies([policy]), critical=False)


def _add_services(builder: x509.CertificateBuilder, kind: CredentialKind, *, base_url: str) -> x509.CertificateBuilder:
    signer = "root" if kind is CredentialKind.ISSUING else "issuing"
    access = [_access(AuthorityInformationAccessOID.CA_ISSUERS, f"{base_url}/{signer}.cer")]
    if kind not in (CredentialKind.ISSUING, CredentialKind.OCSP):
        access.insert(0, _access(AuthorityInformationAccessOID.OCSP, f"{base_url}/ocsp"))
    builder = builder.add_extension(x509.AuthorityInformationAccess(access), critical=False)
    if kind is CredentialKind.OCSP:
        return builder
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(f"{base_url}/{signer}.crl")], None, None, None)
    return builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)


def _access(method: x509.ObjectIdentifier, url: str) -> x509.AccessDescription:
    return x509.AccessDescription(method, x509.UniformResourceIdentifier(url))


def _key_usage(*bits: str) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name in bits for name in names})
