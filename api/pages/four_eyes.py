"""The staff door for the administrator: where two people are asked for, since when, by which decision."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role, check_fresh
from api.acts import four_eyes as acts
from api.errors import ApiError, RequestInvalid
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.staff_view import doc_type_options
from api.pages.views import Fact, Say
from api.problems import Problem
from api.services import Services
from certify import CertifyError
from certify.counter import FourEyes

router = APIRouter(include_in_schema=False)
Admin = Annotated[Principal, Depends(Requires(Role.ADMIN, owner=OwnerRule.AGENCY))]
AdminAnew = Annotated[Principal, Depends(Requires(Role.ADMIN, owner=OwnerRule.AGENCY, step_up=True))]
Text = Annotated[str, Form(max_length=200)]


@router.get("/staff/four-eyes")
def show(request: Request, principal: Admin) -> Response:
    """Show the decisions of the agency and a form for another."""
    return _page(request, principal, None, {})


@router.post("/staff/four-eyes")
def ask(
    request: Request, principal: AdminAnew, decision: Text = "", doc_type: Text = "", since: Text = "", until: Text = ""
) -> Response:
    """Ask for two people by a decision."""
    services: Services = request.app.state.services
    check_fresh(principal, services)
    try:
        form = acts.FourEyesForm(
            decision, _day(services, since, "since"), _day(services, until, "until"), doc_type or None
        )
        acts.ask_for(services, principal, principal.agency_code, form)
    except (CertifyError, ApiError) as exc:
        filled = {"decision": decision, "doc_type": doc_type, "since": since, "until": until}
        return _page(request, principal, problem_of(request, exc), filled)
    return see_other("/staff/four-eyes")


@router.post("/staff/four-eyes/{policy_id}/end")
def end(request: Request, principal: AdminAnew, policy_id: str) -> Response:
    """End a decision now."""
    services: Services = request.app.state.services
    check_fresh(principal, services)
    acts.end(services, principal, policy_id)
    return see_other("/staff/four-eyes")


def decision_row(one: FourEyes, say: Say, *, types: dict[str, str], at: datetime) -> dict[str, Any]:
    """A decision as a page shows it."""
    return {
        "id": one.policy_id,
        "decision": one.decision_number,
        "facts": (
            Fact(
                say("page.four_eyes.type"),
                types.get(one.doc_type, one.doc_type) if one.doc_type else say("page.four_eyes.every_type"),
            ),
            Fact(say("page.four_eyes.since"), say.short(one.valid_from)),
            Fact(
                say("page.four_eyes.until"),
                say.short(one.valid_until) if one.valid_until else say("page.four_eyes.no_end"),
            ),
        ),
        "holds": one.holds_at(at),
        "may_end": one.valid_until is None or one.valid_until > at,
    }


def _page(request: Request, principal: Principal, problem: Problem | None, filled: dict[str, str]) -> Response:
    services: Services = request.app.state.services
    say, at = say_of(request), services.clock.now()
    options = doc_type_options(services.law, say)
    types = {option.value: option.label for option in options}
    return page(
        request,
        "staff_four_eyes.html",
        principal=principal,
        address="/staff/four-eyes",
        status=problem.status if problem else 200,
        problem=problem,
        rows=[
            decision_row(one, say, types=types, at=at)
            for one in acts.decisions(services, principal, principal.agency_code)
        ],
        doc_types=options,
        filled={"decision": "", "doc_type": "", "since": "", "until": ""} | filled,
    )


def _day(services: Services, text: str, field: str) -> datetime | None:
    if not text:
        return None
    try:
        day = datetime.fromisoformat(text).date()
    except ValueError as exc:
        raise RequestInvalid("this is no day", field=field) from exc
    return datetime.combine(day, time.min, services.law.timezone)
