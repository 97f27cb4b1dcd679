"""The staff door: ask a holder for papers, show a code, take the code of a phone, begin with a helper, and help."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import paper_requests as acts
from api.errors import RequestInvalid
from api.pages.names import agency_names, procedure_titles
from api.pages.own_requests import qr_picture, request_row
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.views import Option
from api.problems import Problem
from api.services import Services
from dossiers import DossierError, PaperRequest, RequestState, Way
from vault import VaultError

router = APIRouter(include_in_schema=False)
Clerk = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, Role.CERTIFIER, owner=OwnerRule.AGENCY))]
Helper = Annotated[Principal, Depends(Requires(Role.HELPER, owner=OwnerRule.AGENCY))]


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


@router.get("/staff/ask")
def asking(request: Request, principal: Clerk) -> Response:
    """Show the ways to ask, and what was asked."""
    return _show(request, principal, problem=None)


@router.post("/staff/ask")
def ask(
    request: Request,
    principal: Clerk,
    way: Annotated[str, Form()] = "",
    procedure_id: Annotated[str, Form()] = "",
    number: Annotated[str, Form(max_length=40)] = "",
    token: Annotated[str, Form(max_length=256)] = "",
) -> Response:
    """Ask in the chosen way; a code for the counter's screen is shown in the answer and nowhere else."""
    services = _services(request)
    try:
        if way == Way.COUNTER_QR.value:
            shown = acts.show_counter_code(services, principal, procedure_id)
            return page(
                request,
                "code_shown.html",
                principal=principal,
                address="/staff/ask",
                current="/staff/ask",
                qr=qr_picture(shown.link),
                link=shown.link,
                words=shown.request.words,
                onward=f"/staff/ask/{shown.request.request_id}",
            )
        made = _ask(services, principal, way=way, procedure_id=procedure_id, number=number, token=token)
    except (DossierError, VaultError, RequestInvalid) as exc:
        return _show(request, principal, problem=problem_of(request, exc))
    return see_other(f"/staff/ask/{made.request_id}")


@router.get("/staff/ask/{request_id}")
def one_asked(request: Request, principal: Clerk, request_id: str) -> Response:
    """Show how a request stands; the two words only on the screen that began it."""
    services, say = _services(request), say_of(request)
    found = acts.one_of_ours(services, principal, request_id)
    return page(
        request,
        "staff_request.html",
        principal=principal,
        current="/staff/ask",
        row=request_row(
            found, say, agency_names(services, say), titles=procedure_titles(services, say), base="/staff/ask"
        ),
        words=found.words if acts.may_see_words(principal, found) else "",
        is_waiting=found.state in {RequestState.OPEN, RequestState.PENDING},
        helps=False,
        problem=None,
    )


@router.get("/staff/help/{request_id}")
def help_form(request: Request, principal: Helper, request_id: str) -> Response:
    """Show the helper what the person is asked, and nothing else of anybody."""
    return _help(request, principal, request_id, problem=None)


@router.post("/staff/help/{request_id}")
def confirm_help(
    request: Request,
    principal: Helper,
    request_id: str,
    counter: Annotated[str, Form(max_length=200)] = "",
    language: Annotated[str, Form(max_length=3)] = "vi",
    slip_sha256: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Confirm that the person agreed at this counter, in this language."""
    try:
        if not counter.strip():
            raise RequestInvalid("say at which counter", field="counter")
        form = acts.AssistanceForm(counter.strip(), language, slip_sha256.strip() or None)
        acts.assist(_services(request), principal, request_id, form)
    except (DossierError, VaultError, RequestInvalid) as exc:
        return _help(request, principal, request_id, problem=problem_of(request, exc))
    return see_other(f"/staff/help/{request_id}")


def _ask(
    services: Services, principal: Principal, *, way: str, procedure_id: str, number: str, token: str
) -> PaperRequest:
    if way == Way.HOLDER_QR.value:
        return acts.take_phone_code(services, principal, token, procedure_id)
    if way == Way.ASSISTED.value:
        return acts.begin_assisted(services, principal, number, procedure_id)
    if way == Way.ASKED.value:
        return acts.ask(services, principal, number, procedure_id)
    raise RequestInvalid("choose a way to ask", field="way")


def _show(request: Request, principal: Principal, *, problem: Problem | None) -> Response:
    services, say = _services(request), say_of(request)
    agencies, titles = agency_names(services, say), procedure_titles(services, say)
    return page(
        request,
        "staff_ask.html",
        principal=principal,
        current="/staff/ask",
        status=problem.status if problem else 200,
        problem=problem,
        options=[Option(procedure_id, title) for procedure_id, title in titles.items()],
        rows=[
            request_row(one, say, agencies, titles=titles, base="/staff/ask")
            for one in acts.asked_by_us(services, principal)
        ],
    )


def _help(request: Request, principal: Principal, request_id: str, *, problem: Problem | None) -> Response:
    services, say = _services(request), say_of(request)
    found = acts.one_of_ours(services, principal, request_id)
    return page(
        request,
        "staff_request.html",
        principal=principal,
        address=f"/staff/help/{request_id}",
        status=problem.status if problem else 200,
        row=request_row(
            found, say, agency_names(services, say), titles=procedure_titles(services, say), base="/staff/help"
        ),
        words="",
        is_waiting=False,
        helps=found.way is Way.ASSISTED and found.state is RequestState.PENDING,
        problem=problem,
    )
