"""The register book: one open book per agency, kind and year, its numbers atomic, gapless and never used twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.agencies import get_agency
from certify.errors import BookClosed, BookNotClosable, NoOpenBook, NumberConflict, TwoOpenBooks
from certify.register_tables import closings
from certify.rules import Fee, LawPack
from certify.tables import books, numbers
from guard.clock import RandomBytes
from guard.identifiers import new_ulid


class BookStatus(StrEnum):
    """A book takes numbers or it does not."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class NumberStatus(StrEnum):
    """What became of a number; SUPERSEDED and ANNULLED follow FINAL."""

    RESERVED = "RESERVED"
    FINAL = "FINAL"
    VOID = "VOID"
    SUPERSEDED = "SUPERSEDED"
    ANNULLED = "ANNULLED"


@dataclass(frozen=True, slots=True)
class Book:
    """A register book, written on papers as `display`, for example "01/2026-SCTĐT/BS"."""

    book_id: str
    agency_code: str
    kind: str
    year: int
    volume: int
    display: str
    status: BookStatus
    last_seq_no: int


@dataclass(frozen=True, slots=True)
class ReservedNumber:
    """A number of a book as it stands in the register."""

    book_id: str
    book_display: str
    seq_no: int
    status: NumberStatus
    item_id: str
    attempt: int
    reserved_at: datetime
    void_reason: str | None

    @property
    def display_no(self) -> str:
        """The number as it is printed."""
        return str(self.seq_no)


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a number is reserved for."""

    item_id: str
    attempt: int
    original_title: str
    copies: int
    fee: Fee


@dataclass(frozen=True, slots=True)
class RegisterTotals:
    """What stands under the last line of a book."""

    numbers: int
    voided: int
    copies: int
    fee_vnd: int


def open_book(
    tx: Connection, *, agency_code: str, law: LawPack, at: datetime, random_bytes: RandomBytes, volume: int = 1
) -> Book:
    """Open a book of the year it is in the office.

    Raises:
        TwoOpenBooks: one is open already.
        BookClosed: this volume existed and was closed.
    """
    agency = get_agency(tx, agency_code)
    year = law.local_date(at).year
    found = _books(tx, agency_code=agency_code, kind=law.book_kind, year=year)
    for book in found:
        if book.status is BookStatus.OPEN:
            raise TwoOpenBooks(f"book {book.display} of {agency_code} is still open; close it before opening another")
        if book.volume == volume:
            raise BookClosed(f"book {book.display} of {agency_code} was closed; open the next volume")
    book_id = new_ulid(at=at, random_bytes=random_bytes)
    tx.execute(
        books.insert().values(
            book_id=book_id,
            agency_code=agency_code,
            kind=law.book_kind,
            year=year,
            volume=volume,
            display=law.book_name(at, volume=volume, suffix=agency.book_suffix),
            status=BookStatus.OPEN.value,
            last_seq_no=0,
            opened_at=at,
        )
    )
    return get_book(tx, book_id)


def close_book(
    tx: Connection, book_id: str, *, at: datetime, closed_by: str = "", decision_number: str | None = None
) -> Book:
    """Close a book for ever, and write its totals down; `certify.registry` has the document that is signed over them.

    Raises:
        BookNotClosable: numbers are still reserved.
        BookClosed: it is closed already.
    """
    book = _lock_book(tx, book_id)
    if book.status is BookStatus.CLOSED:
        raise BookClosed(f"book {book.display} is closed already")
    pending = tx.execute(
        sa.select(sa.func.count())
        .select_from(numbers)
        .where(numbers.c.book_id == book_id, numbers.c.status == NumberStatus.RESERVED.value)
    ).scalar_one()
    if pending:
        raise BookNotClosable(f"book {book.display} holds {pending} reserved numbers; finish or void them first")
    tx.execute(books.update().where(books.c.book_id == book_id).values(status=BookStatus.CLOSED.value, closed_at=at))
    summed = sum_up(tx, book_id)
    tx.execute(
        closings.insert().values(
            book_id=book_id,
            closed_by=closed_by,
            closed_at=at,
            decision_number=decision_number,
            number_count=summed.numbers,
            void_count=summed.voided,
            copies=summed.copies,
            fee_vnd=summed.fee_vnd,
        )
    )
    return get_book(tx, book_id)


def sum_up(tx: Connection, book_id: str) -> RegisterTotals:
    """Add up a book: every number that was taken counts as a line, a void one as nothing else."""
    counted = numbers.c.status != NumberStatus.VOID.value
    row = tx.execute(
        sa.select(
            sa.func.count().filter(counted).label("counted"),
            sa.func.coalesce(sa.func.sum(numbers.c.copies).filter(counted), 0).label("copies"),
            sa.func.coalesce(sa.func.sum(numbers.c.fee_vnd).filter(counted), 0).label("fee_vnd"),
        ).where(numbers.c.book_id == book_id)
    ).one()
    taken = get_book(tx, book_id).last_seq_no
    # What was lost with a backup's age is void as well: its paper may exist, its line says nothing of copies or fee.
    return RegisterTotals(taken, taken - row.counted, int(row.copies), int(row.fee_vnd))


def get_book(tx: Connection, book_id: str) -> Book:
    """Give a book.

    Raises:
        NoOpenBook: no such id.
    """
    row = tx.execute(sa.select(books).where(books.c.book_id == book_id)).one_or_none()
    if row is None:
        raise NoOpenBook(f"register book {book_id} does not exist")
    return _book(dict(row._mapping))


def the_open_book(tx: Connection, *, agency_code: str, law: LawPack, at: datetime) -> Book:
    """Give the one open book of the agency for the year it is in the office.

    Raises:
        NoOpenBook: there is none.
        BookClosed: there was one and it is closed.
        TwoOpenBooks: there are two.
    """
    year = law.local_date(at).year
    found = _books(tx, agency_code=agency_code, kind=law.book_kind, year=year)
    opened = [book for book in found if book.status is BookStatus.OPEN]
    if len(opened) > 1:
        names = ", ".join(book.display for book in opened)
        raise TwoOpenBooks(f"agency {agency_code} has two open books ({names}); close one")
    if opened:
        return opened[0]
    if found:
        raise BookClosed(f"book {found[-1].display} of {agency_code} is closed; open the next volume")
    raise NoOpenBook(f"agency {agency_code} has no {law.book_kind} book of {year}; open one")


def reserve_number(
    tx: Connection, reservation: Reservation, *, agency_code: str, law: LawPack, at: datetime
) -> ReservedNumber:
    """Take the next number of the one open book; the transaction keeps number and counter together.

    Asking twice for the same item and attempt gives the same number.

    Raises:
        NoOpenBook, BookClosed, TwoOpenBooks: the books are not as they must be.
    """
    existing = find_number(tx, item_id=reservation.item_id, attempt=reservation.attempt)
    if existing is not None:
        return existing
    book = the_open_book(tx, agency_code=agency_code, law=law, at=at)
    # The counter's row is the lock: whoever comes second waits here, and a rolled back transaction gives it back.
    taken = tx.execute(
        books.update()
        .where(books.c.book_id == book.book_id, books.c.status == BookStatus.OPEN.value)
        .values(last_seq_no=books.c.last_seq_no + 1)
        .returning(books.c.last_seq_no)
    ).one_or_none()
    if taken is None:
        raise BookClosed(f"book {book.display} was closed a moment ago; open the next volume")
    tx.execute(
        numbers.insert().values(
            book_id=book.book_id,
            seq_no=taken.last_seq_no,
            item_id=reservation.item_id,
            attempt=reservation.attempt,
            status=NumberStatus.RESERVED.value,
            reserved_at=at,
            original_title=reservation.original_title,
            copies=reservation.copies,
            fee_vnd=reservation.fee.amount,
            fee_rule=reservation.fee.rule_version,
            detail={},
        )
    )
    return get_number(tx, book_id=book.book_id, seq_no=taken.last_seq_no)


def finalise(
    tx: Connection, *, book_id: str, seq_no: int, signer_text: str, detail: Mapping[str, Any], at: datetime
) -> ReservedNumber:
    """Make a reserved number final.

    Raises:
        NumberConflict: it is not RESERVED.
    """
    _move(
        tx,
        book_id=book_id,
        seq_no=seq_no,
        values={
            "status": NumberStatus.FINAL.value,
            "finalised_at": at,
            "signer_text": signer_text,
            "detail": dict(detail),
        },
    )
    return get_number(tx, book_id=book_id, seq_no=seq_no)


def void(tx: Connection, *, book_id: str, seq_no: int, reason: str, at: datetime) -> ReservedNumber:
    """Void a reserved number with a reason code; the line stays in the book for ever.

    Raises:
        NumberConflict: it is not RESERVED, or no reason is given.
    """
    if not reason:
        raise NumberConflict(f"number {seq_no} cannot be voided without a reason")
    _move(
        tx,
        book_id=book_id,
        seq_no=seq_no,
        values={"status": NumberStatus.VOID.value, "voided_at": at, "void_reason": reason},
    )
    return get_number(tx, book_id=book_id, seq_no=seq_no)


def find_number(tx: Connection, *, item_id: str, attempt: int) -> ReservedNumber | None:
    """Give the number of an attempt, or None when none was taken."""
    row = tx.execute(
        sa.select(numbers.c.book_id, numbers.c.seq_no).where(numbers.c.item_id == item_id, numbers.c.attempt == attempt)
    ).one_or_none()
    return None if row is None else get_number(tx, book_id=row.book_id, seq_no=row.seq_no)


def get_number(tx: Connection, *, book_id: str, seq_no: int) -> ReservedNumber:
    """Give a number of a book.

    Raises:
        NumberConflict: the book has no such number.
    """
    row = tx.execute(
        sa.select(numbers, books.c.display.label("book_display"))
        .join(books, books.c.book_id == numbers.c.book_id)
        .where(numbers.c.book_id == book_id, numbers.c.seq_no == seq_no)
    ).one_or_none()
    if row is None:
        raise NumberConflict(f"book {book_id} holds no number {seq_no}")
    return ReservedNumber(
        book_id=row.book_id,
        book_display=row.book_display,
        seq_no=row.seq_no,
        status=NumberStatus(row.status),
        item_id=row.item_id,
        attempt=row.attempt,
        reserved_at=row.reserved_at,
        void_reason=row.void_reason,
    )


def get_number_detail(tx: Connection, *, book_id: str, seq_no: int) -> Mapping[str, Any]:
    """Give what the register keeps of a final number besides its columns: serials, digests, codes.

    Raises:
        NumberConflict: the book has no such number.
    """
    at_place = (numbers.c.book_id == book_id, numbers.c.seq_no == seq_no)
    detail = tx.execute(sa.select(numbers.c.detail).where(*at_place)).scalar_one_or_none()
    if detail is None:
        raise NumberConflict(f"book {book_id} holds no number {seq_no}")
    return dict(detail)


def _move(tx: Connection, *, book_id: str, seq_no: int, values: Mapping[str, Any]) -> None:
    moved = tx.execute(
        numbers.update()
        .where(
            numbers.c.book_id == book_id,
            numbers.c.seq_no == seq_no,
            numbers.c.status == NumberStatus.RESERVED.value,
        )
        .values(**values)
    ).rowcount
    if moved != 1:
        present = get_number(tx, book_id=book_id, seq_no=seq_no)
        raise NumberConflict(f"number {seq_no} of {present.book_display} is {present.status.value}, not RESERVED")


def _books(tx: Connection, *, agency_code: str, kind: str, year: int) -> list[Book]:
    rows = tx.execute(
        sa.select(books)
        .where(books.c.agency_code == agency_code, books.c.kind == kind, books.c.year == year)
        .order_by(books.c.volume)
    )
    return [_book(dict(row._mapping)) for row in rows]


def _lock_book(tx: Connection, book_id: str) -> Book:
    tx.execute(sa.select(books.c.book_id).where(books.c.book_id == book_id).with_for_update())
    return get_book(tx, book_id)


def _book(fields: dict[str, Any]) -> Book:
    fields.pop("opened_at")
    fields.pop("closed_at")
    return Book(status=BookStatus(fields.pop("status")), **fields)
