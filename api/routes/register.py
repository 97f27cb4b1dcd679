"""The register of the agency: the lines of the open book, as JSON or as CSV."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.acts import register as acts
from api.acts.register_papers import COLUMNS
from api.routes.cursors import Page
from api.routes.depends import Office, RegisterReader, reply
from api.schemas.office import RegisterRowTold, RegisterTold
from api.spreadsheets import write_csv

router = APIRouter(prefix="/v1/register", tags=["register"])


@router.get("", response_model=RegisterTold, responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}})
def read_register(request: Request, caller: RegisterReader, services: Office, paging: Page) -> Response:
    """Give the lines of the open book in their eight columns; `Accept: text/csv` gives the whole book as a table."""
    if "text/csv" in request.headers.get("accept", ""):
        page = acts.register(services, caller)
        headers = {"Content-Disposition": 'attachment; filename="register.csv"', "Vary": "Accept"}
        table = [COLUMNS, *([getattr(row, name) for name in COLUMNS] for row in page.rows)]
        return Response(write_csv(table), media_type="text/csv; charset=utf-8", headers=headers)
    book = acts.register(services, caller, limit=0)
    shown, more = paging.page(
        "register",
        # A number of last year's book says nothing about where this year's goes on.
        book.book_id,
        read=lambda after, limit: acts.register(services, caller, after_seq_no=int(after or 0), limit=limit).rows,
        id_of=lambda row: row.number,
    )
    rows = [RegisterRowTold(**{name: getattr(row, name) for name in COLUMNS}) for row in shown]
    told = RegisterTold(book=book.display, shown_at=book.shown_at, items=rows, next_cursor=more)
    return reply(told, headers={"Vary": "Accept"})
