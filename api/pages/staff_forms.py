"""The staff door, acting: take a scan in, compare and prepare, approve with the PIN, refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import staff as acts
from api.acts.counter_papers import refuse as refuse_and_tell
from api.acts.inspection import compare_and_prepare, note_comparison
from api.acts.issued import store_as_issued
from api.acts.notices import offer_contact
from api.errors import RequestInvalid, TooManyRequests
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.staff import new_scan_page, refuse_page, show_item
from api.routes.uploads import MOST_SCANS, SentForm, payload_of, read_files
from api.services import Services
from certify import CertifyError, ItemNotFound
from certify.counter import Inspection, Issuer
from certify.pipeline import OutcomeKind, Upload
from keys import KeysError, Pin
from ocr import OcrError
from vault import VaultError
from vault.delivery import Contact, tidy_contact

router = APIRouter(include_in_schema=False)
_CERTIFY_TIMEOUT_SECONDS: Final = 25.0

Clerk = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, owner=OwnerRule.AGENCY))]
Certifier = Annotated[Principal, Depends(Requires(Role.CERTIFIER, owner=OwnerRule.AGENCY))]
Either = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, Role.CERTIFIER, owner=OwnerRule.AGENCY))]


async def _scan_form(request: Request) -> AsyncIterator[SentForm]:
    # The framework would read a declared form before it asks who sends it.
    async for form in read_files(request, max_files=MOST_SCANS):
        yield form


ScanForm = Annotated[SentForm, Depends(_scan_form)]


@dataclass(frozen=True, slots=True)
class _Stated:
    """What the officer stated at the paper."""

    inspection: Inspection
    relation: str | None


def _stated(
    compared: Annotated[int, Form()] = 0,
    line: Annotated[list[str] | None, Form()] = None,
    issuer: Annotated[str, Form()] = "",
    evidence: Annotated[str, Form()] = "",
    dismissed: Annotated[list[str] | None, Form()] = None,
    relation: Annotated[str, Form()] = "",
) -> _Stated:
    if issuer not in Issuer.__members__:
        raise RequestInvalid("say whose paper it is", field="issuer")
    stated = Inspection(
        pages_compared=compared,
        issuer=Issuer(issuer),
        checklist=tuple(line or ()),
        evidence=evidence or None,
        dismissed=tuple(dismissed or ()),
    )
    return _Stated(stated, relation or None)


@router.post("/staff/new")
def take_in(request: Request, principal: Clerk, form: ScanForm) -> Response:
    """Open a case for one original, in one file or several, and let its scan be read."""
    services: Services = request.app.state.services
    blank = {"copies": "1", "holder_name": "", "holder_birth_date": "", "holder_email": ""}
    filled = {name: form.text(name, default=blank.get(name)) for name in ("holder_number", "doc_type", *blank)}
    try:
        # Judged before the case is opened: a mistyped address must not leave half an intake behind.
        email = filled["holder_email"]
        contact = tidy_contact(Contact(email, by_email=bool(email)), email_field="holder_email")
        first, *further = _uploads(form)
        intake = acts.Intake(
            content=first.content,
            declared_type=first.declared_type,
            holder_number="".join(filled["holder_number"].split()),
            doc_type=filled["doc_type"],
            copies=_copies(filled["copies"]),
            holder_name=" ".join(filled["holder_name"].split()) or None,
            holder_birth_date=_birth_date(filled["holder_birth_date"]),
            further=tuple(further),
        )
        item = acts.take_in(services, principal, intake)
        if contact.email:
            offer_contact(services, principal, item.item_id, contact)
    except (RequestInvalid, CertifyError, VaultError) as exc:
        return new_scan_page(request, principal, problem=problem_of(request, exc), filled=filled)
    return see_other(f"/staff/items/{item.item_id}")


@router.post("/staff/items/{item_id}/scan")
def scan_again(request: Request, principal: Clerk, item_id: str, form: ScanForm) -> Response:
    """Give a better scan of the same original, in one file or several."""
    services: Services = request.app.state.services
    try:
        acts.scan_again(services, principal, item_id, uploads=_uploads(form))
    except ItemNotFound:
        raise
    except (RequestInvalid, CertifyError, VaultError) as exc:
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
        if then == "batch":
            note_comparison(
                services,
                principal,
                item_id,
                pages_compared=given.inspection.pages_compared,
                given=given.inspection,
                relation=given.relation,
            )
            return see_other("/staff/batches")
        outcome = compare_and_prepare(
            services,
            principal,
            item_id,
            pages_compared=given.inspection.pages_compared,
            given=given.inspection,
            relation=given.relation,
        )
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


def _after(item_id: str, kind: OutcomeKind) -> Response:
    told = "" if kind in {OutcomeKind.DONE, OutcomeKind.NEXT} else f"?outcome={kind.value}"
    return see_other(f"/staff/items/{item_id}{told}")


def _uploads(form: SentForm) -> list[Upload]:
    uploads = [Upload(payload_of(file), file.content_type) for file in (form.file, *form.further)]
    if not all(len(upload.content) for upload in uploads):
        raise RequestInvalid("no file was chosen, or one is empty", field="scan")
    return uploads


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
