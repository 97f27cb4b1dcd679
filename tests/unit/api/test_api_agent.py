"""The token agent: loopback, pinned pages, documents only, and one sentence for each fault."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.agent import AgentDesk, AgentFault, AgentServer, Pinned
from api.agent.desk import ShownDocument
from api.agent.token import usual_modules
from api.messages import LANGUAGES, load_messages
from keys import Credential, OpenKey, Pin, TokenMissing
from signing import PadesLevel, SigningServices, SignRequest, complete_deferred, prepare_deferred
from tests.blank_copies import blank_copy
from tests.office import Office, OfficerCredentials

PAGE = "https://office.example"
MESSAGES = load_messages(ZoneInfo("Asia/Ho_Chi_Minh"))


@dataclass
class OfficerInFront:
    """Looks at what is shown, and types a PIN or walks away."""

    pin: Pin | None
    seen: list[tuple[ShownDocument, ...]] = field(default_factory=list)
    waits: threading.Event = field(default_factory=threading.Event)
    shown: threading.Event = field(default_factory=threading.Event)

    def approve(self, documents: Sequence[ShownDocument]) -> Pin | None:
        self.seen.append(tuple(documents))
        self.shown.set()
        assert self.waits.wait(30)
        return self.pin


@dataclass
class PluggedIn:
    """The officer's key as a token: a key store of files stands in for the reader (tokens: test_keys_pkcs11)."""

    office: Office
    officer: OfficerCredentials
    is_there: bool = True

    def credential(self) -> Credential:
        if not self.is_there:
            raise TokenMissing("nothing is plugged in")
        return self.officer.credential

    def open_key(self, pin: Pin) -> OpenKey:
        return self.office.keystore.open_key(self.officer.key_id, pin)


@dataclass
class Counter:
    """An officer's desk with an agent that listens."""

    office: Office
    officer: OfficerCredentials
    person: OfficerInFront
    token: PluggedIn
    server: AgentServer

    def call(
        self, method: str, path: str, body: bytes | None = None, *, origin: str | None = PAGE, **headers: str
    ) -> tuple[int, dict[str, str], Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        if origin is not None:
            sent["Origin"] = origin
        connection.request(method, path, body=body, headers=sent)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}, json.loads(text or b"null")

    def sign(self, documents: list[dict[str, str]], *, certificate: Credential | None = None) -> tuple[int, Any]:
        der = (certificate or self.officer.credential).certificate_der
        body = {"certificate_sha256": hashlib.sha256(der).hexdigest(), "documents": documents}
        status, _, told = self.call("POST", "/v1/sign", json.dumps(body).encode(), Content_Type="application/json")
        return status, told


@pytest.fixture
def counter(office: Office) -> Iterator[Counter]:
    officer = office.officer()
    person, token = OfficerInFront(officer.pin), PluggedIn(office, officer)
    person.waits.set()
    desk = AgentDesk(token, person, clock=office.clock)
    server = AgentServer(desk, pinned=Pinned(frozenset({PAGE})), port=0, messages=MESSAGES)
    with server.running():
        yield Counter(office, officer, person, token, server)


def test_a_pinned_page_can_read_why_nothing_was_signed(counter: Counter) -> None:
    counter.person.pin = None
    der = counter.officer.credential.certificate_der
    asked = [document("bản sao.pdf", prepare(counter).to_be_signed)]
    body = json.dumps({"certificate_sha256": hashlib.sha256(der).hexdigest(), "documents": asked}).encode()
    status, headers, told = counter.call("POST", "/v1/sign", body, Content_Type="application/json")
    assert (status, told["code"]) == (403, "REFUSED_BY_PERSON")
    # Without this a browser would tell the page no more than that nobody answered.
    assert headers["access-control-allow-origin"] == PAGE


def prepare(counter: Counter, pages: int = 1):  # type: ignore[no-untyped-def]
    return prepare_deferred(
        blank_copy(pages=pages),
        request=SignRequest(field="Officer", level=PadesLevel.B_B, signed_at=counter.office.now),
        credential=counter.officer.credential,
        services=SigningServices(),
    )


def document(name: str, to_be_signed: bytes) -> dict[str, str]:
    return {"name": name, "to_be_signed": base64.b64encode(to_be_signed).decode()}


def test_a_page_has_a_batch_signed_and_the_person_saw_each_name_and_digest(counter: Counter) -> None:
    prepared = [prepare(counter, pages) for pages in (1, 2, 3)]
    asked = [document(f"bản sao {number}.pdf", each.to_be_signed) for number, each in enumerate(prepared)]
    status, told = counter.sign(asked)
    assert status == 200, told
    for each, signature in zip(prepared, told["signatures"], strict=True):
        signed = complete_deferred(
            each.prepared_pdf,
            state=each.state,
            signature=base64.b64decode(signature),
            credential=counter.officer.credential,
            services=SigningServices(),
            at=counter.office.now,
        )
        assert signed.level is PadesLevel.B_B
    (seen,) = counter.person.seen
    assert [shown.name for shown in seen] == ["bản sao 0.pdf", "bản sao 1.pdf", "bản sao 2.pdf"]
    assert len({shown.digest_hex for shown in seen}) == 3
    for shown, each in zip(seen, prepared, strict=True):
        assert bytes.fromhex(shown.digest_hex) in each.to_be_signed


@pytest.mark.parametrize(
    "origin", [None, "https://evil.example", "null", "http://office.example", PAGE + ".evil.org", ""]
)
def test_another_page_is_refused_before_anything_is_looked_at(counter: Counter, origin: str | None) -> None:
    for method, path in (("GET", "/v1/status"), ("POST", "/v1/sign"), ("OPTIONS", "/v1/sign")):
        status, headers, told = counter.call(method, path, b"{}", origin=origin, Content_Type="application/json")
        assert (status, told) == (403, None)
        assert not [name for name in headers if name.startswith("access-control-")]
    assert counter.person.seen == []


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "evil.example:{port}", "[::1]:{port}"])
def test_a_name_that_was_pointed_at_loopback_is_refused(counter: Counter, host: str) -> None:
    status, headers, _ = counter.call("GET", "/v1/status", Host=host.format(port=counter.server.port))
    assert status == 421
    assert "access-control-allow-origin" not in headers


def test_a_pinned_page_is_told_so_and_nobody_else(counter: Counter) -> None:
    status, headers, _ = counter.call("OPTIONS", "/v1/sign", Access_Control_Request_Private_Network="true")
    assert status == 204
    assert headers["access-control-allow-origin"] == PAGE
    assert headers["access-control-allow-private-network"] == "true"
    assert headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in headers


def test_a_form_cannot_be_posted_to_the_agent(counter: Counter) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        assert counter.call("POST", "/v1/sign", b"{}", Content_Type=kind)[0] == 415
    assert counter.call("POST", "/v1/other", b"{}", Content_Type="application/json")[0] == 404
    assert counter.call("GET", "/v1/other")[0] == 404
    too_long = counter.call("POST", "/v1/sign", b"", Content_Type="application/json", Content_Length="1000001")
    assert too_long[0] == 413


def test_status_names_the_token_and_nothing_of_the_person(counter: Counter) -> None:
    status, _, told = counter.call("GET", "/v1/status")
    assert status == 200
    assert told["certificate_sha256"] == hashlib.sha256(counter.officer.credential.certificate_der).hexdigest()
    assert "Mẫu" not in json.dumps(told, ensure_ascii=False)


def test_nothing_but_a_document_is_signed(counter: Counter) -> None:
    """A page that could have any bytes signed could log in elsewhere in the person's name."""
    good = prepare(counter).to_be_signed
    for other in (b"", b"login challenge", good + b"\x00", good[:-1], hashlib.sha256(good).digest()):
        status, told = counter.sign([document("a.pdf", good), document("b.pdf", other)])
        assert (status, told["code"]) == (422, "NOT_A_DOCUMENT")
    assert counter.person.seen == []


def test_attributes_for_another_certificate_are_not_signed(counter: Counter) -> None:
    colleague = counter.office.officer()
    theirs = prepare_deferred(
        blank_copy(),
        request=SignRequest(field="Officer", level=PadesLevel.B_B, signed_at=counter.office.now),
        credential=colleague.credential,
        services=SigningServices(),
    )
    assert counter.sign([document("a.pdf", theirs.to_be_signed)])[1]["code"] == "NOT_A_DOCUMENT"


def test_each_fault_has_its_code_and_a_sentence_in_three_languages(counter: Counter) -> None:
    asked = [document("a.pdf", prepare(counter).to_be_signed)]
    counter.person.pin = Pin("not this one")
    told = counter.sign(asked)[1]
    assert told["code"] == "WRONG_PIN"
    assert set(told["sentence"]) == set(LANGUAGES)
    counter.person.pin = None
    assert counter.sign(asked)[1]["code"] == "REFUSED_BY_PERSON"
    assert counter.sign(asked, certificate=counter.office.officer().credential)[1]["code"] == "NOT_THIS_USER"
    counter.token.is_there = False
    assert counter.sign(asked)[1]["code"] == "NO_TOKEN"
    counter.token.is_there = True
    counter.office.clock.advance(timedelta(days=1000))
    assert counter.sign(asked)[1]["code"] == "EXPIRED"


@pytest.mark.parametrize("fault", list(AgentFault))
def test_a_fault_is_one_sentence(fault: AgentFault) -> None:
    for language in LANGUAGES:
        text = MESSAGES.text(f"agent.{fault.value}", language)
        assert text.endswith(".")
        assert text.count(". ") == 0


def test_one_request_is_looked_at_at_a_time(counter: Counter) -> None:
    counter.person.waits.clear()
    asked = [document("a.pdf", prepare(counter).to_be_signed)]
    answers: list[tuple[int, Any]] = []
    first = threading.Thread(target=lambda: answers.append(counter.sign(asked)))
    first.start()
    assert counter.person.shown.wait(30)
    assert counter.sign(asked)[1]["code"] == "BUSY"
    counter.person.waits.set()
    first.join()
    assert answers[0][0] == 200


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'{"documents":[]}', b'{"certificate_sha256":"","documents":[]}']
)
def test_a_request_that_cannot_be_read_is_refused(counter: Counter, body: bytes) -> None:
    status, _, told = counter.call("POST", "/v1/sign", body, Content_Type="application/json")
    assert status in {400, 403}
    assert told["code"] == "BAD_REQUEST"


def test_more_documents_than_a_person_can_look_at_are_refused(counter: Counter) -> None:
    assert counter.sign([document("a.pdf", b"x")] * 101)[1]["code"] == "BAD_REQUEST"


def test_a_name_cannot_write_over_the_terminal(counter: Counter) -> None:
    name = "a.pdf\x1b[2J\r\n  1. b.pdf\u202e" + "x" * 500
    counter.sign([document(name, prepare(counter).to_be_signed)])
    (shown,) = counter.person.seen[0]
    assert shown.name.isprintable()
    assert len(shown.name) <= 120


def test_drivers_are_looked_for_on_linux_and_on_windows() -> None:
    assert all(str(path).startswith("/") for path in usual_modules("linux"))
    assert all(str(path).startswith("C:") for path in usual_modules("win32"))
