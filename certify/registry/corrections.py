"""What happens to a copy after it was certified: superseded, its original replaced or revoked, annulled, misdelivered.

Each is one transaction: the annotation on the register's line, the status that every verifier reads, the paper in the
vault, the holder's history, the log, and the message that tells the holder and whoever fetched the copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.annotations import Annotation, AnnotationKind, annotate
from certify.effects import log_event
from certify.errors import NumberConflict
from certify.items import Actor, ActorKind, advance, get_item
from certify.register import NumberStatus
from certify.renewal import note_moved
from certify.tables import books, numbers, ready_copies
from certify.transitions import ItemEvent
from guard.clock import RandomBytes
from vault.canonical import Json
from vault.history import AccessAction, AccessEvent, record_access
from vault.history import ActorKind as HistoryActor
from vault.misdelivery import Recall, recall_record
from vault.outbox import Message
from vault.outbox import put as put_message
from vault.shapes import OriginalStatus, RegisterStatus
from vault.status import holder_of_code, set_status

MISDELIVERED: Final = "copy.misdelivered"
CLERICAL_ERROR: Final = "CLERICAL_ERROR"
_IN_FORCE: Final = frozenset({NumberStatus.FINAL, NumberStatus.SUPERSEDED})
_ORIGINALS: Final = {
    AnnotationKind.ORIGINAL_REPLACED: OriginalStatus.REPLACED,
    AnnotationKind.ORIGINAL_REVOKED: OriginalStatus.REVOKED,
}


@dataclass(frozen=True, slots=True)
class CertifiedLine:
    """The register's line of a copy, found by its code."""

    code: str
    book_id: str
    book_display: str
    seq_no: int
    status: NumberStatus
    item_id: str
    attempt: int
    agency_code: str


@dataclass(frozen=True, slots=True)
class CorrectionOrder:
    """Who orders a correction, when and why: a code, and a decision's number where the law wants one."""

    actor_id: str
    at: datetime
    random_bytes: RandomBytes
    reason: str
    decision_number: str | None = None


def find_line(tx: Connection, code: str) -> CertifiedLine:
    """Give the line of a code, locked.

    Raises:
        NumberConflict: no number was ever reserved with this code.
    """
    row = tx.execute(
        sa.select(numbers, ready_copies.c.code, books.c.display, books.c.agency_code)
        .join(
            ready_copies,
            sa.and_(ready_copies.c.book_id == numbers.c.book_id, ready_copies.c.seq_no == numbers.c.seq_no),
        )
        .join(books, books.c.book_id == numbers.c.book_id)
        .where(ready_copies.c.code == code)
        .with_for_update(of=numbers)
    ).one_or_none()
    if row is None:
        raise NumberConflict(f"no number of the register has the code {code}")
    return CertifiedLine(
        code=row.code,
        book_id=row.book_id,
        book_display=row.display,
        seq_no=row.seq_no,
        status=NumberStatus(row.status),
        item_id=row.item_id,
        attempt=row.attempt,
        agency_code=row.agency_code,
    )


def annul(tx: Connection, code: str, *, order: CorrectionOrder) -> CertifiedLine:
    """Annul a wrongful certification by a numbered decision; it shows for ever.

    Raises:
        NumberConflict: no decision, or the copy is not in force.
    """
    line = find_line(tx, code)
    if not (order.decision_number or "").strip():
        raise NumberConflict(f"copy {code} is annulled by a decision only; give its number")
    _check_in_force(line)
    _set_number(tx, line, NumberStatus.ANNULLED)
    set_status(
        tx,
        code,
        at=order.at,
        register=RegisterStatus.ANNULLED,
        decision_number=order.decision_number,
        reason=order.reason,
    )
    _advance(tx, line, event=ItemEvent.ANNUL, order=order)
    return _noted(tx, line, AnnotationKind.ANNULLED, order=order)


def note_original(tx: Connection, code: str, kind: AnnotationKind, *, order: CorrectionOrder) -> CertifiedLine:
    """Note that the issuer replaced or revoked the original; the copy stays true to the paper that was seen.

    Raises:
        NumberConflict: the copy is not in force.
    """
    line = find_line(tx, code)
    _check_in_force(line)
    set_status(tx, code, at=order.at, original=_ORIGINALS[kind], reason=order.reason)
    return _noted(tx, line, kind, order=order)


def supersede(tx: Connection, code: str, *, by_code: str, order: CorrectionOrder) -> CertifiedLine:
    """Let a copy with our mistake be superseded by the corrected one; both lines name each other.

    Raises:
        NumberConflict: the copy is not FINAL, or the other one is not.
    """
    line, newer = find_line(tx, code), find_line(tx, by_code)
    for one in (line, newer):
        if one.status is not NumberStatus.FINAL:
            raise NumberConflict(f"copy {one.code} is {one.status.value}, not FINAL, and cannot take part in this")
    _set_number(tx, line, NumberStatus.SUPERSEDED)
    set_status(
        tx,
        code,
        at=order.at,
        register=RegisterStatus.SUPERSEDED,
        superseded_by_code=by_code,
        reason=order.reason,
    )
    _advance(tx, line, event=ItemEvent.SUPERSEDE, order=order)
    _annotate(tx, newer, AnnotationKind.SUPERSEDES, order=order, other_code=code)
    return _noted(tx, line, AnnotationKind.SUPERSEDED, order=order, other_code=by_code)


def recall(tx: Connection, code: str, *, to_holder_id: str, order: CorrectionOrder) -> Recall:
    """Take a copy out of the wrong vault into the right one: fetches and shares stop at once, the certification stays.

    Both holders are told without naming each other; what was read meanwhile is listed for the data-protection officer.

    Raises:
        NumberConflict: the copy is not in force.
        NotFound: it lies in no vault, or there is no such holder.
        RecordRefused: it lies in that vault already.
    """
    line = find_line(tx, code)
    _check_in_force(line)
    owner = holder_of_code(tx, code)
    if owner is None:
        raise NumberConflict(f"copy {code} lies in no vault")
    recalled = recall_record(
        tx,
        owner.record_id,
        to_holder_id=to_holder_id,
        staff_id=order.actor_id,
        agency_code=line.agency_code,
        at=order.at,
        random_bytes=order.random_bytes,
    )
    note_moved(tx, recalled.record_id, holder_id=to_holder_id)
    _annotate(tx, line, AnnotationKind.MISDELIVERED, order=order)
    _log(tx, line, AnnotationKind.MISDELIVERED, order=order)
    # Two messages, so that no row that leaves the house names both holders.
    for holder_id, side in ((recalled.from_holder_id, "TAKEN"), (to_holder_id, "GIVEN")):
        payload = {"record": recalled.record_id, "holder": holder_id, "side": side, "code": code}
        put_message(
            tx, Message(MISDELIVERED, f"{recalled.record_id}:{order.at.isoformat()}:{side}", payload), at=order.at
        )
    return recalled


def _check_in_force(line: CertifiedLine) -> None:
    if line.status not in _IN_FORCE:
        raise NumberConflict(f"number {line.seq_no} of {line.book_display} is {line.status.value} and not in force")


def _set_number(tx: Connection, line: CertifiedLine, status: NumberStatus) -> None:
    at_place = (numbers.c.book_id == line.book_id, numbers.c.seq_no == line.seq_no)
    tx.execute(numbers.update().where(*at_place).values(status=status.value))


def _advance(tx: Connection, line: CertifiedLine, *, event: ItemEvent, order: CorrectionOrder) -> None:
    actor = Actor(ActorKind.STAFF, order.actor_id)
    advance(tx, line.item_id, event=event, actor=actor, at=order.at, detail_code=order.reason)


def _noted(
    tx: Connection, line: CertifiedLine, kind: AnnotationKind, *, order: CorrectionOrder, other_code: str | None = None
) -> CertifiedLine:
    _annotate(tx, line, kind, order=order, other_code=other_code)
    _log(tx, line, kind, order=order)
    owner = holder_of_code(tx, line.code)
    if owner is not None:
        record_access(
            tx,
            AccessEvent(
                holder_id=owner.holder_id,
                action=AccessAction.STATUS_CHANGED,
                actor_kind=HistoryActor.STAFF,
                actor_id=order.actor_id,
                at=order.at,
                reason=kind.value,
                record_id=owner.record_id,
                agency_code=line.agency_code,
            ),
            random_bytes=order.random_bytes,
        )
    return find_line(tx, line.code)


def _annotate(
    tx: Connection, line: CertifiedLine, kind: AnnotationKind, *, order: CorrectionOrder, other_code: str | None = None
) -> None:
    note = Annotation(
        book_id=line.book_id,
        seq_no=line.seq_no,
        kind=kind,
        noted_by=order.actor_id,
        noted_at=order.at,
        reason=order.reason,
        decision_number=order.decision_number,
        other_code=other_code,
    )
    annotate(tx, note)


def _log(tx: Connection, line: CertifiedLine, kind: AnnotationKind, *, order: CorrectionOrder) -> None:
    payload: dict[str, Json] = {
        "code": line.code,
        "book": line.book_display,
        "number": line.seq_no,
        "reason": order.reason,
        "decision": order.decision_number or "",
    }
    item = get_item(tx, line.item_id)
    log_event(tx, f"COPY_{kind.value}", item=item, payload=payload, random_bytes=order.random_bytes)
