"""Uploads that come in parts and may be broken off: each part is kept encrypted before it is acknowledged.

The parts lie in the blob vault under a keyset of the upload's own, so that any process of the office goes on where
another stopped, and destroying the keyset destroys them. A part counts once its row stands; what a crash left without
a row is sent again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import BinaryIO, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.blobs import BlobVault
from vault.database import Database
from vault.errors import NotFound, TooManyUploads, UploadMoved, UploadOverfull, UploadUnfinished
from vault.tables import upload_parts, uploads

UPLOAD_LIFETIME: Final = timedelta(hours=24)
MOST_UNFINISHED: Final = 20
PART_BYTES: Final = 1 << 20
"""A part is held in memory while it is encrypted, and so is one of every other upload under way."""
_METADATA: Final = "metadata"
_SWEPT_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class ResumableUpload:
    """How far an upload is; it is thrown away at `expires_at` unless a part comes before."""

    upload_id: str
    owner: str
    byte_count: int
    received: int
    expires_at: datetime
    metadata: Mapping[str, str] = field(repr=False)

    @property
    def is_finished(self) -> bool:
        """Whether every byte is there."""
        return self.received == self.byte_count


@dataclass(frozen=True, slots=True)
class KeptPart:
    """A part whose bytes are stored and whose row is not yet written."""

    starts_at: int
    byte_count: int
    blob_name: str


@dataclass(frozen=True, slots=True)
class Uploads:
    """The unfinished uploads of an office."""

    database: Database
    blobs: BlobVault
    random_bytes: RandomBytes

    def create(self, owner: str, *, byte_count: int, metadata: Mapping[str, str], at: datetime) -> ResumableUpload:
        """Begin an upload.

        Raises:
            TooManyUploads: the owner has as many as are kept.
        """
        upload_id = new_ulid(at=at, random_bytes=self.random_bytes)
        self.blobs.create_keyset(upload_id)
        sealed = self.blobs.seal_value(upload_id, _METADATA, json.dumps(dict(metadata)).encode())
        with self.database.transaction() as tx:
            count = sa.select(sa.func.count()).select_from(uploads).where(uploads.c.owner == owner)
            if tx.execute(count).scalar_one() >= MOST_UNFINISHED:
                raise TooManyUploads(f"{MOST_UNFINISHED} uploads wait to be used; finish or end one")
            tx.execute(
                uploads.insert().values(
                    upload_id=upload_id,
                    owner=owner,
                    byte_count=byte_count,
                    received=0,
                    sealed_metadata=sealed,
                    created_at=at,
                    expires_at=at + UPLOAD_LIFETIME,
                )
            )
        return ResumableUpload(upload_id, owner, byte_count, 0, at + UPLOAD_LIFETIME, dict(metadata))

    def get(self, owner: str, upload_id: str, *, at: datetime) -> ResumableUpload:
        """Tell how far an upload is.

        Raises:
            NotFound: there is none, it is somebody else's, or its time is over: nobody can tell them apart.
        """
        with self.database.read() as tx:
            row = _row(tx, owner, upload_id, at=at)
        return self._upload(row)

    def list_of(self, owner: str, *, at: datetime) -> tuple[ResumableUpload, ...]:
        """List the owner's uploads, oldest first; there are never more than `MOST_UNFINISHED`."""
        mine = sa.select(uploads).where(uploads.c.owner == owner, uploads.c.expires_at > at)
        with self.database.read() as tx:
            rows = tx.execute(mine.order_by(uploads.c.upload_id)).all()
        return tuple(self._upload(row) for row in rows)

    def keep(self, upload: ResumableUpload, content: bytes, *, starts_at: int) -> KeptPart:
        """Store the bytes of a part; it counts once `acknowledge` wrote its row.

        Raises:
            UploadOverfull: it goes beyond the announced end.
            StoreFull: there is no room.
        """
        if starts_at + len(content) > upload.byte_count:
            raise UploadOverfull(f"upload {upload.upload_id} was announced with {upload.byte_count} bytes")
        # By digest: of two who send the same place at once, the row says whose bytes count.
        blob_name = f"part-{starts_at:012d}-{hashlib.sha256(content).hexdigest()[:16]}"
        self.blobs.put_first(upload.upload_id, blob_name, content)
        return KeptPart(starts_at, len(content), blob_name)

    def acknowledge(self, upload: ResumableUpload, parts: Sequence[KeptPart], *, at: datetime) -> ResumableUpload:
        """Write the rows of parts that follow each other, all of them or none.

        Raises:
            UploadMoved: the first of them does not begin where the upload stands.
            NotFound: the upload was ended meanwhile.
        """
        received = parts[-1].starts_at + parts[-1].byte_count
        with self.database.transaction() as tx:
            _row(tx, upload.owner, upload.upload_id, at=at)
            moved = tx.execute(
                uploads.update()
                .where(uploads.c.upload_id == upload.upload_id, uploads.c.received == parts[0].starts_at)
                .values(received=received, expires_at=at + UPLOAD_LIFETIME)
            ).rowcount
            if moved != 1:
                raise UploadMoved(f"upload {upload.upload_id} does not stand at {parts[0].starts_at}")
            rows = [
                {
                    "upload_id": upload.upload_id,
                    "starts_at": part.starts_at,
                    "byte_count": part.byte_count,
                    "blob_name": part.blob_name,
                }
                for part in parts
            ]
            tx.execute(upload_parts.insert(), rows)
        return ResumableUpload(
            upload.upload_id, upload.owner, upload.byte_count, received, at + UPLOAD_LIFETIME, upload.metadata
        )

    def copy_to(self, upload: ResumableUpload, destination: BinaryIO) -> None:
        """Write the whole upload into an open file.

        Raises:
            UploadUnfinished: parts are missing.
        """
        if not upload.is_finished:
            raise UploadUnfinished(f"upload {upload.upload_id} has {upload.received} of {upload.byte_count} bytes")
        with self.database.read() as tx:
            names = tx.execute(
                sa.select(upload_parts.c.blob_name)
                .where(upload_parts.c.upload_id == upload.upload_id)
                .order_by(upload_parts.c.starts_at)
            ).scalars()
            in_order = list(names)
        opened = self.blobs.open_document(upload.upload_id)
        for name in in_order:
            destination.write(opened.get(name))

    def end(self, upload: ResumableUpload) -> None:
        """Throw an upload away, used or not."""
        self._end(upload.upload_id)

    def sweep(self, *, at: datetime) -> int:
        """Throw away what nobody went on with; gives how many."""
        over = sa.select(uploads.c.upload_id).where(uploads.c.expires_at <= at).limit(_SWEPT_AT_ONCE)
        with self.database.read() as tx:
            found = list(tx.execute(over).scalars())
        for upload_id in found:
            self._end(upload_id)
        return len(found)

    def _end(self, upload_id: str) -> None:
        # First it is over, then its bytes go, then its rows: whatever a crash leaves of that is swept again.
        with self.database.transaction() as tx:
            over = uploads.update().where(uploads.c.upload_id == upload_id)
            tx.execute(over.values(expires_at=uploads.c.created_at))
        self.blobs.shred(upload_id)
        with self.database.transaction() as tx:
            tx.execute(upload_parts.delete().where(upload_parts.c.upload_id == upload_id))
            tx.execute(uploads.delete().where(uploads.c.upload_id == upload_id))

    def _upload(self, row: Row[tuple[object, ...]]) -> ResumableUpload:
        metadata = json.loads(self.blobs.open_value(row.upload_id, _METADATA, bytes(row.sealed_metadata)))
        return ResumableUpload(row.upload_id, row.owner, row.byte_count, row.received, row.expires_at, metadata)


def _row(tx: Connection, owner: str, upload_id: str, *, at: datetime) -> Row[tuple[object, ...]]:
    mine = sa.and_(uploads.c.upload_id == upload_id, uploads.c.owner == owner, uploads.c.expires_at > at)
    row = tx.execute(sa.select(uploads).where(mine)).one_or_none()
    if row is None:
        raise NotFound(f"upload {upload_id} does not exist, or its time is over")
    return row
