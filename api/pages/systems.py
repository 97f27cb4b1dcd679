"""The administrator's page of systems that give papers: those that bring results, those that are asked, and how each fares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import providers as acts
from api.pages.render import page, say_of, see_other
from api.pages.views import Fact, Say
from api.services import Services
from vault.results import ResultWay

router = APIRouter(include_in_schema=False)
_HERE: Final = "/staff/systems"
_TONES: Final = {acts.Health.WORKS: "good", acts.Health.FAILS: "bad", acts.Health.UNHEARD: "none"}

Admin = Annotated[Principal, Depends(Requires(Role.ADMIN, owner=OwnerRule.AGENCY))]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a provider that is asked gives, in the reader's words."""

    title: str
    papers: str
    addresses: str


@router.get(_HERE)
def systems(request: Request, principal: Admin) -> Response:
    """Show every system that gives papers, those that fail first."""
    services: Services = request.app.state.services
    say = say_of(request)
    offers = {
        one.provider_id: Offer(
            say.pick(one.title),
            ", ".join(say.pick(dict(services.law.doc_type(code).title)) for code in sorted(one.doc_types)),
            one.uri_prefix,
        )
        for one in acts.offered(services)
    }
    lines = acts.lines(services, principal)
    failing = sorted(lines, key=lambda line: line.health is not acts.Health.FAILS)
    return page(
        request,
        "staff_systems.html",
        principal=principal,
        current=_HERE,
        address=_HERE,
        rows=[system_row(one, say, offer=offers.get(one.provider_id)) for one in failing],
        failing=sum(one.health is acts.Health.FAILS for one in lines),
    )


@router.post(f"{_HERE}/{{provider_id}}/check")
def check(request: Request, principal: Admin, provider_id: str) -> Response:
    """Ask a provider whether it is there; its line says what it answered."""
    acts.check(request.app.state.services, principal, provider_id)
    return see_other(f"{_HERE}#{provider_id}")


def system_row(line: acts.ProviderLine, say: Say, *, offer: Offer | None) -> dict[str, Any]:
    """A system as the page shows it; `offer` is that of one that is asked."""
    marks, facts = line.marks, [Fact(say("page.systems.agency"), line.agency_code, is_code=True)]
    if offer is not None:
        facts += [
            Fact(say("page.systems.papers"), offer.papers),
            Fact(say("page.systems.addresses"), offer.addresses, is_code=True),
        ]
    facts += [
        Fact(say("page.systems.last_success"), say.short(marks.last_success_at)),
        Fact(say("page.systems.last_failure"), say.short(marks.last_failure_at)),
        Fact(say("page.systems.counts"), say("page.systems.counted", good=marks.successes, bad=marks.failures)),
    ]
    fails = line.health is acts.Health.FAILS
    return {
        "id": line.provider_id,
        "label": offer.title if offer else line.label,
        "tone": _TONES[line.health],
        "health": say(f"page.systems.health.{line.health.value}"),
        "way": say(f"page.systems.way.{line.way.value}"),
        "facts": tuple(facts),
        "problem": marks.last_problem if fails else "",
        "why": say.word("reason", marks.last_problem) if fails and marks.last_problem else "",
        "may_check": line.way is ResultWay.PULL,
    }
