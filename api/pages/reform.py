"""The staff door of the administrator: agencies merge, are split or renamed; what would happen is shown before it is done."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import reform as acts
from api.acts.reform import NewName, ReformResult
from api.errors import ApiError, RequestInvalid
from api.pages.names import agency_names
from api.pages.render import page, problem_of, say_of
from api.pages.views import Option, Say
from api.problems import Problem
from api.services import Services
from certify import CertifyError, acts_at, get_agency
from certify.figures import agencies_within
from certify.reform import Reform, ReformKind

router = APIRouter(include_in_schema=False)
Admin = Annotated[Principal, Depends(Requires(Role.ADMIN, owner=OwnerRule.AGENCY))]
AdminAnew = Annotated[Principal, Depends(Requires(Role.ADMIN, owner=OwnerRule.AGENCY, step_up=True))]
_HERE: Final = "/staff/reforms"
_REFUSED: Final = (CertifyError, ApiError)
FIELDS: Final = ("kind", "since", "decision", "new_code", "name_vi", "name_en", "name_fr", "first")


@dataclass(frozen=True, slots=True)
class Asked:
    """The form as it was sent."""

    fields: Mapping[str, str]
    ending: tuple[str, ...]
    following: tuple[str, ...]
    seen: str


async def _asked(request: Request) -> Asked:
    form = await request.form()

    def several(name: str) -> tuple[str, ...]:
        return tuple(value for value in form.getlist(name) if isinstance(value, str) and len(value) <= 64)

    fields = {name: str(form.get(name, "")).strip()[:200] for name in FIELDS}
    return Asked(fields, several("ending"), several("following"), str(form.get("seen", ""))[:64])


Given = Annotated[Asked, Depends(_asked)]


@router.get(_HERE)
def reforms(request: Request, principal: Admin) -> Response:
    """Ask what a decision does to which agencies."""
    return _page(request, principal, Asked(dict.fromkeys(FIELDS, ""), (), (), ""))


@router.post(_HERE)
def look(request: Request, principal: Admin, asked: Given) -> Response:
    """Say what would happen; nothing is changed."""
    services: Services = request.app.state.services
    try:
        reform, names = _read(services, asked)
        result = acts.reform_agencies(services, principal, reform, is_dry_run=True, new_name=names)
    except _REFUSED as exc:
        return _page(request, principal, asked, problem=problem_of(request, exc))
    return _page(request, principal, asked, result=result)


@router.post(f"{_HERE}/done")
def carry_out(request: Request, principal: AdminAnew, asked: Given) -> Response:
    """Do what was looked at; where it would be something else by now, it is shown again and not done."""
    services: Services = request.app.state.services
    try:
        reform, names = _read(services, asked)
        now = acts.reform_agencies(services, principal, reform, is_dry_run=True, new_name=names)
        if digest_of(now) != asked.seen:
            problem = problem_of(request, RequestInvalid("something changed since it was looked at", field="plan"))
            return _page(request, principal, asked, result=now, problem=problem)
        done = acts.reform_agencies(services, principal, reform, is_dry_run=False, new_name=names)
    except _REFUSED as exc:
        return _page(request, principal, asked, problem=problem_of(request, exc))
    return _page(request, principal, asked, result=done)


def _read(services: Services, asked: Asked) -> tuple[Reform, NewName | None]:
    fields = asked.fields
    if fields["kind"] not in ReformKind.__members__:
        raise RequestInvalid("say what the decision does", field="kind")
    try:
        day = date.fromisoformat(fields["since"])
    except ValueError as exc:
        raise RequestInvalid("say from which day on", field="since") from exc
    since = datetime.combine(day, time(), services.law.timezone)
    kind = ReformKind(fields["kind"])
    if kind is not ReformKind.RENAME:
        # The one that takes open cases, people and webhooks comes first.
        following = sorted(asked.following, key=lambda code: code != fields["first"])
        return Reform(kind, asked.ending, tuple(following), fields["decision"], since), None
    names = (fields["name_vi"], fields["name_en"], fields["name_fr"])
    if not fields["new_code"] or not all(names):
        raise RequestInvalid("a new name has a code of its own and three languages", field="new_code")
    return Reform(kind, asked.ending, (fields["new_code"],), fields["decision"], since), NewName(*names)


def _page(
    request: Request,
    principal: Principal,
    asked: Asked,
    *,
    result: ReformResult | None = None,
    problem: Problem | None = None,
) -> Response:
    services: Services = request.app.state.services
    say, at = say_of(request), services.clock.now()
    names = agency_names(services, say)
    with services.database.read() as tx:
        acting = [code for code in agencies_within(tx, principal.agency_code) if acts_at(get_agency(tx, code), at=at)]
    return page(
        request,
        "staff_reform.html",
        principal=principal,
        current=_HERE,
        address=_HERE,
        status=problem.status if problem else 200,
        problem=problem,
        asked=asked,
        kinds=[Option(one.value, say(f"page.reform.kind.{one.value}")) for one in ReformKind],
        agencies=[Option(code, names.get(code, code)) for code in acting],
        plan=plan_of(result, say, names) if result else None,
    )


def plan_of(result: ReformResult, say: Say, names: Mapping[str, str]) -> dict[str, Any]:
    """What a reform does or would do, in numbers; names of nobody."""
    done = result.done
    return {
        "is_dry_run": result.is_dry_run,
        "seen": digest_of(result),
        "to": ", ".join(names.get(code, code) for code in done.reform.following),
        "ends": [
            {
                "name": names.get(one.agency_code, one.agency_code),
                "words": say(
                    "page.reform.end",
                    cases=one.open_cases,
                    numbers=one.voided_numbers,
                    delegations=one.delegations,
                    seals=len(one.seal_keys),
                    people=len(one.people),
                ),
            }
            for one in done.ends
        ],
        "books": [
            {
                "name": book.display,
                "words": say(
                    "page.books.sums",
                    numbers=book.totals.numbers,
                    voided=book.totals.voided,
                    copies=book.totals.copies,
                    fee=f"{book.totals.fee_vnd:,}".replace(",", "."),
                ),
            }
            for book in done.closed
        ],
        "passed": say("page.reform.passed", dossiers=result.dossiers, grants=result.grants, webhooks=result.webhooks),
    }


def digest_of(result: ReformResult) -> str:
    """A digest over everything that a look ahead told; what is done must still be the same."""
    told = (result.done.reform, result.done.ends, result.done.closed, result.dossiers, result.grants, result.webhooks)
    return hashlib.sha256(repr(told).encode()).hexdigest()
