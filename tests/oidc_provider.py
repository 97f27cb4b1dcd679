"""A small identity provider on loopback: authorisation code with PKCE, ID tokens by a real key, and faults on demand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

from keys import AuthorityAnswer
from tests.loopback import serve_on_loopback

CLIENT_ID = "vidimus-thi-du"


@dataclass
class OidcProvider:
    """Who is signed in there now, and how its tokens are spoilt."""

    person: dict[str, Any] = field(default_factory=lambda: {"sub": "nguoi-1", "acr": "high"})
    changes: dict[str, Any] = field(default_factory=dict)
    """Claims that replace the true ones; None takes one out."""
    algorithm: str = "ES256"
    refuses: bool = False
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one", "use": "sig"}))
    signing_key: Any = None
    port: int = 0
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    token_requests: int = 0

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def authorize(self, address: str) -> str:
        """What the provider's page would do for the person who is signed in there: send the browser back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        back = {"state": asked["state"], "iss": self.issuer}
        if self.refuses:
            return f"{asked['redirect_uri']}?{urlencode(back | {'error': 'access_denied'})}"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode(back | {'code': code})}"

    def answer(self, _method: str, path: str, _content_type: str, body: bytes) -> AuthorityAnswer:
        if path == "/jwks":
            return _json(200, {"keys": [self.key.as_dict(private=False)]})
        self.token_requests += 1
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        asked = self.codes.pop(form.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or proof.decode().rstrip("=") != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
            or unquote_plus(form["client_id"]) != CLIENT_ID
        ):
            return _json(400, {"error": "invalid_grant"})
        return _json(200, {"access_token": "unused", "token_type": "Bearer", "id_token": self._id_token(asked)})

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "auth_time": now,
        }
        claims |= self.person | self.changes
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.algorithm in {"none", "HS256"}:
            parts = [json.dumps({"alg": self.algorithm, "kid": "one"}), json.dumps(claims)]
            signed = ".".join(_url64(part.encode()) for part in parts)
            # The old trick: the public key, used as if it were a shared secret.
            public = self.key.as_pem(private=False)
            mac = hmac.new(public, signed.encode(), hashlib.sha256).digest() if self.algorithm == "HS256" else b""
            return f"{signed}.{_url64(mac)}"
        key = self.signing_key or self.key
        header = {"alg": self.algorithm, "kid": "one"}
        return jwt.encode(header, claims, key, algorithms=[self.algorithm])


@contextmanager
def serve_provider() -> Iterator[OidcProvider]:
    """A provider on a free port until the block ends."""
    provider = OidcProvider()
    with serve_on_loopback(provider.answer) as port:
        provider.port = port
        yield provider


def _url64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _json(status: int, told: dict[str, Any]) -> AuthorityAnswer:
    return AuthorityAnswer(status, "application/json", json.dumps(told).encode())
