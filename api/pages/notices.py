"""The page of notices at both doors with a lock, with the form that says where else to be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import STAFF_ROLES, OwnerRule, Principal, Requires, Role
from api.acts import notices as acts
from api.delivery.words import words_of
from api.errors import RequestInvalid
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.views import Option, Say
from api.problems import Problem
from api.services import Services
from vault import VaultError
from vault.delivery import Contact, Notice

router = APIRouter(include_in_schema=False)
_PAGE_LENGTH: Final = 50
_LANGUAGES: Final = (("vi", "Tiếng Việt"), ("en", "English"), ("fr", "Français"))

Citizen = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF))]
Staff = Annotated[Principal, Depends(Requires(*sorted(STAFF_ROLES), owner=OwnerRule.SELF))]
# Whoever finds an open screen must not turn a person's notices away.
CitizenAnew = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF, step_up=True))]
StaffAnew = Annotated[Principal, Depends(Requires(*sorted(STAFF_ROLES), owner=OwnerRule.SELF, step_up=True))]


def _sent_contact(
    email: Annotated[str, Form()] = "",
    phone: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = "vi",
    by: Annotated[list[str] | None, Form()] = None,
) -> Contact:
    return Contact(email, phone, language, "email" in (by or ()), "sms" in (by or ()))


SentContact = Annotated[Contact, Depends(_sent_contact)]


@dataclass(frozen=True, slots=True)
class NoticeCard:
    """A notice as its receiver reads it."""

    when: str
    title: str
    what: str
    todo: str
    href: str


def notice_cards(notices: tuple[Notice, ...], say: Say, *, own_page: str) -> tuple[NoticeCard, ...]:
    """Say notices; one that leads to the page it stands on has no link."""
    cards = []
    for notice in notices:
        words = words_of(notice, say.messages, say.language)
        href = "" if words.path == own_page else words.path
        cards.append(
            NoticeCard(say.short(notice.at), say.tidy(words.title), say.tidy(words.what), say.tidy(words.todo), href)
        )
    return tuple(cards)


@router.get("/citizen/notices")
def citizen_notices(request: Request, principal: Citizen, before: str | None = None) -> Response:
    """Show a holder what happened to the papers, and what to do."""
    return _show(request, principal, "/citizen/notices", before=before)


@router.get("/staff/notices")
def staff_notices(request: Request, principal: Staff, before: str | None = None) -> Response:
    """Show a member of staff what the office should know."""
    return _show(request, principal, "/staff/notices", before=before)


@router.post("/citizen/contact")
def citizen_contact(
    request: Request,
    principal: CitizenAnew,
    version: Annotated[str, Form()],
    contact: SentContact,
) -> Response:
    """Keep where a holder wants to be told."""
    return _keep(request, principal, "/citizen/notices", contact, version=version)


@router.post("/staff/contact")
def staff_contact(
    request: Request,
    principal: StaffAnew,
    version: Annotated[str, Form()],
    contact: SentContact,
) -> Response:
    """Keep where a member of staff wants to be told."""
    return _keep(request, principal, "/staff/notices", contact, version=version)


def _keep(request: Request, principal: Principal, address: str, contact: Contact, *, version: str) -> Response:
    services: Services = request.app.state.services
    try:
        if not (version.isascii() and version.isdigit() and len(version) < 10):
            raise RequestInvalid("version is a whole number", field="version")
        acts.change_my_contact(services, principal, contact, expected_version=int(version))
    except (VaultError, RequestInvalid) as exc:
        return _show(request, principal, address, problem=problem_of(request, exc), filled=contact)
    return see_other(address)


def _show(
    request: Request,
    principal: Principal,
    address: str,
    *,
    before: str | None = None,
    problem: Problem | None = None,
    filled: Contact | None = None,
) -> Response:
    services: Services = request.app.state.services
    found = acts.notices(services, principal, before_notice_id=before, limit=_PAGE_LENGTH)
    stored = acts.my_contact(services, principal)
    return page(
        request,
        "notices.html",
        principal=principal,
        current=address,
        address=address,
        status=problem.status if problem else 200,
        problem=problem,
        rows=notice_cards(found, say_of(request), own_page=address),
        older=f"{address}?before={found[-1].notice_id}" if len(found) == _PAGE_LENGTH else "",
        contact=filled or (stored.contact if stored else Contact()),
        contact_version=stored.version if stored else 0,
        by_office=stored is not None and acts.is_by_office(stored) and Role.CITIZEN in principal.roles,
        contact_languages=tuple(Option(code, name) for code, name in _LANGUAGES),
    )
