"""A part of a backup: streamed under a key of its own, which is sealed to the recovery key.

Bytes: mark, length of the sealed keyset (two bytes), sealed keyset, Tink stream. Both are bound to the backup's id and the
part's name, so that parts cannot change places.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import tink
from tink import proto_keyset_format, secret_key_access, streaming_aead

from keys.errors import UnwrapFailed
from keys.recovery import RecoveryKey, RecoveryPublicKey
from vault.backup.errors import BackupDamaged, BackupMissing
from vault.backup.heads import PartFacts
from vault.errors import NotFound
from vault.stores import ObjectStore, Writing

_MARK: Final = b"vidimus-part-1\n"
_LENGTH_BYTES: Final = 2
_COPIED_AT_ONCE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class SealedPart:
    """Where a part lies and what it belongs to."""

    path: str
    set_id: str
    name: str

    @property
    def binding(self) -> bytes:
        """What the part's key and bytes are bound to."""
        return f"vidimus-backup-1\n{self.set_id}\n{self.name}".encode()


class _Counted(io.RawIOBase):
    """Hands bytes on, counts and hashes them, and stays open when the encrypting stream closes it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.byte_count = 0
        self.digest = hashlib.sha256()
        self.failure: OSError | None = None

    def writable(self) -> bool:
        """Say that it is there to be written."""
        return True

    def write(self, piece: Any) -> int:
        """Hand a piece on."""
        content = bytes(piece)
        try:
            self._file.write(content)
        except OSError as error:
            self.failure = error
            raise
        self.digest.update(content)
        self.byte_count += len(content)
        return len(content)


def put_part(store: ObjectStore, part: SealedPart, *, to: RecoveryPublicKey, write: Writing) -> PartFacts:
    """Seal what `write` writes, and give the digest of the stored bytes."""
    streaming_aead.register()
    facts: list[PartFacts] = []

    def write_sealed(destination: BinaryIO) -> None:
        handle = tink.new_keyset_handle(streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB)
        secret = proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
        sealed = to.seal(secret, binding=part.binding)
        counted = _Counted(destination)
        counted.write(_MARK + len(sealed).to_bytes(_LENGTH_BYTES, "big") + sealed)
        primitive = handle.primitive(streaming_aead.StreamingAead)
        try:
            with primitive.new_encrypting_stream(counted, part.binding) as stream:
                write(stream)
        except tink.TinkError as error:
            # Tink forgets why a write failed; the disk may be full.
            raise counted.failure or error from error
        facts.append(PartFacts(counted.digest.hexdigest(), counted.byte_count))

    store.put_new_from(part.path, write_sealed)
    return facts[-1]


@contextmanager
def open_part(store: ObjectStore, part: SealedPart, *, key: RecoveryKey, facts: PartFacts) -> Iterator[BinaryIO]:
    """Give the plain bytes as a file, after the stored ones were held against the digest of the signed head.

    Raises:
        BackupMissing: the part is not there.
        BackupDamaged: it is not the one that was written.
        UnwrapFailed: it was sealed to another recovery key.
    """
    streaming_aead.register()
    check_part(store, part.path, facts)
    with store.open(part.path) as stored:
        if stored.read(len(_MARK)) != _MARK:
            raise BackupDamaged(f"part {part.name} of backup {part.set_id} is no part of a backup")
        sealed = stored.read(int.from_bytes(stored.read(_LENGTH_BYTES), "big"))
        secret = key.unseal(sealed, binding=part.binding)
        try:
            handle = proto_keyset_format.parse(secret, secret_key_access.TOKEN)
            primitive = handle.primitive(streaming_aead.StreamingAead)
            with primitive.new_decrypting_stream(stored, part.binding) as plain:
                yield io.BufferedReader(plain)
        except tink.TinkError as error:
            raise BackupDamaged(f"part {part.name} of backup {part.set_id} does not decrypt") from error


def check_part(store: ObjectStore, path: str, facts: PartFacts) -> None:
    """Hold the stored bytes of a part against the signed head; no key is needed.

    Raises:
        BackupMissing, BackupDamaged: as `open_part`.
    """
    digest, count = hashlib.sha256(), 0
    try:
        with store.open(path) as stored:
            while piece := stored.read(_COPIED_AT_ONCE):
                digest.update(piece)
                count += len(piece)
    except NotFound as error:
        raise BackupMissing(f"the backup lacks {path}; take another set or another copy of the place") from error
    if (digest.hexdigest(), count) != (facts.sha256_hex, facts.byte_count):
        raise BackupDamaged(f"{path} is not what its signed head says; take another set or another copy")


__all__ = ["SealedPart", "UnwrapFailed", "check_part", "open_part", "put_part"]
