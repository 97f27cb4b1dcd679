"""Lists of withdrawn certificates: only a whole one is evidence, and a second address stands in for a dead first."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from api.clock import SystemClock
from guard.egress import AllowedOrigin, GuardedHttp
from keys import (
    CredentialKind,
    EvidenceReason,
    HttpRevocation,
    Mode,
    RevocationRejected,
    RevocationUnavailable,
    Subject,
)
from keys.authority_ca import CertificateOrder, Issuer, new_serial, write_certificate, write_root
from keys.authority_names import make_name
from keys.revocation_check import check_crl
from tests.licensed import serve_licensed
from tests.office import Office

DEAD = "http://127.0.0.1:9/pki"


@pytest.fixture
def issuer(office: Office) -> Issuer:
    private_key = ec.generate_private_key(ec.SECP256R1())
    order = _order(CredentialKind.ROOT, office, private_key)
    return Issuer(write_root(order, private_key=private_key, mode=Mode.DEMO), private_key)


def _order(kind: CredentialKind, office: Office, private_key: ec.EllipticCurvePrivateKey) -> CertificateOrder:
    return CertificateOrder(
        kind=kind,
        subject=make_name(Subject(cn="Thí Dụ CA", o="Thí Dụ"), mode=Mode.DEMO),
        public_key=private_key.public_key(),
        serial=new_serial(secrets.token_bytes),
        at=office.now,
    )


def _crl(office: Office, issuer: Issuer, extension: x509.ExtensionType | None, *, critical: bool = True) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(office.now)
        .next_update(office.now + timedelta(days=1))
    )
    if extension is not None:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer.private_key, hashes.SHA256()).public_bytes(Encoding.DER)


def _point(**parts: object) -> x509.IssuingDistributionPoint:
    whole: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**(whole | parts))


@pytest.mark.parametrize(
    "extension",
    [
        _point(only_contains_user_certs=True),
        _point(only_contains_ca_certs=True),
        _point(only_contains_attribute_certs=True),
        _point(indirect_crl=True),
        _point(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise})),
        x509.DeltaCRLIndicator(1),
        x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"),
    ],
    ids=["users", "cas", "attributes", "indirect", "some reasons", "delta", "unknown and critical"],
)
def test_part_of_a_list_proves_nothing(office: Office, issuer: Issuer, extension: x509.ExtensionType) -> None:
    with pytest.raises(RevocationRejected) as caught:
        check_crl(_crl(office, issuer, extension), issuer=issuer.certificate, at=office.now)
    assert caught.value.reason is EvidenceReason.PARTIAL


@pytest.mark.parametrize(
    "extension",
    [None, _point(full_name=[x509.UniformResourceIdentifier("http://crl.example/all.crl")])],
    ids=["plain", "whole, by its address"],
)
def test_whole_list_is_evidence(office: Office, issuer: Issuer, extension: x509.ExtensionType | None) -> None:
    crl_der = _crl(office, issuer, extension)
    assert check_crl(crl_der, issuer=issuer.certificate, at=office.now).der == crl_der


def test_extension_that_may_be_ignored_is_ignored(office: Office, issuer: Issuer) -> None:
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    check_crl(_crl(office, issuer, unknown, critical=False), issuer=issuer.certificate, at=office.now)


def test_second_address_of_a_list_is_asked_when_the_first_is_dead(office: Office, tmp_path: Path) -> None:
    with serve_licensed(tmp_path / "licensed") as licensed:
        clock = SystemClock()
        certificates = [
            write_certificate(
                CertificateOrder(
                    kind=CredentialKind.OFFICER,
                    subject=make_name(Subject(cn="Nguyễn Thị Mẫu", o="Thí Dụ"), mode=Mode.PRODUCTION),
                    public_key=ec.generate_private_key(ec.SECP256R1()).public_key(),
                    serial=new_serial(secrets.token_bytes),
                    at=clock.now(),
                ),
                issuer=licensed.issuing,
                mode=Mode.PRODUCTION,
                base_url=base_url,
            ).public_bytes(Encoding.DER)
            for base_url in (DEAD, licensed.base_url)
        ]
        allowed = [AllowedOrigin.from_url(url, allow_private=True) for url in (DEAD, licensed.base_url)]

        def source(*certificates_der: bytes) -> HttpRevocation:
            return HttpRevocation(
                GuardedHttp(allowed), clock=clock, random_bytes=secrets.token_bytes, certificates_der=certificates_der
            )

        issuing_der = licensed.authority.issuing_der
        found = x509.load_der_x509_crl(source(*certificates).crl(issuing_der))
        assert found.issuer == licensed.issuing.certificate.subject
        with pytest.raises(RevocationUnavailable):
            source(certificates[0]).crl(issuing_der)
        with pytest.raises(RevocationUnavailable, match="no address"):
            source().crl(issuing_der)
