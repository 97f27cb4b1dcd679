"""Key-encryption keys: what wraps the keyset of every document, so that a stolen blob folder opens nothing.

A wrapped secret is `vkek1`, a nonce of 12 bytes and the AES-256-GCM ciphertext; its associated data are the key's id and
the caller's associated data, each with a length of four bytes before it.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from guard.clock import RandomBytes
from keys.errors import KekUnusable, KeyExists, KeyFileUnusable, UnwrapFailed
from keys.files import read_private_file, write_new_file

_FILE_MARK = "vidimus-kek-1"
_WRAP_MARK = b"vkek1"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_ID_BYTES = 8


class KeyEncryptionKey(Protocol):
    """Wraps small secrets; kept in a file, or by a service that never gives it away."""

    @property
    def kek_id(self) -> str:
        """The name that a wrapped secret is stored under; it says nothing about the key."""

    def wrap(self, secret: bytes, associated_data: bytes) -> bytes:
        """Encrypt a secret so that it opens only together with the same associated data."""

    def unwrap(self, wrapped: bytes, associated_data: bytes) -> bytes:
        """Decrypt a wrapped secret.

        Raises:
            UnwrapFailed: wrong key, wrong associated data, or altered bytes.
        """


class FileKek:
    """A 256-bit key read once from a file of its own."""

    __slots__ = ("_aead", "_kek_id", "_random_bytes")

    def __init__(self, kek_id: str, *, key: bytes, random_bytes: RandomBytes) -> None:
        """Use `create_file_kek` or `open_file_kek`."""
        self._kek_id = kek_id
        self._aead = AESGCM(key)
        self._random_bytes = random_bytes

    @property
    def kek_id(self) -> str:
        """The name that a wrapped secret is stored under."""
        return self._kek_id

    def wrap(self, secret: bytes, associated_data: bytes) -> bytes:
        """Encrypt a secret; the nonce is random, which is safe for four thousand million wraps."""
        nonce = self._random_bytes(_NONCE_BYTES)
        return _WRAP_MARK + nonce + self._aead.encrypt(nonce, secret, self._bind(associated_data))

    def unwrap(self, wrapped: bytes, associated_data: bytes) -> bytes:
        """Decrypt a wrapped secret.

        Raises:
            UnwrapFailed: wrong key, wrong associated data, or altered bytes.
        """
        start = len(_WRAP_MARK) + _NONCE_BYTES
        nonce, ciphertext = wrapped[len(_WRAP_MARK) : start], wrapped[start:]
        try:
            if not wrapped.startswith(_WRAP_MARK):
                raise UnwrapFailed(f"these bytes were not wrapped by a key of this kind ({self._kek_id})")
            return self._aead.decrypt(nonce, ciphertext, self._bind(associated_data))
        except (InvalidTag, ValueError) as exc:
            raise UnwrapFailed(
                f"a wrapped secret does not open with key {self._kek_id}: another key, another owner, or altered bytes"
            ) from exc

    def __repr__(self) -> str:
        return f"FileKek({self._kek_id})"

    def _bind(self, associated_data: bytes) -> bytes:
        parts = (self._kek_id.encode(), associated_data)
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def create_file_kek(path: Path, *, random_bytes: RandomBytes) -> FileKek:
    """Make a key and write it into a new file of mode 0600.

    Raises:
        KekUnusable: the file exists already, or cannot be written.
    """
    kek_id, key = random_bytes(_ID_BYTES).hex(), random_bytes(_KEY_BYTES)
    line = f"{_FILE_MARK} {kek_id} {base64.b64encode(key).decode()}\n"
    try:
        write_new_file(path, line.encode())
    except (KeyExists, KeyFileUnusable) as exc:
        raise KekUnusable(f"no key-encryption key was made: {exc}") from exc
    return FileKek(kek_id, key=key, random_bytes=random_bytes)


def open_file_kek(path: Path, *, random_bytes: RandomBytes) -> FileKek:
    """Open the key of a file.

    Raises:
        KekUnusable: missing, damaged, or open to other users.
    """
    try:
        mark, kek_id, encoded = read_private_file(path).decode("ascii").split()
        key = base64.b64decode(encoded, validate=True)
    except KeyFileUnusable as exc:
        raise KekUnusable(f"the key-encryption key cannot be used: {exc}") from exc
    except (ValueError, binascii.Error) as exc:
        # `from None`: the cause could quote the line, and the line is the key.
        del exc
        raise KekUnusable(f"{path.name} is no key-encryption key file; restore it from its backup") from None
    if mark != _FILE_MARK or len(key) != _KEY_BYTES:
        raise KekUnusable(f"{path.name} is no key-encryption key file; restore it from its backup")
    return FileKek(kek_id, key=key, random_bytes=random_bytes)
