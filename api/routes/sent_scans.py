"""The scan of an original as it is sent: a form with its files, or JSON that names uploads which came in parts before."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import anyio
from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from api.access import Principal
from api.acts import uploads as acts
from api.errors import RequestInvalid, UploadTooLarge
from api.routes.uploads import MOST_SCANS, form_body, opened_form, payload_of, read_files, text_of
from api.services import Services
from certify.pipeline import Upload
from ocr import IntakeCode, ScanRefused

_JSON: Final = "application/json"
_MAX_JSON_BYTES: Final = 64 << 10
_UPLOADS: Final = "upload_ids"
INTAKE_PLACES: Final = 2
"""So many scans are put away at once; the database takes one writer at a time anyway."""
_ULID: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_UPLOAD: Final = "upload_id"


@dataclass(frozen=True, slots=True)
class SentScan:
    """Some short fields with files or the names of uploads, in their order; of both, the uploads come first."""

    fields: Mapping[str, str] = field(repr=False)
    files: tuple[UploadFile, ...] = ()
    upload_ids: tuple[str, ...] = ()

    def text(self, name: str, *, default: str | None = None) -> str:
        """A field as text.

        Raises:
            RequestInvalid: it is missing, or holds a NUL.
        """
        return text_of(self.fields, name, default=default)

    def asked(self) -> bytes:
        """What was sent, in a form by which two calls are told apart."""
        sent = [(file.content_type, payload_of(file).sha256_hex()) for file in self.files]
        whole = {"fields": dict(self.fields), "files": sent, "uploads": self.upload_ids}
        return json.dumps(whole, sort_keys=True).encode()

    @contextlib.contextmanager
    def opened(self, services: Services, caller: Principal) -> Iterator[tuple[Upload, ...]]:
        """Give the files while the block lasts; uploads that were used are thrown away after it.

        Raises:
            ScanRefused: a file is empty.
            NotFound, UploadUnfinished: as `acts.uploads.opened`.
        """
        sent = tuple(Upload(payload_of(file), file.content_type) for file in self.files)
        with acts.opened(services, caller, self.upload_ids) as uploads:
            yield _not_empty(uploads + sent)


async def _read(request: Request) -> AsyncIterator[SentScan]:
    places: anyio.Semaphore = request.app.state.intake_places
    if request.headers.get("content-type", "").split(";")[0].strip().lower() == _JSON:
        named = _named(await _read_json(request))
        async with places:
            yield named
        return
    async for form in read_files(request, max_files=MOST_SCANS):
        # What waits here lies on disk. In the threads of everybody it would keep who only looks from looking.
        async with places:
            yield SentScan(form.fields, (form.file, *form.further))


ScanSent = Annotated[SentScan, Depends(_read)]


async def _read_page_form(request: Request) -> AsyncIterator[SentScan]:
    """Read the form of a page: files that were chosen there, uploads that were ticked, or both.

    Raises:
        RequestInvalid: neither, too many, or no id of an upload.
    """
    async with opened_form(request, max_files=MOST_SCANS) as form:
        # A browser sends a part without name and bytes for each field of files that was left alone.
        files = tuple(one for one in form.getlist("scan") if isinstance(one, UploadFile) and one.filename)
        ids = tuple(dict.fromkeys(str(one) for one in form.getlist(_UPLOAD)))
        if not all(_ULID.fullmatch(one) for one in ids):
            raise RequestInvalid("an upload id is wrong", field=_UPLOAD)
        if len(files) + len(ids) > MOST_SCANS:
            raise RequestInvalid(f"an original has at most {MOST_SCANS} files", field="scan")
        fields = {name: value for name, value in form.items() if isinstance(value, str) and name != _UPLOAD}
        yield SentScan(fields, files, ids)


PageScan = Annotated[SentScan, Depends(_read_page_form)]


def scan_body(properties: Mapping[str, Mapping[str, Any]], *, required: tuple[str, ...]) -> dict[str, Any]:
    """Describe both ways in the OpenAPI document."""
    described = form_body(properties, required=required, most_files=MOST_SCANS)
    ids = {
        "type": "array",
        "items": {"type": "string", "pattern": f"^{_ULID.pattern}$"},
        "minItems": 1,
        "maxItems": MOST_SCANS,
        "description": "Finished uploads (`POST /v1/uploads`) in their order.",
    }
    described["requestBody"]["content"][_JSON] = {
        "schema": {
            "type": "object",
            "properties": {_UPLOADS: ids} | {name: dict(value) for name, value in properties.items()},
            "required": [_UPLOADS, *required],
        }
    }
    return described


async def _read_json(request: Request) -> dict[str, Any]:
    # The door takes large forms here; JSON is never large.
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _MAX_JSON_BYTES:
            raise UploadTooLarge(f"JSON has at most {_MAX_JSON_BYTES} bytes here")
    try:
        whole = json.loads(bytes(body))
    except (ValueError, RecursionError) as exc:
        raise RequestInvalid("the body is no JSON", field="body") from exc
    if not isinstance(whole, dict):
        raise RequestInvalid("send an object", field="body")
    return whole


def _named(whole: dict[str, Any]) -> SentScan:
    ids = whole.pop(_UPLOADS, None)
    if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_SCANS or len(set(map(str, ids))) != len(ids):
        raise RequestInvalid(f"name from 1 to {MOST_SCANS} different uploads", field=_UPLOADS)
    if not all(isinstance(one, str) and _ULID.fullmatch(one) for one in ids):
        raise RequestInvalid("an upload id is wrong", field=_UPLOADS)
    fields = {}
    for name, value in whole.items():
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise RequestInvalid(f"{name} is missing or wrong", field=name[:64])
        fields[name] = str(value)
    return SentScan(fields, upload_ids=tuple(ids))


def _not_empty(uploads: tuple[Upload, ...]) -> tuple[Upload, ...]:
    if not all(len(upload.content) for upload in uploads):
        raise ScanRefused(IntakeCode.EMPTY_FILE, "a file is empty; send it again")
    return uploads
