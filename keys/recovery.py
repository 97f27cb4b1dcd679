"""The recovery key: backups are written to its public half, and only who holds the private half can read them.

The office keeps the public half. The private half is a file that leaves the machine, so that neither a thief of the
server nor one of the backups has both. Sealing is HPKE (RFC 9180) in base mode: X25519, HKDF-SHA256, AES-256-GCM.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from guard.clock import RandomBytes
from keys.errors import KeyExists, KeyFileUnusable, RecoveryKeyUnusable, UnwrapFailed
from keys.files import read_private_file, write_new_file

_PUBLIC_MARK: Final = "vidimus-recovery-1"
_PRIVATE_MARK: Final = "vidimus-recovery-private-1"
_KEY_BYTES: Final = 32
_ID_LETTERS: Final = 16
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class RecoveryPublicKey:
    """What the office has: it seals, and cannot open what it sealed."""

    raw: bytes

    @property
    def key_id(self) -> str:
        """A short name for people and for the head of a backup."""
        return hashlib.sha256(self.raw).hexdigest()[:_ID_LETTERS]

    @property
    def line(self) -> str:
        """The key as one line of text, as it stands in its file."""
        return f"{_PUBLIC_MARK} {base64.b64encode(self.raw).decode()}\n"

    def seal(self, secret: bytes, *, binding: bytes) -> bytes:
        """Encrypt a secret to the holder of the private half, bound to what it belongs to."""
        return _SUITE.encrypt(secret, X25519PublicKey.from_public_bytes(self.raw), binding)


class RecoveryKey:
    """The private half, in memory for the time of a restore."""

    __slots__ = ("_private",)

    def __init__(self, private: X25519PrivateKey) -> None:
        """Use `create_recovery_key` or `open_recovery_key`."""
        self._private = private

    @property
    def public(self) -> RecoveryPublicKey:
        """The half that the office keeps."""
        return RecoveryPublicKey(self._private.public_key().public_bytes_raw())

    def unseal(self, sealed: bytes, *, binding: bytes) -> bytes:
        """Decrypt what `RecoveryPublicKey.seal` made under the same binding.

        Raises:
            UnwrapFailed: another key, another binding, or altered bytes.
        """
        try:
            return _SUITE.decrypt(sealed, self._private, binding)
        except (InvalidTag, ValueError) as exc:
            raise UnwrapFailed(
                f"a sealed part does not open with recovery key {self.public.key_id}: another key, or altered bytes"
            ) from exc

    def __repr__(self) -> str:
        return f"RecoveryKey({self.public.key_id})"


def create_recovery_key(path: Path, *, random_bytes: RandomBytes) -> RecoveryPublicKey:
    """Make a key, write its private half into a new file of mode 0600, and give the public half.

    Raises:
        RecoveryKeyUnusable: the file exists already, or cannot be written.
    """
    private = X25519PrivateKey.from_private_bytes(random_bytes(_KEY_BYTES))
    line = f"{_PRIVATE_MARK} {base64.b64encode(private.private_bytes_raw()).decode()}\n"
    try:
        write_new_file(path, line.encode())
    except (KeyExists, KeyFileUnusable) as exc:
        raise RecoveryKeyUnusable(f"no recovery key was made: {exc}") from exc
    return RecoveryKey(private).public


def open_recovery_key(path: Path) -> RecoveryKey:
    """Open the private half.

    Raises:
        RecoveryKeyUnusable: missing, open to others, or no such key.
    """
    try:
        words = read_private_file(path).decode("ascii", errors="replace").split()
    except KeyFileUnusable as exc:
        raise RecoveryKeyUnusable(f"the recovery key cannot be used: {exc}") from exc
    # `_decoded` quotes nothing of the line: the line is the key.
    return RecoveryKey(X25519PrivateKey.from_private_bytes(_decoded(words, _PRIVATE_MARK, path)))


def open_recovery_public_key(path: Path) -> RecoveryPublicKey:
    """Read the public half from its file.

    Raises:
        RecoveryKeyUnusable: missing, or no such key.
    """
    try:
        words = path.read_text(encoding="ascii", errors="replace").split()
    except OSError as exc:
        raise RecoveryKeyUnusable(
            f"there is no recovery key at {path}; make one with `vidimus db recovery-key FILE`"
        ) from exc
    return RecoveryPublicKey(_decoded(words, _PUBLIC_MARK, path))


def _decoded(words: list[str], mark: str, path: Path) -> bytes:
    try:
        found, encoded = words
        raw = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        found, raw = "", b""
    if found != mark or len(raw) != _KEY_BYTES:
        raise RecoveryKeyUnusable(f"{path.name} holds no recovery key of this kind; take the other half or its copy")
    return raw
