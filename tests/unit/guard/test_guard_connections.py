"""Connections held open: reused for questions that may be repeated, and never a way around an address or a limit."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpcore
import pytest

from guard import AllowedOrigin, EgressFailed, EgressRefused, GuardedHttp
from guard.connections import MOST_IDLE_FOR_AN_ORIGIN
from keys import AuthorityAnswer
from tests.loopback import serve_on_loopback


@dataclass
class Desk:
    """A service that keeps connections open, and the way to it."""

    connections: int = 0
    addresses: list[str] = field(default_factory=lambda: ["127.0.0.1"])
    url: str = ""
    http: GuardedHttp | None = None

    def connected(self) -> None:
        self.connections += 1

    def answer(self, method: str, path: str, content_type: str, body: bytes) -> AuthorityAnswer:
        del method, content_type
        match path:
            case "/long":
                return AuthorityAnswer(200, "text/plain", bytes(5000))
            case "/away":
                return AuthorityAnswer(302, "text/plain", b"")
            case _:
                return AuthorityAnswer(200, "text/plain", body or b"answer")

    def ask(self, path: str = "/", *, repeatable: bool = True, body: bytes = b"") -> bytes:
        assert self.http is not None
        return self.http.fetch(
            f"{self.url}{path}",
            method="POST" if body else "GET",
            body=body,
            max_bytes=1000,
            timeout_seconds=5,
            repeatable=repeatable,
        ).body


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    with serve_on_loopback(desk.answer, keep_alive=True, connected=desk.connected) as port:
        desk.url = f"http://service.test:{port}"
        origin = AllowedOrigin.from_url(desk.url, allow_private=True)
        desk.http = GuardedHttp([origin], resolve=lambda _host, _port: desk.addresses)
        yield desk
        desk.http.close()


@contextmanager
def one_answer_each(desk: Desk) -> Iterator[int]:
    """Promise to keep connections open and close each after one answer, as an overloaded service does."""

    class OneAnswer(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            desk.connected()
            while self.rfile.readline().strip():
                pass
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), OneAnswer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


def test_ten_questions_go_over_one_connection(desk: Desk) -> None:
    answers = [desk.ask(body=b"question %d" % number) for number in range(10)]
    assert answers == [b"question %d" % number for number in range(10)]
    assert desk.connections == 1


def test_request_that_must_not_arrive_twice_has_a_connection_of_its_own(desk: Desk) -> None:
    desk.ask()
    desk.ask(repeatable=False)
    desk.ask(repeatable=False)
    assert desk.connections == 3
    desk.ask()
    assert desk.connections == 3


def test_held_connection_is_left_when_the_name_leads_elsewhere(desk: Desk) -> None:
    desk.ask()
    # Nobody listens there, so an answer could only come over the held connection.
    desk.addresses = ["::1"]
    with pytest.raises(EgressFailed):
        desk.ask()


def test_name_that_turned_to_a_forbidden_address_is_refused_though_a_connection_is_held(desk: Desk) -> None:
    desk.ask()
    desk.addresses = ["127.0.0.1", "169.254.169.254"]
    with pytest.raises(EgressRefused, match="never"):
        desk.ask()


@pytest.mark.parametrize("path", ["/long", "/away"])
def test_connection_of_a_refused_answer_is_not_used_again(desk: Desk, path: str) -> None:
    desk.ask()
    with pytest.raises(EgressRefused):
        desk.ask(path)
    desk.ask()
    assert desk.connections == 2


def test_question_is_asked_again_when_the_other_side_had_hung_up() -> None:
    desk = Desk()
    # HTTP/1.1 is promised and each connection is closed after one answer, without a word about it.
    with one_answer_each(desk) as port:
        desk.url = f"http://service.test:{port}"
        origin = AllowedOrigin.from_url(desk.url, allow_private=True)
        desk.http = GuardedHttp([origin], resolve=lambda _host, _port: desk.addresses)
        assert [desk.ask() for _ in range(3)] == [b"ok"] * 3
        assert desk.connections == 3
        desk.http.close()


def test_service_that_is_gone_is_a_failure_though_a_connection_was_held() -> None:
    desk = Desk()
    with one_answer_each(desk) as port:
        desk.url = f"http://service.test:{port}"
        origin = AllowedOrigin.from_url(desk.url, allow_private=True)
        desk.http = GuardedHttp([origin], resolve=lambda _host, _port: desk.addresses)
        desk.ask()
    with pytest.raises(EgressFailed, match="gave no answer"):
        desk.ask()
    desk.http.close()


def test_few_connections_are_kept(desk: Desk) -> None:
    assert desk.http is not None
    held = desk.http._held
    origin = httpcore.URL(desk.url).origin
    lent = []
    for _ in range(MOST_IDLE_FOR_AN_ORIGIN + 2):
        desk.ask()
        taken = held.borrow(origin, addresses=desk.addresses)
        assert taken is not None
        lent.append(taken)
    for one in lent:
        held.give_back(one)
    assert len(held._idle) == MOST_IDLE_FOR_AN_ORIGIN


def test_nothing_is_held_after_closing(desk: Desk) -> None:
    assert desk.http is not None
    desk.ask()
    desk.http.close()
    desk.ask()
    desk.ask()
    assert desk.connections == 3
