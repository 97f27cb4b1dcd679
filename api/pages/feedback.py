"""Pages of feedback: what a citizen said and reads the answer of, and what an agency got and answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import feedback as acts
from api.errors import ApiError, RequestInvalid
from api.pages.names import agency_names
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.views import Fact, Option, Say, Tone, Word
from api.problems import Problem
from api.services import Services
from dossiers import DossierError
from dossiers.feedback import About, Feedback, FeedbackKind
from vault import NotFound

router = APIRouter(include_in_schema=False)
Citizen = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF))]
Recipient = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, Role.CERTIFIER, owner=OwnerRule.RECIPIENT))]
_OWN: Final = "/citizen/feedback"
_RECEIVED: Final = "/staff/feedback"
_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """A word with its answer."""

    feedback_id: str
    kind: str
    word: Word
    facts: tuple[Fact, ...]
    text: str = field(repr=False)
    answer: str = field(repr=False)


def feedback_rows(found: tuple[Feedback, ...], say: Say, *, agencies: dict[str, str]) -> tuple[FeedbackRow, ...]:
    """Lay words out, newest first."""
    return tuple(
        FeedbackRow(
            one.feedback_id,
            say(f"page.feedback.kind.{one.kind.value}"),
            Word(Tone.GOOD, say("page.feedback.answered"))
            if one.answer
            else Word(Tone.NONE, say("page.feedback.waits")),
            (
                Fact(say("page.feedback.when"), say.short(one.sent_at)),
                Fact(
                    say("page.feedback.about"), f"{say(f'page.feedback.about.{one.about.value}')} · {one.about_id[-6:]}"
                ),
                Fact(say("page.track.agency"), agencies.get(one.agency_code, one.agency_code)),
            ),
            one.text,
            one.answer or "",
        )
        for one in found
    )


def kind_options(say: Say) -> tuple[Option, ...]:
    """What sort of word it can be."""
    return tuple(Option(one.value, say(f"page.feedback.kind.{one.value}")) for one in FeedbackKind)


@router.get(_OWN)
def own_feedback(request: Request, principal: Citizen, about: str = "", about_id: str = "") -> Response:
    """Show what the citizen said with the answers, and a form about what was named."""
    return _show_own(request, principal, about=about, about_id=about_id, problem=None, filled="")


@router.post(_OWN)
def give_feedback(
    request: Request,
    principal: Citizen,
    about: Annotated[str, Form()],
    about_id: Annotated[str, Form(max_length=26)],
    kind: Annotated[str, Form()],
    text: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """Keep what the citizen says."""
    services: Services = request.app.state.services
    try:
        chosen = About(about), FeedbackKind(kind)
    except ValueError as exc:
        raise RequestInvalid("there is no such thing to choose", field="kind") from exc
    try:
        acts.give(services, principal, about=chosen[0], about_id=about_id, kind=chosen[1], text=text)
    except (DossierError, NotFound, ApiError) as exc:
        problem = problem_of(request, exc)
        return _show_own(request, principal, about=about, about_id=about_id, problem=problem, filled=text)
    return see_other(_OWN)


@router.get(_RECEIVED)
def received_feedback(request: Request, principal: Recipient) -> Response:
    """Show what citizens said to the agency, and a form for each answer that is owed."""
    return _show_received(request, principal, problem=None)


@router.post("/staff/feedback/{feedback_id}")
def answer_feedback(
    request: Request, principal: Recipient, feedback_id: str, text: Annotated[str, Form(max_length=4000)] = ""
) -> Response:
    """Keep the answer of the agency."""
    services: Services = request.app.state.services
    acts.received_one(services, principal, feedback_id)
    try:
        acts.answer(services, principal, feedback_id, text=text)
    except DossierError as exc:
        return _show_received(request, principal, problem=problem_of(request, exc))
    return see_other(_RECEIVED)


def _show_own(
    request: Request, principal: Principal, *, about: str, about_id: str, problem: Problem | None, filled: str
) -> Response:
    services: Services = request.app.state.services
    say = say_of(request)
    is_named = about in set(About) and bool(about_id)
    return page(
        request,
        "citizen_feedback.html",
        principal=principal,
        current=_OWN,
        status=problem.status if problem else 200,
        problem=problem,
        rows=feedback_rows(
            acts.own(services, principal, limit=_SHOWN), say, agencies=dict(agency_names(services, say))
        ),
        about={"kind": about, "id": about_id[:26], "word": say(f"page.feedback.about.{about}")} if is_named else None,
        kinds=kind_options(say),
        filled=filled,
    )


def _show_received(request: Request, principal: Principal, *, problem: Problem | None) -> Response:
    services: Services = request.app.state.services
    say = say_of(request)
    found = acts.received(services, principal, limit=_SHOWN)
    return page(
        request,
        "staff_feedback.html",
        principal=principal,
        current=_RECEIVED,
        status=problem.status if problem else 200,
        problem=problem,
        rows=feedback_rows(found, say, agencies=dict(agency_names(services, say))),
    )
