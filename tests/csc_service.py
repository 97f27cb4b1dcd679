"""A remote signing service of our own on loopback: CSC 1.0.4 and 2.0 with OAuth 2.0, PINs, SAD bound to hashes, faults."""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from keys import AuthorityAnswer
from keys.private import PrivateKey

SHA256 = "2.16.840.1.101.3.4.2.1"
CLIENT, SECRET = "vidimus-office", "client-secret-canary"


@dataclass
class CscService:
    """One credential; `calls` is what was asked, `faults` what goes wrong next."""

    key: PrivateKey
    chain: tuple[bytes, ...]
    version: int
    pin: str = "13572468"
    enabled: bool = True
    calls: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    faults: list[AuthorityAnswer] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    sads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pins_tried: int = 0

    def answer(self, method: str, path: str, body: bytes, bearer: str) -> AuthorityAnswer:
        name = path.removeprefix(f"/csc/v{self.version}/")
        self.calls.append(name)
        self.bodies.append(body)
        if self.faults and name != "oauth2/token":
            return self.faults.pop(0)
        if method != "POST" or name == path:
            return _no("invalid_request", 404)
        if name == "oauth2/token":
            return self._token(parse_qs(body.decode()))
        if bearer not in self.tokens:
            return _no("invalid_token", 401)
        asked = json.loads(body)
        if asked.get("credentialID") != "cred-1":
            return _no("invalid_request")
        return {
            "credentials/info": self._info,
            "credentials/authorize": self._authorize,
            "signatures/signHash": self._sign,
        }.get(name, lambda _asked: _no("invalid_request", 404))(asked)

    def forget_tokens(self) -> None:
        self.tokens.clear()

    def _token(self, form: dict[str, list[str]]) -> AuthorityAnswer:
        wanted = {"grant_type": ["client_credentials"], "client_id": [CLIENT], "client_secret": [SECRET]}
        if form != wanted:
            return _no("invalid_client", 401)
        token = secrets.token_hex(8)
        self.tokens.add(token)
        return _yes({"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def _info(self, _asked: dict[str, Any]) -> AuthorityAnswer:
        chain = [base64.b64encode(der).decode() for der in self.chain]
        status = "enabled" if self.enabled else "disabled"
        return _yes({"key": {"status": status}, "cert": {"certificates": chain}, "multisign": 100})

    def _authorize(self, asked: dict[str, Any]) -> AuthorityAnswer:
        hashed = tuple(asked["hash" if self.version == 1 else "hashes"])
        pin = asked["PIN"] if self.version == 1 else asked["authData"][0]["value"]
        self.pins_tried += 1
        if pin != self.pin:
            return _no("invalid_pin")
        if asked["numSignatures"] != len(hashed):
            return _no("invalid_request")
        sad = secrets.token_hex(8)
        self.sads[sad] = hashed
        return _yes({"SAD": sad, "expiresIn": 60})

    def _sign(self, asked: dict[str, Any]) -> AuthorityAnswer:
        hashed = tuple(asked["hash" if self.version == 1 else "hashes"])
        algorithm = asked["hashAlgo" if self.version == 1 else "hashAlgorithmOID"]
        if self.sads.pop(asked["SAD"], None) != hashed or algorithm != SHA256:
            return _no("invalid_sad")
        return _yes({"signatures": [base64.b64encode(self._sign_hash(base64.b64decode(h))).decode() for h in hashed]})

    def _sign_hash(self, digest: bytes) -> bytes:
        prehashed = Prehashed(hashes.SHA256())
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(digest, padding.PKCS1v15(), prehashed)
        return self.key.sign(digest, ec.ECDSA(prehashed))


def _yes(told: dict[str, Any]) -> AuthorityAnswer:
    return AuthorityAnswer(200, "application/json", json.dumps(told).encode())


def _no(error: str, status: int = 400) -> AuthorityAnswer:
    told = {"error": error, "error_description": "canary-description"}
    return AuthorityAnswer(status, "application/json", json.dumps(told).encode())


@contextmanager
def serve(service: CscService) -> Iterator[str]:
    """Answer on a free port of 127.0.0.1 until the block ends; gives the base address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            bearer = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            answer = service.answer("POST", self.path, body, bearer)
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        # The base class names its argument so.
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
