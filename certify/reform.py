"""Agencies merge, are split or renamed: what ends on the day, what goes on at the successor, and what must be finished first.

Every reform is the same act on one or several agencies that end and one or several that follow. A change of name is one,
too: the seal, the books and the certificates of the old name end with it, and old copies keep the old name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.agencies import Agency, acts_at, check_agency_at, get_agency
from certify.credential_tables import credentials
from certify.credentials import Act, CredentialEvent, OwnerKind, change_credential
from certify.errors import ReformBlocked, StaffConflict
from certify.items import Actor, list_items_in
from certify.prepare import VoidReason, get_ready, void_ready
from certify.register import BookStatus, RegisterTotals
from certify.registry import close_counted_book
from certify.rules import LawPack
from certify.staff import end_delegation
from certify.succession import abolish, successors_of
from certify.tables import agencies, books, delegations, numbers, seal_policies, staff
from certify.transitions import ItemState
from guard.clock import RandomBytes
from vault.log import Leaf, Tree, append

# Number taken, nothing signed: the number is void, and the item is prepared anew at the successor under its own.
_UNSIGNED: Final = (ItemState.NUMBER_RESERVED, ItemState.PREPARED, ItemState.AWAITING_ACTIVATION)
# An officer of the old agency has signed, or is signing: only the old agency can seal it.
_UNDER_WAY: Final = (ItemState.AWAITING_SIGNATURE, ItemState.OFFICER_SIGNED, ItemState.SEALED)


class ReformKind(StrEnum):
    """What a decision does to agencies."""

    MERGE = "MERGE"
    SPLIT = "SPLIT"
    RENAME = "RENAME"


@dataclass(frozen=True, slots=True)
class Reform:
    """A decision: these end at `since`, those follow; the first of them takes open cases, people and webhooks."""

    kind: ReformKind
    ending: tuple[str, ...]
    following: tuple[str, ...]
    decision_number: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ClosedBook:
    """A book that closes with the agency, with its totals."""

    book_id: str
    display: str
    agency_code: str
    totals: RegisterTotals


@dataclass(frozen=True, slots=True)
class AgencyEnd:
    """What the end of one agency means, in numbers; names of nobody."""

    agency_code: str
    open_cases: int
    voided_numbers: int
    delegations: int
    seal_policies: int
    seal_keys: tuple[str, ...]
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReformDone:
    """Everything a reform did in the office's books."""

    reform: Reform
    ends: tuple[AgencyEnd, ...]
    closed: tuple[ClosedBook, ...]


def check_reform(tx: Connection, reform: Reform, *, at: datetime) -> None:
    """Check that the reform can be done now.

    Raises:
        AgencyNotFound: one of the agencies is unknown, or one that follows does not act.
        StaffConflict: the numbers of agencies do not fit its kind, one ended before, or the day is still to come.
        ReformBlocked: something must be finished first; the message says what.
    """
    wanted = {
        ReformKind.MERGE: len(reform.ending) >= 2 and len(reform.following) == 1,
        ReformKind.SPLIT: len(reform.ending) == 1 and len(reform.following) >= 2,
        ReformKind.RENAME: len(reform.ending) == 1 and len(reform.following) == 1,
    }
    both = (*reform.ending, *reform.following)
    if not wanted[reform.kind] or len(set(both)) != len(both) or not reform.decision_number.strip():
        raise StaffConflict(
            "several agencies merge into one other, one is split into several others, one is renamed into one; "
            "each is named once, with the number of the decision"
        )
    if reform.since > at:
        raise StaffConflict(
            "a reform is entered on its day, not before; look ahead with --dry-run and give it again then"
        )
    for code in reform.ending:
        if not acts_at(get_agency(tx, code), at=at):
            raise StaffConflict(f"agency {code} does not act any more; its successors are named already")
    for code in reform.following:
        check_agency_at(tx, code, at=at)
    _check_nothing_under_way(tx, reform)


def reorganise(
    tx: Connection, reform: Reform, *, law: LawPack, actor: Actor, at: datetime, random_bytes: RandomBytes
) -> ReformDone:
    """Carry a reform out in the office's books, whole or not at all.

    Raises:
        As `check_reform`.
    """
    # (1) it can be done
    check_reform(tx, reform, at=at)
    # (2) numbers that nothing was signed under are void; the items stay where they were compared
    voided = {
        code: _void_unsigned(tx, code, law=law, actor=actor, at=at, random_bytes=random_bytes) for code in reform.ending
    }
    # (3) books close with their totals, in the log
    closed = tuple(
        book
        for code in reform.ending
        for book in _close_books(tx, code, closed_by=actor.actor_id, at=at, random_bytes=random_bytes)
    )
    # (4) cases go on, with their clocks; delegations, policies and seals end; people go on at the first that follows
    ends = tuple(
        _end_agency(tx, code, reform, voided=voided[code], actor=actor, at=at, random_bytes=random_bytes)
        for code in reform.ending
    )
    # (5) anybody can learn of it
    payload = {
        "kind": reform.kind.value,
        "ending": list(reform.ending),
        "following": list(reform.following),
        "decision": reform.decision_number,
        "since": reform.since.isoformat(),
    }
    append(tx, Leaf("AGENCIES_REFORMED", payload), tree=Tree.CERTIFICATIONS, random_bytes=random_bytes)
    return ReformDone(reform, ends, closed)


def current_successors(tx: Connection, code: str) -> tuple[Agency, ...]:
    """Give who stands where an agency stood, over any number of reforms; nobody while it acts itself."""
    found: dict[str, Agency] = {}
    waiting, seen = list(successors_of(tx, code)), {code}
    while waiting:
        current = waiting.pop(0)
        if current in seen:
            continue
        seen.add(current)
        further = successors_of(tx, current)
        if further:
            waiting += further
        else:
            found[current] = get_agency(tx, current)
    return tuple(found.values())


def _check_nothing_under_way(tx: Connection, reform: Reform) -> None:
    for code in reform.ending:
        under_way = list_items_in(tx, states=_UNDER_WAY, agency_code=code)
        if under_way:
            raise ReformBlocked(
                f"{len(under_way)} copies of {code} are being signed or wait for its seal (the first is item "
                f"{under_way[0].item_id}); only {code} can finish them: wait for them, then give this order again"
            )
        late = tx.execute(
            sa.select(sa.func.count())
            .select_from(numbers)
            .join(books, books.c.book_id == numbers.c.book_id)
            .where(books.c.agency_code == code, numbers.c.finalised_at >= reform.since)
        ).scalar_one()
        if late:
            raise ReformBlocked(
                f"{code} certified {late} copies since {reform.since:%Y-%m-%d %H:%M}; an agency does not end before its "
                "last act: choose a later day"
            )


def _void_unsigned(
    tx: Connection, code: str, *, law: LawPack, actor: Actor, at: datetime, random_bytes: RandomBytes
) -> int:
    found = list_items_in(tx, states=_UNSIGNED, agency_code=code)
    for item in found:
        ready = get_ready(tx, item_id=item.item_id, attempt=item.attempt)
        void_ready(tx, ready, reason=VoidReason.AGENCY_ENDED, law=law, actor=actor, at=at, random_bytes=random_bytes)
    return len(found)


def _close_books(
    tx: Connection, code: str, *, closed_by: str, at: datetime, random_bytes: RandomBytes
) -> list[ClosedBook]:
    chosen = sa.select(books.c.book_id, books.c.last_seq_no).where(
        books.c.agency_code == code, books.c.status == BookStatus.OPEN.value
    )
    closed = []
    for row in tx.execute(chosen.order_by(books.c.book_id)).all():
        closing = close_counted_book(
            tx, row.book_id, last_number=row.last_seq_no, closed_by=closed_by, at=at, random_bytes=random_bytes
        )
        closed.append(ClosedBook(row.book_id, closing.book.display, code, closing.totals))
    return closed


def _end_agency(
    tx: Connection,
    code: str,
    reform: Reform,
    *,
    voided: int,
    actor: Actor,
    at: datetime,
    random_bytes: RandomBytes,
) -> AgencyEnd:
    first = reform.following[0]
    people = tuple(tx.execute(sa.select(staff.c.staff_id).where(staff.c.agency_code == code)).scalars())
    ended = _end_delegations(tx, people, at=at)
    policies = tx.execute(
        seal_policies.update()
        .where(seal_policies.c.agency_code == code, seal_policies.c.valid_until > at)
        .values(valid_until=at)
    ).rowcount
    act = Act(actor.actor_id, at, random_bytes, reason="AGENCY_ENDED", decision_number=reform.decision_number)
    seals = _retire_seals(tx, code, act=act)
    moved = abolish(
        tx,
        code,
        successors=reform.following,
        decision_number=reform.decision_number,
        since=reform.since,
        at=at,
    )
    tx.execute(staff.update().where(staff.c.agency_code == code, staff.c.left_at.is_(None)).values(agency_code=first))
    tx.execute(agencies.update().where(agencies.c.parent_code == code).values(parent_code=first))
    return AgencyEnd(code, moved, voided, ended, policies, seals, people)


def _end_delegations(tx: Connection, people: Sequence[str], *, at: datetime) -> int:
    chosen = sa.select(delegations.c.delegation_id).where(
        delegations.c.staff_id.in_(people), delegations.c.ended_at.is_(None), delegations.c.valid_until > at
    )
    found = tx.execute(chosen).scalars().all()
    for delegation_id in found:
        end_delegation(tx, delegation_id, at=at)
    return len(found)


def _retire_seals(tx: Connection, code: str, *, act: Act) -> tuple[str, ...]:
    chosen = sa.select(credentials.c.key_id).where(
        credentials.c.kind == OwnerKind.AGENCY.value,
        credentials.c.owner_id == code,
        credentials.c.status.in_(("ACTIVE", "SUSPENDED")),
    )
    keys = tuple(tx.execute(chosen.order_by(credentials.c.key_id)).scalars())
    for key_id in keys:
        change_credential(tx, key_id, event=CredentialEvent.RETIRE, act=act)
    tx.execute(agencies.update().where(agencies.c.agency_code == code).values(seal_key_id=None))
    return keys
