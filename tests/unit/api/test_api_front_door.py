"""The front door: whose name was asked for, whose page sent it, how much came in, how every answer is dressed."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import httpx
import pytest
from starlette.types import Message

from api.app import create_app
from api.front_door import SECURITY_HEADERS
from tests.running import Running, serve
from vault import DatabaseUnavailable

# Starts a whole office or waits for clocks: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow

BASE_HEADERS = {
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cache-control",
}
MEGABYTE = 1 << 20


def in_pieces(count: int) -> Iterator[bytes]:
    """A body without a Content-Length."""
    for _ in range(count):
        yield b"x" * MEGABYTE


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.", "127.0.0.1@evil.example"])
def test_a_name_that_is_not_ours_is_refused(running: Running, host: str) -> None:
    with running.client() as client:
        answer = client.get("/healthz", headers={"Host": host})
    assert answer.status_code == 421
    assert answer.json()["code"] == "HOST_UNKNOWN"


def test_two_names_at_once_are_refused(running: Running) -> None:
    port = int(running.base_url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        answer = raw.makefile("rb").readline()
    assert answer.split()[1] in {b"400", b"421"}


@pytest.mark.parametrize("host", ["127.0.0.1", "LOCALHOST:8750"])
def test_our_own_names_are_answered(running: Running, host: str) -> None:
    with running.client() as client:
        assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
def test_a_change_sent_by_another_sites_page_is_refused(running: Running, origin: str) -> None:
    with running.officer() as officer:
        answer = officer.post("/v1/approvals", json={}, headers={"Origin": origin})
    assert (answer.status_code, answer.json()["code"]) == (403, "CSRF_REFUSED")


def test_a_change_from_our_own_page_passes_the_door(running: Running) -> None:
    with running.officer() as officer:
        answer = officer.post("/v1/approvals", json={}, headers={"Origin": running.base_url})
    assert (answer.status_code, answer.json()["field"]) == (422, "item_id")


def test_a_foreign_page_may_read_nothing_either(running: Running) -> None:
    with running.client() as client:
        answer = client.get("/v1/procedures", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("wrong", [None, "", "guess", "ê" * 43])
def test_a_change_without_the_secret_of_the_session_is_refused(running: Running, wrong: str | None) -> None:
    with running.citizen() as citizen:
        del citizen.headers["X-CSRF-Token"]
        headers = {} if wrong is None else {"X-CSRF-Token": wrong.encode()}
        answer = citizen.post("/v1/shares", json={}, headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (403, "CSRF_REFUSED")


def test_the_secret_of_another_session_does_not_help(running: Running) -> None:
    with running.citizen("an") as an, running.citizen("chau") as chau:
        answer = an.post("/v1/shares", json={}, headers={"X-CSRF-Token": chau.headers["X-CSRF-Token"]})
    assert answer.status_code == 403


def test_a_body_that_announces_too_much_is_refused_unread(running: Running) -> None:
    with running.client() as client:
        answer = client.post("/v1/sessions", content=b"x" * (MEGABYTE + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "UPLOAD_TOO_LARGE")
    assert set(answer.headers) >= BASE_HEADERS


def test_a_body_that_does_not_say_how_long_it_is_stops_at_the_limit(running: Running) -> None:
    with running.client() as client:
        answer = client.post("/v1/sessions", content=in_pieces(3), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "UPLOAD_TOO_LARGE")


def test_a_form_that_does_not_say_how_long_it_is_stops_at_the_limit(running: Running) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'

    def body() -> Iterator[bytes]:
        yield head
        yield from in_pieces(52)

    with running.client() as client:
        answer = client.post(
            "/v1/verifications", content=body(), headers={"Content-Type": "multipart/form-data; boundary=b"}
        )
    assert (answer.status_code, answer.json()["code"]) == (413, "UPLOAD_TOO_LARGE")


async def test_a_stranger_is_refused_before_the_scan_is_read(running: Running) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the body of a stranger's scan was read")

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"multipart/form-data; boundary=b")]
    scope = {"type": "http", "method": "POST", "path": "/v1/drafts", "query_string": b"", "headers": headers}
    await running.app(scope | {"http_version": "1.1", "scheme": "http", "root_path": ""}, receive, send)
    assert sent[0]["status"] == 401


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing-here", 404, "NOT_FOUND"),
        ("PUT", "/v1/procedures", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/v1/drafts", 401, "NOT_AUTHENTICATED"),
        ("GET", "/log/tile/../../keys/log", 404, "NOT_FOUND"),
        ("GET", "/log/tile/0/%2e%2e/%2e%2e", 404, "NOT_FOUND"),
        ("GET", "/v1/trust/crls/" + "0" * 64 + ".crl", 404, "NOT_FOUND"),
        ("GET", "/v1/drafts/%00", 401, "NOT_AUTHENTICATED"),
    ],
)
def test_a_refusal_is_a_problem_and_dressed_like_every_answer(
    running: Running, method: str, path: str, status: int, code: str
) -> None:
    with running.client() as client:
        answer = client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.headers) >= BASE_HEADERS
    assert answer.json()["status"] == status


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/v1/drafts", "GET, POST"), ("/v1/sessions", "DELETE, GET, POST"), ("/healthz", "GET"), ("/v1/records", "GET")],
)
def test_a_method_that_is_not_there_is_answered_with_those_that_are(running: Running, path: str, methods: str) -> None:
    with running.client() as client:
        answer = client.put(path)
    assert (answer.status_code, answer.headers["allow"]) == (405, methods)


@pytest.mark.parametrize(
    ("method", "path", "methods"),
    [
        ("DELETE", "/v1/shares/open", "POST"),
        ("GET", "/v1/requests/assisted", "POST"),
        ("DELETE", "/v1/passkeys/options", "GET"),
        ("OPTIONS", "/v1/requests/assisted", "POST"),
    ],
)
def test_an_address_that_is_written_out_is_no_id_of_a_pattern_beside_it(
    running: Running, method: str, path: str, methods: str
) -> None:
    with running.client() as client:
        answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, methods)
    assert answer.json()["code"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize(
    ("path", "field", "nearly"),
    [
        ("/v1/submissions", "consent", "true"),
        ("/v1/submissions", "consent", 1),
        ("/v1/shares", "days", "7"),
        ("/v1/shares", "max_views", 3.0),
        ("/v1/shares", "purpose", 5),
    ],
)
def test_a_field_of_another_type_is_not_read_as_if_it_were_right(
    running: Running, path: str, field: str, nearly: object
) -> None:
    whole = {
        "/v1/submissions": {"procedure_id": "X", "chosen": {}, "consent": True},
        "/v1/shares": {"record_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "purpose": "a", "recipient": "b"},
    }
    with running.citizen() as citizen:
        answer = citizen.post(path, json=whole[path] | {field: nearly})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"login": 1}', b'{"login": "a"}', b"\xff\xfe", b'{"a":' * 3000 + b"1" + b"}" * 3000],
)
def test_json_that_is_none_or_another_is_a_422(running: Running, body: bytes) -> None:
    with running.client() as client:
        answer = client.post("/v1/sessions", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "REQUEST_INVALID")


def test_a_field_nobody_knows_is_a_mistake(running: Running) -> None:
    with running.client() as client:
        answer = client.post("/v1/sessions", json={"login": "a", "password": "b", "is_admin": True})
    assert (answer.status_code, answer.json()["field"]) == (422, "is_admin")


@pytest.mark.parametrize(
    ("asked", "language"),
    [({"Accept-Language": "fr-CA, en"}, "fr"), ({"Accept-Language": "de"}, "vi"), ({}, "vi")],
)
def test_a_problem_speaks_the_readers_language(running: Running, asked: dict[str, str], language: str) -> None:
    with running.client(headers=asked) as client:
        client.headers.setdefault("Accept-Language", "")
        answer = client.get("/v1/drafts")
    messages = running.services.messages
    assert answer.json()["title"] == messages.text("problem.not_authenticated.title", language)
    assert answer.headers["content-language"] == language


def test_what_nobody_foresaw_is_a_problem_too_and_tells_nothing(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(running.services)

    @app.get("/v1/broken")
    def broken() -> None:
        raise ZeroDivisionError("SECRET")

    @app.get("/v1/known")
    def known() -> None:
        raise DatabaseUnavailable("SECRET")

    with serve(app) as address:
        # The server closes the connection on which something unforeseen happened.
        unforeseen, foreseen = (httpx.get(f"{address}/v1/{path}", trust_env=False) for path in ("broken", "known"))
    assert (unforeseen.status_code, unforeseen.json()["code"]) == (500, "API_ERROR")
    assert (foreseen.status_code, foreseen.json()["code"]) == (503, "DATABASE_UNAVAILABLE")
    assert foreseen.headers["retry-after"]
    for answer in (unforeseen, foreseen):
        assert "SECRET" not in answer.text
        assert set(answer.headers) >= BASE_HEADERS
    assert "a request failed" in caplog.text


def test_a_browser_gets_a_page_and_a_program_gets_json(running: Running) -> None:
    with running.client(headers={"Accept": "text/html"}) as client:
        page, answer = client.get("/no-such-page"), client.get("/v1/no-such-thing")
    assert page.headers["content-type"].startswith("text/html")
    assert (page.status_code, answer.status_code) == (404, 404)
    assert json.loads(answer.content)["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/healthz", 200),
        ("GET", "/v1/openapi.json", 200),
        ("GET", "/v1/drafts", 401),
        ("GET", "/no-such-page", 404),
        ("POST", "/healthz", 405),
        ("TRACE", "/healthz", 405),
        ("POST", "/v1/sessions", 422),
        ("OPTIONS", "/v1/uploads", 204),
        ("HEAD", "/v1/uploads/01ARZ3NDEKTSV4RRFFQ69G5FAV", 401),
        ("GET", "/sign-in", 200),
        ("GET", "/log/checkpoint", 200),
    ],
)
def test_every_answer_whatever_it_is_carries_the_headers_of_the_house(
    running: Running, method: str, path: str, status: int
) -> None:
    running.services.publish_log()
    with running.client() as client:
        answer = client.request(method, path)
    assert answer.status_code == status
    for name, value in SECURITY_HEADERS.items():
        # A checkpoint is everybody's, for a moment.
        assert answer.headers[name] == value or (name, path) == ("Cache-Control", "/log/checkpoint"), name
