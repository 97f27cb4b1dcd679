"""What auditors and overseers are told: books, findings, corrections, figures, how long things are kept.

Written by `python -m docs.generate` from the description of the API; changes by hand are lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from api.client.values.office import RegisterRow
from api.client.values.public import Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One number, with who took part in it by id."""

    book_id: str
    book: str
    number: int
    status: str
    code: str | None = None
    item_id: str
    reserved_at: datetime
    finalised_at: datetime | None = None
    voided_at: datetime | None = None
    void_reason: str | None = None
    officer_id: str | None = None
    keeper_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLines:
    """The numbers that fit, newest first; at most 200."""

    items: tuple[AuditLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookFinding:
    """What deserves a second look: GAP, LOST, VOID, OVERRIDE or LATE_SEAL, with its reason as a code."""

    kind: str
    number: int
    code: str
    item_id: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookLines:
    """Lines of one book."""

    book: str
    shown_at: datetime
    items: tuple[RegisterRow, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookList:
    """The books of an agency, the newest year first."""

    items: tuple[Book, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One book of the register."""

    book_id: str
    agency_code: str
    display: str
    year: int
    volume: int
    status: str
    last_number: int
    totals: Totals
    closing: Closing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One group of a figure."""

    group: str
    value: float | None = None
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How a book was closed; the signature follows the closing, and its digest is in the log."""

    closed_at: datetime
    closed_by: str
    decision_number: str | None = None
    signed_at: datetime | None = None
    signed_by: str | None = None
    signed_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DestructionList:
    """Certificates of destruction, newest first."""

    items: tuple[Destruction, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Destruction:
    """A certificate of destruction: `body` (base64) is what `signature` (base64, Ed25519) covers."""

    certificate_id: str
    issued_at: datetime
    count: int
    sha256: str
    body: str | None = None
    signature: str
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventList:
    """Ids of the events that a figure was counted from."""

    items: tuple[str, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure as a whole and by group."""

    key: str
    unit: str
    value: float | None = None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What deserves a second look in one book, in the order of its numbers."""

    items: tuple[BookFinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeCopy:
    """The new item; its scan goes to `POST /v1/drafts/{item_id}/scan`."""

    item_id: str
    corrects_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldList:
    """Legal holds that stand, oldest first."""

    items: tuple[Hold, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A legal hold."""

    hold_id: str
    scope: str
    target_id: str
    decision_number: str
    placed_at: datetime
    lifted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepRule:
    """How long a class is kept; `days` null is for ever."""

    kind: str
    days: int | None = None
    source: str
    is_decided: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """What was destroyed, or would be, by class."""

    dry_run: bool
    counts: Mapping[str, int]
    certificate_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One look at the paper while it lay in the wrong vault."""

    event_id: str
    action: str
    actor_kind: str
    actor_id: str
    agency_code: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """What the recall ended, and what the data-protection officer has to look at."""

    record_id: str
    shares_ended: int
    grants_ended: int
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterLine:
    """The line of the register as it stands now."""

    code: str
    book: str
    number: int
    status: str
    item_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Every figure of an agency, or of one and all below it."""

    agency_code: str
    agency_codes: tuple[str, ...]
    first_day: date
    last_day: date
    made_at: datetime
    is_specimen: bool
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long everything is kept that begins its time on a day."""

    on: date
    items: tuple[KeepRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLine:
    """One line of the scorecard; `points` null where the share is not known."""

    code: str
    title: Sentence
    part: int | None = None
    whole: int | None = None
    full_at_percent: int
    points: float | None = None
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The scorecard of a time."""

    decision: str
    known_points: float
    unknown_points: int
    lines: tuple[ScoreLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What stands under the last line of a book."""

    numbers: int
    voided: int
    copies: int
    fee_vnd: int
