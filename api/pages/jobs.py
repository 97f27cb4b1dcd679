"""The staff door: long work with its progress, what stopped and how it goes on; and the trial of one's own key."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import next_item as acts
from api.acts import token_test
from api.acts.next_item import Job
from api.acts.operations import OperationStatus
from api.errors import ApiError
from api.front_door import CSP_WITH_AGENT
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.views import Fact, Say
from api.problems import Problem
from api.services import Services
from certify import CertifyError, ItemNotFound, LawPack, get_staff
from keys import KeysError, Pin
from signing import SigningError

router = APIRouter(include_in_schema=False)
_READERS: Final = (Role.COUNTER_CLERK, Role.CERTIFIER, Role.SEAL_KEEPER)
_TONES: Final = {
    OperationStatus.RUNNING: "none",
    OperationStatus.ACTION_REQUIRED: "warn",
    OperationStatus.FAILED: "bad",
    OperationStatus.DONE: "good",
}

Worker = Annotated[Principal, Depends(Requires(*_READERS, owner=OwnerRule.AGENCY))]
Certifier = Annotated[Principal, Depends(Requires(Role.CERTIFIER, owner=OwnerRule.AGENCY))]


@router.get("/staff/jobs")
def jobs(request: Request, principal: Worker) -> Response:
    """Show what runs, what failed and what waits for somebody."""
    return _jobs(request, principal)


@router.post("/staff/items/{item_id}/go-on")
def go_on(request: Request, principal: Certifier, item_id: str) -> Response:
    """Take a stopped copy up again."""
    try:
        acts.go_on(request.app.state.services, principal, item_id)
    except ItemNotFound:
        raise
    except (CertifyError, ApiError) as exc:
        return _jobs(request, principal, problem_of(request, exc))
    return see_other("/staff/jobs")


@router.get("/staff/token")
def token(request: Request, principal: Certifier) -> Response:
    """Show the own key and how it is tried."""
    return _token(request, principal)


@router.post("/staff/token")
def try_key(request: Request, principal: Certifier, pin: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Let the key in the office's store sign the trial once; no document is signed."""
    try:
        token_test.try_with_pin(request.app.state.services, principal, Pin(pin))
    except (ApiError, CertifyError, KeysError, SigningError) as exc:
        return _token(request, principal, problem_of(request, exc))
    return _token(request, principal, works=True)


def job_row(job: Job, say: Say, *, law: LawPack) -> dict[str, Any]:
    """A piece of work as the page shows it."""
    one = job.operation
    return {
        "item_id": one.item.item_id,
        "href": f"/staff/items/{one.item.item_id}",
        "title": f"{say.pick(law.doc_type(one.item.doc_type).title)} · {one.item.item_id[-6:]}",
        "kind": say(f"page.jobs.kind.{one.kind.value}"),
        "tone": _TONES[one.status],
        "status": say(f"page.jobs.status.{one.status.value}"),
        "why": say.word("reason", one.code) if one.code else "",
        "done": one.pages_done,
        "total": one.pages_total,
        "events": f"/staff/items/{one.item.item_id}/events" if one.status is OperationStatus.RUNNING else "",
        "may_go_on": job.is_stopped,
    }


def _jobs(request: Request, principal: Principal, problem: Problem | None = None) -> Response:
    services: Services = request.app.state.services
    say = say_of(request)
    rows = [job_row(one, say, law=services.law) for one in acts.jobs(services, principal)]
    return page(
        request,
        "staff_jobs.html",
        principal=principal,
        current="/staff/jobs",
        address="/staff/jobs",
        status=problem.status if problem else 200,
        problem=problem,
        rows=rows,
        is_working=any(row["events"] for row in rows),
        may_certify=Role.CERTIFIER in principal.roles,
    )


def _token(request: Request, principal: Principal, problem: Problem | None = None, *, works: bool = False) -> Response:
    services: Services = request.app.state.services
    say = say_of(request)
    question: token_test.TokenQuestion | None = None
    # Whoever only looks is told what is wrong with the key, and is at no closed door.
    status = problem.status if problem else 200
    try:
        question = token_test.ask_token(services, principal)
    except (CertifyError, KeysError) as exc:
        problem = problem or problem_of(request, exc)
    with services.database.read() as tx:
        key_id = get_staff(tx, principal.staff_id).key_id
    response = page(
        request,
        "staff_token.html",
        principal=principal,
        current="/staff/token",
        address="/staff/token",
        status=status,
        problem=problem,
        works=works,
        facts=(Fact(say("page.token.key"), key_id or "–", is_code=True),),
        question=trial(question),
    )
    # This page alone may speak to the agent on the officer's own machine.
    response.headers["Content-Security-Policy"] = CSP_WITH_AGENT
    return response


def trial(question: token_test.TokenQuestion | None) -> dict[str, str] | None:
    """What the page's script hands to the agent, and from it to the office."""
    if question is None:
        return None
    return {
        "certificate_sha256": question.certificate_sha256_hex,
        "to_be_signed": base64.b64encode(question.to_be_signed).decode(),
        "expires_at": question.expires_at.isoformat(),
    }
