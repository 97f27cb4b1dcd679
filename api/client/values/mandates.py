"""What is told about who acts for whose vault.

Written by `python -m docs.generate` from the description of the API; changes by hand are lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose vault it is."""

    holder_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """Which paper it is."""

    record_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateList:
    """Mandates, newest first."""

    items: tuple[Mandate, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """A mandate; `name` is the other person's, for the one who may know it."""

    mandate_id: str
    holder_id: str
    person_id: str
    kind: str
    covers: str
    covered: tuple[str, ...]
    may_act: bool
    document_number: str
    starts_at: datetime
    ends_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by_document: str | None = None
    name: str | None = None
