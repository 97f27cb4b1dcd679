"""What the staff door sends and is told: drafts, ready copies, approvals, operations, the register."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr

from api.schemas.wire import Asked, Moment, Problem, Sha256Hex, Told, UlidText
from certify.counter import Issuer


class OperationTold(Told):
    """Long work and how far it is; `RUNNING` is the only status that changes by itself."""

    operation_id: str = Field(examples=["read-01KAM5X0E8Q2V7T9B3C4D5F6G7-1"])
    kind: str = Field(examples=["read"])
    status: str = Field(examples=["RUNNING"])
    item_id: UlidText
    item_state: str = Field(examples=["SCANNED"])
    step: str | None = None
    pages_done: int = 0
    pages_total: int = 0
    code: str | None = Field(default=None, description="Why it failed or waits.", examples=["CORRUPT_FILE"])
    problem: Problem | None = Field(default=None, description="The same, for the person who reads it.")
    seconds_by_stage: dict[str, float] = Field(
        default_factory=dict, description="How long each finished step took, where this server did the work."
    )
    record_id: str | None = Field(default=None, description="The paper in the holder's vault, once certified.")
    code_of_copy: str | None = Field(default=None, description="The copy's look-up code, once certified.")


class QualityReasonTold(Told):
    """One reason of the quality gate, with figures and never with text of the page."""

    code: str = Field(examples=["SKEWED"])
    verdict: str = Field(examples=["WARN"])
    detail: str
    text: str = Field(description="What is wrong and what to do, in the reader's language.")


class PageTold(Told):
    """One page as it was read: a summary of its words, without the words."""

    number: int
    quarter_turns: int
    skew_degrees: float
    dpi: float
    words: int
    mean_confidence: float
    low_share: float
    quality: str = Field(examples=["GOOD"])
    reasons: list[QualityReasonTold]


class FieldTold(Told):
    """A field as it was printed on the paper, with what was checked on it."""

    name: str = Field(examples=["issued_on"])
    value: str = Field(repr=False)
    page: int
    box: list[float] = Field(description="Left, top, right, bottom of its words in pixels of the upright page.")
    confidence: float
    checks: list[str]


class PersonTold(Told):
    """Whose vault receives the copy, as the officer must see it to compare it with the paper."""

    holder_id: UlidText
    name: str = Field(repr=False)
    number_last4: str = Field(repr=False)
    birth_date: str | None = Field(repr=False)


class ReadyTold(Told):
    """A number is taken and the bytes are fixed: exactly these are approved by their digest."""

    ready_id: str
    item_id: UlidText
    sha256: Sha256Hex
    pages: int
    register_number: str = Field(examples=["123"])
    code: str = Field(examples=["K7PM-3QWX-9DHT-5"])
    expires_at: Moment
    checklist: list[str] = Field(description="The lines that an approval must confirm.")


class DraftRow(Told):
    """An original in the queue."""

    item_id: UlidText
    case_id: UlidText
    state: str = Field(examples=["EXTRACTED"])
    version: int
    doc_type: str
    copies: int
    pages: int | None
    quality: str | None
    problem_code: str | None
    warnings: list[str]
    register_number: str | None = None
    record_id: str | None = None


class DraftTold(DraftRow):
    """An original with everything that is known of it."""

    holder: PersonTold
    read: list[PageTold]
    fields: list[FieldTold]
    ready: ReadyTold | None = None


class DraftList(Told):
    """A page of the queue."""

    items: list[DraftRow]
    next_cursor: str | None


class InspectionAsked(Asked):
    """What the officer stated at the paper: whose it is, each line, and which suggestions are nothing."""

    issuer: Issuer
    evidence: str | None = Field(default=None, max_length=64, description="Of a foreign paper; the list `evidence`.")
    checklist: list[Annotated[str, Field(max_length=64)]] = Field(max_length=5)
    dismissed: list[Annotated[str, Field(max_length=64)]] = Field(default_factory=list, max_length=20)


class Comparison(Asked):
    """How many pages the officer held beside the paper: all, or nothing is prepared."""

    pages_compared: int = Field(ge=1, le=500, examples=[1])
    inspection: InspectionAsked | None = None
    relation: str | None = Field(
        default=None, max_length=64, description="Between holder and subject when they differ; the list `relation`."
    )


class RefusalAsked(Asked):
    """A reason of the closed list, with a remark for the person."""

    code: str = Field(min_length=1, max_length=64, examples=["DAMAGED_ILLEGIBLE"])
    free_text: str = Field(default="", max_length=1000, repr=False)


class RefusalTold(Told):
    """The refusal as it is handed to the citizen, in three languages."""

    item_id: UlidText
    code: str
    remedy: str
    notices: dict[str, str]


class ApprovalAsked(Asked):
    """The digest that was seen, the lines that were confirmed, and the PIN that opens the key for this once."""

    item_id: UlidText
    sha256: Sha256Hex
    checklist: list[Annotated[str, Field(max_length=64)]] = Field(max_length=50, examples=[["PAGES_COMPARED"]])
    # No length rule here: whether a PIN can be right is for the key to say.
    pin: SecretStr = Field(examples=["240226"], description="Never stored, never logged.")


class RegisterRowTold(Told):
    """One line of the book, in the eight columns the law names."""

    number: str
    date: str
    requester: str = Field(repr=False)
    original: str
    signer: str
    copies: int
    fee_vnd: int
    note: str


class RegisterTold(Told):
    """Lines of the open book."""

    book: str
    shown_at: Moment
    items: list[RegisterRowTold]
    next_cursor: str | None
