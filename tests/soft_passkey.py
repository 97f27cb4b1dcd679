"""A passkey in software: a P-256 authenticator that answers as a browser would (WebAuthn level 2, sections 6.1 and 6.5)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


@dataclass
class SoftPasskey:
    """One credential of one person; `verifies_user` is whether it asked for the finger or PIN."""

    rp_id: str = "127.0.0.1"
    origin: str = "http://127.0.0.1:8750"
    verifies_user: bool = True
    sign_count: int = 0
    counts: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes | None = None
    """Whose it says it is; a discoverable passkey always says so."""

    def register(self, challenge: bytes) -> str:
        """Answer a registration."""
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(cose)
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(_ATTESTED) + attested}
        return self._answer(
            {
                "clientDataJSON": _url64(self._client_data("webauthn.create", challenge)),
                "attestationObject": _url64(cbor2.dumps(statement)),
            }
        )

    def approve(self, challenge: bytes) -> str:
        """Answer an assertion."""
        if self.counts:
            self.sign_count += 1
        client_data = self._client_data("webauthn.get", challenge)
        data = self._data(0)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": _url64(client_data),
                "authenticatorData": _url64(data),
                "signature": _url64(signature),
                "userHandle": _url64(self.user_handle) if self.user_handle else None,
            }
        )

    def _data(self, more: int) -> bytes:
        flags = _PRESENT | (_VERIFIED if self.verifies_user else 0) | more
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.sign_count.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: bytes) -> bytes:
        fields = {"type": kind, "challenge": _url64(challenge), "origin": self.origin, "crossOrigin": False}
        return json.dumps(fields).encode()

    def _answer(self, response: dict[str, str | None]) -> str:
        name = _url64(self.credential_id)
        whole = {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
        return json.dumps(whole)


def _url64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
