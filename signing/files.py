"""Sign and extend files on disk, however large: the file is copied and hashed once and never held in memory.

The result is written beside its target under another name and takes its place only when it is whole, so a failure
leaves what stood there before.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from guard.wire import FilePayload
from keys.activation import RawSigner
from signing.extend import extend_hashed
from signing.levels import PadesLevel
from signing.reading import open_revision
from signing.request import SigningServices, SignRequest
from signing.sign import NewField, finish_signature, prepare_hashed
from signing.source import HashedPdf, copy_hashed


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A signed file on disk. `renew_before` is when the newest time-stamp's certificate ends; None without one."""

    path: Path
    sha256_hex: str
    level: PadesLevel
    field: str
    timestamp_at: datetime | None
    renew_before: datetime | None


@dataclass(frozen=True, slots=True)
class PrivateCopy:
    """A copy of a file that nobody else touches, hashed while it was made; it grows in its place on disk.

    Whatever must be known before the signature (the digest, a place for a mark, a judgement) is asked of this copy, so
    that nobody can change the file between the question and the signature.
    """

    path: Path
    target: Path
    file: HashedPdf

    @property
    def sha256_hex(self) -> str:
        """The digest of the file as it was copied."""
        return self.file.sha256_hex

    @property
    def payload(self) -> FilePayload:
        """The file as it is handed to a child."""
        return FilePayload(self.path, self.file.length)

    def sign(
        self, *, request: SignRequest, signer: RawSigner, services: SigningServices, new_field: NewField | None = None
    ) -> SignedFile:
        """Sign; to be done once, and nothing after it.

        Raises:
            SigningError, KeysError: as `sign_field` and `sign_new_field`.
        """
        prepared = prepare_hashed(
            lambda: self.file,
            writer=open_revision(self.file),
            request=request,
            credential=signer.credential,
            services=services,
            new_field=new_field,
        )
        signature = signer.sign(prepared.to_be_signed)
        finished = finish_signature(prepared, signature=signature, services=services)
        return SignedFile(
            path=self.target,
            sha256_hex=finished.file.sha256_hex,
            level=request.level,
            field=request.field,
            timestamp_at=finished.timestamp_at,
            renew_before=finished.renew_before,
        )

    def extend(self, *, level: PadesLevel, services: SigningServices, at: datetime) -> SignedFile:
        """Extend; to be done once, and nothing after it.

        Raises:
            SigningError, KeysError: as `extend`.
        """
        done = extend_hashed(self.file, level=level, services=services, at=at)
        return SignedFile(
            path=self.target,
            sha256_hex=done.file.sha256_hex,
            level=level,
            field=done.field,
            timestamp_at=done.timestamp_at,
            renew_before=done.renew_before,
        )


@contextlib.contextmanager
def private_copy(source: Path, target: Path) -> Iterator[PrivateCopy]:
    """Give a private copy of the source that may grow; it becomes the target when the block ends well.

    Raises:
        OSError: one of them cannot be read or written; the target is as it was before.
    """
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    private = Path(name)
    try:
        with os.fdopen(handle, "w+b") as file, source.open("rb") as original:
            yield PrivateCopy(private, target, copy_hashed(original, file))
            _settle(file)
        private.replace(target)
    finally:
        private.unlink(missing_ok=True)


def sign_file(
    source: Path,
    target: Path,
    *,
    request: SignRequest,
    signer: RawSigner,
    services: SigningServices,
    new_field: NewField | None = None,
) -> SignedFile:
    """Sign a file into another one; source and target may be the same path.

    Raises:
        OSError: one of them cannot be read or written.
        SigningError, KeysError: as `sign_field` and `sign_new_field`; the target is as it was before.
    """
    with private_copy(source, target) as copy:
        return copy.sign(request=request, signer=signer, services=services, new_field=new_field)


def extend_file(
    source: Path, target: Path, *, level: PadesLevel, services: SigningServices, at: datetime
) -> SignedFile:
    """Extend a signed file into another one; source and target may be the same path.

    Raises:
        OSError: one of them cannot be read or written.
        SigningError, KeysError: as `extend`; the target is as it was before.
    """
    with private_copy(source, target) as copy:
        return copy.extend(level=level, services=services, at=at)


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
