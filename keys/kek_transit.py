"""A key-encryption key that never leaves its service: the transit API of OpenBao and Vault, through the guarded way out.

`POST {base}/encrypt/{name}` and `/decrypt/{name}` with the associated data bound in; the service versions its key
itself, so a rotation there needs no rotation here.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Final

from guard.egress import GuardedHttp
from guard.errors import EgressFailed, EgressRefused
from keys.errors import KekUnusable, UnwrapFailed

_WRAP_MARK: Final = b"vkek-transit1"
_MAX_BYTES: Final = 1 << 16
_TIMEOUT_SECONDS: Final = 10.0
_REFUSED: Final = 400


class TransitKek:
    """A named key of a transit engine; wrapped secrets are the service's own ciphertexts."""

    __slots__ = ("_base", "_http", "_name", "_token")

    def __init__(self, http: GuardedHttp, *, base_url: str, name: str, token: str) -> None:
        """`base_url` is the engine's mount, such as `https://bao.example:8200/v1/transit`."""
        self._http = http
        self._base = base_url.rstrip("/")
        self._name = name
        self._token = token

    @property
    def kek_id(self) -> str:
        """The name that a wrapped secret is stored under."""
        return f"transit:{self._name}"

    def wrap(self, secret: bytes, associated_data: bytes) -> bytes:
        """Encrypt a secret at the service.

        Raises:
            KekUnusable: the service refused or did not answer.
        """
        told = self._ask("encrypt", {"plaintext": secret, "associated_data": associated_data})
        return _WRAP_MARK + _text(told, "ciphertext").encode()

    def unwrap(self, wrapped: bytes, associated_data: bytes) -> bytes:
        """Decrypt a wrapped secret at the service.

        Raises:
            UnwrapFailed: wrong key, wrong associated data, or altered bytes.
            KekUnusable: the service did not answer.
        """
        if not wrapped.startswith(_WRAP_MARK):
            raise UnwrapFailed(f"these bytes were not wrapped by a key of this kind ({self.kek_id})")
        ciphertext = wrapped.removeprefix(_WRAP_MARK).decode("ascii", errors="replace")
        told = self._ask("decrypt", {"associated_data": associated_data}, ciphertext=ciphertext)
        try:
            return base64.b64decode(_text(told, "plaintext"), validate=True)
        except binascii.Error as exc:
            raise KekUnusable(f"{self.kek_id} gave no base64; look at the service") from exc

    def __repr__(self) -> str:
        return f"TransitKek({self._name})"

    def _ask(self, act: str, values: Mapping[str, bytes], **texts: str) -> Mapping[str, Any]:
        body = {name: base64.b64encode(value).decode() for name, value in values.items()} | texts
        try:
            answer = self._http.fetch(
                f"{self._base}/{act}/{self._name}",
                method="POST",
                body=json.dumps(body).encode(),
                content_type="application/json",
                headers={"X-Vault-Token": self._token},
                max_bytes=_MAX_BYTES,
                timeout_seconds=_TIMEOUT_SECONDS,
                # The same ciphertext twice, or two that open alike: neither does harm.
                repeatable=True,
            )
        except (EgressFailed, EgressRefused) as exc:
            raise KekUnusable(f"the key service of {self.kek_id} gave no answer; try again: {exc}") from exc
        if answer.status == _REFUSED and act == "decrypt":
            raise UnwrapFailed(
                f"a wrapped secret does not open with {self.kek_id}: another key, owner, or altered bytes"
            )
        try:
            told = json.loads(answer.body)["data"] if answer.status == 200 else None
        except (ValueError, KeyError, TypeError):
            told = None
        if not isinstance(told, dict):
            raise KekUnusable(f"the key service of {self.kek_id} answered {answer.status}; check token and policy")
        return told


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str):
        raise KekUnusable(f"the answer of the key service lacks {name}; check its version")
    return value
