"""Corrections as they go over the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.acts.corrections import OriginalChange
from api.schemas.wire import Asked, Moment, Told, UlidText

_Reason = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Z][A-Z0-9_]*$", examples=["WRONG_ORIGINAL"])]


class AnnulmentAsked(Asked):
    """A copy is annulled by a decision, and its number stands on the copy for ever."""

    decision_number: str = Field(min_length=1, max_length=120, examples=["15/QĐ-UBND"])
    reason: _Reason


class OriginalChangeAsked(Asked):
    """What the issuer did to the original."""

    change: OriginalChange
    reason: _Reason = "ISSUER_NOTICE"


class RecallAsked(Asked):
    """In whose vault the copy belongs."""

    holder_number: str = Field(min_length=6, max_length=20, repr=False, examples=["000195012345"])
    reason: _Reason = "MISDELIVERY"


class RegisterLineTold(Told):
    """The line of the register as it stands now."""

    code: str
    book: str
    number: int
    status: str = Field(description="FINAL, SUPERSEDED, ANNULLED.", examples=["ANNULLED"])
    item_id: UlidText


class FreeCopyTold(Told):
    """The new item; its scan goes to `POST /v1/drafts/{item_id}/scan`."""

    item_id: UlidText
    corrects_code: str


class ReadingTold(Told):
    """One look at the paper while it lay in the wrong vault."""

    event_id: UlidText
    action: str
    actor_kind: str
    actor_id: str
    agency_code: str | None
    at: Moment


class RecallTold(Told):
    """What the recall ended, and what the data-protection officer has to look at."""

    record_id: UlidText
    shares_ended: int
    grants_ended: int
    readings: list[ReadingTold]


class FieldConfirmed(Asked):
    """The value of a field as the page shows it: what was read, or what it should have been."""

    value: str = Field(min_length=1, max_length=500, repr=False, examples=["Nguyễn Thị Thí Dụ"])
