"""`vidimus token-agent` and `vidimus key link` with a token in software: files signed, pages served, PINs never shown."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.clock import SystemClock, system_random
from api.demo.office import OFFICER_KEY, OFFICER_LOGIN, SEAL_KEY, WARD
from keys import (
    Attendance,
    CredentialKind,
    KeyInHand,
    Mode,
    OfficeKeyStore,
    Pin,
    Subject,
    load_trust_folder,
    open_authority,
)
from signing.verify import Verdict, verify_pdf
from tests.blank_copies import blank_copy
from tests.command_line import Answer, CommandLine
from tests.soft_tokens import MODULE, Reader, SoftToken, a_reader

pytestmark = [
    pytest.mark.slow,
    # A search that meets a lost session is finished once more by the library's own finaliser, which then complains.
    pytest.mark.filterwarnings("ignore:Exception ignored in. 'pkcs11:pytest.PytestUnraisableExceptionWarning"),
]


@dataclass(frozen=True)
class Desk:
    """A demo home, a token of its authority, and two letters."""

    line: CommandLine
    folder: Path
    token: SoftToken
    reader: Reader

    def agent(self, *arguments: str | Path, pin: str | None = None) -> Answer:
        more: list[str | Path] = ["--module", MODULE]
        if pin is not None:
            more += ["--pin-fd", str(a_pipe_with(pin))]
        return self.line.run("token-agent", *arguments, *more)

    @property
    def letters(self) -> tuple[Path, Path]:
        return self.folder / "letter.pdf", self.folder / "decision.pdf"


def a_pipe_with(text: str) -> int:
    reading, writing = os.pipe()
    os.write(writing, f"{text}\n".encode())
    os.close(writing)
    return reading


@pytest.fixture
def desk(office_line: CommandLine, tmp_path: Path) -> Iterator[Desk]:
    clock = SystemClock()
    authority = open_authority(office_line.home / "authority", clock=clock, random_bytes=system_random)
    pin = Pin("0000")
    issued = authority.issue(
        CredentialKind.OFFICER, subject=Subject("Trần Văn Mẫu", "UBND"), pin=pin, at=clock.now(), rounds=1000
    )
    with a_reader(tmp_path / "reader") as reader:
        token = reader.make_token(issued, issued_pin=pin)
        made = Desk(office_line, tmp_path, token, reader)
        for letter in made.letters:
            letter.write_bytes(blank_copy())
        yield made


def test_a_batch_of_files_is_shown_and_signed_with_one_pin(desk: Desk) -> None:
    answer = desk.agent(*desk.letters, "--out-dir", desk.folder / "signed", pin=desk.token.pin)
    assert answer.exit_code == 0, answer.err
    trust = load_trust_folder(desk.line.home / "trust", mode=Mode.DEMO)
    for letter in desk.letters:
        assert letter.name in answer.err
        report = verify_pdf((desk.folder / "signed" / letter.name).read_bytes(), trust=trust, at=SystemClock().now())
        assert report.verdict in {Verdict.VALID, Verdict.VALID_WITH_WARNING}
    assert len(re.findall(r"SHA-256 [0-9a-f]{64}", answer.err)) == 2
    assert desk.token.pin not in answer.out + answer.err


def test_each_fault_of_the_command_is_one_sentence_and_writes_nothing(desk: Desk) -> None:
    out = desk.folder / "signed"
    wrong = desk.agent(*desk.letters, "--out-dir", out, pin="canary-55")
    assert (wrong.exit_code, "canary" in wrong.err) == (30, False)
    assert "refused this PIN" in wrong.err
    desk.reader.pull_out()
    try:
        missing = desk.agent(*desk.letters, "--out-dir", out, pin=desk.token.pin)
    finally:
        desk.reader.put_back()
    assert missing.exit_code == 30
    assert "plug it in" in missing.err
    assert not out.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--origin", "http://office.example"),
        ("--origin", "https://office.example/path"),
        ("--origin", "*"),
        ("--origin", "https://a@office.example"),
    ],
)
def test_an_agent_without_a_page_it_may_serve_does_not_start(desk: Desk, arguments: tuple[str, ...]) -> None:
    assert desk.agent(*arguments).exit_code == 2


def test_a_pin_given_beforehand_serves_one_approval_only(desk: Desk) -> None:
    assert desk.agent("--origin", "https://office.example", pin=desk.token.pin).exit_code == 2


def test_a_served_page_has_a_document_signed_and_the_agent_ends(desk: Desk, unused_port: int) -> None:
    answers: list[dict[str, Any]] = []

    def page() -> None:
        status = call(unused_port, "GET", "/v1/status", None)
        prepared = prepare(desk, status["certificate_sha256"])
        answers.append(call(unused_port, "POST", "/v1/sign", prepared))

    thread = threading.Thread(target=page)
    thread.start()
    answer = desk.agent("--origin", "https://office.example", "--port", str(unused_port), "--once", pin=desk.token.pin)
    thread.join()
    assert answer.exit_code == 0, answer.err
    assert len(base64.b64decode(answers[0]["signatures"][0])) > 60
    assert "https://office.example" in answer.err


def prepare(desk: Desk, certificate_sha256: str) -> dict[str, Any]:
    """What the page was given by the office: attributes over a digest, for the certificate of the token."""
    from signing import attributes_over

    (uri,) = desk.reader.keys().find_signing_keys()
    certificate = desk.reader.keys().read_certificates(uri)[0]
    to_be_signed = attributes_over(b"d" * 32, certificate_der=certificate)
    document = {"name": "letter.pdf", "to_be_signed": base64.b64encode(to_be_signed).decode()}
    return {"certificate_sha256": certificate_sha256, "documents": [document]}


def call(port: int, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    """Ask as a page would, as soon as the agent listens."""
    for _ in range(600):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            headers = {"Origin": "https://office.example", "Content-Type": "application/json"}
            connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
            told: dict[str, Any] = json.loads(connection.getresponse().read())
            return told
        except ConnectionRefusedError:
            threading.Event().wait(0.1)
        finally:
            connection.close()
    raise AssertionError("the agent never listened")


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def test_a_key_on_a_token_is_linked_and_listed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDIMUS_PKCS11_MODULE", str(MODULE))
    officer = ("--for-user", OFFICER_LOGIN, "--replaces", OFFICER_KEY)
    assert desk.line.run("key", "link", "chair", desk.token.uri).exit_code == 2
    assert desk.line.run("key", "link", "chair", "file:/tmp/key", *officer).exit_code == 2
    linked = desk.line.run("key", "link", "chair", desk.token.uri, *officer)
    assert linked.exit_code == 0, linked.err
    assert linked.out.split() == ["chair", "ECDSA_P256_SHA256"]
    rows = {row["key_id"]: row for row in desk.line.run("key", "list", "--format", "json").json}
    assert (rows["chair"]["kind"], rows["chair"]["place"], rows["chair"]["status"]) == ("PERSONAL", "PKCS11", "ACTIVE")
    assert (rows[OFFICER_KEY]["status"], rows["chair"]["owner"]) == ("RETIRED", rows[OFFICER_KEY]["owner"])
    assert desk.line.run("key", "link", "chair", desk.token.uri, *officer).exit_code == 31
    assert desk.line.run("key", "link", "other", "pkcs11:token=nobody;id=%01", *officer).exit_code == 31
    seal = ("--for-agency", WARD, "--replaces", SEAL_KEY)
    assert desk.line.run("key", "link", "seal-2", desk.token.uri, "--unattended", *seal).exit_code == 2
    with_pin = ("--pin-fd", str(a_pipe_with(desk.token.pin)))
    assert desk.line.run("key", "link", "seal-2", desk.token.uri, "--unattended", *with_pin, *seal).exit_code == 0
    assert desk.line.run("key", "link", "csc-1", "csc:cred-1", *officer).exit_code == 31
    monkeypatch.setenv("VIDIMUS_CSC_URL", "https://sign.example")
    assert desk.line.run("key", "link", "csc-1", "csc:cred-1", *officer).exit_code == 9


def test_a_link_that_was_cut_short_before_the_inventory_is_finished_by_the_same_command(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDIMUS_PKCS11_MODULE", str(MODULE))
    keys = desk.line.home / "keys"
    store = OfficeKeyStore(keys, mode=Mode.DEMO, pkcs11=desk.reader.keys())
    trust = load_trust_folder(desk.line.home / "trust", mode=Mode.DEMO)
    store.link("chair", location=desk.token.uri, attendance=Attendance.BY_PERSON, issuers_der=trust.intermediates_der)
    owner = ("--for-user", OFFICER_LOGIN, "--replaces", OFFICER_KEY)
    # Another place under the same id is another key.
    assert desk.line.run("key", "link", "chair", "pkcs11:token=other;id=%01", *owner).exit_code == 31
    assert desk.line.run("key", "link", "chair", desk.token.uri, *owner).exit_code == 0
    assert desk.line.run("key", "link", "chair", desk.token.uri, *owner).exit_code == 31


def test_a_key_in_its_owners_machine_is_linked_by_its_certificate_alone(desk: Desk) -> None:
    owner = ("--for-user", OFFICER_LOGIN, "--replaces", OFFICER_KEY)
    assert desk.line.run("key", "link", "own", "agent:", *owner).exit_code == 31
    certificate = desk.folder / "own.cer"
    (uri,) = desk.reader.keys().find_signing_keys()
    certificate.write_bytes(desk.reader.keys().read_certificates(uri)[0])
    with_pin = ("--unattended", "--pin-fd", str(a_pipe_with("1234")))
    assert (
        desk.line.run("key", "link", "own", "agent:", "--certificate", certificate, *owner, *with_pin).exit_code == 31
    )
    linked = desk.line.run("key", "link", "own", "agent:", "--certificate", certificate, *owner)
    assert linked.exit_code == 0, linked.err
    store = OfficeKeyStore(desk.line.home / "keys", mode=Mode.DEMO)
    with pytest.raises(KeyInHand):
        store.open_key("own", Pin("1234"))
