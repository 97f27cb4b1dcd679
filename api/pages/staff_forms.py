"""The staff door, acting: scan again, compare and prepare, give a number up, refuse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import staff as acts
from api.acts.counter_papers import refuse as refuse_and_tell
from api.acts.inspection import compare_and_prepare, note_comparison
from api.acts.issued import store_as_issued
from api.acts.own_items import own_item
from api.errors import RequestInvalid
from api.pages.intake import chosen
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.staff import refuse_page, show_item
from api.routes.sent_scans import PageScan
from api.services import Services
from certify import CertifyError, ItemNotFound
from certify.counter import Inspection, Issuer
from certify.pipeline import OutcomeKind
from ocr import OcrError
from vault import VaultError

router = APIRouter(include_in_schema=False)
DONE: Final = frozenset({OutcomeKind.DONE, OutcomeKind.NEXT})

Clerk = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, owner=OwnerRule.AGENCY))]
Certifier = Annotated[Principal, Depends(Requires(Role.CERTIFIER, owner=OwnerRule.AGENCY))]
Either = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, Role.CERTIFIER, owner=OwnerRule.AGENCY))]


@dataclass(frozen=True, slots=True)
class _Stated:
    """What the officer stated at the paper, as the form has it."""

    compared: int
    lines: tuple[str, ...]
    issuer: str
    evidence: str
    dismissed: tuple[str, ...]
    relation: str

    def inspection(self) -> Inspection:
        """What it means.

        Raises:
            RequestInvalid: nobody said whose paper it is.
        """
        if self.issuer not in Issuer.__members__:
            raise RequestInvalid("say whose paper it is", field="issuer")
        return Inspection(
            pages_compared=self.compared,
            issuer=Issuer(self.issuer),
            checklist=self.lines,
            evidence=self.evidence or None,
            dismissed=self.dismissed,
        )


def _stated(
    compared: Annotated[int, Form()] = 0,
    line: Annotated[list[str] | None, Form()] = None,
    issuer: Annotated[str, Form()] = "",
    evidence: Annotated[str, Form()] = "",
    dismissed: Annotated[list[str] | None, Form()] = None,
    relation: Annotated[str, Form()] = "",
) -> _Stated:
    return _Stated(compared, tuple(line or ()), issuer, evidence, tuple(dismissed or ()), relation)


@router.post("/staff/items/{item_id}/scan")
def scan_again(request: Request, principal: Clerk, item_id: str, scan: PageScan) -> Response:
    """Give a better scan of the same original, in one file or several."""
    services: Services = request.app.state.services
    try:
        own_item(services, principal, item_id)
        with scan.opened(services, principal) as uploads:
            acts.scan_again(services, principal, item_id, uploads=chosen(uploads))
    except ItemNotFound:
        raise
    except (RequestInvalid, CertifyError, OcrError, VaultError) as exc:
        return show_item(request, principal, item_id, problem=problem_of(request, exc))
    return see_other(f"/staff/items/{item_id}")


@router.post("/staff/items/{item_id}/prepare")
def prepare(
    request: Request,
    principal: Certifier,
    item_id: str,
    given: Annotated[_Stated, Depends(_stated)],
    then: Annotated[str, Form()] = "",
) -> Response:
    """Note that every page was compared with the paper; take a number and fix the bytes now, or later in a batch."""
    services: Services = request.app.state.services
    try:
        own_item(services, principal, item_id)
        stated, relation = given.inspection(), given.relation or None
        if then == "batch":
            note_comparison(
                services, principal, item_id, pages_compared=given.compared, given=stated, relation=relation
            )
            return see_other("/staff/batches")
        outcome = compare_and_prepare(
            services, principal, item_id, pages_compared=given.compared, given=stated, relation=relation
        )
    except ItemNotFound:
        raise
    except (RequestInvalid, CertifyError, OcrError, VaultError) as exc:
        return show_item(request, principal, item_id, problem=problem_of(request, exc))
    return to_item(item_id, outcome.kind)


@router.post("/staff/items/{item_id}/cancel")
def cancel(request: Request, principal: Certifier, item_id: str) -> Response:
    """Give the reserved number up before it is signed; it stays in the book as void."""
    services: Services = request.app.state.services
    try:
        acts.cancel_number(services, principal, item_id)
    except ItemNotFound:
        raise
    except CertifyError as exc:
        return show_item(request, principal, item_id, problem=problem_of(request, exc))
    return see_other(f"/staff/items/{item_id}")


@router.post("/staff/items/{item_id}/issued")
def issued(request: Request, principal: Clerk, item_id: str) -> Response:
    """Store a file that another office signed in the holder's vault, byte for byte."""
    services: Services = request.app.state.services
    try:
        store_as_issued(services, principal, item_id)
    except ItemNotFound:
        raise
    except (CertifyError, VaultError) as exc:
        return show_item(request, principal, item_id, problem=problem_of(request, exc))
    return see_other(f"/staff/items/{item_id}")


@router.post("/staff/items/{item_id}/refuse")
def refuse(
    request: Request,
    principal: Either,
    item_id: str,
    code: Annotated[str, Form()] = "",
    free_text: Annotated[str, Form()] = "",
) -> Response:
    """Refuse with a reason of the closed list; the notice is shown once, to be printed for the citizen."""
    services: Services = request.app.state.services
    try:
        refusal = refuse_and_tell(services, principal, item_id, code=code, free_text=free_text)
    except ItemNotFound:
        raise
    except CertifyError as exc:
        return refuse_page(request, principal, item_id, problem=problem_of(request, exc))
    notices = dict(refusal.notices)
    say = say_of(request)
    return page(
        request,
        "staff_refused.html",
        principal=principal,
        address="/staff",
        notice=notices[say.language],
        others=[(language, text) for language, text in notices.items() if language != say.language],
        code=refusal.code,
        item_id=item_id,
    )


def to_item(item_id: str, kind: OutcomeKind) -> Response:
    """Lead to the item's page, which tells an outcome that is not the one that was wished for."""
    told = "" if kind in DONE else f"?outcome={kind.value}"
    return see_other(f"/staff/items/{item_id}{told}")
