"""A signing key may be in other hands: which copies it signed, by the register, and what becomes of each of them.

Each copy is one transaction with its line in the register, its status, the holder's history, the log and the message to
the holder; a command that was cut short is run again and goes on where it stopped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.annotations import Annotation, AnnotationKind, annotate
from certify.case import get_case
from certify.credentials import InventoryEntry, OwnerKind
from certify.effects import log_event, once
from certify.items import Actor, ActorKind, advance, get_item
from certify.register import NumberStatus
from certify.tables import books, numbers
from certify.transitions import ItemEvent
from guard.clock import RandomBytes
from vault.history import AccessAction, AccessEvent, record_access
from vault.history import ActorKind as HistoryActor
from vault.outbox import Message
from vault.outbox import put as put_message
from vault.shapes import RegisterStatus
from vault.status import holder_of_code, set_status

TOPIC: Final = "copy.key_compromised"
REASON: Final = "KEY_COMPROMISE"
_IN_FORCE: Final = (NumberStatus.FINAL.value, NumberStatus.SUPERSEDED.value)


class Remedy(StrEnum):
    """What was done about a copy."""

    ANNULLED = "ANNULLED"
    RESEALED = "RESEALED"


@dataclass(frozen=True, slots=True)
class AffectedCopy:
    """A copy in force that carries a signature of the key."""

    item_id: str
    attempt: int
    code: str
    number: str
    book_id: str
    seq_no: int
    certified_at: datetime
    remedy: Remedy | None = None


@dataclass(frozen=True, slots=True)
class RemedyOrder:
    """Why and by whom copies are put right: the decision's number stands on every annulment."""

    key_id: str
    decision_number: str
    actor_id: str


def copies_signed_by(
    tx: Connection, entry: InventoryEntry, *, since: datetime | None = None
) -> tuple[AffectedCopy, ...]:
    """List the copies in force that a key signed or sealed, oldest first; `since` leaves out what is older.

    A line of the register that does not name its seal's certificate counts for every seal its agency ever had.
    """
    query = (
        sa.select(numbers, books.c.display, books.c.agency_code)
        .join(books, books.c.book_id == numbers.c.book_id)
        .where(numbers.c.status.in_(_IN_FORCE))
        .order_by(numbers.c.finalised_at, numbers.c.book_id, numbers.c.seq_no)
    )
    if since is not None:
        query = query.where(numbers.c.finalised_at >= since)
    rows = [dict(row._mapping) for row in tx.execute(query)]
    return tuple(_affected(row) for row in rows if _is_signed_by(row, entry))


def annul_copy(
    tx: Connection, copy: AffectedCopy, *, order: RemedyOrder, at: datetime, random_bytes: RandomBytes
) -> bool:
    """Annul one copy everywhere and tell its holder; False when that was done before.

    Raises:
        StatusConflict, TransitionRefused: the copy is not in force any more.
    """
    if not _claim(tx, copy, order=order, remedy=Remedy.ANNULLED, at=at):
        return False
    at_place = (numbers.c.book_id == copy.book_id, numbers.c.seq_no == copy.seq_no)
    tx.execute(numbers.update().where(*at_place).values(status=NumberStatus.ANNULLED.value))
    note = Annotation(
        copy.book_id, copy.seq_no, AnnotationKind.ANNULLED, order.actor_id, at, REASON, order.decision_number
    )
    annotate(tx, note)
    # The holder is told by `tell_holder`, with the remedy; the reason keeps the general message from telling it twice.
    set_status(
        tx, copy.code, at=at, register=RegisterStatus.ANNULLED, decision_number=order.decision_number, reason=REASON
    )
    advance(
        tx,
        copy.item_id,
        event=ItemEvent.ANNUL,
        actor=Actor(ActorKind.STAFF, order.actor_id),
        at=at,
        detail_code=REASON,
    )
    tell_holder(tx, copy, order=order, remedy=Remedy.ANNULLED, at=at, random_bytes=random_bytes)
    return True


def note_reseal(
    tx: Connection,
    copy: AffectedCopy,
    *,
    order: RemedyOrder,
    seal_serial_hex: str,
    at: datetime,
    random_bytes: RandomBytes,
) -> bool:
    """Write that a copy carries a new seal now, and tell its holder; False when that was done before."""
    if not _claim(tx, copy, order=order, remedy=Remedy.RESEALED, at=at):
        return False
    at_place = (numbers.c.book_id == copy.book_id, numbers.c.seq_no == copy.seq_no)
    detail = tx.execute(sa.select(numbers.c.detail).where(*at_place)).scalar_one()
    tx.execute(numbers.update().where(*at_place).values(detail={**detail, "seal_serial": seal_serial_hex}))
    tell_holder(tx, copy, order=order, remedy=Remedy.RESEALED, at=at, random_bytes=random_bytes)
    return True


def tell_holder(
    tx: Connection, copy: AffectedCopy, *, order: RemedyOrder, remedy: Remedy, at: datetime, random_bytes: RandomBytes
) -> None:
    """Write the change into the holder's history and the log, and leave the message that tells the holder."""
    item = get_item(tx, copy.item_id)
    payload = {"code": copy.code, "key": order.key_id, "remedy": remedy.value}
    log_event(tx, "COPY_KEY_COMPROMISED", item=item, payload=payload, random_bytes=random_bytes)
    owner = holder_of_code(tx, copy.code)
    if owner is None:
        return
    case = get_case(tx, item.case_id)
    record_access(
        tx,
        AccessEvent(
            holder_id=owner.holder_id,
            action=AccessAction.STATUS_CHANGED,
            actor_kind=HistoryActor.STAFF,
            actor_id=order.actor_id,
            at=at,
            reason=REASON,
            record_id=owner.record_id,
            agency_code=case.agency_code,
            case_id=case.case_id,
        ),
        random_bytes=random_bytes,
    )
    message = {"record": owner.record_id, "holder": owner.holder_id, "remedy": remedy.value, "key": order.key_id}
    put_message(tx, Message(TOPIC, f"{order.key_id}:{copy.item_id}:{copy.attempt}", message), at=at)


def effect_of(what: str, *, key_id: str) -> str:
    """Name an effect by the key it answers; a key's id may be longer than the name of an effect."""
    return f"{what}:{hashlib.sha256(key_id.encode()).hexdigest()[:32]}"


def _claim(tx: Connection, copy: AffectedCopy, *, order: RemedyOrder, remedy: Remedy, at: datetime) -> bool:
    effect = effect_of(remedy.value, key_id=order.key_id)
    return once(tx, copy.item_id, job=f"copy-{copy.attempt}", effect=effect, at=at)


def _is_signed_by(row: Mapping[str, Any], entry: InventoryEntry) -> bool:
    detail = row["detail"]
    if entry.kind is OwnerKind.AGENCY:
        sealed_by = detail.get("seal_serial")
        # Fail safe: where the register is silent, the copy is looked at.
        return row["agency_code"] == entry.owner_id and sealed_by in (None, entry.serial_hex)
    return bool(detail.get("certificate_serial") == entry.serial_hex)


def _affected(row: Mapping[str, Any]) -> AffectedCopy:
    return AffectedCopy(
        item_id=row["item_id"],
        attempt=row["attempt"],
        code=row["detail"]["code"],
        number=f"{row['seq_no']} · {row['display']}",
        book_id=row["book_id"],
        seq_no=row["seq_no"],
        certified_at=row["finalised_at"],
    )
