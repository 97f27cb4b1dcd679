"""The counter's pages of cases: open one, work on it, its slip; the cashier's day; and the tracking page for everybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import cases as acts
from api.acts import cash, counter_papers, handover, reuse
from api.acts.cases import CaseAct, CaseForm, Original
from api.errors import ApiError, RequestInvalid
from api.pages.cases_view import case_page, close_rows, day_facts, tracked_facts
from api.pages.handover_view import delivery_box
from api.pages.menu import first_page
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.staff_view import doc_type_options
from api.pages.views import Option
from api.problems import Problem, language_of
from api.services import Services
from certify import CaseNotFound, CertifyError, Channel, get_agency
from certify.case import Delivery
from certify.counter import (
    AgreedBy,
    Arrival,
    Assistance,
    DeliveryTerms,
    NewPerson,
    PersonRole,
    Power,
    ReuseChoice,
    SeenBy,
    desk_rules,
)
from vault import VaultError

router = APIRouter(include_in_schema=False)
_READERS: Final = (Role.COUNTER_CLERK, Role.CERTIFIER, Role.SEAL_KEEPER, Role.AUDITOR)
Reader = Annotated[Principal, Depends(Requires(*_READERS, owner=OwnerRule.AGENCY))]
Clerk = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, owner=OwnerRule.AGENCY))]
Opener = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, Role.POSTAL_INTAKE, owner=OwnerRule.AGENCY))]
CaseReader = Annotated[Principal, Depends(Requires(*_READERS, Role.POSTAL_INTAKE, owner=OwnerRule.AGENCY))]
Either = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, Role.CERTIFIER, owner=OwnerRule.AGENCY))]
Anyone = Annotated[Principal, Depends(Requires(Role.ANYONE, owner=OwnerRule.NOBODY))]
_FIELDS: Final = (
    *("email", "address", "carrier", "tracking_id", "arrived_on", "helper_id"),
    "number",
    "name",
    "born",
    "holder_number",
    "holder_name",
    "power_paper",
    "doc_type",
    "copies",
)
Text = Annotated[str, Form(max_length=500)]


@router.get("/staff/cases/new")
def new_case(request: Request, principal: Opener) -> Response:
    """Ask who stands at the counter, for whom, and what is to be certified."""
    return _new(request, principal, problem=None, filled={})


@router.post("/staff/cases/new")
async def open_case(request: Request, principal: Opener) -> Response:
    """Open the case."""
    sent = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    services: Services = request.app.state.services
    try:
        view = acts.open_for(services, principal, _case_form(sent))
    except (RequestInvalid, CertifyError, VaultError) as exc:
        return _new(request, principal, problem=problem_of(request, exc), filled=sent)
    return see_other(f"/staff/cases/{view.case.case_id}")


@router.get("/staff/cases/{case_id}")
def show_case(request: Request, principal: CaseReader, case_id: str) -> Response:
    """Show one case with what can be done now."""
    return show_page(request, principal, case_id, problem=None)


@router.post("/staff/cases/{case_id}/acts")
def act(request: Request, principal: Either, case_id: str, act: Text = "", code: Text = "", to: Text = "") -> Response:
    """Do something to a case."""
    services: Services = request.app.state.services
    try:
        if act not in CaseAct.__members__:
            raise RequestInvalid("this can not be done to a case", field="act")
        handover.act(services, principal, case_id, CaseAct(act), code=code or None, to=to.strip() or None)
    except CaseNotFound:
        raise
    except (RequestInvalid, CertifyError) as exc:
        return show_page(request, principal, case_id, problem=problem_of(request, exc))
    return see_other(f"/staff/cases/{case_id}")


@router.get("/staff/cases/{case_id}/slip.pdf")
def slip(request: Request, principal: CaseReader, case_id: str) -> Response:
    """Give the slip to print."""
    services: Services = request.app.state.services
    pdf = counter_papers.slip(services, principal, case_id, language=language_of(request))
    return Response(pdf, media_type="application/pdf", headers={"Cache-Control": "no-store"})


@router.post("/staff/items/{item_id}/reuse")
def answer_reuse(
    request: Request, principal: Either, item_id: str, choice: Text = "", reason_code: Text = ""
) -> Response:
    """Write what the person at the counter wants: what the vault has, or a new copy for a reason."""
    services: Services = request.app.state.services
    if choice not in ReuseChoice.__members__:
        raise RequestInvalid("choose one of the two", field="choice")
    wanted = ReuseChoice(choice)
    reason = reason_code if wanted is ReuseChoice.CERTIFY else None
    reuse.answer(services, principal, item_id, wanted, reason_code=reason)
    return see_other(f"/staff/items/{item_id}")


@router.get("/staff/items/{item_id}/refusal.pdf")
def refusal_notice(request: Request, principal: Reader, item_id: str) -> Response:
    """Give the sealed notice of a refusal."""
    pdf = counter_papers.refusal_notice(request.app.state.services, principal, item_id)
    return Response(pdf, media_type="application/pdf", headers={"Cache-Control": "no-store"})


@router.get("/staff/cash")
def cash_day(request: Request, principal: Clerk) -> Response:
    """Show one's day and the closed days of the agency."""
    return _cash(request, principal, problem=None)


@router.post("/staff/cash")
def close_day(request: Request, principal: Clerk, counted: Text = "") -> Response:
    """Close one's day with what was counted."""
    try:
        plain = "".join(sign for sign in counted if sign not in " .,")
        if not (plain.isascii() and plain.isdigit() and len(plain) <= 10):
            raise RequestInvalid("the cash counted is a whole number of đồng", field="counted")
        cash.close_my_day(request.app.state.services, principal, counted_cash_vnd=int(plain))
    except (RequestInvalid, CertifyError) as exc:
        return _cash(request, principal, problem=problem_of(request, exc))
    return see_other("/staff/cash")


@router.get("/t/{code}")
def track(request: Request, _principal: Anyone, code: str) -> Response:
    """Show how far the case of a slip is, to whoever has its code."""
    services, say = request.app.state.services, say_of(request)
    try:
        found = acts.track(services, code)
    except ApiError as exc:
        problem = problem_of(request, exc)
        return page(request, "tracked.html", status=problem.status, problem=problem, state="", found=())
    with services.database.read() as tx:
        agency = get_agency(tx, found.agency_code)
    names = {"vi": agency.name_vi, "en": agency.name_en, "fr": agency.name_fr}
    rules = desk_rules(services.law, at=services.clock.now())
    return page(
        request,
        "tracked.html",
        problem=None,
        state=say(f"page.case_state.{found.state.value}"),
        found=tracked_facts(found, say, agency=names[say.language], rules=rules),
    )


def _new(request: Request, principal: Principal, *, problem: Problem | None, filled: dict[str, str]) -> Response:
    services, say = request.app.state.services, say_of(request)
    return page(
        request,
        "staff_case_new.html",
        principal=principal,
        current="/staff/cases/new",
        address="/staff/cases/new",
        status=problem.status if problem else 200,
        problem=problem,
        filled=dict.fromkeys(_FIELDS, "") | {"copies": "1"} | filled,
        doc_types=doc_type_options(services.law, say),
        seen_by=tuple(Option(one.value, say(f"page.seen_by.{one.value}")) for one in SeenBy),
        powers=tuple(Option(one.value, say(f"page.power.{one.value}")) for one in Power),
        back=first_page(principal.roles),
        channels=tuple(Option(one.value, say(f"page.channel.{one.value}")) for one in _channels(principal)),
        agreements=tuple(Option(one.value, say(f"page.agreed_by.{one.value}")) for one in AgreedBy),
        deliveries=tuple(Option(one.value, say(f"delivery.{one.value}")) for one in Delivery),
    )


def _channels(principal: Principal) -> tuple[Channel, ...]:
    if Role.COUNTER_CLERK not in principal.roles:
        return (Channel.POSTAL,)
    return tuple(one for one in Channel if one is not Channel.ONLINE)


def show_page(request: Request, principal: Principal, case_id: str, *, problem: Problem | None) -> Response:
    """Show one case, with what went wrong above it."""
    services, say = request.app.state.services, say_of(request)
    view = acts.see(services, principal, case_id)
    at = services.clock.now()
    shown = case_page(view, say, law=services.law, rules=desk_rules(services.law, at=at), at=at)
    delivery = delivery_box(handover.look(services, principal, case_id), view.case.state, view.people, say)
    if not principal.roles & {Role.COUNTER_CLERK, Role.CERTIFIER}:
        # Who only reads, or takes in the post, is offered no form that would be refused.
        shown, delivery = replace(shown, forms=()), replace(delivery, may_hand_over=False, may_choose=False)
    if not principal.roles & frozenset(_READERS):
        shown = replace(shown, items=tuple(replace(row, href="") for row in shown.items))
    return page(
        request,
        "staff_case.html",
        principal=principal,
        address=f"/staff/cases/{case_id}",
        status=problem.status if problem else 200,
        problem=problem,
        case=shown,
        delivery=delivery,
        back=first_page(principal.roles),
    )


def _cash(request: Request, principal: Principal, *, problem: Problem | None) -> Response:
    services, say = request.app.state.services, say_of(request)
    return page(
        request,
        "staff_cash.html",
        principal=principal,
        current="/staff/cash",
        address="/staff/cash",
        status=problem.status if problem else 200,
        problem=problem,
        today=day_facts(cash.my_day(services, principal), say),
        closes=close_rows(cash.closes(services, principal), say),
    )


def _case_form(sent: dict[str, str]) -> CaseForm:
    def text(name: str) -> str:
        return " ".join(sent.get(name, "").split())

    def one_of(kind: Any, name: str, default: Any = None) -> Any:
        value = sent.get(name, "")
        return kind(value) if value in kind.__members__ else default

    copies = text("copies") or "1"
    if not (copies.isascii() and copies.isdigit() and 1 <= int(copies) <= 100):
        raise RequestInvalid("from 1 to 100 copies can be made at once", field="copies")
    presenter = NewPerson(
        PersonRole.PRESENTER,
        name=text("name"),
        number="".join(text("number").split()),
        birth_date=_day(text("born")),
        seen_by=one_of(SeenBy, "seen_by"),
        power=one_of(Power, "power"),
        power_paper=text("power_paper"),
    )
    other = None
    if text("holder_number"):
        number = "".join(text("holder_number").split())
        other = NewPerson(PersonRole.HOLDER, name=text("holder_name"), number=number)
    return CaseForm(
        presenter=presenter,
        originals=(Original(text("doc_type"), int(copies)),),
        requester=other,
        holder=other,
        channel=one_of(Channel, "channel", Channel.COUNTER),
        delivery=one_of(Delivery, "delivery", Delivery.VAULT),
        terms=handover.tidy_terms(DeliveryTerms(text("email"), sent.get("address", ""))),
        arrival=Arrival(text("carrier"), text("tracking_id"), _day(text("arrived_on")) or date.min)
        if text("tracking_id")
        else None,
        helped=Assistance(text("helper_id"), one_of(AgreedBy, "agreed_by", AgreedBy.COUNTER_SCREEN))
        if text("helper_id")
        else None,
        card=sent.get("card", "").strip(),
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise RequestInvalid("the birth date is no date", field="born") from exc
