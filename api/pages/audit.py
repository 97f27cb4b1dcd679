"""The staff door for the auditor: look for a number, see what deserves a second look, take the evidence of a copy."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import audit as acts
from api.acts.register import list_own_books
from api.errors import RequestInvalid
from api.pages.inspection_view import choice_options
from api.pages.render import page, problem_of, say_of
from api.pages.views import Say
from api.problems import Problem
from api.routes.audit import ZIP
from api.services import Services
from certify.errors import GuardRefused
from certify.registry import AuditLine, Finding
from vault import CodeMistyped, format_code, parse_code

router = APIRouter(include_in_schema=False)
Auditor = Annotated[Principal, Depends(Requires(Role.AUDITOR, owner=OwnerRule.AGENCY))]
_SHOWN: Final = 200
Text = Annotated[str, Form(max_length=1000)]


@router.get("/staff/audit")
def look(
    request: Request, principal: Auditor, number: str = "", code: str = "", day: str = "", person: str = ""
) -> Response:
    """Show the numbers that fit what was asked, and what deserves a second look."""
    services: Services = request.app.state.services
    say = say_of(request)
    lines: tuple[AuditLine, ...] = ()
    problem = None
    asked = {"number": number.strip(), "code": code.strip(), "day": day.strip(), "person": person.strip()}
    if any(asked.values()):
        try:
            lines = acts.find(
                services,
                principal,
                number=int(asked["number"]) if asked["number"].isdecimal() else None,
                code=asked["code"] or None,
                day=_day(asked["day"]),
                person=asked["person"] or None,
            )
        except CodeMistyped as exc:
            problem = problem_of(request, exc)
    found = [
        finding_row(one, say, book=view.book.display)
        for view in list_own_books(services, principal)
        for one in acts.findings_of(services, principal, view.book.book_id)
    ]
    return page(
        request,
        "staff_audit.html",
        principal=principal,
        current="/staff/audit",
        address="/staff/audit",
        problem=problem,
        asked=asked,
        is_asked=any(asked.values()),
        lines=[audit_line(line, say) for line in lines],
        found=found[:_SHOWN],
    )


@router.get("/staff/audit/{code}/evidence")
def ask_why(request: Request, principal: Auditor, code: str) -> Response:
    """Ask why the evidence of a copy is wanted, before it is given."""
    acts.check_own_copy(request.app.state.services, principal, code)
    return _why(request, principal, format_code(parse_code(code)), {}, problem=None)


@router.post("/staff/audit/{code}/evidence")
def evidence(request: Request, principal: Auditor, code: str, reason: Text = "", words: Text = "") -> Response:
    """Give the evidence of one copy; the holder sees who read it, and why."""
    why = acts.AuditReason(reason, words)
    try:
        content = acts.evidence(request.app.state.services, principal, code, why=why)
    except (RequestInvalid, GuardRefused) as exc:
        filled = {"reason": reason, "words": words}
        return _why(request, principal, format_code(parse_code(code)), filled, problem=problem_of(request, exc))
    headers = {
        "Content-Disposition": f'attachment; filename="{format_code(parse_code(code))}.zip"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=ZIP, headers=headers)


def _why(
    request: Request, principal: Principal, code: str, filled: dict[str, str], *, problem: Problem | None
) -> Response:
    reasons = acts.reasons(request.app.state.services)
    return page(
        request,
        "staff_audit_evidence.html",
        principal=principal,
        current="/staff/audit",
        address=f"/staff/audit/{code}/evidence",
        status=problem.status if problem else 200,
        problem=problem,
        code=code,
        reasons=choice_options(reasons, say_of(request)),
        filled={"reason": "", "words": ""} | filled,
    )


def audit_line(line: AuditLine, say: Say) -> dict[str, Any]:
    """A number of the register as the auditor sees it."""
    is_copy = line.code is not None and line.finalised_at is not None
    return {
        "number": f"{line.number} · {line.book_display}",
        "href": f"/staff/register/{line.book_id}/{line.number}",
        "status": say.word("page.audit.status", line.status.value),
        "when": say.short(line.finalised_at or line.voided_at or line.reserved_at),
        "why": say.word("page.note", line.void_reason) if line.void_reason else "",
        "officer": line.officer_id or "–",
        "code": format_code(line.code) if line.code else "–",
        "evidence": f"/staff/audit/{format_code(line.code or '')}/evidence" if is_copy else "",
    }


def finding_row(found: Finding, say: Say, *, book: str) -> dict[str, Any]:
    """Something that deserves a second look."""
    return {
        "book": book,
        "number": found.number,
        "kind": say.word("page.audit.kind", found.kind.value),
        "why": say.word("page.note", found.code),
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        # A day nobody can read is a day on which nothing happened; the form keeps what was typed.
        return date.min
