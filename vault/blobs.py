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
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import tink
from tink import proto_keyset_format, secret_key_access, streaming_aead

from guard.spool import Room
from guard.wire import Payload, open_payload, sha256_hex_of
from keys.errors import KeysError
from keys.kek import KeyEncryptionKey
from vault.blob_names import (
    KEYSET,
    blob_binding,
    blob_path,
    document_path,
    keyset_binding,
    keyset_path,
    shred_path,
    value_binding,
)
from vault.errors import BlobConflict, BlobCorrupt, BlobShredded, NotFound, StoreUnavailable
from vault.stores import AlreadyStored, ObjectStore, open_store
from vault.streams import DigestOnly, KeptBytes, LeftOpen

_KEYSET_VERSION: Final = 1
_SHRED_MARK: Final = b"shredded\n"
_COPIED_AT_ONCE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class BlobRef:
    """Where a stored blob is and what it was when it was put."""

    document_id: str
    name: str
    sha256_hex: str
    byte_count: int


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
        if self._keysets.exists(shred_path(document_id)):
            raise BlobShredded(f"document {document_id} was shredded; use a new id")
        handle = tink.new_keyset_handle(streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB)
        secret = proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
        with suppress(AlreadyStored):
            self._keysets.put_new(keyset_path(document_id), self._envelope(document_id, secret))

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
        path = blob_path(document_id, name)
        if self._blobs.exists(path):
            return self._stored(document_id, name)
        ciphertext = self._encrypt(document_id, blob_binding(document_id, name), data)
        try:
            self._blobs.put_new(path, ciphertext)
        except AlreadyStored:
            return self._stored(document_id, name)
        return _ref(document_id, name, data), data

    def put_first_from(self, document_id: str, name: str, source: BinaryIO) -> None:
        """Store what an open file holds unless a blob of this name is there; it is never held whole."""
        path = blob_path(document_id, name)
        if self._blobs.exists(path):
            return
        primitive, binding = self._primitive(document_id), blob_binding(document_id, name)

        def write(destination: BinaryIO) -> None:
            kept = LeftOpen(destination)
            try:
                with primitive.new_encrypting_stream(kept, binding) as stream:
                    shutil.copyfileobj(source, stream, _COPIED_AT_ONCE)
            except tink.TinkError as error:
                # Tink forgets why a write failed; the disk may be full.
                raise kept.failure or error from error

        with suppress(AlreadyStored):
            self._blobs.put_new_from(path, write)

    def copy_to(self, document_id: str, name: str, destination: BinaryIO) -> None:
        """Write the plain bytes into an open file, piece by piece; a piece is written only when it is authentic.

        Raises:
            NotFound, BlobCorrupt, BlobShredded: as `get`; what was written until then is no whole blob.
        """
        self._check_not_shredded(document_id)
        primitive, binding = self._primitive(document_id), blob_binding(document_id, name)
        with self._blobs.open(blob_path(document_id, name)) as ciphertext:
            try:
                with primitive.new_decrypting_stream(ciphertext, binding) as stream:
                    shutil.copyfileobj(stream, destination, _COPIED_AT_ONCE)
            except tink.TinkError as error:
                raise _not_authentic(document_id) from error

    def get(self, document_id: str, name: str) -> bytes:
        """Give the plain bytes.

        Raises:
            NotFound: no such blob.
            BlobCorrupt: the stored bytes fail their authentication (bit rot, exchange, truncation).
            BlobShredded: the document was shredded.
        """
        self._check_not_shredded(document_id)
        ciphertext = self._blobs.get(blob_path(document_id, name))
        return _decrypt(self._primitive(document_id), document_id, blob_binding(document_id, name), ciphertext)

    def read(self, ref: BlobRef) -> bytes:
        """Give the plain bytes and insist on the digest the database remembers.

        Raises:
            BlobCorrupt: also when the bytes are authentic but not those of `ref`.
        """
        data = self.get(ref.document_id, ref.name)
        if hashlib.sha256(data).hexdigest() != ref.sha256_hex:
            raise _not_recorded(ref)
        return data

    def get_ref(self, document_id: str, name: str) -> BlobRef:
        """Describe a stored blob (this reads and decrypts it, piece by piece)."""
        seen = DigestOnly()
        writer = io.BufferedWriter(seen, _COPIED_AT_ONCE)
        self.copy_to(document_id, name, writer)
        writer.flush()
        return BlobRef(document_id, name, seen.running.hexdigest(), seen.byte_count)

    def keep(self, document_id: str, name: str, content: Payload) -> BlobRef:
        """Store a document unless a blob of this name is there, and describe what is stored in the end: the first one."""
        if isinstance(content, bytes):
            return self.put_first(document_id, name, content)[0]
        with open_payload(content) as source:
            self.put_first_from(document_id, name, source)
        return self.get_ref(document_id, name)

    def fetch(self, document_id: str, name: str, *, room: Room) -> Payload:
        """Give the plain bytes, in memory or, when they are many, in a file of the room; raises as `get`."""
        return room.take(lambda file: self.copy_to(document_id, name, file))

    def fetch_recorded(self, ref: BlobRef, *, room: Room) -> Payload:
        """Do the same and insist on the digest the database remembers; raises as `read`."""
        content = self.fetch(ref.document_id, ref.name, room=room)
        if sha256_hex_of(content) != ref.sha256_hex:
            raise _not_recorded(ref)
        return content

    def open_document(self, document_id: str) -> OpenDocument:
        """Unwrap a document's keyset once, to read many of its blobs and values.

        Raises:
            NotFound, BlobShredded: as `get`.
        """
        self._check_not_shredded(document_id)
        return OpenDocument(self._blobs, document_id, self._primitive(document_id))

    def exists(self, document_id: str, name: str) -> bool:
        """Say whether a blob of this name is stored and its document was not shredded."""
        return self._blobs.exists(blob_path(document_id, name)) and not self.is_shredded(document_id)

    def seal_value(self, document_id: str, name: str, plaintext: bytes) -> bytes:
        """Encrypt a small value for a database column under the document's keyset."""
        return self._encrypt(document_id, value_binding(document_id, name), plaintext)

    def open_value(self, document_id: str, name: str, ciphertext: bytes) -> bytes:
        """Decrypt what `seal_value` made for the same document and name.

        Raises:
            BlobCorrupt: the value was altered or belongs elsewhere.
            BlobShredded: the document was shredded.
        """
        self._check_not_shredded(document_id)
        return _decrypt(self._primitive(document_id), document_id, value_binding(document_id, name), ciphertext)

    def list_parts(self) -> tuple[str, ...]:
        """Give the parts that documents are spread over, evenly and at most 1024: the store is never listed as a whole."""
        return self._blobs.list_folders()

    def list_documents(self, part: str) -> dict[str, tuple[str, ...]]:
        """Give every document of a part that has blobs, with their names."""
        found: dict[str, list[str]] = {}
        for path in self._blobs.list_paths(part):
            _, document_id, name = path.split("/", 2)
            found.setdefault(document_id, []).append(name)
        return {document_id: tuple(names) for document_id, names in found.items()}

    def heal(self, document_id: str, name: str, *, replica: ObjectStore, sha256_hex: str | None = None) -> bool:
        """Put a blob back from a replica of the store; False when the replica has none that is authentic.

        The replica's bytes are decrypted and, where a digest is recorded, held against it before they replace anything.
        """
        path = blob_path(document_id, name)
        try:
            ciphertext = replica.get(path)
            data = _decrypt(self._primitive(document_id), document_id, blob_binding(document_id, name), ciphertext)
        except (NotFound, BlobCorrupt):
            return False
        if sha256_hex is not None and hashlib.sha256(data).hexdigest() != sha256_hex:
            return False
        self._blobs.replace(path, ciphertext)
        return True

    def shred(self, document_id: str) -> None:
        """Destroy the keyset first, then the ciphertexts; doing it again completes an interrupted one."""
        # The mark comes first: after a crash nobody may make a new keyset under the old id.
        with suppress(AlreadyStored):
            self._keysets.put_new(shred_path(document_id), _SHRED_MARK)
        self._keysets.delete(keyset_path(document_id))
        for path in self._blobs.list_paths(document_path(document_id)):
            self._blobs.delete(path)

    def rewrap(self) -> int:
        """Wrap every keyset anew that the current key did not wrap; give how many. No blob is read or written.

        Whatever is interrupted is completed by the next run: each keyset is under one key or the other, never lost.

        Raises:
            BlobCorrupt: a keyset opens with no key that is known.
        """
        moved = 0
        for path in self._keysets.list_paths():
            document_id = path.rpartition("/")[2].removesuffix(KEYSET)
            if not path.endswith(KEYSET) or self._is_current(path):
                continue
            try:
                secret = self._secret(document_id)
            except (NotFound, BlobShredded):
                continue
            self._keysets.replace(path, self._envelope(document_id, secret))
            # Shredded meanwhile: what was put back is taken away again, for the mark was there before.
            if self.is_shredded(document_id):
                self._keysets.delete(path)
            moved += 1
        return moved

    def names_of(self, document_id: str) -> tuple[str, ...]:
        """Give the names of a document's blobs."""
        below = f"{document_path(document_id)}/"
        return tuple(path.removeprefix(below) for path in self._blobs.list_paths(document_path(document_id)))

    def discard(self, document_id: str, name: str) -> None:
        """Delete one blob of a document whose others stay; discarding what is not there changes nothing."""
        self._blobs.delete(blob_path(document_id, name))

    def is_shredded(self, document_id: str) -> bool:
        """Say whether the document was shredded."""
        return self._keysets.exists(shred_path(document_id))

    def _stored(self, document_id: str, name: str) -> tuple[BlobRef, bytes]:
        data = self.get(document_id, name)
        return _ref(document_id, name, data), data

    def _check_not_shredded(self, document_id: str) -> None:
        if self.is_shredded(document_id):
            raise BlobShredded(f"document {document_id} was shredded; its bytes are gone for ever")

    def _envelope(self, document_id: str, secret: bytes) -> bytes:
        wrapped = self._kek.wrap(secret, associated_data=keyset_binding(document_id))
        envelope = {"v": _KEYSET_VERSION, "kek": self._kek.kek_id, "wrapped": base64.b64encode(wrapped).decode()}
        return json.dumps(envelope, sort_keys=True).encode()

    def _is_current(self, path: str) -> bool:
        try:
            return bool(json.loads(self._keysets.get(path))["kek"] == self._kek.kek_id)
        except NotFound:
            # Shredded since it was listed.
            return True
        except (ValueError, KeyError, TypeError):
            return False

    def _primitive(self, document_id: str) -> Any:
        try:
            handle = proto_keyset_format.parse(self._secret(document_id), secret_key_access.TOKEN)
            return handle.primitive(streaming_aead.StreamingAead)
        except tink.TinkError as error:
            raise BlobCorrupt(f"the keyset of document {document_id} is damaged; restore it from a backup") from error

    def _secret(self, document_id: str) -> bytes:
        try:
            envelope = json.loads(self._keysets.get(keyset_path(document_id)))
            wrapped = base64.b64decode(envelope["wrapped"], validate=True)
        except NotFound as error:
            self._check_not_shredded(document_id)
            raise NotFound(f"document {document_id} has no keyset; call create_keyset first") from error
        except (ValueError, KeyError, TypeError) as error:
            raise BlobCorrupt(f"the keyset of document {document_id} is damaged; restore it from a backup") from error
        try:
            return self._kek.unwrap(wrapped, associated_data=keyset_binding(document_id))
        except KeysError as error:
            raise BlobCorrupt(
                f"the keyset of document {document_id} cannot be unwrapped; check the key-encryption key "
                f"{envelope.get('kek')!s} or restore the keyset"
            ) from error

    def _encrypt(self, document_id: str, binding: bytes, plaintext: bytes) -> bytes:
        destination = KeptBytes()
        stream = self._primitive(document_id).new_encrypting_stream(destination, binding)
        with stream:
            stream.write(plaintext)
        return destination.kept


class OpenDocument:
    """A document whose keyset is unwrapped: for a list of it, and for no longer than the list is read."""

    __slots__ = ("_blobs", "_document_id", "_primitive")

    def __init__(self, blobs: ObjectStore, document_id: str, primitive: Any) -> None:
        self._blobs = blobs
        self._document_id = document_id
        self._primitive = primitive

    def get(self, name: str) -> bytes:
        """Give the plain bytes of a blob; raises as `BlobVault.get`."""
        ciphertext = self._blobs.get(blob_path(self._document_id, name))
        return _decrypt(self._primitive, self._document_id, blob_binding(self._document_id, name), ciphertext)

    def open_value(self, name: str, ciphertext: bytes) -> bytes:
        """Decrypt a sealed value; raises as `BlobVault.open_value`."""
        return _decrypt(self._primitive, self._document_id, value_binding(self._document_id, name), ciphertext)


def open_blob_vault(place: str | Path, *, keysets: str | Path, kek: KeyEncryptionKey) -> BlobVault:
    """Open the blobs at `place` and the wrapped keysets at `keysets`: two folders, or two buckets by URL.

    Raises:
        StoreUnavailable: a place cannot be opened, or both are the same.
    """
    if str(place) == str(keysets):
        raise StoreUnavailable("blobs and keysets share one place; give the keysets a place of their own")
    return BlobVault(store=open_store(place), keysets=open_store(keysets), kek=kek)


def _decrypt(primitive: Any, document_id: str, binding: bytes, ciphertext: bytes) -> bytes:
    try:
        with primitive.new_decrypting_stream(io.BytesIO(ciphertext), binding) as stream:
            return bytes(stream.read())
    except tink.TinkError as error:
        raise _not_authentic(document_id) from error


def _not_authentic(document_id: str) -> BlobCorrupt:
    return BlobCorrupt(f"stored bytes of document {document_id} fail their authentication; restore them from a backup")


def _not_recorded(ref: BlobRef) -> BlobCorrupt:
    return BlobCorrupt(f"blob {ref.name} of document {ref.document_id} is not the one that was recorded")


def _ref(document_id: str, name: str, data: bytes) -> BlobRef:
    return BlobRef(document_id, name, hashlib.sha256(data).hexdigest(), len(data))
