"""Keys on tokens: both algorithms, one login, a lost session healed once, and never a second try of a PIN."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from keys import (
    ActivationMissing,
    Attendance,
    Credential,
    CredentialKind,
    DemoKeyInProduction,
    KeyAlgorithm,
    KeyExists,
    KeyFileUnusable,
    Mode,
    OfficeKeyStore,
    Pin,
    Pkcs11Keys,
    Subject,
    TokenFailed,
    TokenKeyMissing,
    TokenMissing,
    WrongPin,
    credential_of_certificates,
    read_pkcs11_uri,
)
from tests.office import AGENCY, Office
from tests.soft_tokens import Reader, SoftToken, a_reader

pytestmark = [
    pytest.mark.slow,
    # A search that meets a lost session is finished once more by the library's own finaliser, which then complains.
    pytest.mark.filterwarnings("ignore:Exception ignored in. 'pkcs11:pytest.PytestUnraisableExceptionWarning"),
]
P256, RSA = KeyAlgorithm.ECDSA_P256_SHA256, KeyAlgorithm.RSA_SHA256


@dataclass(frozen=True)
class Bench:
    """A reader with one token for each algorithm."""

    reader: Reader
    office: Office
    tokens: dict[KeyAlgorithm, SoftToken]

    def credential(self, keys: Pkcs11Keys, token: SoftToken) -> Credential:
        return credential_of_certificates("officer", keys.read_certificates(token.parsed))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    office = Office(tmp_path_factory.mktemp("office") / "o")
    with a_reader(tmp_path_factory.mktemp("reader")) as reader:
        tokens = {}
        for algorithm in (P256, RSA):
            pin = Pin("0000")
            issued = office.authority.issue(
                CredentialKind.OFFICER,
                subject=Subject("Nguyễn Thị Mẫu", AGENCY),
                pin=pin,
                at=office.now,
                algorithm=algorithm,
                rounds=1000,
            )
            chain = (office.authority.issuing_der, office.authority.root_der)
            tokens[algorithm] = reader.make_token(issued, issued_pin=pin, chain=chain)
        yield Bench(reader, office, tokens)


@pytest.fixture
def keys(bench: Bench) -> Pkcs11Keys:
    bench.reader.replug()
    return bench.reader.keys()


def verify(credential: Credential, signature: bytes, content: bytes) -> None:
    public_key = x509.load_der_x509_certificate(credential.certificate_der).public_key()
    if isinstance(public_key, rsa.RSAPublicKey):
        public_key.verify(signature, content, padding.PKCS1v15(), hashes.SHA256())
    else:
        assert isinstance(public_key, ec.EllipticCurvePublicKey)
        public_key.verify(signature, content, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize("algorithm", [P256, RSA])
def test_a_token_signs_and_its_chain_is_read_from_it(bench: Bench, keys: Pkcs11Keys, algorithm: KeyAlgorithm) -> None:
    token = bench.tokens[algorithm]
    credential = bench.credential(keys, token)
    assert len(credential.chain_der) == 2
    key = keys.open_key(token.parsed, credential=credential, pin=Pin(token.pin))
    try:
        verify(credential, key.sign(b"signed attributes"), b"signed attributes")
    finally:
        key.close()
    with pytest.raises(ActivationMissing):
        key.sign(b"closed")
    key.close()


def test_a_wrong_pin_is_tried_once_and_never_shown(bench: Bench, keys: Pkcs11Keys) -> None:
    token = bench.tokens[P256]
    with pytest.raises(WrongPin) as caught:
        keys.open_key(token.parsed, credential=bench.credential(keys, token), pin=Pin("canary-77"))
    assert "canary" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_while_the_token_is_open_another_pin_opens_nothing(bench: Bench, keys: Pkcs11Keys) -> None:
    """A login is the process's: without this check a colleague's PIN would be as good as the owner's."""
    token = bench.tokens[P256]
    credential = bench.credential(keys, token)
    key = keys.open_key(token.parsed, credential=credential, pin=Pin(token.pin))
    try:
        with pytest.raises(WrongPin):
            keys.open_key(token.parsed, credential=credential, pin=Pin("not this"))
        second = keys.open_key(token.parsed, credential=credential, pin=Pin(token.pin))
        second.close()
        verify(credential, key.sign(b"still open"), b"still open")
    finally:
        key.close()
    with pytest.raises(WrongPin):
        keys.open_key(token.parsed, credential=credential, pin=Pin("not this"))


def test_a_lost_session_is_opened_again_once_for_all_threads(bench: Bench, keys: Pkcs11Keys) -> None:
    token = bench.tokens[P256]
    credential = bench.credential(keys, token)
    key = keys.open_key(token.parsed, credential=credential, pin=Pin(token.pin))
    try:
        key.sign(b"before")
        bench.reader.replug()
        signatures: list[bytes] = []
        threads = [threading.Thread(target=lambda: signatures.append(key.sign(b"after"))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(signatures) == 8
        for signature in signatures:
            verify(credential, signature, b"after")
    finally:
        key.close()


def test_a_token_pulled_out_is_said_and_signs_again_when_it_is_back(bench: Bench, keys: Pkcs11Keys) -> None:
    token = bench.tokens[P256]
    credential = bench.credential(keys, token)
    key = keys.open_key(token.parsed, credential=credential, pin=Pin(token.pin))
    try:
        bench.reader.pull_out()
        try:
            for _ in range(2):
                with pytest.raises(TokenMissing, match="plug"):
                    key.sign(b"nobody there")
            with pytest.raises(TokenMissing):
                keys.open_key(token.parsed, credential=credential, pin=Pin(token.pin))
        finally:
            bench.reader.put_back()
        verify(credential, key.sign(b"back"), b"back")
    finally:
        key.close()


def test_a_pin_changed_elsewhere_is_tried_once_and_then_forgotten(bench: Bench, keys: Pkcs11Keys) -> None:
    token = bench.tokens[RSA]
    credential = bench.credential(keys, token)
    bench.reader.replug()
    key = keys.open_key(token.parsed, credential=credential, pin=Pin(token.pin))
    bench.reader.replug()
    token.change_pin("24682468")
    try:
        bench.reader.replug()
        with pytest.raises(WrongPin):
            key.sign(b"once")
        with pytest.raises(TokenMissing, match="approve again"):
            key.sign(b"not twice")
    finally:
        key.close()
        bench.reader.replug()
        SoftToken(token.label, "24682468", bench.reader).change_pin(token.pin)


def test_what_the_token_does_not_hold_is_named(bench: Bench, keys: Pkcs11Keys) -> None:
    token = bench.tokens[P256]
    credential = bench.credential(keys, token)
    elsewhere = read_pkcs11_uri(f"pkcs11:token={token.label};id=%09")
    with pytest.raises(TokenKeyMissing):
        keys.open_key(elsewhere, credential=credential, pin=Pin(token.pin))
    with pytest.raises(TokenKeyMissing):
        keys.read_certificates(elsewhere)
    with pytest.raises(TokenMissing):
        keys.read_certificates(read_pkcs11_uri("pkcs11:token=nobody;id=%01"))


def test_a_file_that_is_no_driver_is_refused(tmp_path: Path) -> None:
    (tmp_path / "module.so").write_bytes(b"nonsense")
    with pytest.raises(TokenFailed, match=r"module\.so"):
        list(Pkcs11Keys(tmp_path / "module.so").find_signing_keys())


def test_the_signing_keys_that_are_plugged_in_are_found(bench: Bench, keys: Pkcs11Keys) -> None:
    found = {uri.token for uri in keys.find_signing_keys()}
    assert found == {token.label for token in bench.tokens.values()}


@pytest.fixture
def store(bench: Bench, keys: Pkcs11Keys, tmp_path: Path) -> OfficeKeyStore:
    return OfficeKeyStore(tmp_path / "keys", mode=Mode.DEMO, pkcs11=keys)


def test_an_offices_store_links_a_token_key_beside_its_files(bench: Bench, store: OfficeKeyStore) -> None:
    token = bench.tokens[P256]
    made = store.link("chair", location=token.uri, attendance=Attendance.BY_PERSON)
    assert store.credential("chair") == made
    assert store.key_ids() == ("chair",)
    key = store.open_key("chair", Pin(token.pin))
    verify(made, key.sign(b"x"), b"x")
    key.close()
    with pytest.raises(KeyExists):
        store.link("chair", location=token.uri, attendance=Attendance.BY_PERSON)
    assert not store.is_in_hand("chair")
    assert not store.is_guarded("chair"), "no passkey opens what lies on a token"
    given = {"certificates_der": (made.certificate_der, *made.chain_der)}
    store.link("in-hand", location="agent:", attendance=Attendance.BY_PERSON, **given)
    assert store.is_in_hand("in-hand")


def test_an_unattended_token_key_opens_with_its_stored_pin(bench: Bench, store: OfficeKeyStore) -> None:
    token = bench.tokens[RSA]
    store.link("seal", location=token.uri, attendance=Attendance.UNATTENDED, pin=Pin(token.pin))
    key = store.open_unattended("seal")
    assert key.credential.unattended
    verify(key.credential, key.sign(b"x"), b"x")
    key.close()


def test_a_stored_pin_that_was_refused_is_never_offered_again(
    bench: Bench, store: OfficeKeyStore, tmp_path: Path
) -> None:
    token = bench.tokens[P256]
    store.link("seal", location=token.uri, attendance=Attendance.UNATTENDED, pin=Pin("wrong"))
    with pytest.raises(KeyFileUnusable):
        store.open_unattended("seal")
    bench.reader.pull_out()
    try:
        # Whoever asked the token now would hear that it is missing.
        with pytest.raises(KeyFileUnusable, match="refused before"):
            store.open_unattended("seal")
    finally:
        bench.reader.put_back()
    (tmp_path / "keys" / "seal.pass").write_text(token.pin)
    store.open_unattended("seal").close()


def test_a_specimen_on_a_token_is_refused_in_production(bench: Bench, keys: Pkcs11Keys, tmp_path: Path) -> None:
    store = OfficeKeyStore(tmp_path / "production", mode=Mode.PRODUCTION, pkcs11=keys)
    with pytest.raises(DemoKeyInProduction):
        store.link("chair", location=bench.tokens[P256].uri, attendance=Attendance.BY_PERSON)
    assert store.key_ids() == ()


def test_a_link_without_its_driver_or_service_says_which_setting_is_missing(
    bench: Bench, store: OfficeKeyStore
) -> None:
    store.link("chair", location=bench.tokens[P256].uri, attendance=Attendance.BY_PERSON)
    bare = OfficeKeyStore(store.folder, mode=Mode.DEMO)
    with pytest.raises(TokenMissing, match="VIDIMUS_PKCS11_MODULE"):
        bare.open_key("chair", Pin("1234"))


@pytest.mark.parametrize(
    "text",
    [
        "", "pkcs12:token=a;id=%01", "pkcs11:", "pkcs11:token=a", "pkcs11:id=%01", "pkcs11:token=a;id=%01?pin-value=1234",
        "pkcs11:token=a;id=%01?module-path=/tmp/x.so", "pkcs11:token=a;token=b;id=%01", "pkcs11:token=a;id=%1",
        "pkcs11:token=a;id=%01;x-unknown=1", "pkcs11:token=a;id=%01;type=cert", "pkcs11:token=%ff;id=%01",
        "pkcs11:token=a;id=%01\n", "pkcs11:token=a b;id=%01",
    ],
)  # fmt: skip
def test_a_uri_that_names_no_key_is_refused(text: str) -> None:
    with pytest.raises(TokenKeyMissing):
        read_pkcs11_uri(text)


def test_a_uri_is_read_with_its_escapes() -> None:
    uri = read_pkcs11_uri("pkcs11:token=Th%E1%BA%BB%20k%C3%BD;serial=0a;object=sign;id=%01%fF;type=private")
    assert (uri.token, uri.serial, uri.object_label, uri.object_id) == ("Thẻ ký", "0a", "sign", b"\x01\xff")
