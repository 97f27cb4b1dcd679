"""The life of an item as a table: which act leads from where to where, and what must hold first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from certify.errors import GuardRefused


class ItemState(StrEnum):
    """Where one original stands on its way to a certified copy (DOMAIN section 2)."""

    DECLARED = "DECLARED"
    REUSE_OFFERED = "REUSE_OFFERED"
    ORIGINAL_PRESENTED = "ORIGINAL_PRESENTED"
    SCANNED = "SCANNED"
    EXTRACTED = "EXTRACTED"
    COMPARED = "COMPARED"
    READY_TO_SIGN = "READY_TO_SIGN"
    NUMBER_RESERVED = "NUMBER_RESERVED"
    PREPARED = "PREPARED"
    AWAITING_ACTIVATION = "AWAITING_ACTIVATION"
    AWAITING_SIGNATURE = "AWAITING_SIGNATURE"
    OFFICER_SIGNED = "OFFICER_SIGNED"
    SEALED = "SEALED"
    CERTIFIED = "CERTIFIED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    VOIDED = "VOIDED"
    SUPERSEDED = "SUPERSEDED"
    ANNULLED = "ANNULLED"


class ItemEvent(StrEnum):
    """An act on an item; each is one row of `TRANSITIONS`."""

    OFFER_REUSE = "OFFER_REUSE"
    PRESENT_ORIGINAL = "PRESENT_ORIGINAL"
    SCAN = "SCAN"
    REJECT_SCAN = "REJECT_SCAN"
    EXTRACT = "EXTRACT"
    RESCAN = "RESCAN"
    COMPARE = "COMPARE"
    RELEASE = "RELEASE"
    RESERVE_NUMBER = "RESERVE_NUMBER"
    PREPARE = "PREPARE"
    AWAIT_ACTIVATION = "AWAIT_ACTIVATION"
    AWAIT_SIGNATURE = "AWAIT_SIGNATURE"
    OFFICER_SIGN = "OFFICER_SIGN"
    SEAL = "SEAL"
    CERTIFY = "CERTIFY"
    VOID = "VOID"
    REFUSE = "REFUSE"
    WITHDRAW = "WITHDRAW"
    SUPERSEDE = "SUPERSEDE"
    ANNUL = "ANNUL"


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What the guards look at."""

    page_count: int | None
    pages_compared: int | None
    quality_verdict: str | None
    problem_code: str | None
    has_source: bool
    refusal_code: str | None


Guard = Callable[[ItemFacts], None]


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: the act, where it may start, where it leads, what must hold."""

    event: ItemEvent
    sources: frozenset[ItemState]
    target: ItemState
    guard: Guard


def _always(_facts: ItemFacts) -> None:
    """No condition."""


def _has_source(facts: ItemFacts) -> None:
    if not facts.has_source:
        raise GuardRefused("SOURCE_MISSING", "no scan was stored for this item; scan the original first")


def _was_read(facts: ItemFacts) -> None:
    _has_source(facts)
    if facts.page_count is None or facts.quality_verdict is None:
        raise GuardRefused("NOT_READ", "the scan was not read yet; wait for it")


def _is_comparable(facts: ItemFacts) -> None:
    _was_read(facts)
    if facts.quality_verdict == "REFUSE":
        raise GuardRefused("QUALITY_REFUSED", "the quality gate refused this scan; scan the original again")
    if facts.problem_code is not None:
        raise GuardRefused(
            facts.problem_code, "the scan has an open problem; scan the original again or refuse the item"
        )
    if facts.pages_compared != facts.page_count:
        raise GuardRefused(
            "PAGES_NOT_COMPARED",
            f"{facts.pages_compared or 0} of {facts.page_count} pages were compared with the paper; compare every page",
        )


def _has_refusal(facts: ItemFacts) -> None:
    if facts.refusal_code is None:
        raise GuardRefused("REFUSAL_CODE_MISSING", "a refusal needs a code of the closed list")


_S: Final = ItemState
_BEFORE_SCAN: Final = frozenset({_S.DECLARED, _S.REUSE_OFFERED, _S.ORIGINAL_PRESENTED})
# Approved before, and the officer has to act once more: to activate the key, or to let a token in hand sign.
AWAITING_OFFICER: Final = frozenset({_S.AWAITING_ACTIVATION, _S.AWAITING_SIGNATURE})
BEFORE_OFFICER_SIGNED: Final = AWAITING_OFFICER | {_S.PREPARED}
_BEFORE_NUMBER: Final = _BEFORE_SCAN | {_S.SCANNED, _S.EXTRACTED, _S.COMPARED, _S.READY_TO_SIGN, _S.VOIDED}

TRANSITIONS: Final[tuple[Transition, ...]] = (
    Transition(ItemEvent.OFFER_REUSE, frozenset({_S.DECLARED}), _S.REUSE_OFFERED, _always),
    Transition(ItemEvent.PRESENT_ORIGINAL, frozenset({_S.DECLARED, _S.REUSE_OFFERED}), _S.ORIGINAL_PRESENTED, _always),
    Transition(ItemEvent.SCAN, frozenset({_S.ORIGINAL_PRESENTED}), _S.SCANNED, _has_source),
    Transition(ItemEvent.REJECT_SCAN, frozenset({_S.SCANNED}), _S.ORIGINAL_PRESENTED, _always),
    Transition(ItemEvent.EXTRACT, frozenset({_S.SCANNED}), _S.EXTRACTED, _was_read),
    Transition(
        ItemEvent.RESCAN,
        frozenset({_S.EXTRACTED, _S.COMPARED, _S.READY_TO_SIGN, _S.VOIDED}),
        _S.ORIGINAL_PRESENTED,
        _always,
    ),
    Transition(ItemEvent.COMPARE, frozenset({_S.EXTRACTED, _S.COMPARED, _S.VOIDED}), _S.COMPARED, _is_comparable),
    Transition(ItemEvent.RELEASE, frozenset({_S.COMPARED, _S.VOIDED}), _S.READY_TO_SIGN, _is_comparable),
    Transition(ItemEvent.RESERVE_NUMBER, frozenset({_S.READY_TO_SIGN}), _S.NUMBER_RESERVED, _is_comparable),
    Transition(ItemEvent.PREPARE, frozenset({_S.NUMBER_RESERVED}), _S.PREPARED, _is_comparable),
    # The officer may turn from the token in hand to a key of the office, and back, while nothing is signed.
    Transition(
        ItemEvent.AWAIT_ACTIVATION, frozenset({_S.PREPARED, _S.AWAITING_SIGNATURE}), _S.AWAITING_ACTIVATION, _always
    ),
    Transition(
        ItemEvent.AWAIT_SIGNATURE, frozenset({_S.PREPARED, _S.AWAITING_ACTIVATION}), _S.AWAITING_SIGNATURE, _always
    ),
    Transition(ItemEvent.OFFICER_SIGN, BEFORE_OFFICER_SIGNED, _S.OFFICER_SIGNED, _is_comparable),
    Transition(ItemEvent.SEAL, frozenset({_S.OFFICER_SIGNED}), _S.SEALED, _always),
    Transition(ItemEvent.CERTIFY, frozenset({_S.SEALED}), _S.CERTIFIED, _always),
    Transition(
        ItemEvent.VOID,
        BEFORE_OFFICER_SIGNED | {_S.NUMBER_RESERVED, _S.OFFICER_SIGNED, _S.SEALED},
        _S.VOIDED,
        _always,
    ),
    Transition(ItemEvent.REFUSE, _BEFORE_NUMBER, _S.REFUSED, _has_refusal),
    Transition(ItemEvent.WITHDRAW, _BEFORE_NUMBER, _S.WITHDRAWN, _always),
    Transition(ItemEvent.SUPERSEDE, frozenset({_S.CERTIFIED}), _S.SUPERSEDED, _always),
    Transition(ItemEvent.ANNUL, frozenset({_S.CERTIFIED, _S.SUPERSEDED}), _S.ANNULLED, _always),
)

FINAL_STATES: Final = frozenset({_S.REFUSED, _S.WITHDRAWN, _S.SUPERSEDED, _S.ANNULLED, _S.CERTIFIED})


def transition_of(event: ItemEvent) -> Transition:
    """Give the one row of the table for an act."""
    return next(row for row in TRANSITIONS if row.event is event)
