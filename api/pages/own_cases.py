"""The citizen's door: ask for a certified copy from home, see how far it is, ask for it back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import own_cases as acts
from api.acts.cases import Original
from api.acts.handover import tidy_terms
from api.errors import ApiError, RequestInvalid
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.staff_view import doc_type_options
from api.pages.views import Fact, Option, Say
from api.problems import Problem, language_of
from api.services import Services
from certify import CaseNotFound, CertifyError, LawPack
from certify.case import Delivery
from certify.case_transitions import CaseEvent, case_transition_of
from certify.counter import DeliveryTerms, desk_rules
from vault import VaultError, format_code

router = APIRouter(include_in_schema=False)
Citizen = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF))]
Text = Annotated[str, Form(max_length=500)]
# Nobody is at the counter to take them; who is, chooses so there.
_WAYS = (Delivery.VAULT, Delivery.EMAIL_LINK, Delivery.PRINT, Delivery.POST)


@router.get("/citizen/cases")
def show(request: Request, principal: Citizen) -> Response:
    """Show one's own requests and a form for another."""
    return _page(request, principal, None, {})


@router.post("/citizen/cases")
def submit(
    request: Request,
    principal: Citizen,
    agency: Text = "",
    doc_type: Text = "",
    copies: Text = "1",
    delivery: Text = "VAULT",
    email: Text = "",
    address: Text = "",
    day: Text = "",
    slot: Text = "",
) -> Response:
    """Submit a request."""
    services: Services = request.app.state.services
    try:
        if not (copies.isascii() and copies.isdigit()):
            raise RequestInvalid("from 1 to 100 copies can be made at once", field="copies")
        if delivery not in Delivery.__members__:
            raise RequestInvalid("choose how the copies come to you", field="delivery")
        terms = tidy_terms(DeliveryTerms(email, address, language_of(request)))
        original = Original(doc_type, int(copies[:4]))
        comes = _appointment(day, slot, services)
        acts.submit(services, principal, acts.OwnCaseForm(agency, (original,), Delivery(delivery), terms, comes))
    except (CertifyError, ApiError, VaultError) as exc:
        filled = {"agency": agency, "doc_type": doc_type, "copies": copies, "delivery": delivery, "email": email}
        filled |= {"address": address, "day": day, "slot": slot}
        return _page(request, principal, problem_of(request, exc), filled)
    return see_other("/citizen/cases")


@router.post("/citizen/cases/{case_id}/withdrawal")
def ask_back(request: Request, principal: Citizen, case_id: str) -> Response:
    """Ask for a request back."""
    try:
        acts.ask_back(request.app.state.services, principal, case_id)
    except CaseNotFound:
        raise
    except CertifyError as exc:
        return _page(request, principal, problem_of(request, exc), {})
    return see_other("/citizen/cases")


def own_case_row(one: acts.OwnCase, say: Say, *, law: LawPack, agencies: dict[str, str]) -> dict[str, Any]:
    """A request as a page shows it."""
    case = one.case
    rows = [
        Fact(say("page.track.agency"), agencies.get(case.agency_code, case.agency_code)),
        Fact(say("slip.code"), format_code(case.tracking_code or ""), is_code=True),
        Fact(say("page.fact.received"), say.short(case.opened_at)),
        Fact(say("slip.delivery"), say(f"delivery.{case.delivery.value}")),
    ]
    if case.appointment_at:
        rows.append(Fact(say("slip.appointment"), say.short(case.appointment_at)))
    if case.waits_until:
        rows.append(Fact(say("page.own_cases.bring_until"), say.short(case.waits_until)))
    return {
        "case_id": case.case_id,
        "title": ", ".join(say.pick(law.doc_type(item.doc_type).title) for item in one.items),
        "state": say(f"page.case_state.{case.state.value}"),
        "facts": tuple(rows),
        "may_ask_back": case.state in case_transition_of(CaseEvent.ASK_WITHDRAWAL).sources,
    }


def slot_options(law: LawPack, *, at: datetime) -> tuple[Option, ...]:
    """The times at which somebody may come on a working day."""
    hours, first = law.calendar.hours_on(law.local_date(at)), datetime(2000, 1, 1, tzinfo=UTC)
    step = timedelta(minutes=desk_rules(law, at=at).times.slot_minutes)
    begins = first.combine(first, hours.opens_at)
    times = []
    while (begins + step).time() <= hours.closes_at:
        times.append(f"{begins:%H:%M}")
        begins += step
    return tuple(Option(one, one) for one in times)


def _appointment(day: str, slot: str, services: Services) -> datetime | None:
    if not day and not slot:
        return None
    try:
        return datetime.fromisoformat(f"{day}T{slot}").replace(tzinfo=services.law.timezone)
    except ValueError as exc:
        raise RequestInvalid("choose a day and a time, or neither of them", field="day") from exc


def _page(request: Request, principal: Principal, problem: Problem | None, filled: dict[str, str]) -> Response:
    services: Services = request.app.state.services
    say = say_of(request)
    offices = acts.offices(services)
    names = {one.code: {"vi": one.name_vi, "en": one.name_en, "fr": one.name_fr}[say.language] for one in offices}
    blank = {"agency": "", "doc_type": "", "copies": "1", "delivery": "VAULT", "email": "", "address": ""}
    blank |= {"day": "", "slot": ""}
    return page(
        request,
        "citizen_cases.html",
        principal=principal,
        current="/citizen/cases",
        address="/citizen/cases",
        status=problem.status if problem else 200,
        problem=problem,
        rows=[own_case_row(one, say, law=services.law, agencies=names) for one in acts.list_own(services, principal)],
        agencies=tuple(Option(code, name) for code, name in names.items()),
        doc_types=doc_type_options(services.law, say),
        slots=slot_options(services.law, at=services.clock.now()),
        ways=tuple(Option(one.value, say(f"delivery.{one.value}")) for one in _WAYS),
        filled=blank | filled,
    )
