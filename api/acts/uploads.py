"""Uploads in parts: begun, gone on with and ended by the one who began them, and used as the scan of an original."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from api.access import Principal
from api.errors import UploadTooLarge
from api.services import Services
from certify.pipeline import Upload
from vault import KeptPart, ResumableUpload, StoreFull

MAX_BYTES: Final = 256 << 20
# What must stay free for everybody else's work when an upload was kept and then copied to its document.
_LEFT_FREE_BYTES: Final = 128 << 20
_COPIES: Final = 2


def begin(services: Services, principal: Principal, *, byte_count: int, metadata: Mapping[str, str]) -> ResumableUpload:
    """Begin an upload of so many bytes.

    Raises:
        UploadTooLarge: an original may not have so many.
        StoreFull: there is no room for it.
        TooManyUploads: the person has as many unfinished ones as are kept.
    """
    if byte_count > MAX_BYTES:
        raise UploadTooLarge(f"an upload has at most {MAX_BYTES} bytes")
    free = shutil.disk_usage(services.home.folder).free
    if free < byte_count * _COPIES + _LEFT_FREE_BYTES:
        raise StoreFull(f"{byte_count} bytes are announced and {free} are free; make room first")
    return services.uploads.create(_owner(principal), byte_count=byte_count, metadata=metadata, at=services.clock.now())


def find(services: Services, principal: Principal, upload_id: str) -> ResumableUpload:
    """Tell how far an upload of one's own is.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    return services.uploads.get(_owner(principal), upload_id, at=services.clock.now())


def unfinished(services: Services, principal: Principal) -> tuple[ResumableUpload, ...]:
    """List one's own uploads, oldest first."""
    return services.uploads.list_of(_owner(principal), at=services.clock.now())


def keep(services: Services, upload: ResumableUpload, content: bytes, *, starts_at: int) -> KeptPart:
    """Store bytes that do not count yet; raises as `Uploads.keep`."""
    return services.uploads.keep(upload, content, starts_at=starts_at)


def acknowledge(services: Services, upload: ResumableUpload, parts: Sequence[KeptPart]) -> ResumableUpload:
    """Let stored bytes count; raises as `Uploads.acknowledge`."""
    return services.uploads.acknowledge(upload, parts, at=services.clock.now())


def end(services: Services, principal: Principal, upload_id: str) -> None:
    """Throw an upload of one's own away.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    services.uploads.end(find(services, principal, upload_id))


@contextlib.contextmanager
def opened(services: Services, principal: Principal, upload_ids: Sequence[str]) -> Iterator[tuple[Upload, ...]]:
    """Put finished uploads together in files without a name; they end when the block ends well.

    Raises:
        NotFound: one does not exist, or is somebody else's.
        UploadUnfinished: parts of one are missing.
    """
    found = [find(services, principal, upload_id) for upload_id in upload_ids]
    with contextlib.ExitStack() as stack:
        parts = []
        for upload in found:
            spooled = stack.enter_context(services.spool.file())
            services.uploads.copy_to(upload, spooled.file)
            parts.append(Upload(spooled.payload(), upload.metadata.get("filetype")))
        yield tuple(parts)
    for upload in found:
        services.uploads.end(upload)


def _owner(principal: Principal) -> str:
    return f"staff:{principal.staff_id}"
