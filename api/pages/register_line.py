"""The staff door: one line of the register with what was noted on it, and the corrections a certifier may order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import corrections as acts
from api.acts.corrections import OriginalChange
from api.acts.register import LineView, view_line
from api.acts.register_papers import note_words
from api.errors import ApiError, RequestInvalid
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.staff import Reader
from api.pages.views import Fact, Option, Say
from api.problems import Problem
from api.services import Services
from certify import CertifyError, NumberStatus
from vault import VaultError, format_code

router = APIRouter(include_in_schema=False)
CertifierAnew = Annotated[Principal, Depends(Requires(Role.CERTIFIER, owner=OwnerRule.AGENCY, step_up=True))]
Text = Annotated[str, Form(max_length=120)]
_REFUSED: Final = (CertifyError, VaultError, ApiError)
_IN_FORCE: Final = (NumberStatus.FINAL, NumberStatus.SUPERSEDED)
ANNULMENTS: Final = ("WRONG_ORIGINAL", "WRONG_PERSON", "NOT_AUTHORISED", "FORGED_ORIGINAL")
ORIGINAL_NOTICES: Final = ("ISSUER_NOTICE", "COURT_DECISION", "HOLDER_NOTICE")


@router.get("/staff/register/{book_id}/{number}")
def show(request: Request, principal: Reader, book_id: str, number: int) -> Response:
    """Show one line of a book."""
    return _page(request, principal, book_id, number)


@router.post("/staff/register/{book_id}/{number}/annulment")
def annul(
    request: Request, principal: CertifierAnew, book_id: str, number: int, decision: Text = "", reason: Text = ""
) -> Response:
    """Annul the copy by a numbered decision."""

    def act(services: Services, code: str) -> None:
        _one_of(reason, ANNULMENTS, field="reason")
        acts.annul_own_copy(services, principal, code, decision_number=decision.strip(), reason=reason)

    return _do(request, principal, book_id, number, act)


@router.post("/staff/register/{book_id}/{number}/original")
def note_original(
    request: Request, principal: CertifierAnew, book_id: str, number: int, change: Text = "", notice: Text = ""
) -> Response:
    """Note that the issuer replaced or revoked the original."""

    def act(services: Services, code: str) -> None:
        _one_of(change, tuple(OriginalChange), field="change")
        _one_of(notice, ORIGINAL_NOTICES, field="notice")
        acts.change_original(services, principal, code, change=OriginalChange(change), reason=notice)

    return _do(request, principal, book_id, number, act)


@router.post("/staff/register/{book_id}/{number}/recall")
def recall(request: Request, principal: CertifierAnew, book_id: str, number: int, holder_number: Text = "") -> Response:
    """Move a misdelivered copy into the right vault."""

    def act(services: Services, code: str) -> None:
        if not holder_number.strip():
            raise RequestInvalid("whose vault is the right one?", field="holder_number")
        acts.recall_copy(services, principal, code, holder_number=holder_number, reason="MISDELIVERY")

    return _do(request, principal, book_id, number, act)


@router.post("/staff/register/{book_id}/{number}/correction")
def correct(request: Request, principal: CertifierAnew, book_id: str, number: int) -> Response:
    """Open the free new copy of one with our own mistake, and go on with its scan."""
    services: Services = request.app.state.services
    try:
        item = acts.correct_copy(services, principal, _code(view_line(services, principal, book_id, number)))
    except _REFUSED as exc:
        return _page(request, principal, book_id, number, problem_of(request, exc))
    return see_other(f"/staff/items/{item.item_id}")


def _do(
    request: Request, principal: Principal, book_id: str, number: int, act: Callable[[Services, str], None]
) -> Response:
    services: Services = request.app.state.services
    try:
        act(services, _code(view_line(services, principal, book_id, number)))
    except _REFUSED as exc:
        return _page(request, principal, book_id, number, problem_of(request, exc))
    return see_other(f"/staff/register/{book_id}/{number}")


def _page(
    request: Request, principal: Principal, book_id: str, number: int, problem: Problem | None = None
) -> Response:
    services: Services = request.app.state.services
    view, say = view_line(services, principal, book_id, number), say_of(request)
    may_order = Role.CERTIFIER in principal.roles and view.line.status in _IN_FORCE
    return page(
        request,
        "staff_line.html",
        principal=principal,
        current="/staff/register",
        address=f"/staff/register/{book_id}/{number}",
        status=problem.status if problem else 200,
        problem=problem,
        line=line_card(view, say, note=note_words(services, view.row.note, language=say.language)),
        forms=correction_choices(say) if may_order else None,
        may_correct=view.line.status is NumberStatus.FINAL and Role.COUNTER_CLERK in principal.roles,
    )


def line_card(view: LineView, say: Say, *, note: str) -> dict[str, Any]:
    """The line as the page shows it: its eight columns, its code, and each note with who made it and why."""
    row, line = view.row, view.line
    values = (row.number, row.date, row.requester, row.original, row.signer, row.copies, f"{row.fee_vnd:,}".replace(",", "."), note)  # fmt: skip
    return {
        "number": f"{row.number} · {line.book_display}",
        "state": say.word("page.audit.status", line.status.value),
        "is_good": line.status is NumberStatus.FINAL,
        "base": f"/staff/register/{line.book_id}/{line.number}",
        "book": f"/staff/register?book={line.book_id}",
        "item": f"/staff/items/{line.item_id}",
        "facts": [
            *(Fact(say(f"page.register.col{n}"), str(value) or "–") for n, value in enumerate(values, start=1)),
            Fact(say("page.audit.code"), format_code(line.code) if line.code else "–", is_code=True),
        ],
        "notes": [
            {
                "kind": say.word("page.note", one.kind.value),
                "when": say.moment(one.noted_at),
                "by": view.names.get(one.noted_by, one.noted_by),
                "why": say.word("page.line.reason", one.reason) if one.reason else "",
                "decision": one.decision_number or "",
                "other": format_code(one.other_code) if one.other_code else "",
            }
            for one in view.notes
        ],
    }


def correction_choices(say: Say) -> dict[str, tuple[Option, ...]]:
    """What can be chosen in the forms of corrections."""
    return {
        "annulments": tuple(Option(one, say(f"page.line.reason.{one}")) for one in ANNULMENTS),
        "changes": tuple(Option(one.value, say(f"page.note.ORIGINAL_{one.value}")) for one in OriginalChange),
        "notices": tuple(Option(one, say(f"page.line.reason.{one}")) for one in ORIGINAL_NOTICES),
    }


def _code(view: LineView) -> str:
    if view.line.code is None:
        raise RequestInvalid(f"number {view.line.number} has no copy that could be corrected", field="number")
    return view.line.code


def _one_of(value: str, known: tuple[str, ...], *, field: str) -> None:
    if value not in known:
        raise RequestInvalid("choose one of the list", field=field)
