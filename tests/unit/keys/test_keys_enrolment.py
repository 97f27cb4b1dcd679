"""A key asks for its certificate and waits for it: nobody else's certificate, PIN or id will do."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from keys import (
    Attendance,
    AuthorityRefused,
    CertificateUnusable,
    EnrolmentDesk,
    KeyAlgorithm,
    KeyExists,
    KeyFileUnusable,
    KeyNotFound,
    Mode,
    Pin,
    Pkcs12KeyStore,
    Subject,
    WrongPin,
    is_signed_by,
)
from keys.authority_ca import CertificateOrder, Issuer, new_serial, write_certificate, write_root
from keys.authority_names import CredentialKind, make_name
from tests.office import BASE_URL, Office

PIN = Pin("748159")
SUBJECT = Subject(cn="Nguyễn Thị Mẫu", o="UBND phường Thí Dụ")
P256 = KeyAlgorithm.ECDSA_P256_SHA256


@pytest.fixture
def desk(tmp_path: Path) -> EnrolmentDesk:
    return EnrolmentDesk(tmp_path / "office-keys", mode=Mode.DEMO, rounds=1000)


def _request(desk: EnrolmentDesk, office: Office, *, algorithm: KeyAlgorithm = P256) -> x509.CertificateSigningRequest:
    request_pem = desk.request("officer", subject=SUBJECT, algorithm=algorithm, pin=PIN, at=office.now)
    return x509.load_pem_x509_csr(request_pem)


@pytest.fixture
def issuer(office: Office) -> Issuer:
    """A certification authority of one certificate."""
    private_key = ec.generate_private_key(ec.SECP256R1())
    order = CertificateOrder(
        kind=CredentialKind.ROOT,
        subject=make_name(Subject(cn="Thí Dụ CA", o="Thí Dụ"), mode=Mode.DEMO),
        public_key=private_key.public_key(),
        serial=new_serial(office.random_bytes),
        at=office.now,
    )
    return Issuer(write_root(order, private_key=private_key, mode=Mode.DEMO), private_key)


def _certify(office: Office, issuer: Issuer, request: x509.CertificateSigningRequest) -> bytes:
    order = CertificateOrder(
        kind=CredentialKind.OFFICER,
        subject=request.subject,
        public_key=request.public_key(),
        serial=new_serial(office.random_bytes),
        at=office.now,
    )
    certificate = write_certificate(order, issuer=issuer, mode=Mode.DEMO, base_url=BASE_URL)
    return certificate.public_bytes(Encoding.DER)


def test_request_names_its_subject_and_is_signed_by_its_key(desk: EnrolmentDesk, office: Office) -> None:
    request = _request(desk, office)
    assert request.is_signature_valid
    assert "Nguyễn Thị Mẫu" in request.subject.rfc4514_string()
    usage = request.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment, usage.key_cert_sign) == (True, True, False)
    assert desk.pending() == ("officer",)


def test_requested_key_signs_once_its_certificate_is_there(
    desk: EnrolmentDesk, office: Office, issuer: Issuer, tmp_path: Path
) -> None:
    certificate_der = _certify(office, issuer, _request(desk, office))
    issuers = [issuer.certificate.public_bytes(Encoding.DER)]
    pkcs12 = desk.complete("officer", certificates_der=[certificate_der], pin=PIN, issuers_der=issuers)
    store = Pkcs12KeyStore(tmp_path / "office-keys", mode=Mode.DEMO)
    assert store.key_ids() == ()
    credential = store.install("officer", pkcs12=pkcs12, pin=PIN, attendance=Attendance.BY_PERSON)
    desk.forget("officer")
    assert (desk.pending(), store.key_ids()) == ((), ("officer",))
    assert credential.chain_der == tuple(issuers)
    key = store.open_key("officer", PIN)
    signature = key.sign(b"approved")
    assert is_signed_by(credential.certificate_der, signature=signature, signed=b"approved")
    assert not is_signed_by(credential.certificate_der, signature=signature, signed=b"changed")


def test_rsa_key_can_be_requested(desk: EnrolmentDesk, office: Office) -> None:
    public_key = _request(desk, office, algorithm=KeyAlgorithm.RSA_SHA256).public_key()
    assert isinstance(public_key, rsa.RSAPublicKey)
    assert public_key.key_size == 2048


def test_certificate_of_another_key_is_refused(desk: EnrolmentDesk, office: Office) -> None:
    _request(desk, office)
    other = office.officer().credential.certificate_der
    with pytest.raises(CertificateUnusable, match="officer"):
        desk.complete("officer", certificates_der=[other], pin=PIN)


def test_wrong_pin_does_not_open_a_request(desk: EnrolmentDesk, office: Office, issuer: Issuer) -> None:
    certificate_der = _certify(office, issuer, _request(desk, office))
    with pytest.raises(WrongPin):
        desk.complete("officer", certificates_der=[certificate_der], pin=Pin("000000"))


def test_certificate_without_a_request_is_refused(desk: EnrolmentDesk, office: Office) -> None:
    with pytest.raises(KeyNotFound, match="vidimus key csr"):
        desk.complete("officer", certificates_der=[office.officer().credential.certificate_der], pin=PIN)


def test_id_is_requested_once_and_never_over_a_key(desk: EnrolmentDesk, office: Office) -> None:
    _request(desk, office)
    with pytest.raises(KeyExists):
        _request(desk, office)


def test_id_of_an_installed_key_is_not_requested(office: Office) -> None:
    officer = office.officer()
    desk = EnrolmentDesk(office.folder / "keys", mode=Mode.DEMO, rounds=1000)
    with pytest.raises(KeyExists, match=officer.key_id):
        desk.request(officer.key_id, subject=SUBJECT, algorithm=P256, pin=PIN, at=office.now)


@pytest.mark.parametrize("key_id", ["../officer", "", "Officer", ".hidden"])
def test_id_that_is_a_path_is_refused(desk: EnrolmentDesk, office: Office, key_id: str) -> None:
    with pytest.raises(KeyNotFound):
        desk.request(key_id, subject=SUBJECT, algorithm=P256, pin=PIN, at=office.now)
    assert desk.pending() == ()


def test_subject_that_cannot_be_written_leaves_no_key(desk: EnrolmentDesk, office: Office) -> None:
    with pytest.raises(AuthorityRefused):
        desk.request("officer", subject=Subject(cn="", o=""), algorithm=P256, pin=PIN, at=office.now)
    assert desk.pending() == ()


def test_request_that_others_may_read_is_refused(
    desk: EnrolmentDesk, office: Office, issuer: Issuer, tmp_path: Path
) -> None:
    certificate_der = _certify(office, issuer, _request(desk, office))
    (tmp_path / "office-keys" / "officer.pending").chmod(0o644)
    with pytest.raises(KeyFileUnusable, match="open to other users"):
        desk.complete("officer", certificates_der=[certificate_der], pin=PIN)
