"""A loopback server that answers from a script, one answer for each request, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Scripted:
    """One answer; `hang_up` closes the connection instead, after the request has arrived."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    hang_up: bool = False
    media_type: str = ""


@dataclass(frozen=True)
class Heard:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Script:
    """The answers that are left, and the requests that came."""

    base_url: str
    left: list[Scripted]
    heard: list[Heard]


def problem(status: int, code: str, **headers: str) -> Scripted:
    told = {"type": "urn:vidimus:problem:x", "title": "No", "status": status, "detail": "Not now.", "code": code}
    return Scripted(status, told, {name.replace("_", "-"): value for name, value in headers.items()})


@contextmanager
def scripted(*answers: Scripted) -> Iterator[Script]:
    """Serve the answers in their order until the block ends."""
    script = Script("", list(answers), [])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            script.heard.append(Heard(self.command, self.path, dict(self.headers.items()), body))
            answer = script.left.pop(0)
            if answer.hang_up:
                self.close_connection = True
                return
            content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            kind = "application/problem+json" if answer.status >= 400 else "application/json"
            # Without the Date and Server that the base class would add: the script says all headers.
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", answer.media_type or kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    script.base_url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
