"""The folder of PKCS#12 files: what it takes, what it refuses, what it never does."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from asn1crypto import pkcs12 as asn1_pkcs12
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization import pkcs12 as crypto_pkcs12

from keys import (
    ActivationMissing,
    Attendance,
    CredentialKind,
    DemoKeyInProduction,
    IssuedCredential,
    KeyAlgorithm,
    KeyExists,
    KeyFileUnusable,
    KeyNotFound,
    Mode,
    Pin,
    Pkcs12KeyStore,
    Subject,
    WrongPin,
)
from tests.office import AGENCY, Office

PIN = "2718281828"


@pytest.fixture
def issued(office: Office) -> IssuedCredential:
    return office.authority.issue(
        CredentialKind.OFFICER, subject=Subject("Trần Văn Mẫu", AGENCY), pin=Pin(PIN), at=office.now, rounds=1000
    )


def _install(store: Pkcs12KeyStore, content: bytes, *, key_id: str = "k1", pin: str = PIN) -> None:
    store.install(key_id, pkcs12=content, pin=Pin(pin), attendance=Attendance.BY_PERSON)


def test_key_is_found_again_by_a_new_store(office: Office, issued: IssuedCredential) -> None:
    _install(office.keystore, issued.pkcs12)
    store = Pkcs12KeyStore(office.folder / "keys", mode=Mode.DEMO)
    credential = store.credential("k1")
    assert credential.certificate_der == issued.certificate_der
    assert credential.chain_der == (office.authority.issuing_der, office.authority.root_der)
    assert credential.subject_cn == "MẪU – SPECIMEN Trần Văn Mẫu"
    assert not credential.unattended
    assert store.key_ids() == ("k1",)


def test_rsa_officer_signs_too(office: Office) -> None:
    officer = office.officer(algorithm=KeyAlgorithm.RSA_SHA256)
    assert officer.credential.algorithm is KeyAlgorithm.RSA_SHA256
    assert len(office.activated_signer(officer, "0" * 64).sign(b"x")) == 256


def test_pkcs12_is_made_with_aes_256_and_pbkdf2(issued: IssuedCredential) -> None:
    bags = asn1_pkcs12.Pfx.load(issued.pkcs12).authenticated_safe
    algorithms = {
        (
            content["content"]["encrypted_content_info"]["content_encryption_algorithm"].encryption_cipher,
            content["content"]["encrypted_content_info"]["content_encryption_algorithm"].kdf,
        )
        for content in bags
        if content["content_type"].native == "encrypted_data"
    }
    assert algorithms == {("aes", "pbkdf2")}


def test_files_and_folder_are_closed_to_others(office: Office) -> None:
    office.seal()
    folder = office.folder / "keys"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_store_refuses_a_folder_open_to_others(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(KeyFileUnusable, match="chmod 0700"):
        Pkcs12KeyStore(tmp_path, mode=Mode.DEMO)


def test_store_refuses_a_key_file_open_to_others(office: Office) -> None:
    officer = office.officer()
    (office.folder / "keys" / f"{officer.key_id}.p12").chmod(0o644)
    with pytest.raises(KeyFileUnusable, match="chmod 0600"):
        office.keystore.open_key(officer.key_id, officer.pin)


def test_key_id_is_taken_once(office: Office, issued: IssuedCredential) -> None:
    _install(office.keystore, issued.pkcs12)
    with pytest.raises(KeyExists):
        _install(office.keystore, issued.pkcs12)


@pytest.mark.parametrize("key_id", ["../root", "a/b", "", ".hidden", "Ẩn", "A", "a..b", "x" * 65, "a\n", "-rf"])
def test_key_id_is_never_a_path(office: Office, issued: IssuedCredential, key_id: str) -> None:
    with pytest.raises(KeyNotFound):
        _install(office.keystore, issued.pkcs12, key_id=key_id)
    with pytest.raises(KeyNotFound):
        office.keystore.credential(key_id)


def test_unknown_key_is_not_found(office: Office) -> None:
    with pytest.raises(KeyNotFound, match="nobody"):
        office.keystore.credential("nobody")


def test_install_tells_a_wrong_pin_from_a_damaged_file(office: Office, issued: IssuedCredential) -> None:
    with pytest.raises(WrongPin):
        _install(office.keystore, issued.pkcs12, pin="not this")
    for damaged in (b"", b"PK\x03\x04", issued.pkcs12[:-1], b"\x30\x80" * 40, issued.pkcs12 + bytes(1_000_001)):
        with pytest.raises(KeyFileUnusable):
            _install(office.keystore, damaged)
    assert office.keystore.key_ids() == ()


def test_altered_file_is_refused(office: Office, issued: IssuedCredential) -> None:
    altered = bytearray(issued.pkcs12)
    altered[len(altered) // 2] ^= 1
    with pytest.raises((WrongPin, KeyFileUnusable)):
        _install(office.keystore, bytes(altered))


def test_certificate_of_another_key_is_refused(office: Office, issued: IssuedCredential) -> None:
    other = office.officer()
    bag = crypto_pkcs12.load_pkcs12(issued.pkcs12, PIN.encode())
    from_other = crypto_pkcs12.load_pkcs12(
        (office.folder / "keys" / f"{other.key_id}.p12").read_bytes(), other.pin.reveal()
    )
    assert bag.key is not None
    assert from_other.cert is not None
    mixed = crypto_pkcs12.serialize_key_and_certificates(
        None, None, from_other.cert.certificate, None, BestAvailableEncryption(PIN.encode())
    )
    with pytest.raises(KeyFileUnusable, match="no RSA or EC key"):
        _install(office.keystore, mixed)


def test_exchanged_certificate_file_is_noticed(office: Office) -> None:
    officer, other = office.officer(), office.officer()
    folder = office.folder / "keys"
    (folder / f"{officer.key_id}.pem").write_bytes((folder / f"{other.key_id}.pem").read_bytes())
    store = Pkcs12KeyStore(folder, mode=Mode.DEMO)
    with pytest.raises(KeyFileUnusable, match="disagree"):
        store.open_key(officer.key_id, officer.pin)


def test_damaged_certificate_file_is_named(office: Office) -> None:
    officer = office.officer()
    (office.folder / "keys" / f"{officer.key_id}.pem").write_bytes(b"nonsense")
    with pytest.raises(KeyFileUnusable, match=officer.key_id):
        Pkcs12KeyStore(office.folder / "keys", mode=Mode.DEMO).credential(officer.key_id)


def test_stored_passphrase_that_opens_nothing_is_named(office: Office) -> None:
    office.seal()
    (office.folder / "keys" / "seal.pass").write_bytes(b"other")
    with pytest.raises(KeyFileUnusable, match="passphrase"):
        office.seal_signer()


def test_interrupted_install_leaves_no_key_and_is_taken_up_again(office: Office, issued: IssuedCredential) -> None:
    folder = office.folder / "keys"
    _install(office.keystore, issued.pkcs12, key_id="cut")
    (folder / "cut.p12").unlink()
    store = Pkcs12KeyStore(folder, mode=Mode.DEMO)
    assert store.key_ids() == ()
    with pytest.raises(KeyNotFound):
        store.credential("cut")
    _install(store, issued.pkcs12, key_id="cut")
    assert store.key_ids() == ("cut",)


def test_closed_key_signs_nothing(office: Office) -> None:
    officer = office.officer()
    key = office.keystore.open_key(officer.key_id, officer.pin)
    assert key.sign(b"open")
    key.close()
    key.close()
    with pytest.raises(ActivationMissing):
        key.sign(b"closed")
    assert "object" not in repr(key)


def test_production_store_refuses_specimens(office: Office, issued: IssuedCredential, tmp_path: Path) -> None:
    store = Pkcs12KeyStore(tmp_path / "production", mode=Mode.PRODUCTION)
    with pytest.raises(DemoKeyInProduction):
        _install(store, issued.pkcs12)
    assert store.key_ids() == ()


def test_specimen_smuggled_into_a_production_store_is_refused(office: Office) -> None:
    officer = office.officer()
    store = Pkcs12KeyStore(office.folder / "keys", mode=Mode.PRODUCTION)
    with pytest.raises(DemoKeyInProduction):
        store.open_key(officer.key_id, officer.pin)
