"""The citizen's door, once-only: what a procedure asks, what is there, the consent card, and the dossiers filed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import citizen as acts
from api.acts.linked import linked_filing_of
from api.acts.packages import own_marks
from api.acts.procedures import Told, find_procedure, qr_of, view_procedure
from api.acts.procedures import procedures as procedures_in_force
from api.pages.dossier_view import consent_box, dossier_page, dossier_rows
from api.pages.names import agency_names
from api.pages.procedure_view import domain_groups, procedure_page, requirement_lines
from api.pages.render import page, problem_of, say_of, see_other
from api.problems import Problem
from api.services import Services
from dossiers import DossierError, ProcedureNotFound, SubjectRole
from vault import VaultError

router = APIRouter(include_in_schema=False)

Citizen = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF))]
_ANYONE = [Depends(Requires(Role.ANYONE, owner=OwnerRule.NOBODY))]
Sharer = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF, step_up=True))]


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


async def form_of(request: Request) -> dict[str, str]:
    """The fields of the form by name; one field per requirement, so their names are not known before."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


@router.get("/citizen/procedures")
def procedures(request: Request, principal: Citizen) -> Response:
    """List the procedures in force and the dossiers filed."""
    services, say = _services(request), say_of(request)
    in_force = procedures_in_force(services)
    agencies = agency_names(services, say)
    return page(
        request,
        "citizen_procedures.html",
        principal=principal,
        current="/citizen/procedures",
        domains=domain_groups(in_force, say, agencies=agencies),
        rows=dossier_rows(
            acts.submissions(services, principal),
            say,
            base="/citizen/submissions",
            procedures={one.procedure_id: one for one in in_force},
            agencies=agencies,
        ),
    )


@router.get("/citizen/procedures/{procedure_id}")
def procedure(request: Request, principal: Citizen, procedure_id: str) -> Response:
    """Show what a procedure asks beside what the vault has, and the consent card."""
    return _show(request, principal, procedure_id, problem=None, filled={})


@router.post("/citizen/procedures/{procedure_id}/said")
def say_first(
    request: Request, principal: Citizen, procedure_id: str, form: Annotated[dict[str, str], Depends(form_of)]
) -> Response:
    """Show the procedure again after the first questions were answered."""
    return _show(request, principal, procedure_id, problem=None, filled=form)


@router.post("/citizen/procedures/{procedure_id}")
def file_dossier(
    request: Request, principal: Sharer, procedure_id: str, form: Annotated[dict[str, str], Depends(form_of)]
) -> Response:
    """File a dossier from what was chosen, once the consent was given."""
    filing = acts.FilingForm(
        procedure_id=procedure_id,
        chosen=chosen_of(form),
        brought_in_person=brought_of(form),
        has_consented=form.get("consent") == "yes",
        told=told_of(form),
    )
    try:
        submission = acts.file_dossier(_services(request), principal, filing)
    except ProcedureNotFound:
        raise
    except (DossierError, VaultError) as exc:
        return _show(request, principal, procedure_id, problem=problem_of(request, exc), filled=form)
    return see_other(f"/citizen/submissions/{submission.submission_id}")


@router.get("/citizen/submissions/{submission_id}")
def submission(request: Request, principal: Citizen, submission_id: str) -> Response:
    """Show a filed dossier: five steps, items with answers, the consent behind it."""
    services, say = _services(request), say_of(request)
    view = acts.view_submission(services, principal, submission_id)
    agencies = agency_names(services, say)
    is_active = view.consent is not None and view.consent.is_active(services.clock.now())
    dossier = dossier_page(
        view.submission,
        view.steps,
        say,
        procedures={one.procedure_id: one for one in procedures_in_force(services)},
        agencies=agencies,
        consent=consent_box(view.consent, say, agencies=agencies, is_active=is_active),
        marks=own_marks(services, principal, submission_id),
        standing=view.standing,
    )
    together = linked_filing_of(services, principal, submission_id)
    return page(request, "citizen_submission.html", principal=principal, dossier=dossier, together=together)


@router.post("/citizen/submissions/{submission_id}/withdraw")
def withdraw(request: Request, principal: Citizen, submission_id: str) -> Response:
    """Withdraw the consent behind a dossier: later fetches are refused."""
    services = _services(request)
    view = acts.view_submission(services, principal, submission_id)
    if view.consent is not None:
        acts.take_back_consent(services, principal, view.consent.consent_id)
    return see_other(f"/citizen/submissions/{submission_id}")


@router.post("/citizen/submissions/{submission_id}/take-back")
def take_back(
    request: Request, principal: Citizen, submission_id: str, reason: Annotated[str, Form(max_length=300)] = ""
) -> Response:
    """Ask the agency to stop a dossier."""
    acts.ask_withdrawal(_services(request), principal, submission_id, reason=reason)
    return see_other(f"/citizen/submissions/{submission_id}")


def chosen_of(form: dict[str, str]) -> dict[str, str]:
    """Which paper was chosen for which requirement."""
    return {name.removeprefix("choose."): value for name, value in form.items() if name.startswith("choose.") and value}


def brought_of(form: dict[str, str]) -> frozenset[str]:
    """What is brought to the counter: an empty choice, and a tick where nothing can be chosen, both say so."""
    return frozenset(
        name.partition(".")[2]
        for name, value in form.items()
        if name.startswith("bring.") or (name.startswith("choose.") and not value)
    )


def told_of(form: dict[str, str]) -> Told:
    """What the applicant said first; a role nobody knows and a blank name are left out."""
    names = {role: form.get(f"subject.{role.value}", "").strip()[:200] for role in SubjectRole}
    answers = {
        name.removeprefix("answer."): value[:64] for name, value in form.items() if name.startswith("answer.") and value
    }
    return Told(answers, {role: name for role, name in names.items() if name})


@router.get("/p/{procedure_id}", dependencies=_ANYONE)
def public_procedure(request: Request, procedure_id: str) -> Response:
    """Say to anybody what a procedure asks for, with the QR that leads here and the way to file it."""
    services, say = _services(request), say_of(request)
    one = find_procedure(services, procedure_id)
    agencies = agency_names(services, say)
    return page(
        request,
        "procedure_public.html",
        address=f"/p/{one.procedure_id}",
        procedure_id=one.procedure_id,
        title=say.pick(dict(one.title)),
        agency=agencies.get(one.recipient_agency, one.recipient_agency),
        domain=say.word("page.domain", one.domain),
        rows=requirement_lines(one, say),
    )


@router.get("/p/{procedure_id}/qr.svg", dependencies=_ANYONE)
def procedure_qr(request: Request, procedure_id: str) -> Response:
    """Give the QR of a procedure as a picture."""
    return Response(qr_of(_services(request), procedure_id), media_type="image/svg+xml")


def _show(
    request: Request, principal: Principal, procedure_id: str, *, problem: Problem | None, filled: dict[str, str]
) -> Response:
    services, say = _services(request), say_of(request)
    view = view_procedure(services, principal, procedure_id, told=told_of(filled))
    return page(
        request,
        "citizen_procedure.html",
        principal=principal,
        address=f"/citizen/procedures/{procedure_id}",
        status=problem.status if problem else 200,
        problem=problem,
        procedure=procedure_page(view, say, agencies=agency_names(services, say)),
        filled=filled,
        action=f"/citizen/procedures/{procedure_id}",
        asked=None,
        choices=(),
        is_open=True,
        linked=len(view.procedure.linked),
    )
