"""Figures, the scorecard, reforms of agencies, and how long things are kept, as they are sent and told."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field

from api.schemas.administration import SentenceAsked
from api.schemas.wire import Asked, Line, Moment, Sentence, Sha256Hex, Told, UlidText
from certify.reform import ReformKind
from certify.retention import HoldScope, RetentionClass

_Code = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$")]


class CellTold(Told):
    """One group of a figure."""

    group: str = Field(examples=["ONLINE"])
    value: float | None = Field(description="Null where nobody knows, which is not 0.")
    events: int


class FigureTold(Told):
    """A figure as a whole and by group."""

    key: str = Field(examples=["requests_by_channel"])
    unit: str = Field(examples=["requests"])
    value: float | None = Field(description="Null where nobody knows, which is not 0.")
    cells: list[CellTold]


class ReportTold(Told):
    """Every figure of an agency, or of one and all below it."""

    agency_code: str
    agency_codes: list[str]
    first_day: date
    last_day: date
    made_at: Moment
    is_specimen: bool
    figures: list[FigureTold]


class EventList(Told):
    """Ids of the events that a figure was counted from."""

    items: list[str]
    next_cursor: str | None


class ScoreLineTold(Told):
    """One line of the scorecard; `points` null where the share is not known."""

    code: str = Field(examples=["4.3"])
    title: Sentence
    part: int | None
    whole: int | None
    full_at_percent: int
    points: float | None
    most: int


class ScoreTold(Told):
    """The scorecard of a time."""

    decision: str
    known_points: float
    unknown_points: int
    lines: list[ScoreLineTold]


class ReformAsked(Asked):
    """What a decision makes of agencies."""

    kind: ReformKind
    ending: Annotated[list[_Code], Field(min_length=1, max_length=50)]
    following: Annotated[list[_Code], Field(min_length=1, max_length=50)]
    decision_number: Line
    since: AwareDatetime
    dry_run: bool = True
    new_name: SentenceAsked | None = Field(
        default=None,
        description="RENAME only: the agency that follows is entered under this name, with the old one's place.",
    )


class AgencyEndTold(Told):
    """What the end of one agency meant."""

    agency_code: str
    open_cases: int
    voided_numbers: int
    delegations: int
    seal_policies: int
    seal_keys: list[str]
    people: int


class ClosedBookTold(Told):
    """A book that closed, with its totals."""

    book_id: UlidText
    book: str
    agency_code: str
    numbers: int
    void: int
    copies: int
    fee: int


class ReformTold(Told):
    """What a reform did, or would do."""

    kind: str
    decision: str
    since: Moment
    following: list[str]
    dry_run: bool
    ending: list[AgencyEndTold]
    books: list[ClosedBookTold]
    dossiers: int
    grants: int
    webhooks: int


class KeepRuleTold(Told):
    """How long a class is kept; `days` null is for ever."""

    kind: str = Field(examples=["RAW_SCAN"])
    days: int | None
    source: str
    is_decided: bool


class RetentionTold(Told):
    """How long everything is kept that begins its time on a day."""

    on: date
    items: list[KeepRuleTold]


class RetentionAsked(Asked):
    """A decision of the office; `days` null is for ever."""

    kind: RetentionClass
    days: Annotated[int, Field(ge=0, le=100_000)] | None
    valid_from: date
    decision_number: Line


class HoldAsked(Asked):
    """What must not be destroyed."""

    scope: HoldScope
    target_id: _Code
    decision_number: Line


class HoldTold(Told):
    """A legal hold."""

    hold_id: UlidText
    scope: str
    target_id: str
    decision_number: str
    placed_at: Moment
    lifted_at: Moment | None


class HoldList(Told):
    """Legal holds that stand, oldest first."""

    items: list[HoldTold]
    next_cursor: str | None


class LiftAsked(Asked):
    """The decision by which a hold ends."""

    decision_number: Line


class PurgeAsked(Asked):
    """Whether to look only."""

    dry_run: bool = True


class PurgeTold(Told):
    """What was destroyed, or would be, by class."""

    dry_run: bool
    counts: dict[str, int]
    certificate_id: UlidText | None


class DestructionTold(Told):
    """A certificate of destruction: `body` (base64) is what `signature` (base64, Ed25519) covers."""

    certificate_id: UlidText
    issued_at: Moment
    count: int
    sha256: Sha256Hex
    body: str | None = Field(default=None, description="Left out in a list.")
    signature: str
    key_id: str


class DestructionList(Told):
    """Certificates of destruction, newest first."""

    items: list[DestructionTold]
    next_cursor: str | None
