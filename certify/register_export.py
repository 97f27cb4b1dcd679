"""The register as the law wants to read it: eight columns, totals, and proof that no number is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.register import NumberStatus, get_book
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


@dataclass(frozen=True, slots=True)
class RegisterTotals:
    """What stands under the last line of a book."""

    numbers: int
    voided: int
    copies: int
    fee_vnd: int


def export_rows(
    tx: Connection, book_id: str, *, law: LawPack, requester_of: Callable[[int], str]
) -> tuple[RegisterRow, ...]:
    """Give every line of a book in its eight columns; `requester_of` opens the encrypted name."""
    rows = tx.execute(sa.select(numbers).where(numbers.c.book_id == book_id).order_by(numbers.c.seq_no)).all()
    return tuple(_register_row(dict(row._mapping), law=law, requester_of=requester_of) for row in rows)


def gaps(tx: Connection, book_id: str) -> tuple[int, ...]:
    """Give the numbers of a book that have no line; there must never be one."""
    book = get_book(tx, book_id)
    present = set(tx.execute(sa.select(numbers.c.seq_no).where(numbers.c.book_id == book_id)).scalars())
    return tuple(number for number in range(1, book.last_seq_no + 1) if number not in present)


def totals(rows: tuple[RegisterRow, ...]) -> RegisterTotals:
    """Add up a register; void lines count as lines only."""
    return RegisterTotals(
        numbers=len(rows),
        voided=sum(row.copies == 0 for row in rows),
        copies=sum(row.copies for row in rows),
        fee_vnd=sum(row.fee_vnd for row in rows),
    )


def _register_row(fields: dict[str, Any], *, law: LawPack, requester_of: Callable[[int], str]) -> RegisterRow:
    counted = fields["status"] != NumberStatus.VOID.value
    when = fields["finalised_at"] or fields["voided_at"] or fields["reserved_at"]
    status_note = f"{fields['status']} {fields['void_reason']}" if not counted else ""
    return RegisterRow(
        number=str(fields["seq_no"]),
        date=f"{law.local_time(when):%d/%m/%Y}",
        requester=requester_of(fields["seq_no"]),
        original=fields["original_title"],
        signer=fields["signer_text"] or "",
        copies=fields["copies"] if counted else 0,
        fee_vnd=fields["fee_vnd"] if counted else 0,
        note=status_note if not counted or fields["status"] == NumberStatus.FINAL.value else fields["status"],
    )
