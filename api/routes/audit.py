"""The auditor's doors: read only; lines of the register, what deserves a second look, and the evidence of one copy."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from api.acts import audit as acts
from api.routes.depends import Auditor, Office, Ulid, reply
from api.schemas.wire import Asked, Moment, Told, UlidText
from certify.registry import AuditLine, Finding
from vault import format_code, parse_code

router = APIRouter(prefix="/v1/audit", tags=["register"])
ZIP: Final = "application/zip"
_ZIP: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}}
}


class AuditLineTold(Told):
    """One number, with who took part in it by id."""

    book_id: UlidText
    book: str
    number: int
    status: str
    code: str | None
    item_id: UlidText
    reserved_at: Moment
    finalised_at: Moment | None
    voided_at: Moment | None
    void_reason: str | None
    officer_id: str | None
    keeper_id: str | None


class AuditLines(Told):
    """The numbers that fit, newest first; at most 200."""

    items: list[AuditLineTold]


class BookFindingTold(Told):
    """What deserves a second look: GAP, LOST, VOID, OVERRIDE or LATE_SEAL, with its reason as a code."""

    kind: str
    number: int
    code: str
    item_id: str | None
    at: Moment | None


class EvidenceAsked(Asked):
    """Why the evidence is taken; the holder reads both in the history."""

    reason: Annotated[str, Field(max_length=64, pattern=r"^[A-Z][A-Z0-9_]*$", examples=["COMPLAINT"])] = Field(
        description="A code of the list `audit` of `GET /v1/counter-choices`."
    )
    words: Annotated[str, Field(min_length=1, max_length=200, examples=["Đơn số 12/ĐT ngày 20/11/2026"])]


class Findings(Told):
    """What deserves a second look in one book, in the order of its numbers."""

    items: list[BookFindingTold]


@router.get("/lines", response_model=AuditLines)
def audit_lines(
    caller: Auditor,
    services: Office,
    book_id: Annotated[str | None, Query(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")] = None,
    number: Annotated[int | None, Query(ge=1)] = None,
    code: Annotated[str | None, Query(max_length=40)] = None,
    day: Annotated[date | None, Query(description="A day of the office.")] = None,
    person: Annotated[str | None, Query(max_length=64, description="Id of who acted.")] = None,
) -> Response:
    """Give the register's numbers by number, code, day or person acting; every part that is sent must fit."""
    found = acts.find(services, caller, book_id=book_id, number=number, code=code, day=day, person=person)
    return reply(AuditLines(items=[line_told(line) for line in found]))


@router.get("/books/{book_id}/findings", response_model=Findings)
def audit_findings(caller: Auditor, services: Office, book_id: Ulid) -> Response:
    """Give what deserves a second look in a book: gaps, lost lines, voids, overrides, late seals."""
    found = acts.findings_of(services, caller, book_id)
    return reply(Findings(items=[finding_told(one) for one in found]))


@router.post("/copies/{code}/evidence", responses=_ZIP, response_class=Response)
def audit_evidence(
    caller: Auditor, services: Office, code: Annotated[str, Path(max_length=40)], asked: EvidenceAsked
) -> Response:
    """Give everything that proves how one copy came to be, as one ZIP; the holder sees who read it, and why."""
    content = acts.evidence(services, caller, code, why=acts.AuditReason(asked.reason, asked.words))
    name = format_code(parse_code(code))
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"', "Cache-Control": "no-store"}
    return Response(content, media_type=ZIP, headers=headers)


def line_told(line: AuditLine) -> AuditLineTold:
    """Write one line."""
    return AuditLineTold(
        book_id=line.book_id,
        book=line.book_display,
        number=line.number,
        status=line.status.value,
        code=format_code(line.code) if line.code else None,
        item_id=line.item_id,
        reserved_at=line.reserved_at,
        finalised_at=line.finalised_at,
        voided_at=line.voided_at,
        void_reason=line.void_reason,
        officer_id=line.officer_id,
        keeper_id=line.keeper_id,
    )


def finding_told(one: Finding) -> BookFindingTold:
    """Write one finding."""
    return BookFindingTold(kind=one.kind.value, number=one.number, code=one.code, item_id=one.item_id, at=one.at)
