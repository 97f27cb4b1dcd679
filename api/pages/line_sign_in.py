"""Letting a command line in: type the code it shows, see who asks and from where, and say yes or no."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role, session_cookie
from api.acts import line_sign_in as acts
from api.doors import visitor_of
from api.errors import NotFound, TooManyRequests
from api.identity import Decision, Door, LineQuestion, Reach
from api.pages.account import DOOR_ROLES
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.views import Say
from api.problems import Problem

_MAX_CODE_LENGTH: Final = 32
router = APIRouter(include_in_schema=False)


@router.get("/line", dependencies=[Depends(Requires(Role.ANYONE, owner=OwnerRule.NOBODY))])
def to_the_own_door(request: Request) -> Response:
    """Lead to the page of the door at which this browser is signed in: a terminal prints one short address."""
    settings = request.app.state.services.settings
    held = [door for door in (Door.STAFF, Door.CITIZEN) if session_cookie(door, settings) in request.cookies]
    return see_other(f"/{held[0].value}/account/line" if held else "/sign-in")


def line_router(door: Door) -> APIRouter:
    """The page of one door; both doors have the same."""
    made = APIRouter(include_in_schema=False, prefix=f"/{door.value}")
    known = Depends(Requires(*DOOR_ROLES[door], owner=OwnerRule.SELF, any_factor=True))
    anew = Depends(Requires(*DOOR_ROLES[door], owner=OwnerRule.SELF, step_up=True, any_factor=True))

    @made.get("/account/line")
    def form(request: Request, principal: Principal = known) -> Response:
        """Ask for the code; no address fills it in, so that nobody approves by following a link."""
        return _show(request, principal, door)

    @made.post("/account/line")
    def look(request: Request, principal: Principal = anew, code: Annotated[str, Form()] = "") -> Response:
        """Show who asks under the code."""
        try:
            found = acts.question(request.app.state.services, principal, code[:_MAX_CODE_LENGTH])
        except (NotFound, TooManyRequests) as exc:
            return _show(request, principal, door, problem=problem_of(request, exc))
        return _show(request, principal, door, code=code[:_MAX_CODE_LENGTH], found=found)

    @made.post("/account/line/answer")
    def answer(
        request: Request,
        principal: Principal = anew,
        code: Annotated[str, Form()] = "",
        answer: Annotated[str, Form()] = "",
    ) -> Response:
        """Keep the yes or the no."""
        decision = Decision.APPROVED if answer == Decision.APPROVED.value else Decision.DECLINED
        try:
            acts.decide(request.app.state.services, principal, code[:_MAX_CODE_LENGTH], decision)
        except (NotFound, TooManyRequests) as exc:
            return _show(request, principal, door, problem=problem_of(request, exc))
        return _show(request, principal, door, decision=decision)

    return made


def asking_facts(found: LineQuestion, say: Say, *, own_address: str) -> dict[str, object]:
    """Who asks, as the one who approves reads it."""
    return {
        "machine": found.machine,
        "address": found.address,
        "is_own_address": found.address == own_address,
        "begun": say.moment(found.begun_at),
        "reach": say(f"page.let_in.reach.{found.reach.value}"),
        "looks_only": found.reach is Reach.LOOK,
    }


def _show(
    request: Request,
    principal: Principal,
    door: Door,
    *,
    problem: Problem | None = None,
    code: str = "",
    found: LineQuestion | None = None,
    decision: Decision | None = None,
) -> Response:
    say = say_of(request)
    return page(
        request,
        "line_sign_in.html",
        principal=principal,
        current=f"/{door.value}/account",
        address=f"/{door.value}/account/line",
        status=problem.status if problem else 200,
        problem=problem,
        code=code,
        asking=asking_facts(found, say, own_address=visitor_of(request).address) if found else None,
        decision=decision.value if decision else "",
    )
