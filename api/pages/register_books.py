"""The staff door: the books of the register, to read, to download, to close, and to sign the closing of."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response

from api.access import Principal, Role
from api.acts import register as acts
from api.acts.register import BookView
from api.acts.register_papers import ExportForm, closing_document, export_book, sign_closing
from api.errors import ApiError
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.staff import Reader
from api.pages.staff_forms import Certifier
from api.pages.views import Say
from api.problems import Problem
from api.routes.books import TYPES
from api.services import Services
from certify import BookStatus, CertifyError
from keys import KeysError, Pin
from signing import SigningError

router = APIRouter(include_in_schema=False)
_REFUSED: Final = (CertifyError, KeysError, SigningError, ApiError)


@router.get("/staff/books")
def books(request: Request, principal: Reader) -> Response:
    """Show the agency's books, the newest year first."""
    return _books_page(request, principal)


def _books_page(request: Request, principal: Principal, problem: Problem | None = None) -> Response:
    services: Services = request.app.state.services
    say = say_of(request)
    shown = [book_card(view, say) for view in acts.list_own_books(services, principal)]
    return page(
        request,
        "staff_books.html",
        principal=principal,
        current="/staff/register",
        address="/staff/books",
        status=problem.status if problem else 200,
        problem=problem,
        books=shown,
        may_close=Role.CERTIFIER in principal.roles,
    )


@router.get("/staff/books/{book_id}/export.{form}")
def export(request: Request, principal: Reader, book_id: str, form: ExportForm) -> Response:
    """Give a whole book as a file."""
    content = export_book(request.app.state.services, principal, book_id, form=form)
    headers = {"Content-Disposition": f'attachment; filename="so-chung-thuc.{form.value}"'}
    return Response(content, media_type=TYPES[form], headers=headers)


@router.get("/staff/books/{book_id}/closing.pdf")
def document(request: Request, principal: Reader, book_id: str) -> Response:
    """Give the closing document, as it is to be signed or signed."""
    content = closing_document(request.app.state.services, principal, book_id)
    return Response(content, media_type="application/pdf", headers={"Cache-Control": "no-store"})


@router.post("/staff/books/{book_id}/closing")
def close(request: Request, principal: Certifier, book_id: str, last_number: Annotated[int, Form(ge=0)]) -> Response:
    """Close a book behind the number that was seen."""
    try:
        acts.close_own_book(request.app.state.services, principal, book_id, last_number=last_number)
    except _REFUSED as exc:
        return _books_page(request, principal, problem_of(request, exc))
    return see_other("/staff/books")


@router.post("/staff/books/{book_id}/signature")
def sign(
    request: Request,
    principal: Certifier,
    book_id: str,
    pin: Annotated[str, Form()],
    sha256_hex: Annotated[str, Form()] = "",
) -> Response:
    """Sign the closing document of a book by PIN."""
    services: Services = request.app.state.services
    try:
        # A page shows the digest of what it links to; a form without one was not made by it and signs nothing.
        sign_closing(services, principal, book_id, sha256_hex=sha256_hex, pin=Pin(pin))
    except _REFUSED as exc:
        return _books_page(request, principal, problem_of(request, exc))
    return see_other("/staff/books")


@router.get("/staff/books/{book_id}/sign")
def sign_form(request: Request, principal: Certifier, book_id: str) -> Response:
    """Show what is to be signed, by its digest, and ask for the PIN."""
    services: Services = request.app.state.services
    view = acts.view_book(services, principal, book_id)
    content = closing_document(services, principal, book_id)
    return page(
        request,
        "staff_sign_closing.html",
        principal=principal,
        current="/staff/register",
        book=book_card(view, say_of(request)),
        sha256_hex=hashlib.sha256(content).hexdigest(),
    )


def book_card(view: BookView, say: Say) -> dict[str, Any]:
    """A book of the register with its sums and how it stands."""
    sums, closing = view.totals, view.closing
    return {
        "id": view.book.book_id,
        "display": view.book.display,
        "is_open": view.book.status is BookStatus.OPEN,
        "state": say(f"page.books.status.{view.book.status.value}"),
        "last": view.book.last_seq_no,
        "sums": say(
            "page.books.sums",
            numbers=sums.numbers,
            voided=sums.voided,
            copies=sums.copies,
            fee=f"{sums.fee_vnd:,}".replace(",", "."),
        ),
        "closed": say("page.books.closed_at", moment=say.moment(closing.closed_at)) if closing else "",
        "signed": say("page.books.signed_at", moment=say.moment(closing.signed_at))
        if closing and closing.signed_at
        else "",
        "awaits_signature": closing is not None and closing.signed_at is None,
    }
