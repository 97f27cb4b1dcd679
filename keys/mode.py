"""The mode a home was made in, and the rule that keeps specimens out of production."""

from __future__ import annotations

from enum import StrEnum

from cryptography import x509
from cryptography.x509.oid import NameOID

from keys.credentials import find_extension, load_certificate
from keys.errors import DemoKeyInProduction

# The number 99999 is a made-up enterprise: the arc marks specimens of this program and belongs to nobody.
_DEMO_ARC = "1.3.6.1.4.1.99999.20"
DEMO_POLICY_OID = f"{_DEMO_ARC}.1"
DEMO_TSA_POLICY_OID = f"{_DEMO_ARC}.2"
# In the same arc, so that everything that refuses a specimen refuses it too.
TRAINING_POLICY_OID = f"{_DEMO_ARC}.3"
SPECIMEN_MARK = "MẪU – SPECIMEN"


class Mode(StrEnum):
    """What a home is for; written once, never changed."""

    DEMO = "demo"
    TRAINING = "training"
    PRODUCTION = "production"

    @property
    def is_specimen(self) -> bool:
        """Say whether everything made in this mode carries the specimen mark."""
        return self is not Mode.PRODUCTION

    @property
    def policy_oid(self) -> str:
        """The policy that certificates of the embedded authority carry in this mode."""
        return TRAINING_POLICY_OID if self is Mode.TRAINING else DEMO_POLICY_OID


def carries_specimen_mark(certificate_der: bytes) -> bool:
    """Say whether a certificate carries the demo policy or the specimen mark in its subject.

    Raises:
        CertificateUnusable: the bytes are no certificate, or its policies cannot be read.
    """
    certificate = load_certificate(certificate_der)
    oids = _policies(certificate)
    names = [
        str(attribute.value)
        for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
        for attribute in certificate.subject.get_attributes_for_oid(oid)
    ]
    in_demo_arc = any(oid.startswith(f"{_DEMO_ARC}.") for oid in oids)
    return in_demo_arc or any(SPECIMEN_MARK in name for name in names)


def carries_training_mark(certificate_der: bytes) -> bool:
    """Say whether a certificate was made for training.

    Raises:
        CertificateUnusable: the bytes are no certificate, or its policies cannot be read.
    """
    return TRAINING_POLICY_OID in _policies(load_certificate(certificate_der))


def _policies(certificate: x509.Certificate) -> list[str]:
    policies = find_extension(certificate, x509.CertificatePolicies)
    return [policy.policy_identifier.dotted_string for policy in policies.value] if policies else []


def check_certificate_mode(certificate_der: bytes, mode: Mode) -> None:
    """Refuse a specimen certificate in production.

    Demo and training accept any certificate: an office may rehearse with its real trust anchors.

    Raises:
        DemoKeyInProduction: the certificate is a specimen and the mode is production.
        CertificateUnusable: the certificate cannot be read.
    """
    if mode is Mode.PRODUCTION and carries_specimen_mark(certificate_der):
        raise DemoKeyInProduction(
            "a specimen certificate (demo policy "
            f"{DEMO_POLICY_OID}) was offered in production; use a certificate of a licensed authority"
        )
