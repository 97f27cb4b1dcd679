"""How the application meets the network: HTTP/1.1 with a deadline for each request's head, read strictly.

The server underneath waits for ever for the head of a request, and takes line ends and folded headers that another
reader in front of us may read otherwise. Both end here, before a route or the front door sees anything.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any, Final

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from api.front_door import SECURITY_HEADERS

HEAD_SECONDS: Final = 15.0
"""So long a connection may stand without the whole head of a request."""
_KEEP_ALIVE_SECONDS: Final = 5
_GRACE_SECONDS: Final = 10
# More connections than this are answered with 503 at once: each costs a descriptor and the state of a parser.
_MOST_CONNECTIONS: Final = 1000
_MAX_HEAD_BYTES: Final = 32 << 10
_HEAD_END: Final = b"\r\n\r\n"
# A line that ends without CR, a CR inside a line, a line that goes on in the next: each is read in two ways by two readers
# (RFC 9112, 2.2 and 5.2 allow to refuse them).
_AMBIGUOUS: Final = re.compile(rb"(?<!\r)\n|\r(?!\n)|\r\n[ \t]")
_REFUSAL: Final = json.dumps(
    {
        "type": "urn:vidimus:problem:request-invalid",
        "title": "Yêu cầu HTTP không hợp lệ · The request is not HTTP · La requête n’est pas du HTTP",
        "status": 400,
        "code": "REQUEST_INVALID",
    },
    ensure_ascii=False,
).encode()


def server_config(app: FastAPI, *, host: str, port: int, **more: Any) -> uvicorn.Config:
    """Give the configuration under which the office is served."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=StrictProtocol,
        ws="none",
        log_level="warning",
        log_config=None,
        server_header=False,
        date_header=True,
        # Nobody in front of us may speak for another address unless a proxy is configured.
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        limit_concurrency=_MOST_CONNECTIONS,
        h11_max_incomplete_event_size=_MAX_HEAD_BYTES,
        **more,
    )


class StrictProtocol(H11Protocol):
    """One connection: closed when a head takes too long, refused when it can be read in two ways."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._deadline: asyncio.TimerHandle | None = None
        self._head = b""

    # The base narrows the transport of asyncio.Protocol in the same way.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Look at what belongs to a head before it is read."""
        if self.conn.their_state is h11.IDLE:
            self._head += data
            head, ended, _body = self._head.partition(_HEAD_END)
            # A CR at the end of what came so far may be the first half of a line end.
            if len(head) > _MAX_HEAD_BYTES or _AMBIGUOUS.search(head if ended else head.removesuffix(b"\r")):
                self.send_400_response("ambiguous")
                return
            if ended:
                self._head = b""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Begin to wait for the next head."""
        super().on_response_complete()
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP in the form of every other refusal, and say nothing of what came."""
        del msg
        self._stop_waiting()
        if self.transport.is_closing():
            return
        headers = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
        headers += [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(_REFUSAL)).encode()),
            (b"connection", b"close"),
        ]
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            for event in (
                h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
                h11.Data(data=_REFUSAL),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event))
        self.transport.close()

    @property
    def _in_request(self) -> bool:
        # None before the first request, whatever the base says.
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _watch(self) -> None:
        if self._in_request or self.transport.is_closing():
            self._stop_waiting()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self._too_late)

    def _too_late(self) -> None:
        self._deadline = None
        # What is still to be sent would keep a reader waiting who does not read.
        self.transport.abort()

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
