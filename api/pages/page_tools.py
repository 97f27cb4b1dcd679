"""The staff door: work at the pages of a scanned original before its number is taken, and the sheet that parts originals."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from starlette.concurrency import run_in_threadpool

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import page_tools as acts
from api.acts.own_items import own_item
from api.acts.page_tools import PageWork, SheetPlan
from api.acts.separator import separator_sheet
from api.errors import ApiError, RequestInvalid
from api.pages.intake import chosen
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.staff_view import doc_type_options
from api.pages.views import Option, Say
from api.problems import Problem, language_of
from api.routes.sent_scans import PageScan
from api.services import Services
from certify import CertifyError, ItemNotFound, LawPack
from certify.pipeline import LeftOutWhy
from ocr import OcrError
from vault import VaultError

router = APIRouter(include_in_schema=False)
_AT: Final = "/staff/items/{item_id}/pages"
_REFUSED: Final = (ApiError, CertifyError, OcrError, VaultError)
_DIGITS: Final = 6

Clerk = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, owner=OwnerRule.AGENCY))]


@router.get("/staff/separator.pdf")
def separator(request: Request, _principal: Clerk) -> Response:
    """Give the sheet to print."""
    pdf = separator_sheet(request.app.state.services, language=language_of(request))
    return Response(pdf, media_type="application/pdf")


@router.get(_AT)
def show(request: Request, principal: Clerk, item_id: str) -> Response:
    """Show the pages with everything that may be done to them."""
    return _page(request, principal, item_id)


@router.post(_AT)
async def arrange(request: Request, principal: Clerk, item_id: str) -> Response:
    """Put the pages in order as the form says."""
    sent = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    return await run_in_threadpool(_arrange, request, principal, item_id, sent)


@router.post(f"{_AT}/scan")
def put_in(request: Request, principal: Clerk, item_id: str, scan: PageScan) -> Response:
    """Put a new scan in the place of a page, or behind the last one."""
    services: Services = request.app.state.services
    try:
        own_item(services, principal, item_id)
        number = scan.text("number", default="")
        version = _count(scan.text("version", default=""), "version")
        with scan.opened(services, principal) as uploads:
            (upload,) = chosen(uploads)[:1]
            place = _count(number, "number") if number else None
            acts.put_in(services, principal, item_id, upload, version=version, number=place)
    except ItemNotFound:
        raise
    except _REFUSED as exc:
        return _page(request, principal, item_id, problem_of(request, exc))
    return see_other(f"/staff/items/{item_id}")


@router.post(f"{_AT}/join")
def join(
    request: Request,
    principal: Clerk,
    item_id: str,
    other: Annotated[str, Form(max_length=64)] = "",
    version: Annotated[str, Form(max_length=_DIGITS)] = "",
) -> Response:
    """Put another original of the case behind this one."""
    services: Services = request.app.state.services
    try:
        own_item(services, principal, item_id)
        acts.join(services, principal, item_id, other, version=_count(version, "version"))
    except ItemNotFound:
        raise
    except _REFUSED as exc:
        return _page(request, principal, item_id, problem_of(request, exc))
    return see_other(f"/staff/items/{item_id}")


@router.post(f"{_AT}/start-over")
def start_over(
    request: Request, principal: Clerk, item_id: str, version: Annotated[str, Form(max_length=_DIGITS)] = ""
) -> Response:
    """Give the pages back as they came."""
    services: Services = request.app.state.services
    try:
        own_item(services, principal, item_id)
        acts.start_over(services, principal, item_id, version=_count(version, "version"))
    except ItemNotFound:
        raise
    except _REFUSED as exc:
        return _page(request, principal, item_id, problem_of(request, exc))
    return see_other(f"/staff/items/{item_id}")


def _arrange(request: Request, principal: Principal, item_id: str, sent: dict[str, str]) -> Response:
    services: Services = request.app.state.services
    try:
        work = acts.see_pages(services, principal, item_id)
        plans = [_plan(sent, sheet.number) for sheet in work.sheets]
        first, *more = acts.arrange(
            services, principal, item_id, plans, version=_count(sent.get("version", ""), "version")
        )
    except ItemNotFound:
        raise
    except _REFUSED as exc:
        return _page(request, principal, item_id, problem_of(request, exc))
    return see_other(f"/staff/cases/{first.case_id}" if more else f"/staff/items/{item_id}")


def _plan(sent: dict[str, str], number: int) -> SheetPlan:
    out = sent.get(f"out-{number}", "")
    if out and out not in LeftOutWhy.__members__:
        raise RequestInvalid("this is no reason to leave a page out", field=f"out-{number}")
    return SheetPlan(
        number=number,
        place=_count(sent.get(f"place-{number}", str(number)), f"place-{number}"),
        quarter_turns=_count(sent.get(f"turns-{number}", "0"), f"turns-{number}"),
        left_out=LeftOutWhy(out) if out else None,
        begins=f"begins-{number}" in sent,
        doc_type=sent.get(f"type-{number}", ""),
    )


def _count(text: str, field: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise RequestInvalid("this is no number of a page", field=field)
    return int(text)


def work_page(work: PageWork, say: Say, *, law: LawPack) -> dict[str, Any]:
    """Everything the page shows; a separator sheet is proposed to be left out, and the page behind it to begin anew."""
    parted = {sheet.number for sheet in work.sheets if sheet.is_separator}
    last = max((sheet.number for sheet in work.sheets), default=0)
    rows = [
        {
            "number": sheet.number,
            "src": f"/staff/items/{work.item.item_id}/pages/{sheet.number}.jpg?px=500&scan={work.item.scan_number}",
            "caption": say("page.page_n", n=sheet.number),
            "words": [say.word("page.quality", code) for code in sheet.reasons],
            "is_blank": sheet.is_blank,
            "is_separator": sheet.is_separator,
            "begins": sheet.number - 1 in parted and sheet.number != 1 and sheet.number not in parted,
        }
        for sheet in work.sheets
    ]
    return {
        "item_id": work.item.item_id,
        "version": work.item.version,
        "title": say.pick(law.doc_type(work.item.doc_type).title),
        "doc_type": work.item.doc_type,
        "rows": rows,
        "last": last,
        "has_separators": bool(parted),
        "why": [Option(one.value, say(f"page.tools.why.{one.value}")) for one in LeftOutWhy],
        "turns": [Option(str(one), say(f"page.tools.turn.{one}")) for one in range(4)],
        "doc_types": doc_type_options(law, say),
        "left_out": [say(f"page.tools.why.{one.why.value}") for one in work.left_out],
        "others": [
            Option(one.item_id, f"{say.pick(law.doc_type(one.doc_type).title)} · {one.item_id[-6:]}")
            for one in work.others
        ],
        "done": [", ".join(say(f"page.tools.act.{one}") for one in codes.split("+")) for codes in work.done],
    }


def _page(request: Request, principal: Principal, item_id: str, problem: Problem | None = None) -> Response:
    services: Services = request.app.state.services
    work = acts.see_pages(services, principal, item_id)
    return page(
        request,
        "staff_pages.html",
        principal=principal,
        address=f"/staff/items/{item_id}/pages",
        status=problem.status if problem else 200,
        problem=problem,
        work=work_page(work, say_of(request), law=services.law_now),
    )
