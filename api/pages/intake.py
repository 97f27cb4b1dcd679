"""The page *New original*: scans are dropped, chosen, photographed or sent by a scanner, and one original is taken in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import staff as acts
from api.acts import uploads as sent
from api.acts.notices import offer_contact
from api.errors import RequestInvalid
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.staff_view import doc_type_options
from api.pages.views import Say
from api.problems import Problem
from api.routes.sent_scans import PageScan
from api.services import Services
from certify import CertifyError
from certify.pipeline import Upload
from ocr import OcrError
from vault import ResumableUpload, VaultError
from vault.delivery import Contact, tidy_contact

router = APIRouter(include_in_schema=False)
_HERE: Final = "/staff/new"
_BLANK: Final = {
    "holder_number": "",
    "holder_name": "",
    "holder_birth_date": "",
    "holder_email": "",
    "doc_type": "",
    "copies": "1",
}

Counter = Annotated[
    Principal, Depends(Requires(Role.COUNTER_CLERK, Role.CERTIFIER, Role.SEAL_KEEPER, owner=OwnerRule.AGENCY))
]
Clerk = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, owner=OwnerRule.AGENCY))]
Sender = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, owner=OwnerRule.SELF))]


@dataclass(frozen=True, slots=True)
class WaitingScan:
    """A file that was sent and belongs to no original yet: by this page, or by the scanner's folder."""

    upload_id: str
    name: str
    size: str
    percent: int
    is_finished: bool
    is_ticked: bool
    byte_count: int = 0
    modified: str = ""
    """When the file was changed last, as the browser says it: by it the same file is known again."""


NO_SCAN: Final = WaitingScan("", "", "", 0, is_finished=False, is_ticked=False)
"""What the page's script fills in for a file that is dropped."""


@router.get(_HERE)
def new_scan(request: Request, principal: Counter) -> Response:
    """Ask for a scan and whose it is."""
    return new_scan_page(request, principal, problem=None, filled={})


@router.post(_HERE)
def take_in(request: Request, principal: Clerk, scan: PageScan) -> Response:
    """Open a case for one original, in one file or several, and let its scan be read."""
    services: Services = request.app.state.services
    filled = {name: scan.text(name, default=default) for name, default in _BLANK.items()}
    try:
        # Judged before the case is opened: a mistyped address must not leave half an intake behind.
        email = filled["holder_email"]
        contact = tidy_contact(Contact(email, by_email=bool(email)), email_field="holder_email")
        with scan.opened(services, principal) as uploads:
            item = acts.take_in(services, principal, _intake(filled, chosen(uploads)))
        if contact.email:
            offer_contact(services, principal, item.item_id, contact)
    except (RequestInvalid, CertifyError, OcrError, VaultError) as exc:
        return new_scan_page(
            request, principal, problem=problem_of(request, exc), filled=filled, ticked=scan.upload_ids
        )
    return see_other(f"/staff/items/{item.item_id}")


@router.post(f"{_HERE}/scans/{{upload_id}}/end")
def throw_away(request: Request, principal: Sender, upload_id: str) -> Response:
    """Throw a scan away that waits and is not wanted."""
    sent.end(request.app.state.services, principal, upload_id)
    return see_other(_HERE)


def new_scan_page(
    request: Request,
    principal: Principal,
    *,
    problem: Problem | None,
    filled: dict[str, str],
    looked_up: str = "",
    ticked: Sequence[str] = (),
) -> Response:
    """The form for a scan, as it was filled in: by a person, or with what the population database says."""
    services, say = request.app.state.services, say_of(request)
    may_send = Role.COUNTER_CLERK in principal.roles
    return page(
        request,
        "staff_new.html",
        principal=principal,
        current=_HERE,
        status=problem.status if problem else 200,
        address=_HERE,
        problem=problem,
        filled=_BLANK | filled,
        doc_types=doc_type_options(services.law_now, say),
        can_look_up=services.outside.population is not None,
        looked_up=looked_up,
        blank=NO_SCAN,
        waiting=waiting_rows(sent.unfinished(services, principal), say, ticked=ticked) if may_send else (),
    )


def waiting_rows(uploads: Sequence[ResumableUpload], say: Say, *, ticked: Sequence[str]) -> tuple[WaitingScan, ...]:
    """The files that wait, oldest first, as the scanner sent them."""
    return tuple(
        WaitingScan(
            upload_id=one.upload_id,
            name=one.metadata.get("filename") or say("page.new.no_name"),
            size=say("page.new.size", kilobytes=max(1, round(one.byte_count / 1024))),
            percent=100 if one.is_finished else int(100 * one.received / one.byte_count),
            is_finished=one.is_finished,
            is_ticked=one.upload_id in ticked,
            byte_count=one.byte_count,
            modified=one.metadata.get("modified", ""),
        )
        for one in uploads
    )


def chosen(uploads: Sequence[Upload]) -> tuple[Upload, ...]:
    """The files of an original.

    Raises:
        RequestInvalid: none was chosen.
    """
    if not uploads:
        raise RequestInvalid("no file was chosen", field="scan")
    return tuple(uploads)


def _intake(filled: dict[str, str], uploads: Sequence[Upload]) -> acts.Intake:
    for name in ("holder_number", "doc_type"):
        if not filled[name].strip():
            raise RequestInvalid(f"{name} is missing", field=name)
    return acts.Intake(
        content=uploads[0].content,
        declared_type=uploads[0].declared_type,
        holder_number="".join(filled["holder_number"].split()),
        doc_type=filled["doc_type"],
        copies=_copies(filled["copies"]),
        holder_name=" ".join(filled["holder_name"].split()) or None,
        holder_birth_date=_birth_date(filled["holder_birth_date"]),
        further=tuple(uploads[1:]),
    )


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
