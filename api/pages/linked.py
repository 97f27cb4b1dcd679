"""The citizen's door: several procedures by one filing, and how each of its dossiers stands."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import linked as acts
from api.acts.citizen import FilingForm
from api.acts.procedures import Told
from api.acts.procedures import procedures as procedures_in_force
from api.pages.linked_view import linked_filing_page, linked_parts
from api.pages.names import agency_names
from api.pages.procedures import brought_of, chosen_of, form_of, told_of
from api.pages.render import page, problem_of, say_of, see_other
from api.problems import Problem
from api.services import Services
from dossiers import DossierError, ProcedureNotFound
from vault import VaultError

router = APIRouter(include_in_schema=False)
Citizen = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF))]
Sharer = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF, step_up=True))]
Fields = Annotated[dict[str, str], Depends(form_of)]


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


@router.get("/citizen/linked/{procedure_id}")
def linked(request: Request, principal: Citizen, procedure_id: str) -> Response:
    """Show what procedures that belong together ask, each with a consent of its own."""
    return _show(request, principal, procedure_id, problem=None, filled={})


@router.post("/citizen/linked/{procedure_id}/said")
def say_first(request: Request, principal: Citizen, procedure_id: str, form: Fields) -> Response:
    """Show them again after the first questions were answered."""
    return _show(request, principal, procedure_id, problem=None, filled=form)


@router.post("/citizen/linked/{procedure_id}")
def file_linked(request: Request, principal: Sharer, procedure_id: str, form: Fields) -> Response:
    """File those that were agreed to: the first, and of the others what has a consent."""
    services = _services(request)
    parts = acts.view_parts(services, principal, procedure_id)
    forms = []
    for place, part in enumerate(parts):
        own = _own(form, place)
        if place and own.get("consent") != "yes":
            continue
        told = told_of(own)
        forms.append(
            FilingForm(
                part.view.procedure.procedure_id,
                chosen_of(own),
                brought_of(own),
                has_consented=own.get("consent") == "yes",
                told=told,
            )
        )
    try:
        filed = acts.file_linked(services, principal, tuple(forms))
    except ProcedureNotFound:
        raise
    except (DossierError, VaultError) as exc:
        return _show(request, principal, procedure_id, problem=problem_of(request, exc), filled=form)
    return see_other(f"/citizen/linked-filings/{filed.filing_id}")


@router.get("/citizen/linked-filings/{filing_id}")
def linked_filing(request: Request, principal: Citizen, filing_id: str) -> Response:
    """Show what one act filed, each dossier with its own steps."""
    return _show_filing(request, principal, filing_id, problem=None)


@router.post("/citizen/linked-filings/{filing_id}/take-back")
def take_back(
    request: Request, principal: Citizen, filing_id: str, reason: Annotated[str, Form(max_length=300)] = ""
) -> Response:
    """Ask everything of a filing back that has not ended."""
    try:
        acts.take_back_linked(_services(request), principal, filing_id, reason=reason)
    except DossierError as exc:
        return _show_filing(request, principal, filing_id, problem=problem_of(request, exc))
    return see_other(f"/citizen/linked-filings/{filing_id}")


def _show_filing(request: Request, principal: Principal, filing_id: str, *, problem: Problem | None) -> Response:
    services, say = _services(request), say_of(request)
    view = acts.view_linked(services, principal, filing_id)
    filing = linked_filing_page(
        view,
        say,
        procedures={one.procedure_id: one for one in procedures_in_force(services)},
        agencies=agency_names(services, say),
    )
    return page(
        request,
        "citizen_linked_filing.html",
        principal=principal,
        status=problem.status if problem else 200,
        problem=problem,
        filing=filing,
    )


def _show(
    request: Request, principal: Principal, procedure_id: str, *, problem: Problem | None, filled: dict[str, str]
) -> Response:
    services, say = _services(request), say_of(request)
    first = acts.view_parts(services, principal, procedure_id)
    told: dict[str, Told] = {
        one.view.procedure.procedure_id: told_of(_own(filled, place)) for place, one in enumerate(first)
    }
    parts = acts.view_parts(services, principal, procedure_id, told=told) if filled else first
    return page(
        request,
        "citizen_linked.html",
        principal=principal,
        address=f"/citizen/linked/{procedure_id}",
        status=problem.status if problem else 200,
        problem=problem,
        parts=linked_parts(parts, say, agencies=agency_names(services, say)),
        filled=filled,
        action=f"/citizen/linked/{procedure_id}",
    )


def _own(form: dict[str, str], place: int) -> dict[str, str]:
    """The fields of one of the procedures, by the names they have where it is filed alone."""
    prefix = f"p{place}."
    return {name.removeprefix(prefix): value for name, value in form.items() if name.startswith(prefix)}
