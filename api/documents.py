"""Answers with a document: small ones from memory, large ones piece by piece from the file they lie in."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Final

from fastapi import Response
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from api.services import Services
from guard import FilePayload, Payload, Room, Spool, sha256_hex_of
from vault import Record, RenditionKind

_SENT_AT_ONCE: Final = 256 * 1024

DocumentGiven = tuple[Payload, Mapping[str, str]]
"""A document with the headers it goes out with."""


def document_response(
    spool: Spool, give: Callable[[Room], DocumentGiven], *, media_type: str = "application/pdf"
) -> Response:
    """Answer with what `give` takes into a room; a file stays open until it is sent, and is closed whatever happens."""
    with ExitStack() as stack:
        content, headers = give(stack.enter_context(spool.room()))
        if isinstance(content, bytes):
            return Response(content, media_type=media_type, headers=dict(headers))
        return SpooledResponse(content, until_sent=stack.pop_all(), media_type=media_type, headers=headers)


def newest_pdf(services: Services, record: Record) -> Response:
    """Answer with the newest signed file of a record, as a download under its digest."""
    newest = record.newest(RenditionKind.SIGNED_PDF)
    headers = {"ETag": f'"{newest.sha256_hex}"', **download_headers(name=f"{record.record_id}.pdf")}
    return document_response(
        services.spool, lambda room: (services.blobs.fetch_recorded(newest.blob, room=room), headers)
    )


def digest_headers(content: Payload, *, name: str) -> dict[str, str]:
    """Name the bytes by their digest (RFC 9530), so that the receiver can check what arrived; `name` is made of ids."""
    sha256_hex = sha256_hex_of(content)
    return {
        "ETag": f'"{sha256_hex}"',
        "Content-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(sha256_hex)).decode()}:",
        **download_headers(name=name),
    }


def download_headers(*, name: str) -> dict[str, str]:
    """Say that a file is to be stored and not shown; `name` is made of ids."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}


class SpooledResponse(Response):
    """A file that is read while it is sent, so that no more of it is in memory than a piece."""

    def __init__(
        self, content: FilePayload, *, until_sent: ExitStack, media_type: str, headers: Mapping[str, str]
    ) -> None:
        super().__init__(None, media_type=media_type, headers={**headers, "Content-Length": str(content.length)})
        self._content = content
        self._until_sent = until_sent

    # Every application of ASGI is called with all three.
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it; a reader that goes away ends it."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            with self._content.path.open("rb") as file:
                while piece := await run_in_threadpool(partial(file.read, _SENT_AT_ONCE)):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await run_in_threadpool(self._until_sent.close)
