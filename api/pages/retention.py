"""The staff door of the administrator: how long things are kept, what is held, what a purge would take, and its certificates."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import retention as acts
from api.errors import ApiError, RequestInvalid
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.views import Option, Say
from api.problems import Problem
from api.retention import PurgePlan
from api.services import Services
from certify import CertifyError
from certify.retention import Certificate, Hold, HoldScope, KeepRule, RetentionClass, certificate_body

router = APIRouter(include_in_schema=False)
Overseer = Annotated[Principal, Depends(Requires(Role.ADMIN, Role.AUDITOR, owner=OwnerRule.AGENCY))]
AdminAnew = Annotated[Principal, Depends(Requires(Role.ADMIN, owner=OwnerRule.AGENCY, step_up=True))]
Text = Annotated[str, Form(max_length=120)]
_HERE: Final = "/staff/retention"
_REFUSED: Final = (CertifyError, ApiError)
_CERTIFICATES: Final = 50


@router.get(_HERE)
def retention(request: Request, principal: Overseer, plan: str = "") -> Response:
    """Show every class, every hold and the certificates; with `plan` also what a purge would take now."""
    services: Services = request.app.state.services
    looked = acts.purge(services, principal, is_dry_run=True) if plan else None
    return _page(request, principal, plan=looked)


@router.post(f"{_HERE}/classes")
def decide(
    request: Request, principal: AdminAnew, kind: Text = "", days: Text = "", since: Text = "", decision: Text = ""
) -> Response:
    """Decide how long a class is kept; empty days mean for ever."""
    services: Services = request.app.state.services
    try:
        if kind not in RetentionClass.__members__:
            raise RequestInvalid("choose one of the classes", field="kind")
        if days.strip() and not days.strip().isdecimal():
            raise RequestInvalid("days are a number, or left empty", field="days")
        number = int(days) if days.strip() else None
        acts.decide_days(services, principal, RetentionClass(kind), number, _day(services, since), decision.strip())
    except _REFUSED as exc:
        return _page(request, principal, problem_of(request, exc))
    return see_other(_HERE)


@router.post(f"{_HERE}/holds")
def hold(request: Request, principal: AdminAnew, scope: Text = "", target: Text = "", decision: Text = "") -> Response:
    """Keep something from being destroyed."""
    services: Services = request.app.state.services
    try:
        if scope not in HoldScope.__members__ or not target.strip() or not decision.strip():
            raise RequestInvalid("say what is held, and by which decision", field="target")
        acts.hold(services, principal, HoldScope(scope), target.strip(), decision.strip())
    except _REFUSED as exc:
        return _page(request, principal, problem_of(request, exc))
    return see_other(_HERE)


@router.post(f"{_HERE}/holds/{{hold_id}}/lifting")
def lift(request: Request, principal: AdminAnew, hold_id: str, decision: Text = "") -> Response:
    """Lift a hold by a decision."""
    services: Services = request.app.state.services
    try:
        if not decision.strip():
            raise RequestInvalid("a hold is lifted by a decision; give its number", field="target")
        acts.lift(services, principal, hold_id, decision.strip())
    except _REFUSED as exc:
        return _page(request, principal, problem_of(request, exc))
    return see_other(_HERE)


@router.post(f"{_HERE}/purge")
def purge(request: Request, principal: AdminAnew, understood: Text = "") -> Response:
    """Destroy what has served its time, after it was looked at."""
    services: Services = request.app.state.services
    try:
        if understood != "yes":
            raise RequestInvalid("say that you looked at what will be destroyed", field="understood")
        done = acts.purge(services, principal, is_dry_run=False)
    except _REFUSED as exc:
        plan = acts.purge(services, principal, is_dry_run=True)
        return _page(request, principal, problem_of(request, exc), plan=plan)
    if done.certificate is None:
        return see_other(_HERE)
    return see_other(f"{_HERE}/certificates/{done.certificate.certificate_id}")


@router.get(f"{_HERE}/certificates/{{certificate_id}}")
def certificate(request: Request, principal: Overseer, certificate_id: str) -> Response:
    """Show one certificate of destruction."""
    services: Services = request.app.state.services
    found = acts.certificate(services, principal, certificate_id)
    return page(
        request,
        "staff_destruction.html",
        principal=principal,
        current=_HERE,
        **destruction_page(found, say_of(request)),
    )


@router.get(f"{_HERE}/certificates/{{certificate_id}}/body.json")
def certificate_file(request: Request, principal: Overseer, certificate_id: str) -> Response:
    """Give the very bytes that were signed."""
    found = acts.certificate(request.app.state.services, principal, certificate_id)
    headers = {"Content-Disposition": f'attachment; filename="{found.certificate_id}.json"'}
    return Response(found.body, media_type="application/json", headers=headers)


def _page(
    request: Request, principal: Principal, problem: Problem | None = None, *, plan: PurgePlan | None = None
) -> Response:
    services: Services = request.app.state.services
    say = say_of(request)
    day, rules = acts.rules(services, principal, on=None)
    found = acts.certificates(services, principal, before=None, limit=_CERTIFICATES)
    return page(
        request,
        "staff_retention.html",
        principal=principal,
        current=_HERE,
        address=_HERE,
        status=problem.status if problem else 200,
        problem=problem,
        may_decide=Role.ADMIN in principal.roles,
        **retention_page(rules, acts.holds(services, principal), found, say, day=day, plan=plan),
    )


def retention_page(
    rules: tuple[KeepRule, ...],
    holds: tuple[Hold, ...],
    certificates: tuple[Certificate, ...],
    say: Say,
    *,
    day: date,
    plan: PurgePlan | None,
) -> dict[str, Any]:
    """Everything the page of retention shows."""
    return {
        "day": f"{day:%d/%m/%Y}",
        "today": day.isoformat(),
        "rules": [
            {
                "title": say(f"page.keep.class.{rule.kind.value}"),
                "days": say("page.keep.days", days=rule.days) if rule.days is not None else say("page.keep.forever"),
                "source": rule.source,
                "tone": "good" if rule.is_decided else "warn",
                "word": say("page.keep.decided" if rule.is_decided else "page.keep.proposed"),
            }
            for rule in rules
        ],
        "classes": [Option(one.value, say(f"page.keep.class.{one.value}")) for one in RetentionClass],
        "scopes": [Option(one.value, say(f"page.keep.scope.{one.value}")) for one in HoldScope],
        "holds": [
            {
                "hold_id": one.hold_id,
                "title": f"{say(f'page.keep.scope.{one.scope.value}')} {one.target_id}",
                "placed": say("page.keep.placed", decision=one.decision_number, moment=say.short(one.placed_at)),
            }
            for one in holds
        ],
        "plan": None
        if plan is None
        else [(say(f"page.keep.class.{kind.value}"), count) for kind, count in plan.counts.items() if count],
        "certificates": [
            {
                "href": f"{_HERE}/certificates/{one.certificate_id}",
                "title": say("page.keep.certificate", count=one.count),
                "when": say.moment(one.issued_at),
            }
            for one in certificates
        ],
    }


def destruction_page(found: Certificate, say: Say) -> dict[str, Any]:
    """What a certificate of destruction says, class by class and thing by thing."""
    told = certificate_body(found)
    return {
        "certificate_id": found.certificate_id,
        "when": say.moment(found.issued_at),
        "count": found.count,
        "sha256_hex": found.body_sha256_hex,
        "key_id": found.key_id,
        "file": f"{_HERE}/certificates/{found.certificate_id}/body.json",
        "classes": [(say(f"page.keep.class.{kind}"), count) for kind, count in told["by_class"].items()],
        "things": [
            {"title": say(f"page.keep.class.{one['class']}"), "id": one["id"], "rule": one["rule"]}
            for one in told["things"]
        ],
    }


def _day(services: Services, text: str) -> date:
    try:
        return date.fromisoformat(text) if text else services.law.local_date(services.clock.now())
    except ValueError as exc:
        raise RequestInvalid(f"{text!r} is no day such as 2026-11-28", field="since") from exc
