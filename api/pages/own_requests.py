"""The citizen's door: what agencies ask for, the code of the counter, the own code, and the card to approve or decline."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import paper_requests as acts
from api.acts.citizen import FilingForm
from api.pages.names import agency_names, procedure_titles
from api.pages.procedure_view import procedure_page
from api.pages.procedures import brought_of, chosen_of, form_of, told_of
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.views import Fact, Say
from api.problems import Problem
from api.services import Services
from dossiers import CounterCodeRefused, DossierError, PaperRequest, RequestNotFound, RequestState, Way
from vault import VaultError

router = APIRouter(include_in_schema=False)

Citizen = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF))]
Sharer = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF, step_up=True))]
_QR_SCALE = 6


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def qr_picture(link: str) -> str:
    """The QR of a link as an inline SVG."""
    target = io.BytesIO()
    segno.make(link, error="m", micro=False).save(target, kind="svg", scale=_QR_SCALE, xmldecl=False, svgns=True)
    return target.getvalue().decode()


@router.get("/q", dependencies=[Depends(Requires(Role.ANYONE, owner=OwnerRule.NOBODY))])
def counter_form(request: Request) -> Response:
    """Lead from the counter's QR to one's own door; the secret stays in the fragment until the form is sent."""
    return see_other("/citizen/counter")


@router.get("/citizen/counter")
def counter_code(request: Request, principal: Citizen) -> Response:
    """Ask for the code of the counter."""
    return page(request, "citizen_counter.html", principal=principal, current="/citizen/requests", problem=None)


@router.post("/citizen/counter")
def take_counter_code(request: Request, principal: Citizen, token: Annotated[str, Form()] = "") -> Response:
    """Take the code of the counter, once."""
    try:
        card = acts.take_counter_code(_services(request), principal, token)
    except CounterCodeRefused as exc:
        problem = problem_of(request, exc)
        return page(
            request,
            "citizen_counter.html",
            principal=principal,
            current="/citizen/requests",
            status=problem.status,
            problem=problem,
        )
    return see_other(f"/citizen/requests/{card.request.request_id}")


@router.post("/citizen/phone-code")
def show_phone_code(request: Request, principal: Citizen) -> Response:
    """Show a code of one's own for the counter to take."""
    shown = acts.show_phone_code(_services(request), principal)
    return page(
        request,
        "code_shown.html",
        principal=principal,
        address="/citizen/requests",
        current="/citizen/requests",
        qr=qr_picture(shown.link),
        link=shown.link,
        words="",
        onward="/citizen/requests",
    )


@router.get("/citizen/requests")
def requests(request: Request, principal: Citizen) -> Response:
    """List what agencies ask for."""
    services, say = _services(request), say_of(request)
    agencies = agency_names(services, say)
    titles = procedure_titles(services, say)
    rows = [
        request_row(one, say, agencies, titles=titles, base="/citizen/requests")
        for one in acts.asked_of_me(services, principal)
    ]
    return page(request, "citizen_requests.html", principal=principal, current="/citizen/requests", rows=rows)


@router.get("/citizen/requests/{request_id}")
def one_request(request: Request, principal: Citizen, request_id: str) -> Response:
    """Show what is asked for beside what the vault has, and the card to decide on."""
    return _show(request, principal, request_id, problem=None, filled={})


@router.post("/citizen/requests/{request_id}/said")
def say_first(
    request: Request, principal: Citizen, request_id: str, form: Annotated[dict[str, str], Depends(form_of)]
) -> Response:
    """Show it again after the first questions were answered."""
    return _show(request, principal, request_id, problem=None, filled=form)


@router.post("/citizen/requests/{request_id}")
def approve(
    request: Request, principal: Sharer, request_id: str, form: Annotated[dict[str, str], Depends(form_of)]
) -> Response:
    """Approve, with the two words of the counter's screen where there is one."""
    filing = FilingForm("", chosen_of(form), brought_of(form), form.get("consent") == "yes", told_of(form))
    try:
        filed = acts.approve_request(_services(request), principal, request_id, filing, words=form.get("words", ""))
    except RequestNotFound:
        raise
    except (DossierError, VaultError) as exc:
        return _show(request, principal, request_id, problem=problem_of(request, exc), filled=form)
    return see_other(f"/citizen/submissions/{filed.submission_id}")


@router.post("/citizen/requests/{request_id}/decline")
def decline(
    request: Request, principal: Citizen, request_id: str, reason: Annotated[str, Form(max_length=300)] = ""
) -> Response:
    """Decline: nothing is opened."""
    acts.decline_request(_services(request), principal, request_id, reason=reason)
    return see_other("/citizen/requests")


def request_row(
    one: PaperRequest, say: Say, agencies: Mapping[str, str], *, titles: Mapping[str, str], base: str
) -> dict[str, object]:
    """A request in a list or at the head of its page; `titles` are those of procedures."""
    return {
        "href": f"{base}/{one.request_id}",
        "title": titles.get(one.procedure_id or "", one.procedure_id or "–"),
        "facts": (
            Fact(say("page.request.agency"), agencies.get(one.agency_code or "", one.agency_code or "–")),
            Fact(say("page.request.way"), say(f"page.request.way.{one.way.value}")),
            Fact(say("page.request.until"), say.short(one.expires_at)),
            Fact(say("page.request.state"), say(f"page.request.state.{one.state.value}")),
        ),
    }


def _show(
    request: Request, principal: Principal, request_id: str, *, problem: Problem | None, filled: dict[str, str]
) -> Response:
    services, say = _services(request), say_of(request)
    card = acts.card(services, principal, request_id, told=told_of(filled))
    agencies = agency_names(services, say)
    return page(
        request,
        "citizen_procedure.html",
        principal=principal,
        current="/citizen/requests",
        address=f"/citizen/requests/{request_id}",
        status=problem.status if problem else 200,
        problem=problem,
        procedure=procedure_page(card.view, say, agencies=agencies),
        filled=filled,
        action=f"/citizen/requests/{request_id}",
        asked=request_row(
            card.request, say, agencies, titles=procedure_titles(services, say), base="/citizen/requests"
        ),
        choices=card.choices,
        is_open=card.request.state is RequestState.PENDING and card.request.way is not Way.ASSISTED,
    )
