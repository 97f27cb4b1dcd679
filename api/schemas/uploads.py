"""Uploads in parts, as they are told."""

from __future__ import annotations

from pydantic import Field

from api.schemas.wire import Moment, Told


class UploadTold(Told):
    """How far an upload is."""

    upload_id: str
    bytes: int = Field(description="Of the whole file.")
    received: int = Field(description="Of them; the next part begins here.")
    expires_at: Moment = Field(description="It is thrown away then, unless a part comes before.")
    finished: bool


class UploadList(Told):
    """The caller's uploads, oldest first."""

    items: list[UploadTold]
    next_cursor: str | None
