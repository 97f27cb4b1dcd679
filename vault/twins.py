"""The machine-readable twin of a paper: its fields, and of each whether a machine read it, checked it, or a person confirmed it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy.engine import Connection

from vault.blobs import BlobVault
from vault.errors import NotFound
from vault.owners import Owner
from vault.records import get_for_owner
from vault.shapes import RenditionKind

# Checks that a wrong reading fails: digits that must agree, days of the calendar, words that say the same number.
_PROVING: Final = frozenset(
    {"CHECK_DIGIT", "CALENDAR_DATE", "BIRTH_YEAR_AGREES", "SEX_AGREES", "WORDS_AGREE", "MACHINE_READ"}
)


class FieldState(StrEnum):
    """How far a field may be relied on."""

    UNVERIFIED = "UNVERIFIED"
    CHECKED = "CHECKED"
    CONFIRMED = "CONFIRMED"


@dataclass(frozen=True, slots=True)
class TwinField:
    """One field of the twin; its `repr` shows no value."""

    name: str
    value: str = field(repr=False)
    confidence: float | None
    checks: tuple[str, ...]
    verified_by: str | None

    @property
    def state(self) -> FieldState:
        """CONFIRMED by a person, CHECKED by what a wrong reading fails, else UNVERIFIED."""
        if self.verified_by is not None:
            return FieldState.CONFIRMED
        return FieldState.CHECKED if _PROVING & set(self.checks) else FieldState.UNVERIFIED


@dataclass(frozen=True, slots=True)
class Twin:
    """The fields of a paper; an empty one where nothing was read."""

    doc_type: str | None = None
    fields: tuple[TwinField, ...] = ()


def read_twin(tx: Connection, owner: Owner, record_id: str, *, vault: BlobVault) -> Twin:
    """Read the twin of a paper this owner may see.

    Raises:
        NotFound: no such record for this owner.
        BlobError: the stored twin is damaged or erased.
    """
    record = get_for_owner(tx, owner, record_id)
    try:
        rendition = record.newest(RenditionKind.FIELDS_JSON)
    except NotFound:
        return Twin()
    whole = json.loads(vault.read(rendition.blob))
    return Twin(whole.get("doc_type"), tuple(_field(one) for one in whole["fields"]))


def _field(one: Mapping[str, Any]) -> TwinField:
    # Twins of the first version know nothing of who confirmed: nobody did.
    return TwinField(
        name=one["name"],
        value=one["value"],
        confidence=one.get("confidence"),
        checks=tuple(one.get("checks", ())),
        verified_by=one.get("verified_by"),
    )
