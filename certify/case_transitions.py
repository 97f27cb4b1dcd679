"""The life of a case as a table: which act leads from where to where, by whom, under which condition, with which effects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from certify.actors import BY_ANYONE, BY_OFFICE, BY_PEOPLE, BY_STAFF, BY_WORKER, ActorKind
from certify.errors import GuardRefused


class CaseState(StrEnum):
    """Where a case stands for the citizen (DOMAIN section 2)."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    RECEIVED = "RECEIVED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    DELIVERED = "DELIVERED"
    ARCHIVED = "ARCHIVED"
    REJECTED = "REJECTED"
    SUPPLEMENT_REQUIRED = "SUPPLEMENT_REQUIRED"
    PAYMENT_REQUIRED = "PAYMENT_REQUIRED"
    WITHDRAWAL_REQUESTED = "WITHDRAWAL_REQUESTED"
    STOPPED = "STOPPED"
    EXPIRED = "EXPIRED"


class CaseEvent(StrEnum):
    """An act on a case; each is one row of `CASE_TRANSITIONS`."""

    SUBMIT = "SUBMIT"
    RECEIVE = "RECEIVE"
    BEGIN = "BEGIN"
    ASK_SUPPLEMENT = "ASK_SUPPLEMENT"
    TAKE_SUPPLEMENT = "TAKE_SUPPLEMENT"
    ASK_PAYMENT = "ASK_PAYMENT"
    SETTLE_PAYMENT = "SETTLE_PAYMENT"
    ASK_WITHDRAWAL = "ASK_WITHDRAWAL"
    GRANT_WITHDRAWAL = "GRANT_WITHDRAWAL"
    DENY_WITHDRAWAL = "DENY_WITHDRAWAL"
    REJECT = "REJECT"
    STOP = "STOP"
    COMPLETE = "COMPLETE"
    DELIVER = "DELIVER"
    ARCHIVE = "ARCHIVE"
    EXPIRE = "EXPIRE"


class CaseEffect(StrEnum):
    """What an act does besides moving the case; each is carried out in its transaction."""

    START_CLOCK = "START_CLOCK"
    STOP_CLOCK = "STOP_CLOCK"
    RESUME_CLOCK = "RESUME_CLOCK"
    WITHDRAW_ITEMS = "WITHDRAW_ITEMS"
    RELEASE_CLAIM = "RELEASE_CLAIM"
    SETTLE_CASE = "SETTLE_CASE"


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the guards look at: the items by how they ended, money, and what was named."""

    at: datetime
    items: int
    items_open: int
    items_given: int
    """Certified, or ended because what the vault has is reused."""
    items_refused: int
    items_being_signed: int
    amount_due_vnd: int
    reason_code: str | None
    waits_until: datetime | None
    archive_from: datetime | None


CaseGuard = Callable[[CaseFacts], None]


@dataclass(frozen=True, slots=True)
class CaseTransition:
    """One row of the table; `guard_code` is the code with which its guard refuses."""

    event: CaseEvent
    sources: frozenset[CaseState]
    target: CaseState
    actors: frozenset[ActorKind]
    guard: CaseGuard
    guard_code: str
    effects: tuple[CaseEffect, ...] = ()


def _guard(code: str, holds: Callable[[CaseFacts], bool], message: str) -> CaseGuard:
    def check(facts: CaseFacts) -> None:
        if not holds(facts):
            raise GuardRefused(code, message)

    return check


_S: Final = CaseState
# Waiting for the citizen: money, a paper, or an answer to a wish.
WAITING_STATES: Final = frozenset({_S.SUPPLEMENT_REQUIRED, _S.PAYMENT_REQUIRED, _S.WITHDRAWAL_REQUESTED})
WORKING_STATES: Final = frozenset({_S.RECEIVED, _S.IN_PROGRESS})
OPEN_STATES: Final = frozenset({_S.DRAFT, _S.SUBMITTED}) | WORKING_STATES | WAITING_STATES
ENDED_STATES: Final = frozenset({_S.DELIVERED, _S.REJECTED, _S.STOPPED, _S.EXPIRED})

_Row = tuple[
    CaseEvent,
    frozenset[CaseState],
    CaseState,
    frozenset[ActorKind],
    tuple[str, Callable[[CaseFacts], bool], str],
    tuple[CaseEffect, ...],
]
_HAS_ITEMS: Final = ("NO_ITEMS", lambda facts: facts.items > 0, "the case has no original; add one first")
_HAS_REASON: Final = (
    "REASON_MISSING",
    lambda facts: bool(facts.reason_code),
    "name what is missing or why, with its code",
)
_WAITED: Final = (
    "STILL_TIME",
    lambda facts: facts.waits_until is not None and facts.at >= facts.waits_until,
    "the time to bring it has not passed yet",
)
_ROWS: Final[tuple[_Row, ...]] = (
    (CaseEvent.SUBMIT, frozenset({_S.DRAFT}), _S.SUBMITTED, BY_PEOPLE, _HAS_ITEMS, ()),
    (CaseEvent.RECEIVE, frozenset({_S.SUBMITTED}), _S.RECEIVED, BY_STAFF, _HAS_ITEMS, (CaseEffect.START_CLOCK,)),
    (CaseEvent.BEGIN, frozenset({_S.RECEIVED}), _S.IN_PROGRESS, BY_OFFICE, _HAS_ITEMS, ()),
    (
        CaseEvent.ASK_SUPPLEMENT,
        WORKING_STATES,
        _S.SUPPLEMENT_REQUIRED,
        BY_STAFF,
        _HAS_REASON,
        (CaseEffect.STOP_CLOCK,),
    ),
    (
        CaseEvent.TAKE_SUPPLEMENT,
        frozenset({_S.SUPPLEMENT_REQUIRED}),
        _S.IN_PROGRESS,
        BY_STAFF,
        _HAS_ITEMS,
        (CaseEffect.RESUME_CLOCK,),
    ),
    (
        CaseEvent.ASK_PAYMENT,
        WORKING_STATES,
        _S.PAYMENT_REQUIRED,
        BY_STAFF,
        ("NOTHING_DUE", lambda facts: facts.amount_due_vnd > 0, "no fee of this case is due; ask for one first"),
        (),
    ),
    (
        CaseEvent.SETTLE_PAYMENT,
        frozenset({_S.PAYMENT_REQUIRED}),
        _S.IN_PROGRESS,
        BY_OFFICE,
        ("STILL_DUE", lambda facts: facts.amount_due_vnd == 0, "a fee of this case is still due"),
        (),
    ),
    (
        CaseEvent.ASK_WITHDRAWAL,
        (OPEN_STATES - {_S.DRAFT, _S.WITHDRAWAL_REQUESTED}),
        _S.WITHDRAWAL_REQUESTED,
        BY_PEOPLE,
        (
            "COPY_BEING_SIGNED",
            lambda facts: facts.items_being_signed == 0,
            "a number is reserved for an original of this case; cancel it, or let the copy be finished",
        ),
        (),
    ),
    (
        CaseEvent.GRANT_WITHDRAWAL,
        frozenset({_S.WITHDRAWAL_REQUESTED}),
        _S.STOPPED,
        BY_STAFF,
        (
            "COPY_BEING_SIGNED",
            lambda facts: facts.items_being_signed == 0,
            "a number is reserved for an original of this case; cancel it first",
        ),
        (CaseEffect.WITHDRAW_ITEMS, CaseEffect.RELEASE_CLAIM),
    ),
    (
        CaseEvent.DENY_WITHDRAWAL,
        frozenset({_S.WITHDRAWAL_REQUESTED}),
        _S.IN_PROGRESS,
        BY_STAFF,
        _HAS_REASON,
        # An original may have ended while the wish was open.
        (CaseEffect.RESUME_CLOCK, CaseEffect.SETTLE_CASE),
    ),
    (
        CaseEvent.REJECT,
        WORKING_STATES | {_S.SUBMITTED, _S.SUPPLEMENT_REQUIRED, _S.PAYMENT_REQUIRED},
        _S.REJECTED,
        BY_OFFICE,
        (
            "ITEMS_NOT_REFUSED",
            lambda facts: facts.items_open == 0 and facts.items_given == 0 and facts.items_refused > 0,
            "a case is rejected when its originals are refused; refuse each with its reason",
        ),
        (CaseEffect.RELEASE_CLAIM,),
    ),
    (
        CaseEvent.STOP,
        OPEN_STATES - {_S.WITHDRAWAL_REQUESTED},
        _S.STOPPED,
        BY_ANYONE,
        (
            "ITEMS_OPEN",
            lambda facts: facts.items_open == 0 and facts.items_given == 0,
            "an original of this case is still open; withdraw it, or ask for the withdrawal of the case",
        ),
        (CaseEffect.RELEASE_CLAIM,),
    ),
    (
        CaseEvent.COMPLETE,
        WORKING_STATES | {_S.SUPPLEMENT_REQUIRED, _S.PAYMENT_REQUIRED},
        _S.COMPLETED,
        BY_OFFICE,
        (
            "ITEMS_OPEN",
            lambda facts: facts.items_open == 0 and facts.items_given > 0,
            "an original of this case is still open, or none was given",
        ),
        (CaseEffect.RELEASE_CLAIM,),
    ),
    (
        CaseEvent.DELIVER,
        frozenset({_S.COMPLETED}),
        _S.DELIVERED,
        BY_OFFICE,
        ("NOTHING_TO_DELIVER", lambda facts: facts.items_given > 0, "no original of this case was certified"),
        (),
    ),
    (
        CaseEvent.ARCHIVE,
        ENDED_STATES,
        _S.ARCHIVED,
        BY_OFFICE,
        (
            "TOO_EARLY_TO_ARCHIVE",
            lambda facts: facts.archive_from is not None and facts.at >= facts.archive_from,
            "the case ended too short a time ago to be archived",
        ),
        (),
    ),
    (
        CaseEvent.EXPIRE,
        frozenset({_S.DRAFT, _S.SUBMITTED, _S.SUPPLEMENT_REQUIRED, _S.PAYMENT_REQUIRED}),
        _S.EXPIRED,
        BY_WORKER,
        _WAITED,
        (CaseEffect.WITHDRAW_ITEMS, CaseEffect.RELEASE_CLAIM),
    ),
)
CASE_TRANSITIONS: Final = tuple(
    CaseTransition(event, sources, target, actors, _guard(*guard), guard[0], effects)
    for event, sources, target, actors, guard, effects in _ROWS
)


def case_transition_of(event: CaseEvent) -> CaseTransition:
    """Give the one row of the table for an act."""
    return next(row for row in CASE_TRANSITIONS if row.event is event)
