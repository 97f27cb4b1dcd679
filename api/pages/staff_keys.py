"""The administrator's pages of keys and of the office's health: what ends soon, what is suspended, whether all is well."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role, check_fresh
from api.acts import administration
from api.acts import key_inventory as acts
from api.errors import ApiError, PreconditionFailed, RequestInvalid
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.views import Fact, Say
from api.problems import Problem
from api.routes.health import readiness
from api.schemas.public import ReadyCheck
from api.services import Services
from certify import CertifyError, CredentialUnknown, DryRunLine, InventoryEntry, RadarLine

router = APIRouter(include_in_schema=False)
_HERE: Final = "/staff/keys"
_CHANGES: Final = {"ACTIVE": ("suspend", "retire"), "SUSPENDED": ("resume", "retire")}
_SOON_DAYS: Final = 30

Overseer = Annotated[Principal, Depends(Requires(Role.ADMIN, Role.AUDITOR, owner=OwnerRule.AGENCY))]
AdminAnew = Annotated[Principal, Depends(Requires(Role.ADMIN, owner=OwnerRule.AGENCY, step_up=True))]


@router.get(_HERE)
def keys(request: Request, principal: Overseer) -> Response:
    """Show the keys of the agency and of those below it, what ends soon first."""
    return _keys(request, principal)


@router.post(f"{_HERE}/{{key_id}}/changes")
def change(
    request: Request,
    principal: AdminAnew,
    key_id: str,
    act: Annotated[str, Form(max_length=20)] = "",
    version: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Suspend, resume or retire a key; a suspended one signs nothing from this instant on."""
    services: Services = request.app.state.services
    check_fresh(principal, services)

    def check(now: str) -> None:
        if now != version:
            raise PreconditionFailed("the key changed meanwhile; look at it again")

    try:
        acts.key(services, principal, key_id)
        if act not in acts.CHANGES:
            raise RequestInvalid("this can not be done to a key", field="act")
        acts.change_key(
            services, principal, key_id, event=acts.CHANGES[act], reason="ADMINISTRATOR", check_version=check
        )
    except CredentialUnknown:
        raise
    except (ApiError, CertifyError) as exc:
        return _keys(request, principal, problem_of(request, exc))
    return see_other(_HERE)


@router.get("/staff/health")
def health(request: Request, principal: Overseer) -> Response:
    """Show whether the office is well."""
    return _health(request, principal, steps=())


@router.post("/staff/health")
def walk(request: Request, principal: AdminAnew) -> Response:
    """Walk every signing path without a person or a document."""
    services: Services = request.app.state.services
    check_fresh(principal, services)
    return _health(request, principal, steps=acts.walk_paths(services, principal))


def key_row(entry: InventoryEntry, say: Say, *, owner: str, ends: RadarLine | None) -> dict[str, Any]:
    """A key as the page shows it; `ends` where it ends within ninety days."""
    tone = "good" if entry.status.value == "ACTIVE" else "none"
    if ends is not None:
        tone = "bad" if ends.days_left <= 0 else "warn"
    return {
        "key_id": entry.key_id,
        "owner": owner,
        "tone": tone,
        "status": say(f"page.keys.status.{entry.status.value}"),
        "facts": (
            Fact(say("page.keys.kind"), say(f"page.keys.kind.{entry.kind.value}")),
            Fact(say("page.keys.place"), say(f"page.keys.place.{entry.place.value}")),
            Fact(say("page.keys.ends"), say.short(entry.not_after)),
        ),
        "days": "" if ends is None else say("page.keys.days", days=ends.days_left),
        "changes": [(one, say(f"page.keys.change.{one}")) for one in _CHANGES.get(entry.status.value, ())],
        "version": acts.version_of(entry),
    }


def check_row(check: ReadyCheck, say: Say) -> dict[str, str]:
    """One check of the office's health, with what to do where it is not well."""
    return {
        "name": say(f"page.health.check.{check.name}"),
        "tone": "good" if check.ok else "bad",
        "word": say("page.health.well" if check.ok else "page.health.not_well"),
        "detail": "" if check.ok else check.detail,
        "fix": "" if check.ok else say(f"page.health.fix.{check.name}"),
    }


def _keys(request: Request, principal: Principal, problem: Problem | None = None) -> Response:
    services: Services = request.app.state.services
    say = say_of(request)
    entries = acts.inventory(services, principal)
    ending = {line.key_id: line for line in acts.ending_keys(services, principal)}
    order = sorted(
        entries, key=lambda one: (ending[one.key_id].days_left if one.key_id in ending else 10_000, one.key_id)
    )
    owners = {
        one.code: say.pick({"vi": one.name_vi, "en": one.name_en, "fr": one.name_fr})
        for one in administration.agencies(services)
    }
    rows = []
    for one in order:
        owner = owners.get(one.owner_id) or administration.person(services, principal, one.owner_id).display_name
        rows.append(key_row(one, say, owner=owner, ends=ending.get(one.key_id)))
    return page(
        request,
        "staff_keys.html",
        principal=principal,
        current=_HERE,
        address=_HERE,
        status=problem.status if problem else 200,
        problem=problem,
        rows=rows,
        soon=sum(line.days_left <= _SOON_DAYS for line in ending.values()),
        may_change=Role.ADMIN in principal.roles,
    )


def _health(request: Request, principal: Principal, *, steps: tuple[DryRunLine, ...]) -> Response:
    services: Services = request.app.state.services
    say = say_of(request)
    return page(
        request,
        "staff_health.html",
        principal=principal,
        current="/staff/health",
        address="/staff/health",
        problem=None,
        checks=[check_row(check, say) for check in readiness(services)],
        steps=[
            {"path": one.path, "step": one.step, "tone": "good" if one.is_well else "bad", "code": one.code}
            for one in steps
        ],
        may_change=Role.ADMIN in principal.roles,
    )
