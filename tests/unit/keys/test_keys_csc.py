"""Remote keys: both versions of the CSC API, activation data bound to the hashes, and a PIN that is sent once."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from guard import AllowedOrigin, GuardedHttp
from keys import (
    ActivationMissing,
    Attendance,
    AuthorityAnswer,
    Credential,
    CredentialKind,
    CscKeys,
    CscWire,
    KeyAlgorithm,
    Mode,
    OfficeKeyStore,
    Pin,
    RemoteKeyRefused,
    RemoteKeyUnavailable,
    RemoteKeyUnconfigured,
    Subject,
    WrongPin,
    credential_of_certificates,
)
from keys.private import PrivateKey
from tests.csc_service import CLIENT, SECRET, CscService, serve
from tests.office import AGENCY, Office

CASES = [(1, KeyAlgorithm.ECDSA_P256_SHA256), (2, KeyAlgorithm.ECDSA_P256_SHA256), (1, KeyAlgorithm.RSA_SHA256)]


@dataclass(frozen=True)
class Remote:
    """The service, and this office as its client."""

    office: Office
    service: CscService
    keys: CscKeys
    credential: Credential

    def open(self, pin: str | None = None):  # type: ignore[no-untyped-def]
        return self.keys.open_key("cred-1", credential=self.credential, pin=Pin(pin or self.service.pin))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office") / "o")


@pytest.fixture(scope="module", params=CASES, ids=["v1-p256", "v2-p256", "v1-rsa"])
def served(request: pytest.FixtureRequest, office: Office) -> Iterator[Remote]:
    version, algorithm = request.param
    pin = Pin("0000")
    issued = office.authority.issue(
        CredentialKind.OFFICER,
        subject=Subject("Lê Văn Mẫu", AGENCY),
        pin=pin,
        at=office.now,
        algorithm=algorithm,
        rounds=1000,
    )
    key = pkcs12.load_pkcs12(issued.pkcs12, pin.reveal()).key
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    private: PrivateKey = key
    chain = (issued.certificate_der, office.authority.issuing_der, office.authority.root_der)
    service = CscService(private, chain, version)
    with serve(service) as url:
        keys = CscKeys(wire(office, url, version=version))
        yield Remote(office, service, keys, credential_of_certificates("remote", keys.read_certificates("cred-1")))


@pytest.fixture
def remote(served: Remote) -> Remote:
    """The same service with nothing asked yet and nothing wrong."""
    service = served.service
    service.pins_tried, service.enabled = 0, True
    service.calls.clear()
    service.faults.clear()
    service.forget_tokens()
    return served


def wire(office: Office, url: str, *, version: int, secret: str = SECRET) -> CscWire:
    http = GuardedHttp([AllowedOrigin.from_url(url, allow_private=True)])
    return CscWire(http, url, version=version, client_id=CLIENT, client_secret=Pin(secret), clock=office.clock)


def verify(credential: Credential, signature: bytes, content: bytes) -> None:
    public_key = x509.load_der_x509_certificate(credential.certificate_der).public_key()
    if isinstance(public_key, rsa.RSAPublicKey):
        public_key.verify(signature, content, padding.PKCS1v15(), hashes.SHA256())
    else:
        assert isinstance(public_key, ec.EllipticCurvePublicKey)
        public_key.verify(signature, content, ec.ECDSA(hashes.SHA256()))


def test_a_remote_key_signs_what_it_was_authorised_for(remote: Remote) -> None:
    key = remote.open()
    verify(remote.credential, key.sign(b"signed attributes"), b"signed attributes")
    assert remote.service.calls.count("signatures/signHash") == 1
    assert len(remote.credential.chain_der) == 2


def test_one_authorisation_is_bound_to_every_hash_of_a_batch(remote: Remote) -> None:
    contents = [f"copy {number}".encode() for number in range(50)]
    for content, signature in zip(contents, remote.open().sign_all(contents), strict=True):
        verify(remote.credential, signature, content)
    assert remote.service.pins_tried == 1
    with pytest.raises(RemoteKeyRefused):
        remote.open().sign_all([])


def test_a_wrong_pin_is_sent_once_for_a_whole_batch(remote: Remote) -> None:
    key = remote.open("canary-pin")
    for _ in range(3):
        with pytest.raises(WrongPin) as caught:
            key.sign(b"x")
        assert "canary" not in "".join(traceback.format_exception(caught.value))
    assert remote.service.pins_tried == 1


def test_a_bearer_token_that_ended_is_renewed_once(remote: Remote) -> None:
    key = remote.open()
    key.sign(b"x")
    remote.service.calls.clear()
    remote.service.forget_tokens()
    key.sign(b"x")
    remote.office.clock.advance(timedelta(hours=2))
    key.sign(b"x")
    assert remote.service.calls.count("oauth2/token") == 2


def test_a_client_the_service_does_not_know_is_refused_without_its_secret(remote: Remote, office: Office) -> None:
    with serve(remote.service) as url:
        keys = CscKeys(wire(office, url, version=remote.service.version, secret="canary-secret"))
        with pytest.raises(RemoteKeyRefused) as caught:
            keys.read_certificates("cred-1")
    assert caught.value.error == "invalid_client"
    assert "canary" not in str(caught.value)


def test_a_closed_remote_key_signs_nothing(remote: Remote) -> None:
    key = remote.open()
    key.close()
    with pytest.raises(ActivationMissing):
        key.sign(b"x")


def _told(status: int, body: bytes) -> AuthorityAnswer:
    return AuthorityAnswer(status, "application/json", body)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([_told(503, b"{}")], RemoteKeyUnavailable),
        ([_told(429, b"{}")], RemoteKeyUnavailable),
        ([_told(200, b"garbage")], RemoteKeyRefused),
        ([_told(200, b"[]")], RemoteKeyRefused),
        ([_told(200, b"{}")], RemoteKeyRefused),
        ([_told(400, b'{"error":"<script>"}')], RemoteKeyRefused),
        ([_told(302, b"")], RemoteKeyRefused),
        ([_told(200, b'{"SAD":"made up"}')], RemoteKeyRefused),
        ([_told(200, b'{"SAD":"s"}'), _told(200, b'{"signatures":[]}')], RemoteKeyRefused),
        ([_told(200, b'{"SAD":"s"}'), _told(200, b'{"signatures":["%%"]}')], RemoteKeyRefused),
        ([_told(200, b"x" * 300_000)], RemoteKeyRefused),
    ],
)
def test_a_service_that_misbehaves_signs_nothing(
    remote: Remote, answers: list[AuthorityAnswer], error: type[Exception]
) -> None:
    remote.service.faults += answers
    with pytest.raises(error) as caught:
        remote.open().sign(b"x")
    told = "".join(traceback.format_exception(caught.value))
    assert remote.service.pin not in told
    assert "script" not in told


def test_a_service_that_is_away_is_unavailable(office: Office) -> None:
    with serve(CscService(ec.generate_private_key(ec.SECP256R1()), (), 1)) as url:
        pass
    with pytest.raises(RemoteKeyUnavailable):
        CscKeys(wire(office, url, version=1)).read_certificates("cred-1")


def test_a_disabled_or_unknown_credential_is_refused(remote: Remote) -> None:
    with pytest.raises(RemoteKeyRefused):
        remote.keys.read_certificates("cred-2")
    remote.service.enabled = False
    with pytest.raises(RemoteKeyRefused, match="disabled"):
        remote.keys.read_certificates("cred-1")


def test_an_offices_store_links_a_remote_key(remote: Remote, tmp_path: Path) -> None:
    store = OfficeKeyStore(tmp_path / "keys", mode=Mode.DEMO, remote=remote.keys)
    made = store.link("chair", location="csc:cred-1", attendance=Attendance.BY_PERSON)
    verify(made, store.open_key("chair", Pin(remote.service.pin)).sign(b"x"), b"x")
    bare = OfficeKeyStore(tmp_path / "keys", mode=Mode.DEMO)
    with pytest.raises(RemoteKeyUnconfigured, match="VIDIMUS_CSC_URL"):
        bare.open_key("chair", Pin("1"))


def test_a_version_nobody_speaks_is_refused(office: Office) -> None:
    with pytest.raises(RemoteKeyRefused):
        wire(office, "http://127.0.0.1:1", version=3)
