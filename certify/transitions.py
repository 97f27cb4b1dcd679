"""The life of an item as a table: which act leads from where to where, by whom, what must hold first, what follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from certify.actors import BY_OFFICE, BY_PEOPLE, BY_STAFF, BY_WORKER, ActorKind
from certify.errors import GuardRefused


class ItemState(StrEnum):
    """Where one original stands on its way to a certified copy (DOMAIN section 2)."""

    DECLARED = "DECLARED"
    REUSE_OFFERED = "REUSE_OFFERED"
    REUSED = "REUSED"
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
    REUSE = "REUSE"
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


class ItemEffect(StrEnum):
    """What an act means for the case of its item; carried out in the act's transaction."""

    BEGIN_CASE = "BEGIN_CASE"
    SETTLE_CASE = "SETTLE_CASE"


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What the guards look at."""

    page_count: int | None
    pages_compared: int | None
    quality_verdict: str | None
    problem_code: str | None
    has_source: bool
    refusal_code: str | None
    attempt: int
    has_record: bool
    is_purged: bool
    has_finding: bool
    """Something in the vault could be reused in place of a new copy."""
    subject_differs: bool
    """The paper speaks of somebody else than the holder, and nobody said what the two are to each other."""


Guard = Callable[[ItemFacts], None]


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: the act, where it may start, where it leads, who may, what must hold, what follows.

    `guard_codes` are the codes with which the guard refuses.
    """

    event: ItemEvent
    sources: frozenset[ItemState]
    target: ItemState
    actors: frozenset[ActorKind]
    guard: Guard
    guard_codes: tuple[str, ...]
    effects: tuple[ItemEffect, ...] = ()


def _always(_facts: ItemFacts) -> None:
    """No condition but the state: the act itself is the news."""


def _needs(code: str, holds: Callable[[ItemFacts], bool], message: str) -> Guard:
    def check(facts: ItemFacts) -> None:
        if not holds(facts):
            raise GuardRefused(code, message)

    return check


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
    if facts.subject_differs:
        raise GuardRefused(
            "SUBJECT_MISMATCH",
            "the paper speaks of somebody else than the holder; say what the two are to each other, or change the holder",
        )
    if facts.pages_compared != facts.page_count:
        raise GuardRefused(
            "PAGES_NOT_COMPARED",
            f"{facts.pages_compared or 0} of {facts.page_count} pages were compared with the paper; compare every page",
        )


def _has_refusal(facts: ItemFacts) -> None:
    if facts.refusal_code is None:
        raise GuardRefused("REFUSAL_CODE_MISSING", "a refusal needs a code of the closed list")


_has_number: Final = _needs("NUMBER_MISSING", lambda facts: facts.attempt > 0, "no number was reserved for this item")
_has_record: Final = _needs("RECORD_MISSING", lambda facts: facts.has_record, "no certified copy lies in the vault")
_has_files: Final = _needs(
    "FILES_PURGED", lambda facts: not facts.is_purged, "the working files of this item were destroyed; open a new case"
)
_has_finding: Final = _needs(
    "NOTHING_TO_REUSE", lambda facts: facts.has_finding, "nothing was found that could be reused"
)
_has_problem: Final = _needs("PROBLEM_MISSING", lambda facts: facts.problem_code is not None, "say what is wrong")

_READ_CODES: Final = ("SOURCE_MISSING", "NOT_READ")
_COMPARED_CODES: Final = (*_READ_CODES, "QUALITY_REFUSED", "SUBJECT_MISMATCH", "PAGES_NOT_COMPARED")
_S: Final = ItemState
_E: Final = ItemEvent
_BEFORE_SCAN: Final = frozenset({_S.DECLARED, _S.REUSE_OFFERED, _S.ORIGINAL_PRESENTED})
# Approved before, and the officer has to act once more: to activate the key, or to let a token in hand sign.
AWAITING_OFFICER: Final = frozenset({_S.AWAITING_ACTIVATION, _S.AWAITING_SIGNATURE})
BEFORE_OFFICER_SIGNED: Final = AWAITING_OFFICER | {_S.PREPARED}
BEING_SIGNED: Final = BEFORE_OFFICER_SIGNED | {_S.NUMBER_RESERVED, _S.OFFICER_SIGNED, _S.SEALED}
_BEFORE_NUMBER: Final = _BEFORE_SCAN | {_S.SCANNED, _S.EXTRACTED, _S.COMPARED, _S.READY_TO_SIGN, _S.VOIDED}
_BEGINS: Final = (ItemEffect.BEGIN_CASE,)
_SETTLES: Final = (ItemEffect.SETTLE_CASE,)


def _at(*states: ItemState) -> frozenset[ItemState]:
    return frozenset(states)


TRANSITIONS: Final[tuple[Transition, ...]] = (
    Transition(_E.OFFER_REUSE, _at(_S.DECLARED), _S.REUSE_OFFERED, BY_OFFICE, _has_finding, ("NOTHING_TO_REUSE",)),
    # What the vault or a database has takes the place of a new copy: the item ends, and costs nothing.
    Transition(_E.REUSE, _BEFORE_NUMBER, _S.REUSED, BY_PEOPLE, _has_finding, ("NOTHING_TO_REUSE",), _SETTLES),
    Transition(
        _E.PRESENT_ORIGINAL,
        _at(_S.DECLARED, _S.REUSE_OFFERED),
        _S.ORIGINAL_PRESENTED,
        BY_STAFF,
        _has_files,
        ("FILES_PURGED",),
        _BEGINS,
    ),
    Transition(_E.SCAN, _at(_S.ORIGINAL_PRESENTED), _S.SCANNED, BY_STAFF, _has_source, ("SOURCE_MISSING",), _BEGINS),
    Transition(_E.REJECT_SCAN, _at(_S.SCANNED), _S.ORIGINAL_PRESENTED, BY_WORKER, _has_problem, ("PROBLEM_MISSING",)),
    Transition(_E.EXTRACT, _at(_S.SCANNED), _S.EXTRACTED, BY_WORKER, _was_read, _READ_CODES),
    Transition(
        _E.RESCAN,
        _at(_S.EXTRACTED, _S.COMPARED, _S.READY_TO_SIGN, _S.VOIDED),
        _S.ORIGINAL_PRESENTED,
        BY_STAFF,
        _has_files,
        ("FILES_PURGED",),
    ),
    Transition(
        _E.COMPARE, _at(_S.EXTRACTED, _S.COMPARED, _S.VOIDED), _S.COMPARED, BY_STAFF, _is_comparable, _COMPARED_CODES
    ),
    Transition(_E.RELEASE, _at(_S.COMPARED, _S.VOIDED), _S.READY_TO_SIGN, BY_STAFF, _is_comparable, _COMPARED_CODES),
    Transition(
        _E.RESERVE_NUMBER, _at(_S.READY_TO_SIGN), _S.NUMBER_RESERVED, BY_OFFICE, _is_comparable, _COMPARED_CODES
    ),
    Transition(_E.PREPARE, _at(_S.NUMBER_RESERVED), _S.PREPARED, BY_OFFICE, _is_comparable, _COMPARED_CODES),
    # The officer may turn from the token in hand to a key of the office, and back, while nothing is signed.
    Transition(
        _E.AWAIT_ACTIVATION,
        _at(_S.PREPARED, _S.AWAITING_SIGNATURE),
        _S.AWAITING_ACTIVATION,
        BY_OFFICE,
        _has_number,
        ("NUMBER_MISSING",),
    ),
    Transition(
        _E.AWAIT_SIGNATURE,
        _at(_S.PREPARED, _S.AWAITING_ACTIVATION),
        _S.AWAITING_SIGNATURE,
        BY_OFFICE,
        _has_number,
        ("NUMBER_MISSING",),
    ),
    Transition(_E.OFFICER_SIGN, BEFORE_OFFICER_SIGNED, _S.OFFICER_SIGNED, BY_WORKER, _is_comparable, _COMPARED_CODES),
    Transition(_E.SEAL, _at(_S.OFFICER_SIGNED), _S.SEALED, BY_WORKER, _has_number, ("NUMBER_MISSING",)),
    Transition(_E.CERTIFY, _at(_S.SEALED), _S.CERTIFIED, BY_WORKER, _has_record, ("RECORD_MISSING",), _SETTLES),
    Transition(_E.VOID, BEING_SIGNED, _S.VOIDED, BY_OFFICE, _has_number, ("NUMBER_MISSING",)),
    Transition(_E.REFUSE, _BEFORE_NUMBER, _S.REFUSED, BY_OFFICE, _has_refusal, ("REFUSAL_CODE_MISSING",), _SETTLES),
    # No condition: whoever asked may take the request back as long as no number is reserved.
    Transition(_E.WITHDRAW, _BEFORE_NUMBER, _S.WITHDRAWN, frozenset(ActorKind), _always, (), _SETTLES),
    Transition(_E.SUPERSEDE, _at(_S.CERTIFIED), _S.SUPERSEDED, BY_OFFICE, _has_record, ("RECORD_MISSING",)),
    Transition(_E.ANNUL, _at(_S.CERTIFIED, _S.SUPERSEDED), _S.ANNULLED, BY_OFFICE, _has_record, ("RECORD_MISSING",)),
)

FINAL_STATES: Final = frozenset({_S.REUSED, _S.REFUSED, _S.WITHDRAWN, _S.SUPERSEDED, _S.ANNULLED, _S.CERTIFIED})
GIVEN_STATES: Final = frozenset({_S.REUSED, _S.SUPERSEDED, _S.ANNULLED, _S.CERTIFIED})


def transition_of(event: ItemEvent) -> Transition:
    """Give the one row of the table for an act."""
    return next(row for row in TRANSITIONS if row.event is event)
