"""Register books: opened, read, given out as a table, closed with totals, and the closing signed."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from api.acts import register as acts
from api.acts import register_papers as papers
from api.acts.register import BookView
from api.acts.register_papers import ExportColumns, ExportForm
from api.routes.cursors import Page
from api.routes.depends import CertifierAtDesk, IdempotencyKeyHeader, Office, RegisterReader, Ulid, etag, reply
from api.routes.repeats import do_once
from api.schemas.office import RegisterRowTold
from api.schemas.register import (
    BookAsked,
    BookLines,
    BookList,
    BookTold,
    ClosingAsked,
    ClosingSignature,
    ClosingTold,
    TotalsTold,
)
from api.spreadsheets import XLSX
from certify.registry import Closing
from keys import Pin

router = APIRouter(prefix="/v1/register/books", tags=["register"])
TYPES: Final = {
    ExportForm.CSV: "text/csv; charset=utf-8",
    ExportForm.XLSX: XLSX,
    ExportForm.PDF: "application/pdf",
    ExportForm.JSON: "application/json",
}
_FILES: Final[dict[str, Any]] = {
    "text/csv": {"schema": {"type": "string"}},
    XLSX: {"schema": {"type": "string", "format": "binary"}},
    "application/pdf": {"schema": {"type": "string", "format": "binary"}},
    "application/json": {"schema": {"type": "object"}},
}
_PDF: Final[dict[str, Any]] = {"application/pdf": _FILES["application/pdf"]}


@router.get("", response_model=BookList)
def list_books(caller: RegisterReader, services: Office) -> Response:
    """Give the books of the caller's agency and of those it follows, the newest year first."""
    return reply(BookList(items=[told(view) for view in acts.list_own_books(services, caller)]))


@router.post("", status_code=201, response_model=BookTold)
def open_book(
    request: Request, caller: CertifierAtDesk, services: Office, asked: BookAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """Open the book of this year; a second open book is refused by name."""

    def act() -> Response:
        return reply(told(acts.open_new_book(services, caller, volume=asked.volume)), status=201)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.get("/{book_id}", response_model=BookTold)
def get_book(caller: RegisterReader, services: Office, book_id: Ulid) -> Response:
    """Give one book with its sums."""
    return reply(told(acts.view_book(services, caller, book_id)))


@router.get("/{book_id}/lines", response_model=BookLines)
def list_lines(caller: RegisterReader, services: Office, paging: Page, book_id: Ulid) -> Response:
    """Give lines of one book, open or closed, in their eight columns."""
    page = acts.register(services, caller, book_id=book_id, limit=0)
    shown, more = paging.page(
        "book-lines",
        book_id,
        read=lambda after, limit: (
            acts.register(services, caller, book_id=book_id, after_seq_no=int(after or 0), limit=limit).rows
        ),
        id_of=lambda row: row.number,
    )
    rows = [RegisterRowTold(**{name: getattr(row, name) for name in papers.COLUMNS}) for row in shown]
    return reply(BookLines(book=page.display, shown_at=page.shown_at, items=rows, next_cursor=more))


@router.get("/{book_id}/export", responses={200: {"content": _FILES}}, response_class=Response)
def export_book(
    caller: RegisterReader,
    services: Office,
    book_id: Ulid,
    form: ExportForm = ExportForm.CSV,
    columns: ExportColumns = ExportColumns.EIGHT,
) -> Response:
    """Give the whole book: as CSV, XLSX or JSON, in eight columns or all of them, or as a PDF/A that the agency sealed."""
    content = papers.export_book(services, caller, book_id, form=form, columns=columns)
    headers = {"Content-Disposition": f'attachment; filename="register.{form.value}"'}
    return Response(content, media_type=TYPES[form], headers=headers)


@router.post("/{book_id}/closing", response_model=BookTold)
def close_book(caller: CertifierAtDesk, services: Office, book_id: Ulid, asked: ClosingAsked) -> Response:
    """Close a book for ever behind the number that was seen; one with a reserved number does not close."""
    return reply(told(acts.close_own_book(services, caller, book_id, last_number=asked.last_number)))


@router.get("/{book_id}/closing/document", responses={200: {"content": _PDF}}, response_class=Response)
def closing_document(caller: RegisterReader, services: Office, book_id: Ulid) -> Response:
    """Give the closing document as it is to be signed, or signed and sealed; its digest is the ETag."""
    content = papers.closing_document(services, caller, book_id)
    headers = {
        "Content-Disposition": 'attachment; filename="closing.pdf"',
        "ETag": etag(hashlib.sha256(content).hexdigest()),
    }
    return Response(content, media_type="application/pdf", headers=headers)


@router.post("/{book_id}/closing/signature", response_model=BookTold)
def sign_closing(caller: CertifierAtDesk, services: Office, book_id: Ulid, asked: ClosingSignature) -> Response:
    """Sign the closing document that was shown, and let the agency seal it; again, it gives what was signed."""
    pin = Pin(asked.pin.get_secret_value())
    papers.sign_closing(services, caller, book_id, sha256_hex=asked.sha256, pin=pin)
    return reply(told(acts.view_book(services, caller, book_id)))


def told(view: BookView) -> BookTold:
    """Write a book."""
    book, sums = view.book, view.totals
    return BookTold(
        book_id=book.book_id,
        agency_code=book.agency_code,
        display=book.display,
        year=book.year,
        volume=book.volume,
        status=book.status.value,
        last_number=book.last_seq_no,
        totals=TotalsTold(numbers=sums.numbers, voided=sums.voided, copies=sums.copies, fee_vnd=sums.fee_vnd),
        closing=None if view.closing is None else _closing(view.closing),
    )


def _closing(closing: Closing) -> ClosingTold:
    return ClosingTold(
        closed_at=closing.closed_at,
        closed_by=closing.closed_by,
        decision_number=closing.decision_number,
        signed_at=closing.signed_at,
        signed_by=closing.signed_by,
        signed_sha256=closing.signed_sha256_hex,
    )
