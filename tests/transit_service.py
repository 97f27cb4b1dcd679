"""A transit engine of our own on loopback, as OpenBao and Vault answer: encrypt and decrypt under a named key."""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "s.transit-token"


@dataclass
class Transit:
    """The engine: its keys, and whether it is awake."""

    base_url: str = ""
    keys: dict[str, AESGCM] = field(default_factory=dict)
    is_sealed: bool = False
    asked: list[str] = field(default_factory=list)

    def key(self, name: str) -> AESGCM:
        return self.keys.setdefault(name, AESGCM(secrets.token_bytes(32)))

    def answer(self, path: str, token: str | None, body: dict[str, str]) -> tuple[int, dict[str, object]]:
        self.asked.append(path)
        if self.is_sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if token != TOKEN:
            return 403, {"errors": ["permission denied"]}
        *_, act, name = path.split("/")
        bound = base64.b64decode(body.get("associated_data", ""))
        if act == "encrypt":
            nonce = secrets.token_bytes(12)
            sealed = nonce + self.key(name).encrypt(nonce, base64.b64decode(body["plaintext"]), bound)
            return 200, {"data": {"ciphertext": "vault:v1:" + base64.b64encode(sealed).decode(), "key_version": 1}}
        try:
            sealed = base64.b64decode(body["ciphertext"].removeprefix("vault:v1:"), validate=True)
            plain = self.key(name).decrypt(sealed[:12], sealed[12:], bound)
        except (InvalidTag, ValueError):
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": base64.b64encode(plain).decode()}}


@contextmanager
def serving_transit() -> Iterator[Transit]:
    """Serve the engine until the block ends."""
    transit = Transit()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, told = transit.answer(self.path, self.headers.get("X-Vault-Token"), body)
            content = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    transit.base_url = f"http://127.0.0.1:{server.server_port}/v1/transit"
    try:
        yield transit
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
