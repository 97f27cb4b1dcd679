"""Closing a book: no number after it, totals written down, and a document that an officer signs and the agency seals.

Closing comes first and is for ever; the document follows from what was closed, so that it can be signed later, too, and
is the same whenever it is written. What is noted on a line afterwards is an annotation and is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.errors import BookNotClosable, NumberConflict
from certify.register import Book, RegisterTotals, close_book, get_book
from certify.register_tables import closings
from certify.tables import books
from guard.clock import RandomBytes
from vault.canonical import Json
from vault.log import Leaf, Tree, append


@dataclass(frozen=True, slots=True)
class Closing:
    """How a book was closed, and the signed document over it once there is one."""

    book: Book
    totals: RegisterTotals
    closed_by: str
    closed_at: datetime
    decision_number: str | None
    signed_by: str | None
    signed_at: datetime | None
    signed_sha256_hex: str | None


def close_counted_book(
    tx: Connection, book_id: str, *, last_number: int, closed_by: str, at: datetime, random_bytes: RandomBytes
) -> Closing:
    """Close a book whose last number the person has seen, and put the totals into the log.

    Raises:
        BookNotClosable: a number is reserved, or another number was taken since the person looked.
        BookClosed: somebody, or another window, was first.
    """
    tx.execute(sa.select(books.c.book_id).where(books.c.book_id == book_id).with_for_update())
    book = get_book(tx, book_id)
    close_book(tx, book_id, at=at, closed_by=closed_by)
    if book.last_seq_no != last_number:
        raise BookNotClosable(
            f"the last number of book {book.display} is {book.last_seq_no}, not {last_number}; look at it again"
        )
    closing = get_closing(tx, book_id)
    payload: dict[str, Json] = {
        "book": book.display,
        "agency": book.agency_code,
        "numbers": closing.totals.numbers,
        "void": closing.totals.voided,
        "copies": closing.totals.copies,
        "fee": closing.totals.fee_vnd,
    }
    append(tx, Leaf("BOOK_CLOSED", payload), tree=Tree.CERTIFICATIONS, random_bytes=random_bytes)
    return closing


def note_closing_signed(
    tx: Connection, book_id: str, *, sha256_hex: str, signed_by: str, at: datetime, random_bytes: RandomBytes
) -> Closing:
    """Write that the closing document is signed and sealed; done twice with the same file, it changes nothing.

    Raises:
        NumberConflict: another file was signed before, or the book is open.
    """
    closing = get_closing(tx, book_id)
    if closing.signed_sha256_hex == sha256_hex:
        return closing
    changed = tx.execute(
        closings.update()
        .where(closings.c.book_id == book_id, closings.c.signed_sha256_hex.is_(None))
        .values(signed_by=signed_by, signed_at=at, signed_sha256_hex=sha256_hex)
    ).rowcount
    if changed != 1:
        raise NumberConflict(f"the closing document of book {closing.book.display} is signed already")
    payload: dict[str, Json] = {"book": closing.book.display, "agency": closing.book.agency_code, "sha256": sha256_hex}
    append(tx, Leaf("BOOK_CLOSING_SIGNED", payload), tree=Tree.CERTIFICATIONS, random_bytes=random_bytes)
    return get_closing(tx, book_id)


def get_closing(tx: Connection, book_id: str) -> Closing:
    """Give how a book was closed.

    Raises:
        NumberConflict: it is open, or was closed by a release that wrote no totals.
    """
    closing = find_closing(tx, book_id)
    if closing is None:
        book = get_book(tx, book_id)
        raise NumberConflict(f"book {book.display} is {book.status.value} and has no closing")
    return closing


def find_closing(tx: Connection, book_id: str) -> Closing | None:
    """Give how a book was closed; None while it is open, or when a release closed it that wrote no totals."""
    book = get_book(tx, book_id)
    row = tx.execute(sa.select(closings).where(closings.c.book_id == book_id)).one_or_none()
    if row is None:
        return None
    return Closing(
        book=book,
        totals=RegisterTotals(row.number_count, row.void_count, row.copies, row.fee_vnd),
        closed_by=row.closed_by,
        closed_at=row.closed_at,
        decision_number=row.decision_number,
        signed_by=row.signed_by,
        signed_at=row.signed_at,
        signed_sha256_hex=row.signed_sha256_hex,
    )
