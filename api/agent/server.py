"""The agent's door: loopback only, for the pages of pinned origins only.

Any page a browser shows can send requests to 127.0.0.1, so each request must prove three things before anything is
looked at: its Host is our loopback address (against DNS rebinding), its Origin is pinned (against other pages), and
its body is JSON (so that the browser asks us first). A PIN never passes this door.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from api.agent.desk import AgentDesk, Asked, AskedDocument
from api.agent.faults import AgentFault, AgentRefused
from api.messages import Messages

_LOOPBACK: Final = "127.0.0.1"
_MAX_BODY_BYTES: Final = 1_000_000
_IDLE_SECONDS: Final = 30
_STATUS_OF: Final = {AgentFault.BUSY: 409, AgentFault.BAD_REQUEST: 400, AgentFault.NOT_A_DOCUMENT: 422}


@dataclass(frozen=True, slots=True)
class Pinned:
    """The origins whose pages may use this agent."""

    origins: frozenset[str]


class AgentServer:
    """An agent that listens; `port` is known once it does."""

    def __init__(self, desk: AgentDesk, *, pinned: Pinned, port: int, messages: Messages, once: bool = False) -> None:
        """Take the port.

        Raises:
            OSError: the port is taken.
        """
        self._served = threading.Event()
        self._once = once
        handler = _handler_for(desk, pinned=pinned, messages=messages, on_signed=self._served.set)
        self._server = ThreadingHTTPServer((_LOOPBACK, port), handler)
        self._server.daemon_threads = True

    @property
    def port(self) -> int:
        """The port of 127.0.0.1 on which the agent listens."""
        return int(self._server.server_address[1])

    @contextmanager
    def running(self) -> Iterator[AgentServer]:
        """Answer until the block ends."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def wait(self) -> None:
        """Wait for the one request that is served with `once`, or for ever."""
        while not (self._served.wait(1.0) and self._once):
            continue


def _handler_for(
    desk: AgentDesk, *, pinned: Pinned, messages: Messages, on_signed: Callable[[], None]
) -> type[BaseHTTPRequestHandler]:
    bound = {"desk": desk, "pinned": pinned, "messages": messages, "on_signed": staticmethod(on_signed)}
    return type("Handler", (_Handler,), bound)


class _Handler(BaseHTTPRequestHandler):
    desk: AgentDesk
    pinned: Pinned
    messages: Messages
    on_signed: Callable[[], None]
    server_version = "vidimus-token-agent"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS

    def do_OPTIONS(self) -> None:
        """Answer a browser that asks whether this page may call."""
        if self._is_allowed():
            self._answer(204, None, preflight=True)

    def do_GET(self) -> None:
        """Say that the agent is there, and whose token."""
        if not self._is_allowed():
            return
        if self.path != "/v1/status":
            self._answer(404, None)
            return
        self._act(lambda: _status(self.desk))

    def do_POST(self) -> None:
        """Have documents signed."""
        if not self._is_allowed():
            return
        if self.path != "/v1/sign":
            self._answer(404, None)
            return
        if self.headers.get("Content-Type", "").split(";")[0].strip() != "application/json":
            self._answer(415, None)
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _MAX_BODY_BYTES:
            self._answer(413, None)
            return
        body = self.rfile.read(int(length))
        self._act(lambda: _signatures(self.desk, body, on_signed=self.on_signed))

    # The base class names its argument so.
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Write nothing: a request line could hold what a page put into it."""

    def _is_allowed(self) -> bool:
        port = self.connection.getsockname()[1]
        hosts = self.headers.get_all("Host") or []
        origins = self.headers.get_all("Origin") or []
        if len(hosts) != 1 or hosts[0] not in {f"{_LOOPBACK}:{port}", f"localhost:{port}"}:
            self._answer(421, None, allowed=False)
            return False
        if len(origins) != 1 or origins[0] not in self.pinned.origins:
            self._answer(403, None, allowed=False)
            return False
        return True

    def _act(self, act: Callable[[], Mapping[str, object]]) -> None:
        try:
            self._answer(200, act())
        except AgentRefused as exc:
            fault = AgentFault(exc.code)
            told = {"code": fault.value, "sentence": self.messages.in_all(f"agent.{fault.value}")}
            self._answer(_STATUS_OF.get(fault, 403), told)

    def _answer(
        self, status: int, told: Mapping[str, object] | None, *, preflight: bool = False, allowed: bool = True
    ) -> None:
        body = b"" if told is None else json.dumps(told, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Vary", "Origin")
        self.send_header("Connection", "close")
        if allowed:
            # A pinned origin reads refusals, too: its page tells them. Only a pinned origin comes this far; there is never a wildcard and never a credential.
            self.send_header("Access-Control-Allow-Origin", self.headers["Origin"])
        if preflight:
            self.send_header("Access-Control-Allow-Methods", "GET, POST")
            self.send_header("Access-Control-Allow-Headers", "content-type")
            self.send_header("Access-Control-Allow-Private-Network", "true")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True


def _status(desk: AgentDesk) -> dict[str, object]:
    credential = desk.credential()
    return {
        "agent": "vidimus-token-agent",
        "version": 1,
        "certificate_sha256": hashlib.sha256(credential.certificate_der).hexdigest(),
        "algorithm": credential.algorithm.value,
    }


def _signatures(desk: AgentDesk, body: bytes, *, on_signed: Callable[[], None]) -> dict[str, object]:
    asked = _read(body)
    signatures = desk.sign(asked)
    on_signed()
    return {"signatures": [base64.b64encode(signature).decode() for signature in signatures]}


def _read(body: bytes) -> Asked:
    try:
        fields = json.loads(body)
        documents = tuple(
            AskedDocument(str(each["name"]), base64.b64decode(each["to_be_signed"], validate=True))
            for each in fields["documents"]
        )
        return Asked(str(fields["certificate_sha256"]), documents)
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError) as exc:
        raise AgentRefused(AgentFault.BAD_REQUEST) from exc
