"""What the office is told: drafts, ready copies, operations, the register.

Written by `python -m docs.generate` from the description of the API; changes by hand are lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from api.client.values.public import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The copies in the order they were sent."""

    items: tuple[Line, ...]
    approved: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftList:
    """A page of the queue."""

    items: tuple[DraftRow, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """An original in the queue."""

    item_id: str
    case_id: str
    state: str
    version: int
    doc_type: str
    copies: int
    pages: int | None = None
    quality: str | None = None
    problem_code: str | None = None
    warnings: tuple[str, ...]
    register_number: str | None = None
    record_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An original with everything that is known of it."""

    item_id: str
    case_id: str
    state: str
    version: int
    doc_type: str
    copies: int
    pages: int | None = None
    quality: str | None = None
    problem_code: str | None = None
    warnings: tuple[str, ...]
    register_number: str | None = None
    record_id: str | None = None
    holder: Person
    read: tuple[Page, ...]
    fields: tuple[Field, ...]
    ready: Ready | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field as it was printed on the paper, with what was checked on it."""

    name: str
    value: str
    page: int
    box: tuple[float, ...]
    confidence: float
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What became of one copy: an operation to follow, or why it was refused."""

    item_id: str
    title: str
    operation_id: str | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Long work and how far it is; `RUNNING` is the only status that changes by itself."""

    operation_id: str
    kind: str
    status: str
    item_id: str
    item_state: str
    step: str | None = None
    pages_done: int
    pages_total: int
    code: str | None = None
    problem: Problem | None = None
    seconds_by_stage: Mapping[str, float]
    record_id: str | None = None
    code_of_copy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page as it was read: a summary of its words, without the words."""

    number: int
    quarter_turns: int
    skew_degrees: float
    dpi: float
    words: int
    mean_confidence: float
    low_share: float
    quality: str
    reasons: tuple[QualityReason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whose vault receives the copy, as the officer must see it to compare it with the paper."""

    holder_id: str
    name: str
    number_last4: str
    birth_date: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReason:
    """One reason of the quality gate, with figures and never with text of the page."""

    code: str
    verdict: str
    detail: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A number is taken and the bytes are fixed: exactly these are approved by their digest."""

    ready_id: str
    item_id: str
    sha256: str
    pages: int
    register_number: str
    code: str
    expires_at: datetime
    checklist: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The refusal as it is handed to the citizen, in three languages."""

    item_id: str
    code: str
    remedy: str
    notices: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """One line of the book, in the eight columns the law names."""

    number: str
    date: str
    requester: str
    original: str
    signer: str
    copies: int
    fee_vnd: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Lines of the open book."""

    book: str
    shown_at: datetime
    items: tuple[RegisterRow, ...]
    next_cursor: str | None = None
