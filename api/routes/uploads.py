"""Multipart uploads that are read only after the caller is known: first who asks, then the bytes.

The framework would read a declared form before any dependency runs, and so spool a stranger's 256 MB to disk before
it answers 401. These forms are therefore parsed by a dependency that comes after the declaration. A file of theirs
lies on disk without a name and is handed on as such: this process never holds it.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from api.errors import RequestInvalid
from guard import FilePayload, open_file_payload

_MAX_FIELDS: Final = 40
_MAX_FIELD_BYTES: Final = 4096
MOST_SCANS: Final = 20
FORM: Final = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class SentForm:
    """One file and some short fields; an original in several scans has further files, in their order."""

    file: UploadFile
    fields: Mapping[str, str] = field(repr=False)
    further: tuple[UploadFile, ...] = ()

    @property
    def content(self) -> bytes:
        """The bytes of the file, for who must have them in memory."""
        self.file.file.seek(0)
        return self.file.file.read()

    @property
    def payload(self) -> FilePayload:
        """The file as it lies on disk; good until the answer is sent."""
        return payload_of(self.file)

    @property
    def file_name(self) -> str:
        """What the sender calls it: a word to show again, never a path."""
        name = (self.file.filename or "").replace("\\", "/").rsplit("/", 1)[-1]
        return "".join(sign for sign in name if sign.isprintable())[:200]

    def text(self, name: str, *, default: str | None = None) -> str:
        """A field as text.

        Raises:
            RequestInvalid: it is missing, or holds a NUL.
        """
        return text_of(self.fields, name, default=default)


def text_of(fields: Mapping[str, str], name: str, *, default: str | None = None) -> str:
    """Give a field as text.

    Raises:
        RequestInvalid: it is missing, or holds a NUL.
    """
    value = fields.get(name, default)
    if value is None or "\0" in value:
        raise RequestInvalid(f"{name} is missing or wrong", field=name)
    return value


def payload_of(file: UploadFile) -> FilePayload:
    """Give a sent file as it lies on disk; good until the answer is sent."""
    file.file.flush()
    # Asking for its descriptor moves a short file, which the framework holds in memory, to disk.
    return open_file_payload(file.file)


async def read_form(request: Request) -> AsyncIterator[SentForm]:
    """Read a form with exactly one file; its temporary file is gone after the answer.

    Raises:
        RequestInvalid: it is no such form.
    """
    async for form in read_files(request, max_files=1):
        yield form


async def read_files(request: Request, *, max_files: int) -> AsyncIterator[SentForm]:
    """Read a form with one or more files of one name.

    Raises:
        RequestInvalid: it is no such form.
    """
    async with opened_form(request, max_files=max_files) as form:
        sent = [(name, value) for name, value in form.multi_items() if isinstance(value, UploadFile)]
        files = [value for _, value in sent]
        if len({name for name, _ in sent}) > 1:
            # Files of different names are different things, and this form asks for one.
            raise RequestInvalid("send the files of one original under one name", field="request")
        if not 1 <= len(files) <= max_files:
            raise RequestInvalid(f"send a file, and no more than {max_files}", field="file")
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        yield SentForm(files[0], fields, tuple(files[1:]))


@contextlib.asynccontextmanager
async def opened_form(request: Request, *, max_files: int) -> AsyncIterator[FormData]:
    """Parse a form with files; they are gone when the block ends.

    Raises:
        RequestInvalid: it is no such form.
    """
    if not request.headers.get("content-type", "").lower().startswith(FORM):
        raise RequestInvalid("send multipart/form-data with a file", field="file")
    form: FormData | None = None
    try:
        form = await _parse(request, max_files=max_files)
        yield form
    finally:
        if form is not None:
            await form.close()


async def _parse(request: Request, *, max_files: int) -> FormData:
    limits = {"max_files": max_files, "max_fields": _MAX_FIELDS, "max_part_size": _MAX_FIELD_BYTES}
    if "x-csrf-token" not in request.headers and "authorization" not in request.headers:
        # The secret of a page's form stands in the form: it was read before.
        return await request.form(**limits)
    try:
        return await _ToDisk(request.headers, request.stream(), **limits).parse()
    except MultiPartException as exc:
        raise RequestInvalid("the form cannot be read", field="request") from exc


class _ToDisk(MultiPartParser):
    """Holds less of each file in memory than the framework does by itself: fifty come at once."""

    spool_max_size = 64 << 10


Form = Annotated[SentForm, Depends(read_form)]


def form_body(
    properties: Mapping[str, Mapping[str, Any]], *, required: tuple[str, ...], most_files: int = 1
) -> dict[str, Any]:
    """Describe such a form in the OpenAPI document, which the framework cannot see."""
    one_file: dict[str, Any] = {"type": "string", "format": "binary"}
    several = {
        "type": "array",
        "items": one_file,
        "minItems": 1,
        "maxItems": most_files,
        "description": "The scan of one original; several files are joined in their order.",
    }
    schema = {
        "type": "object",
        "properties": {"file": one_file if most_files == 1 else several} | {k: dict(v) for k, v in properties.items()},
        "required": ["file", *required],
    }
    return {"requestBody": {"required": True, "content": {FORM: {"schema": schema}}}}
