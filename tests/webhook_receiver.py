"""A receiver of webhooks written from the text of Standard Webhooks 1.0 alone: it knows nothing of our code.

A message is taken when one of the space-delimited `v1,` signatures is the HMAC-SHA256, under the base64 after `whsec_`,
of `id.timestamp.body`, and the timestamp is at most five minutes away.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOLERANCE_SECONDS = 300


class NotOurs(Exception):
    """The message was not signed with the secret."""


def verify(headers: dict[str, str], body: bytes, *, secret: str, now_seconds: float) -> Any:
    """Give the message, or refuse it."""
    message_id, seconds = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(now_seconds - int(seconds)) > TOLERANCE_SECONDS:
        raise NotOurs("too old or too new")
    key = base64.b64decode(secret.split("_", 1)[1], validate=True)
    wanted = hmac.digest(key, f"{message_id}.{seconds}.".encode() + body, hashlib.sha256)
    for one in headers["webhook-signature"].split(" "):
        version, _, signature = one.partition(",")
        if version == "v1" and hmac.compare_digest(base64.b64decode(signature), wanted):
            return json.loads(body)
    raise NotOurs("no signature of ours")


@dataclass
class WebhookHost:
    """What the receiver answers, and what it got."""

    port: int = 0
    status: int = 204
    location: str = ""
    answer: bytes = b""
    delay_seconds: float = 0.0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """`webhook-id` of what it got, in order."""
        return [headers["webhook-id"] for headers, _ in self.got]

    def messages(self, secret: str, now_seconds: float) -> list[Any]:
        """What it got, each verified."""
        return [verify(headers, body, secret=secret, now_seconds=now_seconds) for headers, body in self.got]


@contextmanager
def serve_receiver(host: WebhookHost, *, tls: ssl.SSLContext | None = None) -> Iterator[WebhookHost]:
    """Receive webhooks on a free port of loopback until the block ends."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            host.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if host.delay_seconds and ended.wait(host.delay_seconds):
                self.close_connection = True
                return
            self.send_response(host.status)
            if host.location:
                self.send_header("Location", host.location)
            self.send_header("Content-Length", str(len(host.answer)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(host.answer)

        # The base class names its argument so.
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    host.port = int(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield host
    finally:
        ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
