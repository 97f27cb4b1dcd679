"""The pages of a link to one paper: open it, look, print the note of its effect, take the file, answer. No account."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Requires, Role
from api.acts import shared as acts
from api.documents import DocumentGiven, document_response, download_headers
from api.errors import RequestInvalid
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.verdict_view import verdict_view
from api.pages.views import Fact, Say, page_images
from api.problems import Problem
from api.services import Services
from guard import Room
from vault import Share, ShareAnswer, ShareAnswered, ShareError

router = APIRouter(include_in_schema=False)
_TICKET_COOKIE: Final = "vidimus_ticket"
_TICKET_SECONDS: Final = 600
# What was shared is for this look: no proxy and no disk keeps it.
_UNKEPT: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}

_ANYONE: Final = [Depends(Requires(Role.ANYONE, owner=OwnerRule.NOBODY))]


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def _ticket(request: Request) -> str:
    return request.cookies.get(_TICKET_COOKIE, "")


@router.get("/s", dependencies=_ANYONE)
def share_form(request: Request) -> Response:
    """Ask for the link of a shared paper; its secret is in the fragment, which only the browser knows."""
    return page(request, "share_open.html", problem=None)


@router.post("/s", dependencies=_ANYONE)
def open_share(request: Request, token: Annotated[str, Form()], passcode: Annotated[str, Form()] = "") -> Response:
    """Count one look and show the paper with its verdict, its purpose and its end."""
    secret = token.strip().rpartition("#")[2]
    try:
        shown = acts.open_shared(_services(request), secret, passcode=passcode or None)
    except ShareError as exc:
        problem = problem_of(request, exc)
        return page(request, "share_open.html", status=problem.status, problem=problem)
    response = _show(request, shown, problem=None)
    response.set_cookie(
        _TICKET_COOKIE,
        shown.ticket,
        max_age=_TICKET_SECONDS,
        path="/s",
        httponly=True,
        samesite="strict",
        secure=request.app.state.services.settings.is_behind_tls,
    )
    return response


@router.get("/s/pages/{number}.png", dependencies=_ANYONE)
def shared_page(request: Request, number: int) -> Response:
    """Give a page image of the paper that this browser just opened, with its purpose drawn over it."""
    image = acts.shared_page(_services(request), _ticket(request), page_index=number - 1)
    return Response(image, media_type="image/png", headers=_UNKEPT)


@router.get("/s/paper.pdf", dependencies=_ANYONE)
def shared_file(request: Request) -> Response:
    """Give the signed file, byte for byte, where the holder allowed it."""
    services = _services(request)

    def give(room: Room) -> DocumentGiven:
        record, content = acts.shared_file(services, _ticket(request), room=room)
        return content, download_headers(name=f"{record.record_id}.pdf") | _UNKEPT

    return document_response(services.spool, give)


@router.get("/s/note", dependencies=_ANYONE)
def note(request: Request) -> Response:
    """Show the note of legal effect, to be printed and put into the file of whoever relied on the paper."""
    services, say = _services(request), say_of(request)
    shown = acts.look_again(services, _ticket(request))
    view = verdict_view(shown.answer, say)
    rows = (
        Fact(say("page.note.paper"), say.pick(shown.record.titles)),
        *_terms(shown.share, say),
        Fact(say("page.note.digest"), shown.answer.report.sha256_hex, is_code=True),
        Fact(say("page.note.basis"), acts.legal_basis(services)),
    )
    response = page(request, "share_note.html", address="/s", view=view, rows=rows)
    response.headers.update(_UNKEPT)
    return response


@router.post("/s/answer", dependencies=_ANYONE)
def answer(request: Request, decision: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = "") -> Response:
    """Tell the holder whether the paper serves."""
    services, ticket = _services(request), _ticket(request)
    try:
        acts.answer(services, ticket, _decision(decision), reason=reason.strip()[:1000])
    except (ShareAnswered, RequestInvalid) as exc:
        return _show(request, acts.look_again(services, ticket), problem=problem_of(request, exc))
    return see_other("/s/thanks")


@router.get("/s/thanks", dependencies=_ANYONE)
def thanks(request: Request) -> Response:
    """Say that the holder was told."""
    return page(request, "share_thanks.html", address="/s")


def _show(request: Request, shown: acts.SharedView, *, problem: Problem | None) -> Response:
    say = say_of(request)
    response = page(
        request,
        "share_result.html",
        address="/s",
        status=problem.status if problem else 200,
        problem=problem,
        view=verdict_view(shown.answer, say),
        title=say.pick(shown.record.titles),
        terms=_terms(shown.share, say),
        fields=tuple(_field(one, say) for one in shown.fields),
        may_download=shown.may_download,
        images=page_images(say, "/s/pages/{n}.png", count=shown.page_count),
    )
    response.headers.update(_UNKEPT)
    return response


def _field(one: acts.SharedField, say: Say) -> Fact:
    label = say.word("page.field", one.name)
    if one.is_verified:
        return Fact(label, one.value)
    return Fact(label, say("page.shared.unverified", value=one.value, percent=round(one.confidence)))


def _terms(share: Share, say: Say) -> tuple[Fact, ...]:
    return (
        Fact(say("page.share.purpose"), share.purpose),
        Fact(say("page.share.recipient"), share.recipient),
        Fact(say("page.share.until"), say.short(share.expires_at)),
        Fact(say("page.share.views"), say("page.share.views_of", used=share.views_used, total=share.max_views)),
    )


def _decision(text: str) -> ShareAnswer:
    try:
        return ShareAnswer(text)
    except ValueError as exc:
        raise RequestInvalid("choose accept or refuse", field="decision") from exc
