"""The staff door, looking: queue, one item with its images and live progress, the register."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.access import STAFF_ROLES, OwnerRule, Principal, Requires, Role
from api.acts import item_pages
from api.acts import register as books
from api.acts import staff as acts
from api.acts.approvals import KeyWay, way_of_key
from api.acts.inspection import look
from api.acts.issued import ALREADY_SIGNED, look_at_issued
from api.acts.next_item import next_item
from api.acts.own_items import own_item
from api.acts.passkeys import has_passkey
from api.acts.register_papers import note_words
from api.acts.reuse import see as reuse_of
from api.documents import newest_pdf
from api.front_door import CSP_WITH_AGENT
from api.pages.inspection_view import inspection_box, reuse_box
from api.pages.menu import first_page
from api.pages.render import page, say_of, see_other
from api.pages.staff_view import Phase, item_page, phase_of, queue_groups, refusal_options
from api.pages.verdict_view import verdict_view
from api.pages.views import Say
from api.problems import Problem
from api.services import Services
from certify import ItemNotFound, ItemState
from certify.counter import desk_rules
from certify.pipeline import OutcomeKind

router = APIRouter(include_in_schema=False)
_IMAGE_KEPT: Final = {"Cache-Control": "private, max-age=600"}
_EVENT_WAIT_SECONDS: Final = 0.5
# After these the browser connects again; a forgotten tab holds no place for ever.
_EVENT_ROUNDS: Final = 240
_LINES: Final = 100

Counter = Annotated[
    Principal, Depends(Requires(Role.COUNTER_CLERK, Role.CERTIFIER, Role.SEAL_KEEPER, owner=OwnerRule.AGENCY))
]
AnyStaff = Annotated[Principal, Depends(Requires(*sorted(STAFF_ROLES), owner=OwnerRule.AGENCY))]
Reader = Annotated[
    Principal,
    Depends(Requires(Role.COUNTER_CLERK, Role.CERTIFIER, Role.SEAL_KEEPER, Role.AUDITOR, owner=OwnerRule.AGENCY)),
]


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


@router.get("/staff")
def queue(request: Request, principal: AnyStaff) -> Response:
    """Show the agency's items by what they wait for; whoever has no part in them begins at the first page of their own."""
    services = _services(request)
    if (begin := first_page(principal.roles)) != "/staff":
        return see_other(begin)
    groups = queue_groups(acts.queue(services, principal), say_of(request), law=services.law)
    return page(request, "staff_queue.html", principal=principal, current="/staff", groups=groups)


@router.get("/staff/items/{item_id}")
def item(request: Request, principal: Reader, item_id: str, outcome: str = "", signed: str = "") -> Response:
    """Show one item at its present step; `signed` is the one that was signed just before."""
    return show_item(request, principal, item_id, problem=None, outcome=outcome, signed=signed)


def show_item(
    request: Request,
    principal: Principal,
    item_id: str,
    *,
    problem: Problem | None,
    outcome: str = "",
    signed: str = "",
) -> Response:
    """The page of an item, with what went wrong at the last act when something did."""
    services, say = _services(request), say_of(request)
    view = acts.view_item(services, principal, item_id)
    ready = view.ready
    if ready is None and view.item.state in {ItemState.CERTIFIED, ItemState.OFFICER_SIGNED, ItemState.SEALED}:
        ready = services.pipeline.ready_copy(item_id)
    shown = item_page(view, say, law=services.law, ready=ready)
    issued = None
    if view.item.problem_code == ALREADY_SIGNED and shown.phase == Phase.SCAN.value:
        issued = verdict_view(look_at_issued(services, principal, item_id), say)
    rules = desk_rules(services.law, at=services.clock.now())
    may_certify = Role.CERTIFIER in principal.roles
    is_approved_here = shown.phase == Phase.APPROVE.value and may_certify
    way = way_of_key(services, principal) if is_approved_here else KeyWay.PIN
    is_compared = shown.phase == Phase.COMPARE.value and may_certify
    told = (
        outcome
        if outcome in {kind.value for kind in OutcomeKind} and say.messages.has(f"page.outcome.{outcome}")
        else ""
    )
    response = page(
        request,
        "staff_item.html",
        principal=principal,
        address=f"/staff/items/{item_id}",
        status=problem.status if problem else 200,
        problem=problem,
        item=shown,
        issued=issued,
        inspection=inspection_box(look(services, principal, item_id), say, rules=rules) if is_compared else None,
        reuse=reuse_box(
            reuse_of(services, principal, item_id),
            say,
            rules=rules,
            databases={one.source: one.title for one in services.outside.paper_databases},
        ),
        words=_progress_words(services, item_id, say),
        outcome=say(f"page.outcome.{told}") if told else "",
        may_certify=may_certify,
        way=way.value,
        has_passkey=way is KeyWay.PASSKEY and has_passkey(services, principal),
        may_take_fee=Role.COUNTER_CLERK in principal.roles,
        signed=_signed_before(services, principal, signed),
        next_href=_next_href(services, principal, shown.phase, item_id),
        may_scan=Role.COUNTER_CLERK in principal.roles,
    )
    if way is KeyWay.IN_HAND:
        # Only where the officer's own token signs may the page speak to the agent on that officer's machine.
        response.headers["Content-Security-Policy"] = CSP_WITH_AGENT
    return response


def _next_href(services: Services, principal: Principal, phase: str, item_id: str) -> str:
    if Role.CERTIFIER not in principal.roles or phase not in {Phase.APPROVE.value, Phase.DONE.value}:
        return ""
    found = next_item(services, principal, besides=item_id)
    return f"/staff/items/{found.item_id}" if found else ""


def _signed_before(services: Services, principal: Principal, item_id: str) -> dict[str, str] | None:
    """The number of the copy that was signed just before this page was opened; None for anything else."""
    if not item_id:
        return None
    try:
        found, _case = own_item(services, principal, item_id)
    except ItemNotFound:
        return None
    number = services.pipeline.register_number(item_id)
    if found.state is not ItemState.CERTIFIED or number is None:
        return None
    return {"number": number, "href": f"/staff/items/{item_id}"}


@router.get("/staff/items/{item_id}/events")
def events(request: Request, principal: Reader, item_id: str) -> Response:
    """Tell the progress of an item as server-sent events, and when its page is worth loading anew."""
    services, say = _services(request), say_of(request)
    before, _case = own_item(services, principal, item_id)

    async def stream() -> AsyncIterator[str]:
        seen = 0
        for _ in range(_EVENT_ROUNDS):
            # Waiting costs no thread: many open pages do not slow each other.
            await asyncio.sleep(_EVENT_WAIT_SECONDS)
            told = services.progress.of(item_id)
            now, _ = await run_in_threadpool(own_item, services, principal, item_id)
            if now.version != before.version or phase_of(now) not in {Phase.READING, Phase.SIGNING}:
                yield "event: moved\ndata: {}\n\n"
                return
            if told is not None and told.version > seen:
                seen = told.version
                words = _progress_words(services, item_id, say)
                body = {"done": told.pages_done, "total": told.pages_total, "words": words}
                yield f"event: progress\ndata: {json.dumps(body, ensure_ascii=False)}\n\n"
            else:
                yield ": still here\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


@router.get("/staff/items/{item_id}/pages/{number}.jpg")
def page_image(
    request: Request, principal: Reader, item_id: str, number: int, px: Annotated[int, Query(ge=100, le=1600)] = 1600
) -> Response:
    """Give a page of the scan, upright; `px` is its longer side."""
    image = item_pages.page_image(_services(request), principal, item_id, page_index=number - 1, max_px=px)
    return Response(image, media_type="image/jpeg", headers=_IMAGE_KEPT)


@router.get("/staff/items/{item_id}/pages/{number}/lines/{line}.png")
def worst_line(request: Request, principal: Reader, item_id: str, number: int, line: int) -> Response:
    """Give a line of a page that was read least surely, cut out of its image."""
    image = item_pages.worst_line(_services(request), principal, item_id, page_index=number - 1, line_index=line - 1)
    return Response(image, media_type="image/png", headers=_IMAGE_KEPT)


@router.get("/staff/items/{item_id}/ready/{number}.png")
def ready_image(request: Request, principal: Reader, item_id: str, number: int) -> Response:
    """Give a page of exactly the bytes that are to be approved; never from a cache."""
    image = item_pages.ready_page(_services(request), principal, item_id, page_index=number - 1)
    return Response(image, media_type="image/png")


@router.get("/staff/items/{item_id}/copy.pdf")
def certified_copy(request: Request, principal: Reader, item_id: str) -> Response:
    """Give the certified copy to the office that made it; the holder sees this in the history."""
    services = _services(request)
    found, case = own_item(services, principal, item_id)
    if found.state is not ItemState.CERTIFIED:
        raise ItemNotFound(f"item {item_id} has no certified copy yet")
    code = services.pipeline.ready_copy(item_id).code
    record = acts.open_copy(services, principal, code, reason="COUNTER_COPY", case_id=case.case_id)
    return newest_pdf(services, record)


@router.get("/staff/items/{item_id}/refuse")
def refuse_form(request: Request, principal: Counter, item_id: str) -> Response:
    """Show the closed list of reasons."""
    return refuse_page(request, principal, item_id, problem=None)


def refuse_page(request: Request, principal: Principal, item_id: str, *, problem: Problem | None) -> Response:
    """The form for a refusal."""
    services, say = _services(request), say_of(request)
    found, _case = own_item(services, principal, item_id)
    return page(
        request,
        "staff_refuse.html",
        principal=principal,
        status=problem.status if problem else 200,
        problem=problem,
        item_id=item_id,
        title=say.pick(services.law.doc_type(found.doc_type).title),
        reasons=refusal_options(services.law_now, say),
    )


@router.get("/staff/register")
def register(
    request: Request, principal: Reader, book: str | None = None, after: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """Show the open book, or the one that is named, in its eight columns, so many numbers behind the one already seen."""
    say = say_of(request)
    shown = books.register(_services(request), principal, book_id=book, after_seq_no=after, limit=_LINES)
    sums = books.view_book(_services(request), principal, shown.book_id).totals
    last = int(shown.rows[-1].number) if shown.rows else after
    here = f"/staff/register?book={shown.book_id}"
    return page(
        request,
        "staff_register.html",
        principal=principal,
        current="/staff/register",
        book=shown,
        note=lambda text: note_words(_services(request), text, language=say.language),
        shown_at=say.moment(shown.shown_at),
        sums=sums,
        first=f"{here}&after=0" if after else "",
        onward=f"{here}&after={last}" if last < sums.numbers else "",
    )


def _progress_words(services: Services, item_id: str, say: Say) -> str:
    told = services.progress.of(item_id)
    if told is None:
        return say("page.progress.waiting")
    if told.pages_total and told.pages_done < told.pages_total:
        return say("page.progress.page", done=told.pages_done, total=told.pages_total)
    return say.word("page.progress.step", told.step) if told.step else say("page.progress.waiting")
