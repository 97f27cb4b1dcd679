"""The register as the law wants to read it: eight columns, totals, and proof that no number is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.annotations import Annotation, AnnotationKind, annotations_of
from certify.prepare import VoidReason
from certify.register import NumberStatus, RegisterTotals, get_book
from certify.restored import NumberGap, list_gaps
from certify.rules import LawPack
from certify.tables import numbers


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """The eight columns of the register (DOMAIN section 1); a void number keeps its line and says why."""

    number: str
    date: str
    requester: str
    original: str
    signer: str
    copies: int
    fee_vnd: int
    note: str


# What a line is after its first day stands in its annotations; older lines have the status alone.
_LATER: Final = frozenset({NumberStatus.SUPERSEDED.value, NumberStatus.ANNULLED.value})


def export_rows(
    tx: Connection,
    book_id: str,
    *,
    law: LawPack,
    requester_of: Callable[[int], str],
    after_seq_no: int = 0,
    limit: int | None = None,
    as_of: datetime | None = None,
) -> tuple[RegisterRow, ...]:
    """Give the lines of a book in their eight columns: all, or so many behind the one already seen.

    `requester_of` opens the encrypted name. With `as_of` the notes are those that stood there at that instant.
    """
    lines = sa.select(numbers).where(numbers.c.book_id == book_id, numbers.c.seq_no > after_seq_no)
    rows = tx.execute(lines.order_by(numbers.c.seq_no).limit(limit)).all()
    noted: dict[int, list[Annotation]] = {}
    for note in annotations_of(tx, book_id, lines={row.seq_no for row in rows}):
        noted.setdefault(note.seq_no, []).append(note)
    told = {
        row.seq_no: _register_row(
            dict(row._mapping), law=law, requester_of=requester_of, notes=noted.get(row.seq_no, ()), as_of=as_of
        )
        for row in rows
    }
    for gap in list_gaps(tx, book_id):
        told |= {number: _lost_row(number, gap, law=law) for number in gap.numbers if number > after_seq_no}
    return tuple(told[number] for number in sorted(told)[:limit])


def gaps(tx: Connection, book_id: str) -> tuple[int, ...]:
    """Give the numbers of a book that have no line; there must never be one."""
    book = get_book(tx, book_id)
    present = {number for gap in list_gaps(tx, book_id) for number in gap.numbers}
    present |= set(tx.execute(sa.select(numbers.c.seq_no).where(numbers.c.book_id == book_id)).scalars())
    return tuple(number for number in range(1, book.last_seq_no + 1) if number not in present)


def totals(rows: tuple[RegisterRow, ...]) -> RegisterTotals:
    """Add up a register; void lines count as lines only."""
    return RegisterTotals(
        numbers=len(rows),
        voided=sum(row.note.startswith(NumberStatus.VOID.value) for row in rows),
        copies=sum(row.copies for row in rows),
        fee_vnd=sum(row.fee_vnd for row in rows),
    )


def _lost_row(number: int, gap: NumberGap, *, law: LawPack) -> RegisterRow:
    # The paper of this number may be in somebody's hands; what stood here is lost, and the line says so.
    return RegisterRow(
        number=str(number),
        date=f"{law.local_time(gap.noted_at):%d/%m/%Y}",
        requester="",
        original="",
        signer="",
        copies=0,
        fee_vnd=0,
        note=f"{NumberStatus.VOID.value} {VoidReason.RESTORED.value}",
    )


def _register_row(
    fields: dict[str, Any],
    *,
    law: LawPack,
    requester_of: Callable[[int], str],
    notes: Sequence[Annotation],
    as_of: datetime | None,
) -> RegisterRow:
    counted = fields["status"] != NumberStatus.VOID.value
    standing = [note for note in notes if as_of is None or note.noted_at <= as_of]
    return RegisterRow(
        number=str(fields["seq_no"]),
        # The day of the statement: a seal of the next morning moves no line into another day, or another year.
        date=f"{law.local_time(fields['reserved_at']):%d/%m/%Y}",
        requester=requester_of(fields["seq_no"]),
        original=fields["original_title"],
        signer=fields["signer_text"] or "",
        copies=fields["copies"] if counted else 0,
        fee_vnd=fields["fee_vnd"] if counted else 0,
        note=_note(fields, law=law, standing=standing, has_notes=bool(notes)),
    )


def _note(fields: dict[str, Any], *, law: LawPack, standing: Sequence[Annotation], has_notes: bool) -> str:
    status = str(fields["status"])
    if status == NumberStatus.VOID.value:
        return f"{status} {fields['void_reason']}"
    parts = [_noted(note, law=law) for note in standing]
    if status == NumberStatus.RESERVED.value or (status in _LATER and not has_notes):
        parts.insert(0, status)
    return "; ".join(parts)


def _noted(note: Annotation, *, law: LawPack) -> str:
    # The kind is a code that pages put into words; day, decision and the other copy's code are said as they are.
    said = [note.kind.value, f"{law.local_time(note.noted_at):%d/%m/%Y}"]
    if note.kind is AnnotationKind.PAPER_COPIES:
        said.append(str(note.reason))
    said += [part.replace(" ", "\u00a0") for part in (note.decision_number, note.other_code) if part]
    return " ".join(said)
