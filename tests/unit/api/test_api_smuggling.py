"""What two readers could read in two ways is refused over a raw socket, and who keeps us waiting is not waited for."""

from __future__ import annotations

import contextlib
import json
import socket
import time

import pytest

from api import front_door, serving
from api.front_door import SECURITY_HEADERS
from tests.running import Running

# Starts a whole office or waits for clocks: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow

GET = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
POST = b"POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture
def address(running: Running) -> tuple[str, int]:
    return ("127.0.0.1", int(running.base_url.rsplit(":", 1)[1]))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines short enough to wait for: the numbers are replaced, the code is not."""
    monkeypatch.setattr(serving, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(front_door, "_SILENT_SECONDS", 0.5)


def ask(address: tuple[str, int], sent: bytes) -> bytes:
    """Send bytes and read until the other side closes: at the latest when it has waited for more."""
    with socket.create_connection(address, timeout=20) as raw:
        raw.sendall(sent)
        return read_all(raw)


def read_all(raw: socket.socket) -> bytes:
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := raw.recv(65536):
            got += piece
    return got


def answers(got: bytes) -> list[int]:
    return [int(part.split(b" ")[0]) for part in got.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.parametrize(
    "sent",
    [
        POST + b"Content-Length: 4\r\n" + CHUNKED + b"\r\n0\r\n\r\n" + SMUGGLED,
        POST + CHUNKED + b"Content-Length: 4\r\n\r\n0\r\n\r\n" + SMUGGLED,
        POST + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}" + SMUGGLED,
        POST + b"Content-Length: 2, 40\r\n\r\n{}" + SMUGGLED,
        POST + b"Content-Length: +2\r\n\r\n{}" + SMUGGLED,
        POST + b"Content-Length: 0x2\r\n\r\n{}" + SMUGGLED,
        POST + b"Content-Length : 2\r\n\r\n{}" + SMUGGLED,
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
        POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
        POST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n" + SMUGGLED,
        POST + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 2\r\n\r\n{}" + SMUGGLED,
        GET + b"X-A: b\r\n Content-Length: 50\r\n\r\n" + SMUGGLED,
        GET + b"X-A: b\r\n\tc\r\n\r\n",
        GET + b"X-A: b\nX-C: d\r\n\r\n",
        GET.replace(b"\r\n", b"\n") + b"\n",
        GET + b"X-A: b\rX-C: d\r\n\r\n",
        GET + b"X-A: b\0c\r\n\r\n",
        GET + b"X A: b\r\n\r\n",
        GET + b": b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"GET  /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    ],
)
def test_a_request_that_can_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_read(
    address: tuple[str, int], sent: bytes
) -> None:
    got = ask(address, sent)
    assert len(answers(got)) == 1, got
    assert 400 <= answers(got)[0] < 500, got
    assert b"smuggled" not in got


def test_a_chunk_of_a_wrong_size_is_refused(address: tuple[str, int]) -> None:
    for chunk in (b"g\r\nx\r\n", b"-1\r\nx\r\n", b"2\nab\r\n0\r\n\r\n", b"5\r\nab\r\n0\r\n\r\n", b"1" * 50 + b"\r\n"):
        got = ask(address, POST + CHUNKED + b"\r\n" + chunk + SMUGGLED)
        assert answers(got)[:1] in ([400], [422]), (chunk, got)
        assert len(answers(got)) == 1, (chunk, got)


def test_a_refusal_of_the_server_itself_is_dressed_and_described_like_every_other(address: tuple[str, int]) -> None:
    head, _, body = ask(address, GET + b"X-A: b\nX-C: d\r\n\r\n").partition(b"\r\n\r\n")
    for name, value in SECURITY_HEADERS.items():
        assert f"{name.lower()}: {value}".encode() in head
    assert b"content-type: application/problem+json" in head
    assert json.loads(body)["code"] == "REQUEST_INVALID"


def test_a_head_without_end_is_not_kept(address: tuple[str, int]) -> None:
    got = ask(address, GET + b"X-A: " + b"b" * (64 << 10) + b"\r\n\r\n")
    # The answer may be lost when the rest of the head is still on its way to a connection that is closed.
    assert answers(got) in ([], [400])


def test_two_requests_in_a_row_are_answered_in_their_order(address: tuple[str, int]) -> None:
    got = ask(address, GET + b"\r\n" + GET + b"Connection: close\r\n\r\n")
    assert answers(got) == [200, 200]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("begun", [b"", b"GET /heal", GET, POST + b"Content-Length: 10\r\n"])
def test_who_does_not_finish_a_head_is_closed(address: tuple[str, int], begun: bytes) -> None:
    with socket.create_connection(address, timeout=20) as raw:
        raw.sendall(begun)
        assert read_all(raw) == b""


@pytest.mark.usefixtures("quick")
def test_who_sends_a_head_letter_by_letter_is_closed(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=20) as raw:
        deadline = time.monotonic() + 20
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < deadline:
                raw.sendall(b"X")
                time.sleep(0.05)
        assert time.monotonic() < deadline


@pytest.mark.usefixtures("quick")
def test_who_does_not_finish_a_body_is_told_so(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=20) as raw:
        raw.sendall(POST + b"Content-Length: 10\r\n\r\n{")
        got = read_all(raw)
    assert answers(got) == [408], got


@pytest.mark.usefixtures("quick")
def test_who_sends_a_body_letter_by_letter_is_told_so(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=20) as raw:
        raw.sendall(POST + b"Content-Length: 100000\r\n\r\n")
        got = b""
        for _ in range(200):
            try:
                raw.sendall(b" ")
            except ConnectionError:
                break
            time.sleep(0.05)
            raw.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                got += raw.recv(4096)
            raw.setblocking(True)
            if got:
                break
    assert answers(got) == [408], got


@pytest.mark.usefixtures("quick")
def test_an_event_stream_outlives_the_deadlines(running: Running, address: tuple[str, int]) -> None:
    # A kept connection is idle between two requests, and a whole request may be answered for long.
    with running.client() as client:
        assert client.get("/healthz").status_code == 200
        time.sleep(0.7)
        assert client.get("/healthz").status_code == 200


def test_deep_json_is_refused_and_not_unpacked(running: Running) -> None:
    with running.client() as client:
        for body in (b"[" * 100_000, b'{"a":' * 50_000, b'{"login": ' + b"[" * 50_000):
            answer = client.post("/v1/sessions", content=body, headers={"Content-Type": "application/json"})
            assert (answer.status_code, answer.json()["code"]) == (422, "REQUEST_INVALID")
