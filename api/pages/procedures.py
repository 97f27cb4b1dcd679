"""The citizen's door, once-only: what a procedure asks, what is there, the consent card, and the dossiers filed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import citizen as acts
from api.pages.citizen_view import procedure_page
from api.pages.dossier_view import consent_box, dossier_page, dossier_rows
from api.pages.names import agency_names
from api.pages.render import page, problem_of, say_of, see_other
from api.problems import Problem
from api.services import Services
from dossiers import DossierError, ProcedureNotFound
from vault import VaultError

router = APIRouter(include_in_schema=False)

Citizen = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF))]


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


async def _form_of(request: Request) -> dict[str, str]:
    """The fields of the form by name; one field per requirement, so their names are not known before."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


@router.get("/citizen/procedures")
def procedures(request: Request, principal: Citizen) -> Response:
    """List the procedures in force and the dossiers filed."""
    services, say = _services(request), say_of(request)
    in_force = acts.procedures(services)
    agencies = agency_names(services, say)
    return page(
        request,
        "citizen_procedures.html",
        principal=principal,
        current="/citizen/procedures",
        procedures=[
            {
                "href": f"/citizen/procedures/{one.procedure_id}",
                "title": say.pick(dict(one.title)),
                "agency": agencies.get(one.recipient_agency, one.recipient_agency),
                "asks": say("page.procedures.asks", count=len(one.requirements)),
            }
            for one in in_force
        ],
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


@router.post("/citizen/procedures/{procedure_id}")
def file_dossier(
    request: Request, principal: Citizen, procedure_id: str, form: Annotated[dict[str, str], Depends(_form_of)]
) -> Response:
    """File a dossier from what was chosen, once the consent was given."""
    chosen = {
        name.removeprefix("choose."): value for name, value in form.items() if name.startswith("choose.") and value
    }
    # An empty choice, and a tick where nothing can be chosen, both say: I bring the paper to the counter.
    brought = frozenset(
        name.partition(".")[2]
        for name, value in form.items()
        if name.startswith("bring.") or (name.startswith("choose.") and not value)
    )
    filing = acts.FilingForm(
        procedure_id=procedure_id,
        chosen=chosen,
        brought_in_person=brought,
        has_consented=form.get("consent") == "yes",
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
        procedures={one.procedure_id: one for one in acts.procedures(services)},
        agencies=agencies,
        consent=consent_box(view.consent, say, agencies=agencies, is_active=is_active),
    )
    return page(request, "citizen_submission.html", principal=principal, dossier=dossier)


@router.post("/citizen/submissions/{submission_id}/withdraw")
def withdraw(request: Request, principal: Citizen, submission_id: str) -> Response:
    """Withdraw the consent behind a dossier: later fetches are refused."""
    services = _services(request)
    view = acts.view_submission(services, principal, submission_id)
    if view.consent is not None:
        acts.take_back_consent(services, principal, view.consent.consent_id)
    return see_other(f"/citizen/submissions/{submission_id}")


def _show(
    request: Request, principal: Principal, procedure_id: str, *, problem: Problem | None, filled: dict[str, str]
) -> Response:
    services, say = _services(request), say_of(request)
    view = acts.view_procedure(services, principal, procedure_id)
    return page(
        request,
        "citizen_procedure.html",
        principal=principal,
        address=f"/citizen/procedures/{procedure_id}",
        status=problem.status if problem else 200,
        problem=problem,
        procedure=procedure_page(view, say, agencies=agency_names(services, say)),
        filled=filled,
    )
