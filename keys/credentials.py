"""A signing credential as everyone but the key store sees it: certificate, chain, algorithm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from keys.errors import CertificateExpired, CertificateUnusable

MIN_RSA_BITS = 2048
_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


class KeyAlgorithm(StrEnum):
    """The signature algorithms an office key may use; both hash with SHA-256."""

    RSA_SHA256 = "RSA_SHA256"
    ECDSA_P256_SHA256 = "ECDSA_P256_SHA256"


@dataclass(frozen=True, slots=True)
class Credential:
    """A key's public side. `chain_der` starts with the issuer and ends with the root."""

    key_id: str
    subject_cn: str
    certificate_der: bytes
    chain_der: tuple[bytes, ...]
    algorithm: KeyAlgorithm
    unattended: bool


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """The few facts of a certificate that registers and inventories keep."""

    subject_cn: str
    issuer_cn: str
    serial: int
    not_before: datetime
    not_after: datetime
    algorithm: KeyAlgorithm


def load_certificate(certificate_der: bytes) -> x509.Certificate:
    """Parse a DER certificate.

    Raises:
        CertificateUnusable: the bytes are no certificate.
    """
    try:
        return x509.load_der_x509_certificate(certificate_der)
    except ValueError as exc:
        raise CertificateUnusable(f"the bytes are no X.509 certificate: {exc}") from exc


def find_extension(certificate: x509.Certificate, kind: type[_Extension]) -> x509.Extension[_Extension] | None:
    """Give an extension of a certificate, or None when it has no such extension.

    Raises:
        CertificateUnusable: the extensions cannot be read, or one stands twice.
    """
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None
    except (ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as exc:
        raise CertificateUnusable(
            f"certificate {certificate.serial_number:x} has unreadable extensions ({exc}); replace it"
        ) from exc


def is_ca(certificate: x509.Certificate) -> bool:
    """Say whether a certificate may issue others (RFC 5280, 4.2.1.9).

    Raises:
        CertificateUnusable: its extensions cannot be read.
    """
    constraints = find_extension(certificate, x509.BasicConstraints)
    return constraints is not None and constraints.value.ca


def read_certificate_facts(certificate_der: bytes) -> CertificateFacts:
    """Read the facts an inventory keeps.

    Raises:
        CertificateUnusable: unreadable, or its key is of a kind offices may not use.
    """
    certificate = load_certificate(certificate_der)
    return CertificateFacts(
        subject_cn=common_name(certificate.subject),
        issuer_cn=common_name(certificate.issuer),
        serial=certificate.serial_number,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        algorithm=key_algorithm(certificate),
    )


def make_credential(
    key_id: str, *, certificate_der: bytes, chain_der: tuple[bytes, ...], unattended: bool
) -> Credential:
    """Describe a key by its certificate and chain.

    Raises:
        CertificateUnusable: unreadable, or its key is of a kind offices may not use.
    """
    certificate = load_certificate(certificate_der)
    return Credential(
        key_id=key_id,
        subject_cn=common_name(certificate.subject),
        certificate_der=certificate_der,
        chain_der=chain_der,
        algorithm=key_algorithm(certificate),
        unattended=unattended,
    )


def common_name(name: x509.Name) -> str:
    """Give the last common name, or the empty string."""
    attributes = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(attributes[-1].value) if attributes else ""


def key_algorithm(certificate: x509.Certificate) -> KeyAlgorithm:
    """Tell the signature algorithm of the certified key.

    Raises:
        CertificateUnusable: neither RSA of at least 2048 bits nor P-256.
    """
    public_key = certificate.public_key()
    if isinstance(public_key, rsa.RSAPublicKey):
        if public_key.key_size < MIN_RSA_BITS:
            raise CertificateUnusable(
                f"an RSA key of {public_key.key_size} bits is too short; ask for at least {MIN_RSA_BITS}"
            )
        return KeyAlgorithm.RSA_SHA256
    if isinstance(public_key, ec.EllipticCurvePublicKey) and isinstance(public_key.curve, ec.SECP256R1):
        return KeyAlgorithm.ECDSA_P256_SHA256
    raise CertificateUnusable("the certified key is neither RSA nor P-256; ask for one of these")


def check_signing_certificate(certificate_der: bytes, *, at: datetime) -> None:
    """Refuse a certificate that may not sign documents at this instant.

    Raises:
        CertificateExpired: `at` is outside the window of validity.
        CertificateUnusable: key usage has neither digitalSignature nor nonRepudiation, or a CA's certificate.
    """
    certificate = load_certificate(certificate_der)
    # (1) the window
    if at < certificate.not_valid_before_utc:
        raise CertificateExpired(
            f"certificate {certificate.serial_number:x} is not valid before "
            f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M}Z; check the clock or wait"
        )
    if at > certificate.not_valid_after_utc:
        raise CertificateExpired(
            f"certificate {certificate.serial_number:x} expired "
            f"{certificate.not_valid_after_utc:%Y-%m-%d}; renew it before signing"
        )
    # (2) the key
    key_algorithm(certificate)
    # (3) the usage: RFC 5280 section 4.2.1.3 calls the second bit nonRepudiation or contentCommitment.
    usage = find_extension(certificate, x509.KeyUsage)
    signs = usage is not None and (usage.value.digital_signature or usage.value.content_commitment)
    if not signs or is_ca(certificate):
        raise CertificateUnusable(
            f"certificate {certificate.serial_number:x} is not meant for signing documents; "
            "ask for one with digitalSignature or nonRepudiation"
        )


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Say whether `issuer` signed `certificate` directly."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def is_signed_by(certificate_der: bytes, *, signature: bytes, signed: bytes) -> bool:
    """Say whether the key of this certificate made a raw signature, as office keys make them (SHA-256).

    Raises:
        CertificateUnusable: the bytes are no certificate.
    """
    public_key = load_certificate(certificate_der).public_key()
    try:
        if isinstance(public_key, rsa.RSAPublicKey):
            public_key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(public_key, ec.EllipticCurvePublicKey):
            public_key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Say whether a certificate is signed by its own key."""
    return is_issued_by(certificate, certificate)


def order_chain(leaf: x509.Certificate, others: Iterable[x509.Certificate]) -> tuple[bytes, ...]:
    """Put the certificates above `leaf` in order, issuer first; strangers to the chain are left out."""
    remaining = list(others)
    ordered: list[bytes] = []
    current = leaf
    while not is_self_signed(current):
        issuer = next((other for other in remaining if is_issued_by(current, other)), None)
        if issuer is None:
            break
        remaining.remove(issuer)
        ordered.append(_der(issuer))
        current = issuer
    return tuple(ordered)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
