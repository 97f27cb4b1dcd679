"""The staff door, acting: take a scan in, compare and prepare, approve with the PIN, refuse."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import staff as acts
from api.acts.issued import store_as_issued
from api.errors import RequestInvalid, TooManyRequests
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.staff import new_scan_page, refuse_page, show_item
from api.services import Services
from certify import CertifyError, ItemNotFound
from certify.pipeline import OutcomeKind, Upload
from keys import KeysError, Pin
from ocr import OcrError
from vault import VaultError

router = APIRouter(include_in_schema=False)
_CERTIFY_TIMEOUT_SECONDS: Final = 25.0

Clerk = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, owner=OwnerRule.AGENCY))]
Certifier = Annotated[Principal, Depends(Requires(Role.CERTIFIER, owner=OwnerRule.AGENCY))]
Either = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, Role.CERTIFIER, owner=OwnerRule.AGENCY))]


@router.post("/staff/new")
def take_in(
    request: Request,
    principal: Clerk,
    scan: Annotated[UploadFile, File()],
    holder_number: Annotated[str, Form()],
    doc_type: Annotated[str, Form()],
    copies: Annotated[str, Form()] = "1",
    holder_name: Annotated[str, Form()] = "",
    holder_birth_date: Annotated[str, Form()] = "",
) -> Response:
    """Open a case for one original and let its scan be read."""
    services: Services = request.app.state.services
    filled = {
        "holder_number": holder_number,
        "doc_type": doc_type,
        "copies": copies,
        "holder_name": holder_name,
        "holder_birth_date": holder_birth_date,
    }
    try:
        intake = acts.Intake(
            content=_content(scan),
            declared_type=scan.content_type,
            holder_number="".join(holder_number.split()),
            doc_type=doc_type,
            copies=_copies(copies),
            holder_name=" ".join(holder_name.split()) or None,
            holder_birth_date=_birth_date(holder_birth_date),
        )
        item = acts.take_in(services, principal, intake)
    except (RequestInvalid, CertifyError, VaultError) as exc:
        return new_scan_page(request, principal, problem=problem_of(request, exc), filled=filled)
    return see_other(f"/staff/items/{item.item_id}")


@router.post("/staff/items/{item_id}/scan")
def scan_again(request: Request, principal: Clerk, item_id: str, scan: Annotated[UploadFile, File()]) -> Response:
    """Give a better scan of the same original."""
    services: Services = request.app.state.services
    try:
        upload = Upload(_content(scan), scan.content_type)
        acts.scan_again(services, principal, item_id, uploads=(upload,))
    except ItemNotFound:
        raise
    except (RequestInvalid, CertifyError, VaultError) as exc:
        return show_item(request, principal, item_id, problem=problem_of(request, exc))
    return see_other(f"/staff/items/{item_id}")


@router.post("/staff/items/{item_id}/prepare")
def prepare(
    request: Request, principal: Certifier, item_id: str, compared: Annotated[list[int] | None, Form()] = None
) -> Response:
    """Note that every page was compared with the paper, take a number and fix the bytes."""
    services: Services = request.app.state.services
    try:
        outcome = acts.compare_and_prepare(services, principal, item_id, pages_compared=len(set(compared or ())))
    except ItemNotFound:
        raise
    except (CertifyError, OcrError, VaultError) as exc:
        return show_item(request, principal, item_id, problem=problem_of(request, exc))
    return _after(item_id, outcome.kind)


@router.post("/staff/items/{item_id}/approve")
def approve(
    request: Request,
    principal: Certifier,
    item_id: str,
    sha256_hex: Annotated[str, Form()],
    pin: Annotated[str, Form()],
    checklist: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Open the officer's key for exactly these bytes, approve them, and wait until the copy is certified."""
    services: Services = request.app.state.services
    try:
        form = acts.ApprovalForm(sha256_hex=sha256_hex, checklist=tuple(checklist or ()), pin=Pin(pin))
        approval = acts.approve_copy(services, principal, item_id, form=form)
        outcome = services.pipeline.wait_certified(approval, timeout_seconds=_CERTIFY_TIMEOUT_SECONDS)
    except ItemNotFound:
        raise
    except (CertifyError, KeysError, VaultError, TooManyRequests) as exc:
        return show_item(request, principal, item_id, problem=problem_of(request, exc))
    return _after(item_id, outcome.kind)


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
        refusal = acts.refuse(services, principal, item_id, code=code, free_text=free_text)
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
    )


def _after(item_id: str, kind: OutcomeKind) -> Response:
    told = "" if kind in {OutcomeKind.DONE, OutcomeKind.NEXT} else f"?outcome={kind.value}"
    return see_other(f"/staff/items/{item_id}{told}")


def _content(upload: UploadFile) -> bytes:
    content = upload.file.read()
    if not content:
        raise RequestInvalid("no file was chosen, or it is empty", field="scan")
    return content


def _copies(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 100):
        raise RequestInvalid("from 1 to 100 copies can be made at once", field="copies")
    return int(text)


def _birth_date(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise RequestInvalid("the birth date is no date", field="holder_birth_date") from exc
