"""A key file that somebody brings: eight faults, each told apart by a stable code, and nothing kept of a bad one."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from cryptography.hazmat.primitives.serialization import pkcs12 as crypto_pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keys import Attendance, ImportFault, ImportPasswordWrong, KeyImportRefused, Mode, Pin, Pkcs12KeyStore, WrongPin
from keys.private import PrivateKey
from tests.office import OFFICE_OPENS_AT

PASSWORD = "31415926-canary"
AT = OFFICE_OPENS_AT


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs, content_commitment=signs, key_encipherment=not signs, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


@cache
def authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_name("Root")).issuer_name(_name("Root")).public_key(key.public_key()).serial_number(1)
        .not_valid_before(AT - timedelta(days=900)).not_valid_after(AT + timedelta(days=900))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    return key, certificate


def signer(
    key: PrivateKey,
    *,
    start: datetime = AT - timedelta(days=1),
    end: datetime = AT + timedelta(days=1),
    signs: bool = True,
    trade: x509.ObjectIdentifier | None = None,
) -> x509.Certificate:
    issuer_key, issuer = authority()
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name("Signer")).issuer_name(issuer.subject).public_key(key.public_key()).serial_number(2)
        .not_valid_before(start).not_valid_after(end)
        .add_extension(_usage(signs=signs), critical=True)
    )  # fmt: skip
    if trade is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([trade]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def pack(
    key: PrivateKey | None,
    certificate: x509.Certificate,
    *,
    chain: bool = True,
    cipher: crypto_pkcs12.PBES = crypto_pkcs12.PBES.PBESv2SHA256AndAES256CBC,
) -> bytes:
    others = [authority()[1]] if chain else None
    protection = (
        PrivateFormat.PKCS12.encryption_builder().kdf_rounds(1000).key_cert_algorithm(cipher).build(PASSWORD.encode())
    )
    return crypto_pkcs12.serialize_key_and_certificates(None, key, certificate, others, protection)


@cache
def p256() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def bad_file(fault: ImportFault) -> bytes:
    """One file for each fault; each could be imported but for that fault."""
    key = p256()
    match fault:
        case ImportFault.DOES_NOT_OPEN:
            return crypto_pkcs12.serialize_key_and_certificates(
                None, key, signer(key), [authority()[1]], BestAvailableEncryption(b"another password")
            )
        case ImportFault.LEGACY_CIPHER:
            return pack(key, signer(key), cipher=crypto_pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        case ImportFault.NO_PRIVATE_KEY:
            return pack(None, signer(key))
        case ImportFault.EXPIRED:
            return pack(key, signer(key, end=AT - timedelta(seconds=1)))
        case ImportFault.NOT_YET_VALID:
            return pack(key, signer(key, start=AT + timedelta(seconds=1)))
        case ImportFault.WRONG_USAGE:
            return pack(key, signer(key, signs=False))
        case ImportFault.CHAIN_MISSING:
            return pack(key, signer(key), chain=False)
        case ImportFault.KEY_TOO_SHORT:
            # Too short is the point.
            short = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
            return pack(short, signer(short))


@pytest.fixture
def store(tmp_path: Path) -> Pkcs12KeyStore:
    return Pkcs12KeyStore(tmp_path / "keys", mode=Mode.PRODUCTION)


def bring(store: Pkcs12KeyStore, content: bytes, *, issuers_der: tuple[bytes, ...] = ()) -> None:
    store.install(
        "k1", pkcs12=content, pin=Pin(PASSWORD), attendance=Attendance.BY_PERSON, at=AT, issuers_der=issuers_der
    )


def test_a_good_file_is_imported_with_its_chain(store: Pkcs12KeyStore) -> None:
    bring(store, pack(p256(), signer(p256())))
    assert len(store.credential("k1").chain_der) == 1


@pytest.mark.parametrize("fault", list(ImportFault), ids=lambda fault: fault.name)
def test_each_fault_is_told_by_its_own_code_and_nothing_is_kept(store: Pkcs12KeyStore, fault: ImportFault) -> None:
    with pytest.raises((KeyImportRefused, ImportPasswordWrong)) as caught:
        bring(store, bad_file(fault))
    assert caught.value.code is fault
    assert PASSWORD not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert store.key_ids() == ()


def test_the_codes_are_eight_and_stable() -> None:
    assert [fault.value for fault in ImportFault] == [f"VID-KEY-00{number}" for number in range(1, 9)]


def test_a_chain_the_office_knows_completes_the_file(store: Pkcs12KeyStore) -> None:
    root_der = authority()[1].public_bytes(Encoding.DER)
    bring(store, bad_file(ImportFault.CHAIN_MISSING), issuers_der=(root_der,))
    assert store.credential("k1").chain_der == (root_der,)


def test_a_certificate_of_another_trade_signs_no_documents(store: Pkcs12KeyStore) -> None:
    server_only = pack(p256(), signer(p256(), trade=ExtendedKeyUsageOID.SERVER_AUTH))
    with pytest.raises(KeyImportRefused) as caught:
        bring(store, server_only)
    assert caught.value.code is ImportFault.WRONG_USAGE
    bring(store, pack(p256(), signer(p256(), trade=ExtendedKeyUsageOID.EMAIL_PROTECTION)))


def test_a_wrong_password_is_a_wrong_pin_too(store: Pkcs12KeyStore) -> None:
    with pytest.raises(WrongPin):
        bring(store, bad_file(ImportFault.DOES_NOT_OPEN))


def test_the_errors_cross_a_process_border_whole() -> None:
    for error in (KeyImportRefused(ImportFault.EXPIRED, "k1"), ImportPasswordWrong("k1")):
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
        assert (str(again), again.code) == (str(error), error.code)
