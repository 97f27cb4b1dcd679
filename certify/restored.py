"""What a register does after a restore: no number that may have been given out since the backup is ever given again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.effects import log_event
from certify.errors import BookClosed
from certify.items import Actor, advance, get_item
from certify.prepare import VoidReason
from certify.register import Book, BookStatus, NumberStatus, get_book, void
from certify.tables import books, number_gaps, numbers, ready_copies
from certify.transitions import ItemEvent
from guard.clock import RandomBytes
from vault.canonical import Json
from vault.log import Leaf, Tree, append


@dataclass(frozen=True, slots=True)
class NumberGap:
    """Numbers of a book whose lines were lost with everything after the backup."""

    book_id: str
    first_seq_no: int
    last_seq_no: int
    noted_at: datetime

    @property
    def numbers(self) -> range:
        """Every number in it."""
        return range(self.first_seq_no, self.last_seq_no + 1)


def list_books(tx: Connection) -> tuple[Book, ...]:
    """Give every book of the house."""
    found = tx.execute(sa.select(books.c.book_id).order_by(books.c.agency_code, books.c.display)).scalars().all()
    return tuple(get_book(tx, book_id) for book_id in found)


def list_gaps(tx: Connection, book_id: str) -> tuple[NumberGap, ...]:
    """Give the gaps of a book in the order of their numbers."""
    rows = tx.execute(
        sa.select(number_gaps).where(number_gaps.c.book_id == book_id).order_by(number_gaps.c.first_seq_no)
    )
    return tuple(NumberGap(row.book_id, row.first_seq_no, row.last_seq_no, row.noted_at) for row in rows)


def skip_to(tx: Connection, book_id: str, *, highest: int, at: datetime, random_bytes: RandomBytes) -> NumberGap | None:
    """Move a book past the highest number that is evidenced anywhere; None when it is past it already.

    Raises:
        BookClosed: the book took no numbers any more when the backup was made, and yet one is evidenced.
    """
    book = get_book(tx, book_id)
    if highest <= book.last_seq_no:
        return None
    if book.status is not BookStatus.OPEN:
        raise BookClosed(
            f"book {book.display} was closed at number {book.last_seq_no} when the backup was made, and number "
            f"{highest} is evidenced; look at the paper and the agency's decision before releasing"
        )
    gap = NumberGap(book_id, book.last_seq_no + 1, highest, at)
    tx.execute(
        number_gaps.insert().values(
            book_id=book_id,
            first_seq_no=gap.first_seq_no,
            last_seq_no=gap.last_seq_no,
            reason=VoidReason.RESTORED.value,
            noted_at=at,
        )
    )
    tx.execute(books.update().where(books.c.book_id == book_id).values(last_seq_no=highest))
    payload: dict[str, Json] = {"book": book.display, "first": gap.first_seq_no, "last": gap.last_seq_no}
    append(tx, Leaf("NUMBERS_RESTORED", payload), tree=Tree.CERTIFICATIONS, random_bytes=random_bytes)
    return gap


def void_reserved(tx: Connection, *, actor: Actor, at: datetime, random_bytes: RandomBytes) -> int:
    """Void every number that was reserved when the backup was made; return how many.

    Whether its copy was signed since, nobody here can know. So the code gets no status: a copy that does exist stays a
    valid file whose register line is lost, and is not called void.
    """
    reserved = tx.execute(
        sa.select(ready_copies.c.ready_id, ready_copies.c.item_id, ready_copies.c.book_id, ready_copies.c.seq_no)
        .join(
            numbers,
            sa.and_(numbers.c.book_id == ready_copies.c.book_id, numbers.c.seq_no == ready_copies.c.seq_no),
        )
        .where(numbers.c.status == NumberStatus.RESERVED.value)
        .order_by(ready_copies.c.ready_id)
    ).all()
    reason = VoidReason.RESTORED.value
    for row in reserved:
        void(tx, book_id=row.book_id, seq_no=row.seq_no, reason=reason, at=at)
        tx.execute(ready_copies.update().where(ready_copies.c.ready_id == row.ready_id).values(voided_at=at))
        item = advance(tx, row.item_id, event=ItemEvent.VOID, actor=actor, at=at, detail_code=reason)
        payload = {"book": get_book(tx, row.book_id).display, "number": row.seq_no, "reason": reason}
        log_event(tx, "NUMBER_VOIDED", item=get_item(tx, item.item_id), payload=payload, random_bytes=random_bytes)
    return len(reserved)
