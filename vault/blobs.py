"""The bytes of the papers, encrypted document by document, each under a keyset that can be destroyed alone.

A document's keyset is wrapped by the key-encryption key and lies apart from the data, one object per document.
Deleting that object makes every byte of the document unreadable, in every backup of the data too. What is encrypted is
bound to its document and name, so that ciphertexts cannot change places. Blobs are written once and never overwritten.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tink
from tink import proto_keyset_format, secret_key_access, streaming_aead

from keys.errors import KeysError
from keys.kek import KeyEncryptionKey
from vault.errors import BlobConflict, BlobCorrupt, BlobShredded, NotFound, StoreUnavailable
from vault.stores import AlreadyStored, ObjectStore, checked_segments, open_store

_KEYSET_VERSION: Final = 1
_SHRED_MARK: Final = b"shredded\n"


@dataclass(frozen=True, slots=True)
class BlobRef:
    """Where a stored blob is and what it was when it was put."""

    document_id: str
    name: str
    sha256_hex: str
    byte_count: int


class _KeptBytes(io.BytesIO):
    """A buffer that keeps its content when the encrypting stream closes it."""

    kept = b""

    def close(self) -> None:
        if not self.closed:
            self.kept = self.getvalue()
        super().close()


class BlobVault:
    """Encrypted, create-only storage of documents' blobs."""

    __slots__ = ("_blobs", "_kek", "_keysets")

    def __init__(self, *, store: ObjectStore, keysets: ObjectStore, kek: KeyEncryptionKey) -> None:
        streaming_aead.register()
        self._blobs = store
        self._keysets = keysets
        self._kek = kek

    def create_keyset(self, document_id: str) -> None:
        """Give a document its own keyset; a document that has one keeps it.

        Raises:
            BlobShredded: the document was shredded; its id is never used again.
        """
        if self._keysets.exists(_shred_path(document_id)):
            raise BlobShredded(f"document {document_id} was shredded; use a new id")
        handle = tink.new_keyset_handle(streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB)
        secret = proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
        wrapped = self._kek.wrap(secret, associated_data=_keyset_binding(document_id))
        envelope = {"v": _KEYSET_VERSION, "kek": self._kek.kek_id, "wrapped": base64.b64encode(wrapped).decode()}
        with suppress(AlreadyStored):
            self._keysets.put_new(_keyset_path(document_id), json.dumps(envelope, sort_keys=True).encode())

    def put(self, document_id: str, name: str, data: bytes) -> BlobRef:
        """Store a blob; storing the same bytes again changes nothing.

        Raises:
            BlobConflict: another content stands under this name.
            NotFound: the document has no keyset yet.
        """
        ref, stored = self.put_first(document_id, name, data)
        if stored != data:
            raise BlobConflict(f"blob {name} of document {document_id} exists with another content")
        return ref

    def put_first(self, document_id: str, name: str, data: bytes) -> tuple[BlobRef, bytes]:
        """Store a blob unless one is there, and give back what is stored in the end: the first content.

        A step that runs twice (after a crash, or on two workers) thus continues with the first signature, and there
        is never a second one in effect.
        """
        path = _blob_path(document_id, name)
        if self._blobs.exists(path):
            return self._stored(document_id, name)
        ciphertext = self._encrypt(document_id, _blob_binding(document_id, name), data)
        try:
            self._blobs.put_new(path, ciphertext)
        except AlreadyStored:
            return self._stored(document_id, name)
        return _ref(document_id, name, data), data

    def get(self, document_id: str, name: str) -> bytes:
        """Give the plain bytes.

        Raises:
            NotFound: no such blob.
            BlobCorrupt: the stored bytes fail their authentication (bit rot, exchange, truncation).
            BlobShredded: the document was shredded.
        """
        self._check_not_shredded(document_id)
        ciphertext = self._blobs.get(_blob_path(document_id, name))
        return self._decrypt(document_id, _blob_binding(document_id, name), ciphertext)

    def read(self, ref: BlobRef) -> bytes:
        """Give the plain bytes and insist on the digest the database remembers.

        Raises:
            BlobCorrupt: also when the bytes are authentic but not those of `ref`.
        """
        data = self.get(ref.document_id, ref.name)
        if hashlib.sha256(data).hexdigest() != ref.sha256_hex:
            raise BlobCorrupt(f"blob {ref.name} of document {ref.document_id} is not the one that was recorded")
        return data

    def get_ref(self, document_id: str, name: str) -> BlobRef:
        """Describe a stored blob (this reads and decrypts it)."""
        return _ref(document_id, name, self.get(document_id, name))

    def exists(self, document_id: str, name: str) -> bool:
        """Say whether a blob of this name is stored and its document was not shredded."""
        return self._blobs.exists(_blob_path(document_id, name)) and not self.is_shredded(document_id)

    def seal_value(self, document_id: str, name: str, plaintext: bytes) -> bytes:
        """Encrypt a small value for a database column under the document's keyset."""
        return self._encrypt(document_id, _value_binding(document_id, name), plaintext)

    def open_value(self, document_id: str, name: str, ciphertext: bytes) -> bytes:
        """Decrypt what `seal_value` made for the same document and name.

        Raises:
            BlobCorrupt: the value was altered or belongs elsewhere.
            BlobShredded: the document was shredded.
        """
        self._check_not_shredded(document_id)
        return self._decrypt(document_id, _value_binding(document_id, name), ciphertext)

    def shred(self, document_id: str) -> None:
        """Destroy the keyset first, then the ciphertexts; doing it again completes an interrupted one."""
        # The mark comes first: after a crash nobody may make a new keyset under the old id.
        with suppress(AlreadyStored):
            self._keysets.put_new(_shred_path(document_id), _SHRED_MARK)
        self._keysets.delete(_keyset_path(document_id))
        for path in self._blobs.list_paths(_document_path(document_id)):
            self._blobs.delete(path)

    def is_shredded(self, document_id: str) -> bool:
        """Say whether the document was shredded."""
        return self._keysets.exists(_shred_path(document_id))

    def _stored(self, document_id: str, name: str) -> tuple[BlobRef, bytes]:
        data = self.get(document_id, name)
        return _ref(document_id, name, data), data

    def _check_not_shredded(self, document_id: str) -> None:
        if self.is_shredded(document_id):
            raise BlobShredded(f"document {document_id} was shredded; its bytes are gone for ever")

    def _primitive(self, document_id: str) -> Any:
        try:
            envelope = json.loads(self._keysets.get(_keyset_path(document_id)))
            wrapped = base64.b64decode(envelope["wrapped"], validate=True)
        except NotFound as error:
            self._check_not_shredded(document_id)
            raise NotFound(f"document {document_id} has no keyset; call create_keyset first") from error
        except (ValueError, KeyError, TypeError) as error:
            raise BlobCorrupt(f"the keyset of document {document_id} is damaged; restore it from a backup") from error
        try:
            secret = self._kek.unwrap(wrapped, associated_data=_keyset_binding(document_id))
            handle = proto_keyset_format.parse(secret, secret_key_access.TOKEN)
            return handle.primitive(streaming_aead.StreamingAead)
        except (KeysError, tink.TinkError) as error:
            raise BlobCorrupt(
                f"the keyset of document {document_id} cannot be unwrapped; check the key-encryption key "
                f"{envelope.get('kek')!s} or restore the keyset"
            ) from error

    def _encrypt(self, document_id: str, binding: bytes, plaintext: bytes) -> bytes:
        destination = _KeptBytes()
        stream = self._primitive(document_id).new_encrypting_stream(destination, binding)
        with stream:
            stream.write(plaintext)
        return destination.kept

    def _decrypt(self, document_id: str, binding: bytes, ciphertext: bytes) -> bytes:
        primitive = self._primitive(document_id)
        try:
            with primitive.new_decrypting_stream(io.BytesIO(ciphertext), binding) as stream:
                return bytes(stream.read())
        except tink.TinkError as error:
            raise BlobCorrupt(
                f"stored bytes of document {document_id} fail their authentication; restore them from a backup"
            ) from error


def open_blob_vault(place: str | Path, *, keysets: str | Path, kek: KeyEncryptionKey) -> BlobVault:
    """Open the blobs at `place` and the wrapped keysets at `keysets`: two folders, or two buckets by URL.

    Raises:
        StoreUnavailable: a place cannot be opened, or both are the same.
    """
    if str(place) == str(keysets):
        raise StoreUnavailable("blobs and keysets share one place; give the keysets a place of their own")
    return BlobVault(store=open_store(place), keysets=open_store(keysets), kek=kek)


def _ref(document_id: str, name: str, data: bytes) -> BlobRef:
    return BlobRef(document_id, name, hashlib.sha256(data).hexdigest(), len(data))


def _shard(document_id: str) -> str:
    # The end of a ULID is random, its beginning is the time: the end spreads the folders evenly.
    segments = checked_segments(document_id)
    if len(segments) != 1:
        raise StoreUnavailable("a document id may not hold a slash")
    return document_id[-2:]


def _document_path(document_id: str) -> str:
    return f"{_shard(document_id)}/{document_id}"


def _blob_path(document_id: str, name: str) -> str:
    checked_segments(name)
    return f"{_document_path(document_id)}/{name}"


def _keyset_path(document_id: str) -> str:
    return f"{_document_path(document_id)}.keyset"


def _shred_path(document_id: str) -> str:
    return f"{_document_path(document_id)}.shredded"


def _keyset_binding(document_id: str) -> bytes:
    return f"vidimus-keyset-1\n{document_id}".encode()


def _blob_binding(document_id: str, name: str) -> bytes:
    return f"vidimus-blob-1\n{document_id}\n{name}".encode()


def _value_binding(document_id: str, name: str) -> bytes:
    return f"vidimus-value-1\n{document_id}\n{name}".encode()
