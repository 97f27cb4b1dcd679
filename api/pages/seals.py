"""The staff door: what waits for the agency's seal, each with the officer's verdict, sealed together by its keeper."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role, check_fresh
from api.acts import seals as acts
from api.acts.approvals import Line
from api.acts.seals import SealLine
from api.errors import ApiError
from api.pages.render import page, problem_of, say_of
from api.pages.views import Say
from api.problems import Problem
from api.services import Services
from certify import BatchAnswer, CertifyError
from certify.registry import awaits_seal
from guard import open_payload
from keys import KeysError, Pin
from signing.verify import Verdict

router = APIRouter(include_in_schema=False)
Keeper = Annotated[Principal, Depends(Requires(Role.SEAL_KEEPER, owner=OwnerRule.AGENCY))]
KeeperAnew = Annotated[Principal, Depends(Requires(Role.SEAL_KEEPER, owner=OwnerRule.AGENCY, step_up=True))]
_REFUSED: Final = (CertifyError, KeysError, ApiError)
_TONES: Final = {Verdict.VALID: "good", Verdict.VALID_WITH_WARNING: "good"}


@router.get("/staff/seals")
def queue(request: Request, principal: Keeper) -> Response:
    """Show what waits for the seal."""
    return _page(request, principal)


@router.post("/staff/seals")
def seal(
    request: Request,
    principal: KeeperAnew,
    line: Annotated[list[str] | None, Form()] = None,
    pin: Annotated[str, Form()] = "",
) -> Response:
    """Seal the files that are ticked; each comes as ITEM=SHA256, in the order of the page."""
    services: Services = request.app.state.services
    check_fresh(principal, services)
    lines = [Line(item_id, digest) for item_id, _, digest in (one.partition("=") for one in line or ())]
    try:
        answers = acts.seal_batch(services, principal, lines, pin=Pin(pin) if pin else None)
    except _REFUSED as exc:
        return _page(request, principal, problem_of(request, exc))
    return _page(request, principal, answers=answers)


@router.get("/staff/seals/{item_id}/file.pdf")
def file(request: Request, principal: Keeper, item_id: str) -> Response:
    """Give exactly the bytes that are to be sealed."""
    services: Services = request.app.state.services
    acts.check_own(services, principal, item_id)
    with services.database.read() as tx:
        waiting = awaits_seal(tx, item_id)
    with services.spool.room() as room, open_payload(acts.signed_file(services, waiting, room=room)) as content:
        return Response(content.read(), media_type="application/pdf", headers={"Cache-Control": "no-store"})


def seal_row(line: SealLine, say: Say) -> dict[str, Any]:
    """A file of the queue with the verdict on its officer's signature."""
    return {
        "value": f"{line.waiting.item.item_id}={line.waiting.sha256_hex}",
        "file": f"/staff/seals/{line.waiting.item.item_id}/file.pdf",
        "title": line.waiting.item.title,
        "number": f"{line.waiting.seq_no} · {line.waiting.book_display}",
        "officer": line.officer_name,
        "signed": say.moment(line.waiting.signed_at),
        "tone": _TONES.get(line.report.verdict, "bad"),
        "verdict": say("page.seals.good" if line.report.verdict in _TONES else "page.seals.bad"),
        "may_seal": line.report.verdict in _TONES,
    }


def _page(
    request: Request,
    principal: Principal,
    problem: Problem | None = None,
    *,
    answers: tuple[BatchAnswer, ...] = (),
) -> Response:
    services: Services = request.app.state.services
    say = say_of(request)
    try:
        lines, needs_pin = acts.seal_queue(services, principal), acts.needs_pin(services, principal)
    except CertifyError as exc:
        lines, needs_pin, problem = (), False, problem or problem_of(request, exc)
    ended = {answer.item_id for answer in answers if answer.refusal is None}
    shown = [seal_row(line, say) for line in lines if line.waiting.item.item_id not in ended]
    told = [
        {
            "title": answer.title,
            "text": say("page.seals.done") if answer.refusal is None else problem_of(request, answer.refusal).title,
        }
        for answer in answers
    ]
    return page(
        request,
        "staff_seals.html",
        principal=principal,
        current="/staff/seals",
        address="/staff/seals",
        status=problem.status if problem else 200,
        problem=problem,
        lines=shown,
        told=told,
        needs_pin=needs_pin,
    )
