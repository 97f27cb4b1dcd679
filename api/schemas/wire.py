"""What all messages have in common: nothing unknown comes in, times leave as RFC 3339 in UTC, errors are RFC 9457."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]
Sha256Hex = Annotated[
    str, Field(pattern=r"^[0-9a-f]{64}$", examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
]
UlidText = Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$", examples=["01KAM5X0E8Q2V7T9B3C4D5F6G7"])]
Line = Annotated[str, Field(min_length=1, max_length=200)]


class Asked(BaseModel):
    """What a caller sends; a field nobody knows is a mistake, not a wish, and the text "yes" is no consent."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_nul(cls, value: object) -> object:
        # PostgreSQL stores no NUL, and no word of a person has one.
        if isinstance(value, str) and "\0" in value:
            raise ValueError("a text holds no NUL")
        return value

    @field_validator("*", mode="before")
    @classmethod
    def _no_near_miss(cls, value: object, info: ValidationInfo) -> object:
        # Times and words of a list travel as text and are read; a yes and a number have forms of their own in JSON.
        wanted = cls.model_fields[info.field_name or ""].annotation
        for kind in (bool, int):
            if wanted in {kind, kind | None} and value is not None and type(value) is not kind:
                raise ValueError(f"this is no {'yes or no' if kind is bool else 'whole number'}")
        return value


class Told(BaseModel):
    """What a caller gets."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)


class Sentence(Told):
    """One sentence in three languages."""

    vi: str
    en: str
    fr: str


class Problem(Told):
    """What went wrong (RFC 9457); `type` and `code` are stable, `title` and `detail` are for people."""

    type: str = Field(examples=["urn:vidimus:problem:not-authenticated"])
    title: str = Field(examples=["Please sign in"])
    status: int = Field(examples=[401])
    detail: str = Field(examples=["Your session ended or has not begun."])
    code: str = Field(examples=["NOT_AUTHENTICATED"])
    reason: str | None = Field(default=None, description="The code of the refusal itself, where it has one.")
    field: str | None = Field(default=None, description="The field of the request that is missing or wrong.")
