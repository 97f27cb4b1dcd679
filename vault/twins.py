"""The machine-readable twin of a paper: its fields, and of each whether a machine read it, checked it, or a person confirmed it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.blobs import BlobVault
from vault.errors import NotFound, RecordRefused
from vault.owners import Owner, StaffAccess
from vault.papers import NewRendition
from vault.records import add_rendition, get_for_owner
from vault.shapes import RenditionKind
from vault.tables import records

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
    verified_at: datetime | None = None

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


def confirm_field(
    tx: Connection,
    access: StaffAccess,
    record_id: str,
    name: str,
    *,
    value: str,
    vault: BlobVault,
    at: datetime,
    random_bytes: RandomBytes,
) -> Twin:
    """Write that a person of the office holds this value to be what the paper says; a newer form of the twin keeps it.

    What was read before stays in the earlier forms. Another value than the one that was read is a correction.

    Raises:
        NotFound: no such record for this access, or its twin has no field of this name.
        RecordRefused: the value says nothing.
    """
    if not value.strip():
        raise RecordRefused(f"field {name} of record {record_id} is confirmed with the value that the paper shows")
    # Two people who confirm two fields at once must not write each other's away.
    tx.execute(sa.select(records.c.record_id).where(records.c.record_id == record_id).with_for_update())
    record = get_for_owner(tx, access, record_id)
    whole = json.loads(vault.read(record.newest(RenditionKind.FIELDS_JSON).blob))
    named = [one for one in whole["fields"] if one["name"] == name]
    if not named:
        raise NotFound(f"record {record_id} has no field {name}")
    named[0].update(value=value.strip(), verified_by=access.staff_id, verified_at=at.isoformat())
    content = json.dumps(whole, ensure_ascii=False, sort_keys=True).encode()
    blob = vault.put(record.document_id, f"fields-{new_ulid(at=at, random_bytes=random_bytes)}.json", content)
    new = NewRendition(blob, RenditionKind.FIELDS_JSON, media_type="application/json")
    add_rendition(tx, access, record_id, new=new, at=at)
    return read_twin(tx, access, record_id, vault=vault)


def _field(one: Mapping[str, Any]) -> TwinField:
    # Twins of the first version know nothing of who confirmed: nobody did.
    confirmed_at = one.get("verified_at")
    return TwinField(
        name=one["name"],
        value=one["value"],
        confidence=one.get("confidence"),
        checks=tuple(one.get("checks", ())),
        verified_by=one.get("verified_by"),
        verified_at=datetime.fromisoformat(confirmed_at) if confirmed_at else None,
    )
