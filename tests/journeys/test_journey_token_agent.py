"""A certified copy by a key in the officer's own machine: office and agent over HTTP, the key on a SoftHSM token."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from api.agent import AgentDesk, AgentServer, Pinned, ShownDocument
from api.agent.token import Pkcs11InHand
from api.cli import main
from api.clock import SystemClock, system_random
from api.demo.office import OFFICER_KEY, OFFICER_LOGIN
from api.messages import load_messages
from keys import (
    CredentialKind,
    IssuedCredential,
    Pin,
    Subject,
    credential_of_certificates,
    open_authority,
    read_certificate_facts,
)
from tests.running import PIN, Running, founded_home, run_home  # noqa: F401 - one is a fixture
from tests.small_paper import small_scan
from tests.soft_tokens import Reader, SoftToken, a_reader

pytestmark = [
    pytest.mark.journey,
    pytest.mark.slow,
    # A search that meets a lost session is finished once more by the library's own finaliser, which then complains.
    pytest.mark.filterwarnings("ignore:Exception ignored in. 'pkcs11:pytest.PytestUnraisableExceptionWarning"),
]
PAGE = "https://office.example"


@dataclass
class InFront:
    """The officer in front of the agent: sees names and digests, and types the token's PIN."""

    pin: Pin
    seen: list[tuple[ShownDocument, ...]] = field(default_factory=list)

    def approve(self, documents: Sequence[ShownDocument]) -> Pin:
        self.seen.append(tuple(documents))
        return self.pin


@dataclass(frozen=True)
class Counter:
    """An office whose officer holds the key in a token, the officer's browser, and the agent beside it."""

    office: Running
    officer: httpx.Client
    agent: httpx.Client
    person: InFront
    reader: Reader
    certificate_der: bytes

    def prepared(self, mark: str) -> dict[str, Any]:
        return self.office.prepare(self.officer, self.office.read_draft(self.officer, small_scan(mark=mark)))

    def approve(self, ready: list[dict[str, Any]]) -> list[str]:
        """Approve for the token, and wait until each copy asks for its signature; gives the operations."""
        lines = [{"item_id": each["item_id"], "sha256": each["sha256"]} for each in ready]
        body = {"items": lines, "checklist": ready[0]["checklist"], "token": True}
        answer = self.officer.post("/v1/approvals/batch", json=body)
        assert answer.status_code == 202, answer.text
        operations = [line["operation_id"] for line in answer.json()["items"]]
        for operation in operations:
            told = self.office.wait(self.officer, operation)
            assert (told["status"], told["code"]) == ("ACTION_REQUIRED", "SIGNATURE_AWAITED")
        return operations

    def questions(self, ready: list[dict[str, Any]]) -> list[dict[str, Any]]:
        answer = self.officer.post("/v1/approvals/token-questions", json={"items": [r["item_id"] for r in ready]})
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return items

    def sign(self, questions: list[dict[str, Any]]) -> httpx.Response:
        """What the office's page does: it hands the questions to the agent beside it."""
        documents = [{"name": each["title"], "to_be_signed": each["to_be_signed"]} for each in questions]
        body = {"certificate_sha256": questions[0]["certificate_sha256"], "documents": documents}
        return self.agent.post("/v1/sign", json=body)

    def give(self, ready: list[dict[str, Any]], signatures: list[str], **more: Any) -> dict[str, Any]:
        items = [{"item_id": r["item_id"], "signature": s} for r, s in zip(ready, signatures, strict=True)]
        answer = self.officer.post("/v1/approvals/token-signatures", json={"items": items}, **more)
        assert answer.status_code == 202, answer.text
        told: dict[str, Any] = answer.json()
        return told


def _issue(home: Path, name: str) -> tuple[IssuedCredential, Pin, tuple[bytes, ...]]:
    clock, pin = SystemClock(), Pin("0000")
    authority = open_authority(home / "authority", clock=clock, random_bytes=system_random)
    issued = authority.issue(
        CredentialKind.OFFICER, subject=Subject(name, "UBND phường Thí Dụ"), pin=pin, at=clock.now(), rounds=1000
    )
    return issued, pin, (authority.issuing_der, authority.root_der)


def _command(home: Path, *arguments: str | Path) -> str:
    before = os.environ.get("VIDIMUS_HOME")
    os.environ["VIDIMUS_HOME"] = str(home)
    said = io.StringIO()
    try:
        with redirect_stdout(said), pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
    finally:
        if before is None:
            del os.environ["VIDIMUS_HOME"]
        else:
            os.environ["VIDIMUS_HOME"] = before
    assert not ended.value.code, said.getvalue()
    return said.getvalue()


@pytest.fixture(scope="module")
def counter(founded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:  # noqa: F811
    home = tmp_path_factory.mktemp("token-agent") / "home"
    shutil.copytree(founded_home, home)
    issued, pin, chain = _issue(home, "Lê Thị Thanh Hương")
    certificate = home.parent / "officer.cer"
    certificate.write_bytes(issued.certificate_der)
    owner = ("--for-user", OFFICER_LOGIN, "--replaces", OFFICER_KEY)
    _command(home, "key", "link", "officer-token", "agent:", "--certificate", certificate, *owner)
    messages = load_messages(ZoneInfo("Asia/Ho_Chi_Minh"))
    with a_reader(tmp_path_factory.mktemp("reader")) as reader, run_home(home) as office, office.officer() as officer:
        token = reader.make_token(issued, issued_pin=pin, chain=chain)
        person = InFront(Pin(token.pin))
        desk = AgentDesk(Pkcs11InHand(reader.keys(), uri=None), person, clock=SystemClock())
        server = AgentServer(desk, pinned=Pinned(frozenset({PAGE})), port=0, messages=messages)
        headers = {"Origin": PAGE}
        address = "http://127.0.0.1:"
        with (
            server.running(),
            httpx.Client(base_url=f"{address}{server.port}", headers=headers, trust_env=False, timeout=60) as agent,
        ):
            yield Counter(office, officer, agent, person, reader, issued.certificate_der)


def test_a_copy_is_certified_by_the_token_beside_the_browser_and_by_no_answer_twice(counter: Counter) -> None:
    ready = [counter.prepared("one")]
    (operation,) = counter.approve(ready)
    questions = counter.questions(ready)
    signed = counter.sign(questions)
    assert signed.status_code == 200, signed.text
    (shown,) = counter.person.seen[-1]
    assert shown.name == questions[0]["title"]
    signatures = signed.json()["signatures"]
    key = {"Idempotency-Key": "token-journey-1"}
    told = counter.give(ready, signatures, headers=key)
    assert (told["approved"], told["refused"]) == (1, 0)
    done = counter.office.wait(counter.officer, operation)
    assert done["status"] == "DONE", done
    # The same call is answered with the same words, another one is a replay.
    assert counter.give(ready, signatures, headers=key) == told
    replayed = counter.give(ready, signatures)
    assert replayed["items"][0]["problem"]["code"] == "SIGNATURE_NOT_AWAITED"
    with counter.office.citizen() as holder, counter.office.client() as stranger:
        copy = holder.get(f"/v1/records/{done['record_id']}/file").content
        report = stranger.post("/v1/verifications", files={"file": ("copy.pdf", copy)}).json()
    assert report["verdict"] == "VALID_WITH_WARNING", report
    (officer,) = [each for each in report["signatures"] if each["field"] == "Officer"]
    serial = read_certificate_facts(counter.certificate_der).serial
    assert int(officer["signer"]["serial_hex"].replace(":", ""), 16) == serial


def test_of_a_batch_the_copy_with_a_wrong_signature_is_refused_by_name_and_waits_on(counter: Counter) -> None:
    ready = [counter.prepared(f"batch{number}") for number in range(2)]
    operations = counter.approve(ready)
    questions = counter.questions(ready)
    seen = len(counter.person.seen)
    signatures = counter.sign(questions).json()["signatures"]
    # The person was asked once for both.
    assert [len(documents) for documents in counter.person.seen[seen:]] == [2]
    told = counter.give(ready, [signatures[0], signatures[0]])
    assert [line["problem"] and line["problem"]["code"] for line in told["items"]] == [None, "SIGNATURE_MISMATCH"]
    assert counter.office.wait(counter.officer, operations[1])["status"] == "ACTION_REQUIRED"
    assert counter.give(ready[1:2], signatures[1:2])["approved"] == 1
    assert [counter.office.wait(counter.officer, each)["status"] for each in operations] == ["DONE", "DONE"]


def test_a_token_of_another_person_and_one_that_is_not_there_sign_nothing(counter: Counter) -> None:
    ready = [counter.prepared("other")]
    by_pin = counter.office.approve(counter.officer, ready[0], pin=PIN)
    assert (by_pin.status_code, by_pin.json()["code"]) == (409, "KEY_IN_HAND")
    (operation,) = counter.approve(ready)
    questions = counter.questions(ready)
    counter.reader.pull_out()
    try:
        assert counter.sign(questions).json()["code"] == "NO_TOKEN"
        issued, pin, chain = _issue(counter.office.services.home.folder, "Trần Văn Mẫu")
        colleague: SoftToken = counter.reader.make_token(issued, issued_pin=pin, chain=chain)
        refused = counter.sign(questions)
        assert (refused.status_code, refused.json()["code"]) == (403, "NOT_THIS_USER")
        # An agent that would let it sign all the same brings the office nothing.
        own = credential_of_certificates("colleague", [issued.certificate_der], issuers_der=chain)
        key = counter.reader.keys().open_key(colleague.parsed, credential=own, pin=Pin(colleague.pin))
        foreign = base64.b64encode(key.sign(base64.b64decode(questions[0]["to_be_signed"]))).decode()
        key.close()
    finally:
        shutil.rmtree(counter.reader.folder / "tokens")
        (counter.reader.folder / "tokens").mkdir()
        counter.reader.put_back()
    told = counter.give(ready, [foreign])
    assert told["items"][0]["problem"]["code"] == "SIGNATURE_MISMATCH"
    assert counter.give(ready, counter.sign(questions).json()["signatures"])["approved"] == 1
    assert counter.office.wait(counter.officer, operation)["status"] == "DONE"


def test_the_key_is_in_the_inventory_with_its_owner(counter: Counter) -> None:
    home = counter.office.services.home.folder
    listed = json.loads(_command(home, "key", "list", "--format", "json"))
    (linked,) = [row for row in listed if row["key_id"] == "officer-token"]
    assert (linked["kind"], linked["place"], linked["status"]) == ("PERSONAL", "USB", "ACTIVE")
    (before,) = [row for row in listed if row["key_id"] == OFFICER_KEY]
    assert before["status"] == "RETIRED"


def test_the_agents_token_is_tried_without_a_document(counter: Counter) -> None:
    question = counter.officer.get("/v1/token-trials/question").json()
    signed = counter.sign([question | {"title": "trial"}])
    body = {"signature": signed.json()["signatures"][0], "expires_at": question["expires_at"]}
    assert counter.officer.post("/v1/token-trials", json=body).json() == {"works": True}
