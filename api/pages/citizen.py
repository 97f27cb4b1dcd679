"""The citizen's door: papers, one paper, shares, and who looked."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import citizen as acts
from api.acts import verifier
from api.acts.audit import reason_words
from api.acts.vaults import open_vaults
from api.documents import DocumentGiven, document_response, download_headers
from api.errors import RequestInvalid
from api.pages.citizen_view import (
    field_rows,
    history_rows,
    record_facts,
    role_links,
    share_rows,
    shelves,
    status_word,
)
from api.pages.life_view import life_of
from api.pages.names import agency_names
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.verdict_view import verdict_view
from api.pages.views import Option, page_images
from api.problems import Problem
from api.services import Services
from guard import Room
from vault import ShareError

router = APIRouter(include_in_schema=False)
_IMAGE_KEPT: Final = {"Cache-Control": "private, max-age=600"}
# As many entries of the history as the vault gives at once.
_PAGE_LENGTH: Final = 100

Citizen = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF))]
Sharer = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF, step_up=True))]


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


@router.get("/citizen")
def vault(request: Request, principal: Citizen, text: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Show the shelves with their papers, all of them or those that hold some words."""
    services, say = _services(request), say_of(request)
    wallet = acts.wallet(services, principal)
    shown = wallet.records
    if text.strip():
        shown = acts.papers(services, principal, wanted=acts.PapersWanted(text=text), limit=500)
    return page(
        request,
        "citizen_home.html",
        principal=principal,
        current="/citizen",
        name=wallet.holder.name,
        roles=role_links(open_vaults(services, principal), say, at=services.clock.now()),
        text=text.strip(),
        has_papers=bool(wallet.records),
        shelves=shelves(
            shown, say, at=services.clock.now(), agencies=agency_names(services, say), preview=_preview_address
        ),
    )


@router.get("/citizen/records/{record_id}")
def one_paper(request: Request, principal: Citizen, record_id: str) -> Response:
    """Show one paper: its verdict, its pages, its facts, its history, and the form that shares it."""
    return _show(request, principal, record_id, problem=None)


@router.get("/citizen/records/{record_id}/pages/{number}.png")
def paper_page(request: Request, principal: Citizen, record_id: str, number: int) -> Response:
    """Give a page image of a paper."""
    image = acts.record_page(_services(request), principal, record_id, page_index=number - 1)
    return Response(image, media_type="image/png", headers=_IMAGE_KEPT)


@router.get("/citizen/records/{record_id}/preview.png")
def paper_preview(request: Request, principal: Citizen, record_id: str) -> Response:
    """Give a small picture of a paper's first page."""
    image = acts.record_page(_services(request), principal, record_id, page_index=0, dpi=acts.PREVIEW_DPI)
    return Response(image, media_type="image/png", headers=_IMAGE_KEPT)


@router.get("/citizen/records/{record_id}/paper.pdf")
def paper_pdf(request: Request, principal: Citizen, record_id: str) -> Response:
    """Give the signed file, byte for byte."""
    services = _services(request)

    def give(room: Room) -> DocumentGiven:
        return acts.record_pdf(services, principal, record_id, room=room), download_headers(name=f"{record_id}.pdf")

    return document_response(services.spool, give)


@router.get("/citizen/records/{record_id}/paper.proof")
def paper_proof(request: Request, principal: Citizen, record_id: str) -> Response:
    """Give the proof that travels with the file: anybody can check it without asking the office."""
    content = acts.record_proof(_services(request), principal, record_id)
    headers = {"Content-Disposition": f'attachment; filename="{record_id}.proof"'}
    return Response(content, media_type="application/json", headers=headers)


@router.post("/citizen/records/{record_id}/share")
def share(
    request: Request,
    principal: Sharer,
    record_id: str,
    purpose: Annotated[str, Form()] = "",
    recipient: Annotated[str, Form()] = "",
    days: Annotated[str, Form()] = "7",
    max_views: Annotated[str, Form()] = "10",
    passcode: Annotated[str, Form()] = "",
    download: Annotated[str, Form()] = "",
    recipient_agency: Annotated[str, Form()] = "",
) -> Response:
    """Make a link and show it once: the answer to this form is the only place where it stands."""
    services, say = _services(request), say_of(request)
    try:
        form = acts.ShareForm(
            record_id=record_id,
            purpose=purpose.strip(),
            recipient=recipient.strip(),
            days=_number(days, field="days"),
            max_views=_number(max_views, field="max_views"),
            passcode=passcode or None,
            download=download == "yes",
            recipient_agency=recipient_agency or None,
        )
        made = acts.share(services, principal, form)
    except (ShareError, RequestInvalid) as exc:
        return _show(request, principal, record_id, problem=problem_of(request, exc))
    records = {record_id: acts.record(services, principal, record_id)}
    return page(
        request,
        "citizen_share_made.html",
        principal=principal,
        address="/citizen/shares",
        current="/citizen/shares",
        link=made.link,
        row=share_rows((made.share,), records, say, at=services.clock.now(), answers={})[0],
        has_passcode=made.share.has_passcode,
    )


@router.get("/citizen/shares")
def shares(request: Request, principal: Citizen) -> Response:
    """List the links, those still open with a way to take them back."""
    services, say = _services(request), say_of(request)
    records = {record.record_id: record for record in acts.wallet(services, principal).records}
    rows = share_rows(
        acts.shares(services, principal),
        records,
        say,
        at=services.clock.now(),
        answers=acts.share_answers(services, principal),
    )
    return page(request, "citizen_shares.html", principal=principal, current="/citizen/shares", rows=rows)


@router.post("/citizen/shares/{share_id}/close")
def close_share(request: Request, principal: Citizen, share_id: str) -> Response:
    """Take a link back."""
    acts.close_share(_services(request), principal, share_id)
    return see_other("/citizen/shares")


@router.get("/citizen/history")
def history(request: Request, principal: Citizen, before: str | None = None) -> Response:
    """Show who looked, when, why and with what outcome."""
    services, say = _services(request), say_of(request)
    entries = acts.history(services, principal, before_event_id=before)
    records = {record.record_id: record for record in acts.wallet(services, principal).records}
    return page(
        request,
        "citizen_history.html",
        principal=principal,
        current="/citizen/history",
        rows=history_rows(entries, records, say, agencies=agency_names(services, say), reasons=reason_words(services)),
        older=f"/citizen/history?before={entries[-1].event_id}" if len(entries) >= _PAGE_LENGTH else "",
    )


def _preview_address(record_id: str) -> str:
    return f"/citizen/records/{record_id}/preview.png"


def _show(request: Request, principal: Principal, record_id: str, *, problem: Problem | None) -> Response:
    services, say = _services(request), say_of(request)
    record = acts.record(services, principal, record_id)
    answer = verifier.verify_record(services, record)
    agencies = agency_names(services, say)
    known = answer.status
    count = known.page_count if known and known.page_count else 1
    entries = [one for one in acts.history(services, principal) if one.event.record_id == record_id]
    return page(
        request,
        "citizen_record.html",
        principal=principal,
        address=f"/citizen/records/{record_id}",
        status=problem.status if problem else 200,
        problem=problem,
        record_id=record_id,
        title=say.pick(record.titles),
        has_proof=record.code is not None,
        word=status_word(record, say, at=services.clock.now()),
        view=verdict_view(answer, say),
        facts_rows=record_facts(record, say, agencies=agencies),
        fields=field_rows(acts.record_fields(services, principal, record_id)[0], say),
        agency_options=[Option(code, name) for code, name in sorted(agencies.items(), key=lambda one: one[1])],
        images=page_images(say, f"/citizen/records/{record_id}/pages/{{n}}.png", count=count),
        history=history_rows(entries, {record_id: record}, say, agencies=agencies, reasons=reason_words(services)),
        life=life_of(answer.report, entries, say, agencies=agencies),
    )


def _number(text: str, *, field: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise RequestInvalid(f"{field} is a whole number", field=field)
    return int(text)
