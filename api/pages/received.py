"""The staff door of a receiving agency: dossiers that reuse papers, each fetch seen by the holder, an answer per item."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import recipient as acts
from api.acts.packages import received_marks
from api.acts.procedures import procedures
from api.documents import DocumentGiven, document_response, download_headers
from api.errors import RequestInvalid
from api.pages.dossier_view import dossier_page, dossier_rows
from api.pages.names import agency_names
from api.pages.render import page, problem_of, say_of, see_other
from api.problems import Problem
from api.services import Services
from dossiers import Answer, DossierError, Status, Step, SubmissionNotFound, WhyByHand
from guard import Room
from vault import GrantError

router = APIRouter(include_in_schema=False)

Recipient = Annotated[
    Principal, Depends(Requires(Role.COUNTER_CLERK, Role.CERTIFIER, Role.POSTAL_INTAKE, owner=OwnerRule.RECIPIENT))
]


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


@router.get("/staff/submissions")
def received(request: Request, principal: Recipient) -> Response:
    """List the dossiers filed with the agency."""
    services, say = _services(request), say_of(request)
    rows = dossier_rows(
        acts.received(services, principal),
        say,
        base="/staff/submissions",
        procedures={one.procedure_id: one for one in procedures(services)},
        agencies=agency_names(services, say),
    )
    return page(request, "staff_submissions.html", principal=principal, current="/staff/submissions", rows=rows)


@router.get("/staff/submissions/{submission_id}")
def one_received(request: Request, principal: Recipient, submission_id: str) -> Response:
    """Show one dossier with its items."""
    return _show(request, principal, submission_id, problem=None)


@router.post("/staff/submissions/{submission_id}/fetch")
def fetch(
    request: Request, principal: Recipient, submission_id: str, requirement_id: Annotated[str, Form()]
) -> Response:
    """Fetch one paper as a download; the holder sees it, and sees a refusal too."""
    services = _services(request)

    def give(room: Room) -> DocumentGiven:
        paper = acts.fetch_paper(services, principal, submission_id, requirement_id=requirement_id, room=room)
        return paper.content, download_headers(name=f"{paper.record.record_id}.pdf")

    try:
        return document_response(services.spool, give)
    except GrantError as exc:
        return _show(request, principal, submission_id, problem=problem_of(request, exc))


@router.post("/staff/submissions/{submission_id}/answer")
def answer(
    request: Request,
    principal: Recipient,
    submission_id: str,
    requirement_id: Annotated[str, Form()],
    decision: Annotated[str, Form()],
    version: Annotated[int, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Accept or reject one item, once."""
    try:
        acts.answer(
            _services(request),
            principal,
            submission_id,
            requirement_id=requirement_id,
            decision=_decision(decision),
            reason=reason.strip(),
            expected_version=version,
        )
    except SubmissionNotFound:
        raise
    except (DossierError, RequestInvalid) as exc:
        return _show(request, principal, submission_id, problem=problem_of(request, exc))
    return see_other(f"/staff/submissions/{submission_id}")


@router.post("/staff/submissions/{submission_id}/step")
def step(request: Request, principal: Recipient, submission_id: str, to: Annotated[str, Form()]) -> Response:
    """Move a dossier one step on."""
    try:
        acts.move_on(_services(request), principal, submission_id, to=_step(to))
    except SubmissionNotFound:
        raise
    except (DossierError, RequestInvalid) as exc:
        return _show(request, principal, submission_id, problem=problem_of(request, exc))
    return see_other(f"/staff/submissions/{submission_id}")


@router.post("/staff/submissions/{submission_id}/status")
def bring_status(
    request: Request,
    principal: Recipient,
    submission_id: str,
    status: Annotated[int, Form(ge=1, le=10)],
    version: Annotated[int, Form()],
    reason: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Bring one of the ten codes."""
    services = _services(request)
    try:
        acts.bring_status(
            services, principal, submission_id, to=Status(status), reason=reason, expected_version=version
        )
    except SubmissionNotFound:
        raise
    except DossierError as exc:
        return _show(request, principal, submission_id, problem=problem_of(request, exc))
    return see_other(f"/staff/submissions/{submission_id}")


@router.post("/staff/submissions/{submission_id}/by-hand")
def take_in_by_hand(
    request: Request,
    principal: Recipient,
    submission_id: str,
    requirement_id: Annotated[str, Form()],
    why: Annotated[WhyByHand, Form()],
    sha256_hex: Annotated[str, Form(pattern="^[0-9a-f]{64}$")],
    note: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Note a paper that was taken in by hand."""
    try:
        acts.take_in_by_hand(
            _services(request),
            principal,
            submission_id,
            requirement_id=requirement_id,
            why=why,
            note=note,
            sha256_hex=sha256_hex,
        )
    except SubmissionNotFound:
        raise
    except DossierError as exc:
        return _show(request, principal, submission_id, problem=problem_of(request, exc))
    return see_other(f"/staff/submissions/{submission_id}")


def _show(request: Request, principal: Principal, submission_id: str, *, problem: Problem | None) -> Response:
    services, say = _services(request), say_of(request)
    submission, steps = acts.view_received(services, principal, submission_id)
    dossier = dossier_page(
        submission,
        steps,
        say,
        procedures={one.procedure_id: one for one in procedures(services)},
        agencies=agency_names(services, say),
        marks=received_marks(services, principal, submission_id),
        standing=acts.standing_received(services, principal, submission_id),
    )
    return page(
        request,
        "staff_submission.html",
        principal=principal,
        address=f"/staff/submissions/{submission_id}",
        status=problem.status if problem else 200,
        problem=problem,
        dossier=dossier,
        reasons=tuple((one.value, say(f"page.by_hand.{one.value}")) for one in WhyByHand),
    )


def _decision(text: str) -> Answer:
    try:
        return Answer(text)
    except ValueError as exc:
        raise RequestInvalid("choose accept or reject", field="decision") from exc


def _step(text: str) -> Step:
    try:
        return Step(text)
    except ValueError as exc:
        raise RequestInvalid("there are five steps, and this is none of them", field="to") from exc
