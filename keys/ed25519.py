"""Ed25519 keys for the log's checkpoints and for signed manifests: unattended, one file each."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from guard.clock import RandomBytes
from keys.errors import KeyFileUnusable, KeyNotFound
from keys.files import make_private_folder, read_private_file, write_new_file
from keys.keystore import check_key_id

_SEED_BYTES = 32


class Ed25519Key(Protocol):
    """Signs with Ed25519 (RFC 8032)."""

    @property
    def key_id(self) -> str:
        """The key's name in its store."""

    @property
    def public_key_raw(self) -> bytes:
        """The 32 bytes of the public key."""

    def sign(self, data: bytes) -> bytes:
        """Give the 64 bytes of the signature."""


class FileEd25519Key:
    """A key read once from its file and held."""

    __slots__ = ("_key_id", "_private_key", "_public_key_raw")

    def __init__(self, key_id: str, *, private_key: Ed25519PrivateKey) -> None:
        """Use `create_ed25519_key` or `open_ed25519_key`."""
        self._key_id = key_id
        self._private_key = private_key
        self._public_key_raw = private_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def key_id(self) -> str:
        """The key's name in its store."""
        return self._key_id

    @property
    def public_key_raw(self) -> bytes:
        """The 32 bytes of the public key."""
        return self._public_key_raw

    def sign(self, data: bytes) -> bytes:
        """Give the 64 bytes of the signature."""
        return self._private_key.sign(data)

    def __repr__(self) -> str:
        return f"FileEd25519Key({self._key_id})"


def create_ed25519_key(folder: Path, *, key_id: str, random_bytes: RandomBytes) -> FileEd25519Key:
    """Make a key and write it as `<key_id>.ed25519.pem` into a folder closed to others.

    Raises:
        KeyExists: the id is taken.
        KeyFileUnusable: the folder is open to others, or the disk refused.
    """
    check_key_id(key_id)
    make_private_folder(folder)
    private_key = Ed25519PrivateKey.from_private_bytes(random_bytes(_SEED_BYTES))
    pem = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_new_file(_path(folder, key_id), pem)
    return FileEd25519Key(key_id, private_key=private_key)


def open_ed25519_key(folder: Path, *, key_id: str) -> FileEd25519Key:
    """Open a key of a folder.

    Raises:
        KeyNotFound: no such key.
        KeyFileUnusable: damaged, open to others, or no Ed25519 key.
    """
    path = _path(folder, check_key_id(key_id))
    if not path.is_file():
        raise KeyNotFound(f"there is no Ed25519 key {key_id}; create it first")
    try:
        private_key = load_pem_private_key(read_private_file(path), password=None)
    except (ValueError, TypeError) as exc:
        raise KeyFileUnusable(f"the file of key {key_id} is damaged; restore it") from exc
    if not isinstance(private_key, Ed25519PrivateKey):
        raise KeyFileUnusable(f"the file of key {key_id} holds no Ed25519 key; restore it")
    return FileEd25519Key(key_id, private_key=private_key)


def _path(folder: Path, key_id: str) -> Path:
    return folder / f"{key_id}.ed25519.pem"
