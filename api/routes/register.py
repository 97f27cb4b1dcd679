"""The register of the agency: the lines of the open book, as JSON or as CSV."""

from __future__ import annotations

import csv
import io
from typing import Final

from fastapi import APIRouter, Request, Response

from api.acts import staff as acts
from api.routes.depends import Cursor, Limit, Office, Reader, read_cursor, reply, write_cursor
from api.schemas.office import RegisterRowTold, RegisterTold
from certify import RegisterRow

router = APIRouter(prefix="/v1/register", tags=["register"])
_COLUMNS: Final = ("number", "date", "requester", "original", "signer", "copies", "fee_vnd", "note")
# A cell that begins like this is a formula to a spreadsheet.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


@router.get("", response_model=RegisterTold, responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}})
def read_register(
    request: Request, caller: Reader, services: Office, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """Give the lines of the open book in their eight columns; `Accept: text/csv` gives the whole book as a table."""
    page = acts.register(services, caller)
    if "text/csv" in request.headers.get("accept", ""):
        headers = {"Content-Disposition": 'attachment; filename="register.csv"', "Vary": "Accept"}
        return Response(_csv(page.rows), media_type="text/csv; charset=utf-8", headers=headers)
    after = read_cursor(cursor)
    left = [row for row in page.rows if after is None or int(row.number) > int(after)] if _is_number(after) else []
    more = write_cursor(left[limit - 1].number) if len(left) > limit else None
    rows = [RegisterRowTold(**{name: getattr(row, name) for name in _COLUMNS}) for row in left[:limit]]
    told = RegisterTold(book=page.display, shown_at=page.shown_at, items=rows, next_cursor=more)
    return reply(told, headers={"Vary": "Accept"})


def _is_number(after: str | None) -> bool:
    return after is None or after.isdigit()


def _csv(rows: tuple[RegisterRow, ...]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for row in rows:
        writer.writerow([_cell(getattr(row, name)) for name in _COLUMNS])
    # The mark at the beginning tells spreadsheets that the letters are UTF-8.
    return out.getvalue().encode("utf-8-sig")


def _cell(value: str | int) -> str | int:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value
