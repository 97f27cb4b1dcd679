"""The staff door: batches of compared originals, from the ticks to the one approval and what became of each."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import batches as acts
from api.acts.approvals import Line
from api.acts.staff import queue
from api.errors import ApiError
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.views import Option, Say
from api.problems import Problem, as_code
from api.services import Services
from certify import CertifyError, Item, ItemState, LawPack
from certify.registry import MAY_JOIN, MAY_PREPARE, BatchPlace, OpenedBatch, awaits_officer
from keys import KeysError, Pin
from vault import NotFound, VaultError

router = APIRouter(include_in_schema=False)
Certifier = Annotated[Principal, Depends(Requires(Role.CERTIFIER, owner=OwnerRule.AGENCY))]
_HERE: Final = "/staff/batches"
_REFUSED: Final = (CertifyError, KeysError, ApiError, VaultError)
_ENDED: Final = frozenset({ItemState.REFUSED, ItemState.WITHDRAWN})


@router.get(_HERE)
def batches(request: Request, principal: Certifier) -> Response:
    """Show what may be taken together, and the batches so far."""
    return _list(request, principal)


@router.post(_HERE)
def open_batch(request: Request, principal: Certifier, item: Annotated[list[str] | None, Form()] = None) -> Response:
    """Open a batch of what was ticked."""
    services: Services = request.app.state.services
    try:
        opened = acts.open_own_batch(services, principal, tuple(item or ()))
    except _REFUSED as exc:
        return _list(request, principal, problem_of(request, exc))
    return see_other(f"{_HERE}/{opened.batch_id}")


@router.get(f"{_HERE}/{{batch_id}}")
def batch(request: Request, principal: Certifier, batch_id: str) -> Response:
    """Show how far each original is."""
    return _one(request, principal, batch_id)


@router.post(f"{_HERE}/{{batch_id}}/ticks")
def tick(
    request: Request,
    principal: Certifier,
    batch_id: str,
    item_id: Annotated[str, Form(max_length=64)] = "",
    ticked: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    """Take one original in or leave it out."""
    services: Services = request.app.state.services
    try:
        acts.tick_line(services, principal, batch_id, item_id, ticked=ticked == "yes")
    except _REFUSED as exc:
        return _refused(request, principal, batch_id, exc)
    return see_other(f"{_HERE}/{batch_id}")


@router.post(f"{_HERE}/{{batch_id}}/numbers")
def prepare(request: Request, principal: Certifier, batch_id: str) -> Response:
    """Take numbers for what is ticked; sent again, it goes on where it stopped."""
    services: Services = request.app.state.services
    try:
        acts.prepare_batch(services, principal, batch_id)
    except _REFUSED as exc:
        return _refused(request, principal, batch_id, exc)
    return see_other(f"{_HERE}/{batch_id}")


@router.post(f"{_HERE}/{{batch_id}}/approval")
def approve(
    request: Request,
    principal: Certifier,
    batch_id: str,
    pin: Annotated[str, Form()] = "",
    line: Annotated[list[str] | None, Form()] = None,
    checklist: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Approve what was shown, by one PIN; each line comes as ITEM=SHA256, in the order of the page."""
    services: Services = request.app.state.services
    lines = [Line(item_id, digest) for item_id, _, digest in (one.partition("=") for one in line or ())]
    try:
        acts.approve_batch(services, principal, batch_id, lines, checklist=tuple(checklist or ()), pin=Pin(pin))
    except _REFUSED as exc:
        return _refused(request, principal, batch_id, exc)
    return see_other(f"{_HERE}/{batch_id}")


def _refused(request: Request, principal: Principal, batch_id: str, error: Exception) -> Response:
    if isinstance(error, NotFound):
        raise error
    return _one(request, principal, batch_id, problem_of(request, error))


def _list(request: Request, principal: Principal, problem: Problem | None = None) -> Response:
    services: Services = request.app.state.services
    say = say_of(request)
    return page(
        request,
        "staff_batches.html",
        principal=principal,
        current=_HERE,
        address=_HERE,
        status=problem.status if problem else 200,
        problem=problem,
        waiting=[
            waiting_row(one, say, law=services.law) for one in queue(services, principal) if one.state in MAY_JOIN
        ],
        rows=[batch_row(one, say) for one in acts.own_batches(services, principal)],
    )


def _one(request: Request, principal: Principal, batch_id: str, problem: Problem | None = None) -> Response:
    services: Services = request.app.state.services
    say = say_of(request)
    found = acts.view_batch(services, principal, batch_id)
    digests = {
        line.item.item_id: services.pipeline.ready_copy(line.item.item_id).sha256_hex or ""
        for line in found.lines
        if awaits_officer(line.item)
    }
    numbers = {line.item.item_id: services.pipeline.register_number(line.item.item_id) for line in found.lines}
    return page(
        request,
        "staff_batch.html",
        principal=principal,
        current=_HERE,
        address=f"{_HERE}/{batch_id}",
        status=problem.status if problem else 200,
        problem=problem,
        **batch_page(
            found,
            say,
            law=services.law,
            digests=digests,
            numbers=numbers,
            is_mine=found.officer_id == principal.staff_id,
        ),
    )


def waiting_row(item: Item, say: Say, *, law: LawPack) -> dict[str, str]:
    """An original that was compared and may join a batch."""
    return {
        "item_id": item.item_id,
        "title": say.pick(law.doc_type(item.doc_type).title),
        "short_id": item.item_id[-6:],
        "state": say(f"page.state.{item.state.value}"),
    }


def batch_row(found: OpenedBatch, say: Say) -> dict[str, Any]:
    """A batch in the list."""
    done = sum(line.ticked and line.item.state is ItemState.CERTIFIED for line in found.lines)
    return {
        "href": f"{_HERE}/{found.batch_id}",
        "title": say("page.batch.of", count=len(found.lines), moment=say.short(found.opened_at)),
        "progress": say("page.batch.progress", done=done, total=len(found.ticked)),
        "approved": say("page.batch.approved", moment=say.moment(found.approved_at)) if found.approved_at else "",
        "done": done,
        "total": len(found.ticked),
    }


def batch_page(
    found: OpenedBatch,
    say: Say,
    *,
    law: LawPack,
    digests: dict[str, str],
    numbers: dict[str, str | None],
    is_mine: bool,
) -> dict[str, Any]:
    """Everything the page of a batch shows: each original, what can be done now, and what one approval would cover."""
    waits = [item for item in found.ticked if item.item_id in digests]
    return {
        "batch": batch_row(found, say),
        "base": f"{_HERE}/{found.batch_id}",
        "lines": [_line(one, say, law=law, number=numbers.get(one.item.item_id)) for one in found.lines],
        "may_tick": is_mine and found.approved_at is None,
        "may_prepare": is_mine and any(item.state in MAY_PREPARE for item in found.ticked),
        "approval": [f"{item.item_id}={digests[item.item_id]}" for item in waits] if is_mine else [],
        "checklist": tuple(Option(one.code, say.pick(one.text)) for one in law.checklist),
        "is_mine": is_mine,
    }


def _line(place: BatchPlace, say: Say, *, law: LawPack, number: str | None) -> dict[str, Any]:
    item = place.item
    tone = "good" if item.state is ItemState.CERTIFIED else "bad" if item.state in _ENDED else "none"
    return {
        "item_id": item.item_id,
        "href": f"/staff/items/{item.item_id}",
        "title": say.pick(law.doc_type(item.doc_type).title),
        "short_id": item.item_id[-6:],
        "ticked": place.ticked,
        "state": say(f"page.state.{item.state.value}"),
        "tone": "warn" if place.problem_code else tone,
        "number": number or "–",
        "problem": _problem_words(place.problem_code, say) if place.problem_code else "",
    }


def _problem_words(code: str, say: Say) -> str:
    """A reason of the pipeline, or the title of a refusal; a code without words is shown as it is."""
    title = f"problem.{as_code(code).lower()}.title"
    return say(title) if say.messages.has(title) else say.word("reason", code)
