"""What is told to people, and where they want to be told, as it goes over the wire."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.schemas.wire import Asked, Moment, Sentence, Told, UlidText


class NoticeTold(Told):
    """What happened and what to do, in three languages; `kind` and `refs` are for a program."""

    notice_id: UlidText
    at: Moment
    kind: str = Field(examples=["COPY_ANNULLED_KEY"])
    refs: dict[str, str] = Field(
        description="Ids and codes of what it is about.", examples=[{"code": "K7PM-3QWX-9DHT-5"}]
    )
    title: Sentence
    what: Sentence
    todo: Sentence
    path: str = Field(description="Where at the doors it leads.", examples=["/citizen/notices"])


class NoticeList(Told):
    """A page of notices, newest first."""

    items: list[NoticeTold]
    next_cursor: str | None


class ContactAsked(Asked):
    """Where one wants to be told; an empty text takes an address away."""

    email: str = Field(default="", max_length=254, repr=False, examples=["an@thi-du.example"])
    phone: str = Field(default="", max_length=32, repr=False, examples=["+84 901 000 000"])
    language: Literal["vi", "en", "fr"] = "vi"
    by_email: bool = False
    by_sms: bool = False


class ContactTold(Told):
    """Where one wants to be told, and whether the counter entered it."""

    email: str = Field(repr=False)
    phone: str = Field(repr=False)
    language: str
    by_email: bool
    by_sms: bool
    entered_by_office: bool
