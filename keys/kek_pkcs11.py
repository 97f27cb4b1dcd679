"""A key-encryption key on a token or module: AES-GCM by PKCS#11; the key bytes never come out."""

from __future__ import annotations

from typing import Any, Final

import pkcs11
from pkcs11 import exceptions as faults
from pkcs11.mechanisms import GCMParams

from guard.clock import RandomBytes
from keys.errors import KekUnusable, TokenError, UnwrapFailed
from keys.pin import Pin
from keys.pkcs11_token import Token, TokenModule, find_object
from keys.pkcs11_uri import Pkcs11Uri

_WRAP_MARK: Final = b"vkek-p11-1"
_NONCE_BYTES: Final = 12
_TAG_BITS: Final = 128
# What modules answer when a tag does not fit: the standard's word, or (SoftHSM) a general error.
_WRONG: Final = (
    faults.EncryptedDataInvalid,
    faults.EncryptedDataLenRange,
    faults.FunctionFailed,
    faults.GeneralError,
)


class Pkcs11Kek:
    """An AES key of a token, logged in once for as long as the office is open."""

    __slots__ = ("_kek_id", "_random_bytes", "_token", "_uri")

    def __init__(self, module: TokenModule, uri: Pkcs11Uri, *, pin: Pin, random_bytes: RandomBytes) -> None:
        """Log in and look for the key.

        Raises:
            KekUnusable: the token is missing, refuses the PIN, or has no such key.
        """
        self._kek_id = f"pkcs11:{uri.token or uri.serial}:{uri.object_label or (uri.object_id or b'').hex()}"
        self._random_bytes = random_bytes
        self._uri = uri
        self._token = Token(module, uri)
        try:
            self._token.enter(pin, key_id=self._kek_id)
            self._token.use(self._key, key_id=self._kek_id)
        except (TokenError, faults.PKCS11Error) as exc:
            raise KekUnusable(f"the key-encryption key {self._kek_id} cannot be used: {exc}") from exc

    @property
    def kek_id(self) -> str:
        """The name that a wrapped secret is stored under."""
        return self._kek_id

    def wrap(self, secret: bytes, associated_data: bytes) -> bytes:
        """Encrypt a secret in the token.

        Raises:
            KekUnusable: the token failed.
        """
        nonce = self._random_bytes(_NONCE_BYTES)
        try:
            sealed = self._token.use(
                lambda session, pin: self._key(session, pin).encrypt(
                    secret, mechanism=pkcs11.Mechanism.AES_GCM, mechanism_param=self._terms(nonce, associated_data)
                ),
                key_id=self._kek_id,
            )
        except (TokenError, faults.PKCS11Error) as exc:
            raise KekUnusable(f"the token of {self._kek_id} wrapped nothing: {type(exc).__name__}") from exc
        return _WRAP_MARK + nonce + bytes(sealed)

    def unwrap(self, wrapped: bytes, associated_data: bytes) -> bytes:
        """Decrypt a wrapped secret in the token.

        Raises:
            UnwrapFailed: wrong key, wrong associated data, or altered bytes.
            KekUnusable: the token is gone.
        """
        if not wrapped.startswith(_WRAP_MARK):
            raise UnwrapFailed(f"these bytes were not wrapped by a key of this kind ({self._kek_id})")
        start = len(_WRAP_MARK) + _NONCE_BYTES
        nonce, ciphertext = wrapped[len(_WRAP_MARK) : start], wrapped[start:]
        terms = self._terms(nonce, associated_data)

        def act(session: Any, pin: Pin) -> bytes:
            key = self._key(session, pin)
            try:
                return bytes(key.decrypt(ciphertext, mechanism=pkcs11.Mechanism.AES_GCM, mechanism_param=terms))
            except (*_WRONG, ValueError) as exc:
                raise UnwrapFailed(
                    f"a wrapped secret does not open with key {self._kek_id}: another key, owner, or altered bytes"
                ) from exc

        try:
            return self._token.use(act, key_id=self._kek_id)
        except TokenError as exc:
            raise KekUnusable(f"the token of {self._kek_id} is gone; plug it in: {exc}") from exc

    def close(self) -> None:
        """Log out."""
        self._token.leave()

    def __repr__(self) -> str:
        return f"Pkcs11Kek({self._kek_id})"

    def _key(self, session: Any, _pin: Pin) -> Any:
        return find_object(session, pkcs11.ObjectClass.SECRET_KEY, self._uri)

    def _terms(self, nonce: bytes, associated_data: bytes) -> GCMParams:
        parts = (self._kek_id.encode(), associated_data)
        return GCMParams(nonce, b"".join(len(part).to_bytes(4, "big") + part for part in parts), _TAG_BITS)
