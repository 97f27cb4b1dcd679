"""Resumable uploads by the tus protocol, version 1.0.0: creation (also with the first bytes), expiration, checksum, termination.

https://tus.io/protocols/resumable-upload. A part counts as soon as it stands encrypted in the vault: a connection or a
process that breaks off loses what came after that, and the sender asks by HEAD where to go on. With a checksum
(`Upload-Checksum`) a request counts as a whole or not at all.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from email.utils import format_datetime
from functools import partial
from typing import Annotated, Any, Final, TypeVar

import anyio.to_thread
from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.requests import ClientDisconnect

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import uploads as acts
from api.errors import MediaTypeRefused, RequestInvalid, TusVersionUnknown
from api.identity import Scope
from api.routes.depends import Anyone, IdempotencyKeyHeader, Office, Ulid, reply
from api.routes.repeats import do_once
from api.schemas.uploads import UploadList, UploadTold
from api.services import Services
from vault import PART_BYTES, KeptPart, ResumableUpload, UploadDamaged, UploadMoved, UploadOverfull

router = APIRouter(prefix="/v1/uploads", tags=["uploads"])
_VERSION: Final = "1.0.0"
_PART: Final = "application/offset+octet-stream"
_EXTENSIONS: Final = "creation,creation-with-upload,expiration,checksum,termination"
_ALGORITHMS: Final[Mapping[str, Callable[[], Any]]] = {
    "sha256": hashlib.sha256,
    # The protocol wants it (Checksum: "MUST support at least the SHA1 algorithm"); it guards against noise, not people.
    "sha1": partial(hashlib.sha1, usedforsecurity=False),
}
_MAX_METADATA: Final = 4096
_KEPT_METADATA: Final = frozenset({"filename", "filetype", "modified"})
# Of the threads of all requests, so many write parts: fifty uploads at once must not keep everybody else waiting.
UPLOAD_THREADS: Final = 4

_T = TypeVar("_T")

Sender = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, owner=OwnerRule.SELF, scope=Scope.COPIES_WRITE))]
_BYTES: Final = {"content": {_PART: {"schema": {"type": "string", "format": "binary"}}}}
_PART_BODY: Final = {"requestBody": {"required": True} | _BYTES}
_FIRST_PART_BODY: Final = {"requestBody": {"required": False} | _BYTES}


def _speaks_tus(tus_resumable: Annotated[str | None, Header(description="1.0.0")] = None) -> None:
    if tus_resumable != _VERSION:
        raise TusVersionUnknown("send Tus-Resumable: 1.0.0")


# Asked for after the caller: a stranger is told to sign in, and nothing else.
Tus = Annotated[None, Depends(_speaks_tus)]


@router.options("", status_code=204)
def tell_abilities(_caller: Anyone) -> Response:
    """Tell which version and extensions of tus are spoken here, and how large an upload may be."""
    headers = {
        "Tus-Resumable": _VERSION,
        "Tus-Version": _VERSION,
        "Tus-Max-Size": str(acts.MAX_BYTES),
        "Tus-Extension": _EXTENSIONS,
        "Tus-Checksum-Algorithm": ",".join(_ALGORITHMS),
    }
    return Response(status_code=204, headers=headers)


@router.get("", response_model=UploadList)
def list_uploads(caller: Sender, services: Office) -> Response:
    """List the caller's unfinished and unused uploads, oldest first; there are never more than 20."""
    return reply(UploadList(items=[_told(upload) for upload in acts.unfinished(services, caller)], next_cursor=None))


@router.post("", status_code=201, response_class=Response, openapi_extra=_FIRST_PART_BODY)
async def begin_upload(
    request: Request,
    caller: Sender,
    _tus: Tus,
    services: Office,
    upload_length: Annotated[int, Header(ge=0, description="Bytes of the whole file.")],
    upload_metadata: Annotated[str, Header(description="filename and filetype, each with its value in base64.")] = "",
    _key: IdempotencyKeyHeader = None,
) -> Response:
    """Begin an upload; a body of `application/offset+octet-stream` is its first part."""
    metadata = _read_metadata(upload_metadata)
    asked = f"{upload_length}\n{upload_metadata}".encode()

    def act() -> Response:
        begun = acts.begin(services, caller, byte_count=upload_length, metadata=metadata)
        headers = _where(begun) | {"Location": f"/v1/uploads/{begun.upload_id}"}
        return Response(status_code=201, headers=headers)

    response = await _aside(request, do_once, request, services, caller, asked=asked, act=act)
    if _content_type(request) == _PART:
        upload_id = response.headers["Location"].rsplit("/", 1)[-1]
        upload = await _aside(request, acts.find, services, caller, upload_id)
        if upload.received == 0:
            upload = await _receive(request, services, upload)
        response.headers.update(_where(upload))
    return response


@router.head("/{upload_id}")
def ask_upload(caller: Sender, _tus: Tus, services: Office, upload_id: Ulid) -> Response:
    """Tell where an upload stands."""
    upload = acts.find(services, caller, upload_id)
    return Response(headers=_where(upload) | {"Upload-Length": str(upload.byte_count)})


@router.patch("/{upload_id}", status_code=204, response_class=Response, openapi_extra=_PART_BODY)
async def append_upload(
    request: Request,
    caller: Sender,
    _tus: Tus,
    services: Office,
    upload_id: Ulid,
    upload_offset: Annotated[int, Header(ge=0, description="Where the bytes begin: where the upload stands.")],
    _upload_checksum: Annotated[
        str | None, Header(alias="Upload-Checksum", description="sha256 or sha1, then the digest in base64.")
    ] = None,
) -> Response:
    """Go on with an upload; what is acknowledged is kept, whatever happens afterwards."""
    if _content_type(request) != _PART:
        raise MediaTypeRefused(f"send the bytes as {_PART}")
    upload = await _aside(request, acts.find, services, caller, upload_id)
    if upload.received != upload_offset:
        raise UploadMoved(f"upload {upload_id} stands at {upload.received}")
    return Response(status_code=204, headers=_where(await _receive(request, services, upload)))


@router.delete("/{upload_id}", status_code=204)
def end_upload(caller: Sender, _tus: Tus, services: Office, upload_id: Ulid) -> Response:
    """Throw an upload away; its bytes are destroyed."""
    acts.end(services, caller, upload_id)
    return Response(status_code=204)


async def _receive(request: Request, services: Services, upload: ResumableUpload) -> ResumableUpload:
    """Keep what comes part by part; with a checksum nothing counts before all of it was seen."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and upload.received + int(announced) > upload.byte_count:
        raise UploadOverfull(f"upload {upload.upload_id} was announced with {upload.byte_count} bytes")
    receiving = _Receiving(request, services, upload)
    try:
        async for piece in request.stream():
            await receiving.take(piece)
    except ClientDisconnect:
        # What came is kept, so that the sender goes on behind it; what should have a checksum cannot be judged.
        if receiving.checksum is not None:
            raise
    return await receiving.finish()


class _Receiving:
    """The bytes of one request on their way into the vault; at most one part of them waits in memory."""

    def __init__(self, request: Request, services: Services, upload: ResumableUpload) -> None:
        self.checksum = _Checksum.of(request)
        self._request = request
        self._services = services
        self._upload = upload
        self._stands = upload.received
        self._waiting = bytearray()
        self._kept: list[KeptPart] = []

    async def take(self, piece: bytes) -> None:
        if self.checksum is not None:
            self.checksum.add(piece)
        self._waiting += piece
        while len(self._waiting) >= PART_BYTES:
            await self._put_away()

    async def finish(self) -> ResumableUpload:
        if self._waiting:
            await self._put_away()
        if self._kept and self.checksum is not None:
            self.checksum.check(self._upload)
            await self._acknowledge()
        return self._upload

    async def _put_away(self) -> None:
        piece = bytes(self._waiting[:PART_BYTES])
        del self._waiting[:PART_BYTES]
        part = await _aside(self._request, acts.keep, self._services, self._upload, piece, starts_at=self._stands)
        self._kept.append(part)
        self._stands += len(piece)
        if self.checksum is None:
            await self._acknowledge()

    async def _acknowledge(self) -> None:
        kept, self._kept = self._kept, []
        self._upload = await _aside(self._request, acts.acknowledge, self._services, self._upload, kept)


class _Checksum:
    """What the sender says the bytes of one request digest to."""

    def __init__(self, name: str, wanted: bytes) -> None:
        self._seen = _ALGORITHMS[name]()
        self._wanted = wanted

    @classmethod
    def of(cls, request: Request) -> _Checksum | None:
        """Read the header, when there is one.

        Raises:
            RequestInvalid: an algorithm that is not known here, or no base64.
        """
        header = request.headers.get("upload-checksum")
        if header is None:
            return None
        name, _, digest = header.partition(" ")
        try:
            wanted = base64.b64decode(digest, validate=True)
        except (ValueError, binascii.Error) as exc:
            raise RequestInvalid("the checksum is no base64", field="upload-checksum") from exc
        if name not in _ALGORITHMS:
            raise RequestInvalid(f"a checksum is one of {', '.join(_ALGORITHMS)}", field="upload-checksum")
        return cls(name, wanted)

    def add(self, piece: bytes) -> None:
        self._seen.update(piece)

    def check(self, upload: ResumableUpload) -> None:
        if not hmac.compare_digest(self._seen.digest(), self._wanted):
            raise UploadDamaged(f"what came for upload {upload.upload_id} is not what its checksum says")


async def _aside(request: Request, work: Callable[..., _T], *args: Any, **more: Any) -> _T:
    limiter: anyio.CapacityLimiter = request.app.state.upload_threads
    return await anyio.to_thread.run_sync(partial(work, *args, **more), limiter=limiter)


def _where(upload: ResumableUpload) -> dict[str, str]:
    return {"Upload-Offset": str(upload.received), "Upload-Expires": format_datetime(upload.expires_at, usegmt=True)}


def _told(upload: ResumableUpload) -> UploadTold:
    return UploadTold(
        upload_id=upload.upload_id,
        bytes=upload.byte_count,
        received=upload.received,
        expires_at=upload.expires_at,
        finished=upload.is_finished,
    )


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


def _read_metadata(header: str) -> dict[str, str]:
    if len(header) > _MAX_METADATA:
        raise RequestInvalid("the metadata is too long", field="upload-metadata")
    found = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        name, _, value = pair.partition(" ")
        try:
            text = base64.b64decode(value, validate=True).decode()
        except (ValueError, binascii.Error) as exc:
            raise RequestInvalid("the metadata is no base64", field="upload-metadata") from exc
        if name in _KEPT_METADATA:
            found[name] = text
    return found
