"""The ready copy: the number is taken, the bytes are fixed, the clock runs.

A `ReadyCopy` comes out of here only. It ends by its deadline, or at midnight of the office, whichever comes first:
then its number is voided with a reason and the item can be prepared again under a new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.case import get_case
from certify.effects import log_event
from certify.errors import CopyNotReady, ReadyCopyExpired
from certify.free_copies import find_free_copy
from certify.items import Actor, Item, advance, get_item, lock_item
from certify.paper_copies import find_paper, shares_number
from certify.pay_first import Stage, check_settled
from certify.register import NumberStatus, Reservation, ReservedNumber, find_number, get_number, reserve_number, void
from certify.rules import Fee, LawPack, fee
from certify.staff import Authority
from certify.tables import items, ready_copies
from certify.transitions import BEFORE_OFFICER_SIGNED, ItemEvent, ItemState
from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.codes import new_code
from vault.shapes import RegisterStatus, Sensitivity
from vault.status import NewCopyStatus, register_copy_status

# A number is taken and no officer has signed: only these end by a deadline.
UNSIGNED: Final = BEFORE_OFFICER_SIGNED | {ItemState.NUMBER_RESERVED}


class VoidReason(StrEnum):
    """Why a reserved number never became final."""

    DEADLINE_PASSED = "DEADLINE_PASSED"
    DATE_CHANGED = "DATE_CHANGED"
    NOT_ALLOWED = "NOT_ALLOWED"
    COPY_NOT_PDFA = "COPY_NOT_PDFA"
    SIGNING_REFUSED = "SIGNING_REFUSED"
    SEAL_REFUSED = "SEAL_REFUSED"
    OWN_VERIFICATION_FAILED = "OWN_VERIFICATION_FAILED"
    CANCELLED = "CANCELLED"
    RESTORED = "RESTORED"
    AGENCY_ENDED = "AGENCY_ENDED"


@dataclass(frozen=True, slots=True)
class ReadyCopy:
    """A reserved number with, once prepared, the digest of the bytes that will be signed."""

    ready_id: str
    item_id: str
    attempt: int
    number: ReservedNumber
    code: str
    officer_id: str
    delegation_id: str
    template_version: str
    reserved_at: datetime
    prepared_at: datetime | None
    expires_at: datetime
    sha256_hex: str | None
    page_count: int | None
    voided_at: datetime | None


def reserve(
    tx: Connection, item_id: str, *, authority: Authority, law: LawPack, actor: Actor, random_bytes: RandomBytes
) -> ReadyCopy:
    """Take the next number for an item and write the intent into the log, in one transaction.

    Raises:
        TransitionRefused: the item is not ready to sign.
        RegisterError: the books are not as they must be.
        GuardRefused: `UNPAID`, where the law of the day lets certifying wait for the fee.
    """
    at = authority.checked_at
    item = lock_item(tx, item_id)
    if item.state is ItemState.NUMBER_RESERVED:
        return get_ready(tx, item_id=item_id, attempt=item.attempt)
    check_settled(tx, item, Stage.CERTIFY, law=law, at=at)
    item = advance(
        tx,
        item_id,
        event=ItemEvent.RESERVE_NUMBER,
        actor=actor,
        at=at,
        changes={"attempt": item.attempt + 1},
    )
    paper = find_paper(tx, item_id)
    copies = item.copies + (paper.copies if paper is not None and shares_number(law, at=at) else 0)
    due = fee(law, pages=item.page_count or 0, copies=copies, at=at)
    if (free := find_free_copy(tx, item_id)) is not None:
        # Our mistake costs the citizen nothing; the rule says why.
        due = Fee(0, due.currency, free.reason, due.basis_id)
    number = reserve_number(
        tx,
        Reservation(
            item_id=item_id,
            attempt=item.attempt,
            original_title=item.title,
            copies=copies,
            fee=due,
        ),
        agency_code=authority.agency.code,
        law=law,
        at=at,
    )
    ready_id = new_ulid(at=at, random_bytes=random_bytes)
    tx.execute(
        ready_copies.insert().values(
            ready_id=ready_id,
            item_id=item_id,
            attempt=item.attempt,
            book_id=number.book_id,
            seq_no=number.seq_no,
            code=new_code(random_bytes),
            officer_id=authority.member.staff_id,
            delegation_id=authority.delegation.delegation_id,
            template_version=law.template(at).version,
            reserved_at=at,
            expires_at=at + timedelta(minutes=law.approval_minutes(at)),
        )
    )
    log_event(
        tx,
        "NUMBER_RESERVED",
        item=item,
        payload={"book": number.book_display, "number": number.seq_no, "fee_rule": due.rule_version},
        random_bytes=random_bytes,
    )
    return get_ready(tx, ready_id)


def mark_prepared(
    tx: Connection, ready: ReadyCopy, *, sha256_hex: str, page_count: int, law: LawPack, actor: Actor, at: datetime
) -> ReadyCopy:
    """Fix the digest of the ready copy and start its deadline; repeating it changes nothing."""
    item = lock_item(tx, ready.item_id)
    if item.state is not ItemState.NUMBER_RESERVED or item.attempt != ready.attempt:
        return get_ready(tx, ready.ready_id)
    tx.execute(
        ready_copies.update()
        .where(ready_copies.c.ready_id == ready.ready_id)
        .values(
            sha256_hex=sha256_hex,
            page_count=page_count,
            prepared_at=at,
            expires_at=at + timedelta(minutes=law.approval_minutes(at)),
        )
    )
    advance(tx, ready.item_id, event=ItemEvent.PREPARE, actor=actor, at=at)
    return get_ready(tx, ready.ready_id)


def expiry_reason(ready: ReadyCopy, *, law: LawPack, at: datetime) -> VoidReason | None:
    """Say why the ready copy has ended, or None while it holds."""
    if law.local_date(at) != law.local_date(ready.reserved_at):
        return VoidReason.DATE_CHANGED
    return VoidReason.DEADLINE_PASSED if at >= ready.expires_at else None


def check_not_expired(ready: ReadyCopy, *, law: LawPack, at: datetime) -> None:
    """Refuse a ready copy that has ended.

    Raises:
        ReadyCopyExpired: with the reason its number will be voided for.
    """
    reason = expiry_reason(ready, law=law, at=at)
    if reason is not None:
        raise ReadyCopyExpired(f"ready copy {ready.ready_id} has ended ({reason.value}); prepare the item again")


def void_ready(
    tx: Connection,
    ready: ReadyCopy,
    *,
    reason: VoidReason,
    law: LawPack,
    actor: Actor,
    at: datetime,
    random_bytes: RandomBytes,
) -> Item:
    """Void the number of a ready copy with its reason, tell the log and the status, and free the item.

    Repeating it changes nothing.
    """
    item = lock_item(tx, ready.item_id)
    present = get_number(tx, book_id=ready.number.book_id, seq_no=ready.number.seq_no)
    if present.status is not NumberStatus.RESERVED:
        return item
    void(tx, book_id=present.book_id, seq_no=present.seq_no, reason=reason.value, at=at)
    tx.execute(ready_copies.update().where(ready_copies.c.ready_id == ready.ready_id).values(voided_at=at))
    item = advance(tx, item.item_id, event=ItemEvent.VOID, actor=actor, at=at, detail_code=reason.value)
    doc_type = law.doc_type(item.doc_type)
    register_copy_status(
        tx,
        NewCopyStatus(
            code=ready.code,
            register=RegisterStatus.VOID,
            agency_code=_agency_of(tx, item),
            register_number=full_number(present),
            doc_type=doc_type.code,
            sensitivity=Sensitivity.SENSITIVE if doc_type.sensitive else Sensitivity.NORMAL,
            certified_at=None,
            page_count=None,
            sha256_hex=None,
        ),
        at=at,
    )
    log_event(
        tx,
        "NUMBER_VOIDED",
        item=item,
        payload={"book": present.book_display, "number": present.seq_no, "reason": reason.value},
        random_bytes=random_bytes,
    )
    return item


def full_number(number: ReservedNumber) -> str:
    """Name a number together with its book; within an agency no two are alike."""
    return f"{number.display_no} · {number.book_display}"


def get_ready(
    tx: Connection, ready_id: str | None = None, *, item_id: str | None = None, attempt: int | None = None
) -> ReadyCopy:
    """Give a ready copy by its id, or by item and attempt.

    Raises:
        CopyNotReady: there is none.
    """
    query = sa.select(ready_copies)
    if ready_id is not None:
        query = query.where(ready_copies.c.ready_id == ready_id)
    else:
        query = query.where(ready_copies.c.item_id == item_id, ready_copies.c.attempt == attempt)
    row = tx.execute(query).one_or_none()
    if row is None:
        raise CopyNotReady(f"there is no ready copy {ready_id or ''} of item {item_id or ''}; prepare the item first")
    return _ready(tx, dict(row._mapping))


def list_expired(tx: Connection, *, law: LawPack, at: datetime) -> tuple[ReadyCopy, ...]:
    """Give every ready copy that has ended and whose item has no officer signature yet."""
    waiting = [state.value for state in UNSIGNED]
    rows = tx.execute(
        sa.select(ready_copies)
        .join(items, sa.and_(items.c.item_id == ready_copies.c.item_id, items.c.attempt == ready_copies.c.attempt))
        .where(items.c.state.in_(waiting), ready_copies.c.voided_at.is_(None))
    ).all()
    found = [_ready(tx, dict(row._mapping)) for row in rows]
    return tuple(ready for ready in found if expiry_reason(ready, law=law, at=at) is not None)


def present_ready(tx: Connection, item_id: str) -> ReadyCopy:
    """Give the ready copy of an item's present attempt.

    Raises:
        CopyNotReady: there is none.
    """
    return get_ready(tx, item_id=item_id, attempt=get_item(tx, item_id).attempt)


def _agency_of(tx: Connection, item: Item) -> str:
    return get_case(tx, item.case_id).agency_code


def _ready(tx: Connection, fields: dict[str, Any]) -> ReadyCopy:
    fields.pop("book_id")
    fields.pop("seq_no")
    number = find_number(tx, item_id=fields["item_id"], attempt=fields["attempt"])
    if number is None:
        raise CopyNotReady(f"item {fields['item_id']} lost its number; restore the register")
    return ReadyCopy(number=number, **fields)
