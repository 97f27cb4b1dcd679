"""The register books of an agency, as its office reads, opens and closes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from api.access import Principal
from api.services import Services
from certify import (
    Book,
    RegisterRow,
    RegisterTotals,
    Role,
    check_role,
    export_rows,
    get_book,
    list_books,
    open_book,
    stands_for,
    sum_up,
    the_open_book,
)
from certify.annotations import Annotation, annotations_of
from certify.registry import AuditLine, AuditQuestion, Closing, close_counted_book, find_closing, find_lines
from certify.staff import names_of
from vault import NotFound


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """Lines of a book as the office reads it."""

    book_id: str
    display: str
    rows: tuple[RegisterRow, ...]
    shown_at: datetime


@dataclass(frozen=True, slots=True)
class BookView:
    """A book with its sums, and how it was closed when it is."""

    book: Book
    totals: RegisterTotals
    closing: Closing | None


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of a book: its eight columns, its code and state, what was noted on it, and the names of who noted it."""

    row: RegisterRow
    line: AuditLine
    notes: tuple[Annotation, ...]
    names: Mapping[str, str]


def register(
    services: Services,
    principal: Principal,
    *,
    book_id: str | None = None,
    after_seq_no: int = 0,
    limit: int | None = None,
) -> RegisterPage:
    """The rows of a book, or of the agency's open one: all, or so many behind the one already seen.

    Raises:
        NotFound: the book is another agency's, or there is none of this id.
        RegisterError: no book is named, and none is open.
    """
    at = services.clock.now()
    with services.database.read() as tx:
        book = (
            own_book(tx, principal, book_id)
            if book_id is not None
            else the_open_book(tx, agency_code=principal.agency_code, law=services.law, at=at)
        )
        rows = export_rows(
            tx,
            book.book_id,
            law=services.law,
            requester_of=services.pipeline.requesters(book.book_id),
            after_seq_no=after_seq_no,
            limit=limit,
        )
    return RegisterPage(book.book_id, book.display, rows, at)


def list_own_books(services: Services, principal: Principal) -> tuple[BookView, ...]:
    """The books of the agency and of those it follows, newest year first."""
    with services.database.read() as tx:
        found = [book for book in list_books(tx) if stands_for(tx, book.agency_code, agency_code=principal.agency_code)]
        found.sort(key=lambda book: (-book.year, book.agency_code, book.volume))
        return tuple(_view(tx, book) for book in found)


def view_book(services: Services, principal: Principal, book_id: str) -> BookView:
    """One book with its sums.

    Raises:
        NotFound: as `register`.
    """
    with services.database.read() as tx:
        return _view(tx, own_book(tx, principal, book_id))


def view_line(services: Services, principal: Principal, book_id: str, number: int) -> LineView:
    """One line of a book, also one that is reserved or void.

    Raises:
        NotFound: as `register`, or the book has no such number.
    """
    with services.database.read() as tx:
        book = own_book(tx, principal, book_id)
        asked = AuditQuestion((book.agency_code,), book.book_id, number, None, None, None)
        lines = find_lines(tx, asked, law=services.law, limit=1)
        rows = export_rows(
            tx,
            book.book_id,
            law=services.law,
            requester_of=services.pipeline.requesters(book.book_id),
            after_seq_no=number - 1,
            limit=1,
        )
        if not lines or not rows or rows[0].number != str(number):
            raise NotFound(f"number {number} does not exist in this book")
        notes = annotations_of(tx, book.book_id, lines=(number,))
        return LineView(rows[0], lines[0], notes, names_of(tx, {note.noted_by for note in notes}))


def open_new_book(services: Services, principal: Principal, *, volume: int) -> BookView:
    """Open the agency's book of this year.

    Raises:
        RegisterError: one is open, or this volume was closed.
        StaffError: no certifier.
    """
    with services.database.transaction() as tx:
        at = services.clock.now()
        check_role(tx, principal.staff_id, role=Role.CERTIFIER, at=at)
        book = open_book(
            tx,
            agency_code=principal.agency_code,
            law=services.law,
            at=at,
            random_bytes=services.random_bytes,
            volume=volume,
        )
        return _view(tx, book)


def close_own_book(services: Services, principal: Principal, book_id: str, *, last_number: int) -> BookView:
    """Close a book whose last number the caller has seen; its document is signed afterwards.

    Raises:
        NotFound: as `register`.
        RegisterError: a number is reserved or was taken meanwhile, or the book is closed.
        StaffError: no certifier.
    """
    with services.database.transaction() as tx:
        at = services.clock.now()
        check_role(tx, principal.staff_id, role=Role.CERTIFIER, at=at)
        book = own_book(tx, principal, book_id)
        close_counted_book(
            tx,
            book.book_id,
            last_number=last_number,
            closed_by=principal.staff_id,
            at=at,
            random_bytes=services.random_bytes,
        )
        return _view(tx, get_book(tx, book_id))


def own_book(tx: Connection, principal: Principal, book_id: str) -> Book:
    """A book of the agency of the one who asks, or of an abolished one that it follows.

    Raises:
        NotFound: there is none, or it is another agency's: nobody can tell the two apart.
    """
    found = next((book for book in list_books(tx) if book.book_id == book_id), None)
    if found is None or not stands_for(tx, found.agency_code, agency_code=principal.agency_code):
        raise NotFound(f"register book {book_id} does not exist")
    return found


def _view(tx: Connection, book: Book) -> BookView:
    return BookView(book, sum_up(tx, book.book_id), find_closing(tx, book.book_id))
