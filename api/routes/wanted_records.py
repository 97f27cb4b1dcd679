"""What a list of papers is narrowed to, read from the address."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Depends, Query

from api.acts.citizen import PapersWanted
from vault import RecordStatus, Shelf


@dataclass(frozen=True, slots=True)
class WantedRecords:
    """The choice, and a mark of it that binds a cursor to it without telling the words."""

    choice: PapersWanted
    mark: str


def _wanted(
    shelf: Annotated[Shelf | None, Query(description="One of the six shelves.")] = None,
    doc_type: Annotated[str | None, Query(max_length=64, examples=["VN.BIRTH_CERT"])] = None,
    status: Annotated[RecordStatus | None, Query(description="As of today.")] = None,
    least_level: Annotated[int, Query(ge=0, le=4, description="Assurance of at least this level.")] = 0,
    valid_on: Annotated[date | None, Query(description="Valid on this day.")] = None,
    text: Annotated[str, Query(max_length=200, description="Words of the paper, without accents if you like.")] = "",
) -> WantedRecords:
    choice = PapersWanted(shelf, doc_type, status, least_level, valid_on, text)
    told = "\0".join(str(one) for one in (shelf, doc_type, status, least_level, valid_on, text))
    return WantedRecords(choice, hashlib.sha256(told.encode()).hexdigest()[:16])


Wanted = Annotated[WantedRecords, Depends(_wanted)]
