"""Taking along and erasing, as it goes over the wire."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.schemas.vaults import RecordTold
from api.schemas.wire import Asked, Told, UlidText


class ErasureTold(Told):
    """What an erasure would take, and what must be kept."""

    erasable: list[RecordTold]
    kept: list[RecordTold]


class EraseAsked(Asked):
    """Which papers; the word is asked for so that nobody erases by mistake."""

    record_ids: list[UlidText] = Field(min_length=1, max_length=500)
    confirm: Literal["ERASE"]


class ErasedTold(Told):
    """What was erased."""

    record_ids: list[str]
