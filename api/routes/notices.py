"""Notices, and where one wants to be told besides."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.acts import notices as acts
from api.delivery.words import shown_refs, words_of
from api.messages import LANGUAGES
from api.routes.cursors import Page
from api.routes.depends import (
    Clerk,
    IfMatch,
    Office,
    SignedIn,
    SignedInAnew,
    Ulid,
    check_if_match,
    etag,
    reply,
)
from api.schemas.notices import ContactAsked, ContactTold, NoticeList, NoticeTold
from api.schemas.wire import Sentence
from api.services import Services
from vault.delivery import Contact, Notice, StoredContact

router = APIRouter(prefix="/v1", tags=["notices"])


@router.get("/notices", response_model=NoticeList)
def list_notices(caller: SignedIn, services: Office, paging: Page) -> Response:
    """List what the caller was told, newest first: a citizen's papers, or what an office should know."""
    shown, more = paging.page(
        "notices",
        caller.agency_code,
        caller.subject_id,
        read=lambda before, limit: acts.notices(services, caller, before_notice_id=before, limit=limit),
        id_of=lambda notice: notice.notice_id,
    )
    return reply(NoticeList(items=[_notice_told(services, one) for one in shown], next_cursor=more))


@router.get("/contact", response_model=ContactTold)
def get_contact(caller: SignedIn, services: Office) -> Response:
    """Give where the caller wants to be told; nothing entered yet is an empty contact."""
    return _contact_told(acts.my_contact(services, caller))


@router.put("/contact", response_model=ContactTold)
def set_contact(caller: SignedInAnew, services: Office, asked: ContactAsked, if_match: IfMatch = None) -> Response:
    """Say where the caller wants to be told, from the next notice on."""
    known = acts.my_contact(services, caller)
    version = known.version if known else 0
    check_if_match(if_match, version)
    return _contact_told(acts.change_my_contact(services, caller, _contact(asked), expected_version=version))


@router.put("/drafts/{item_id}/contact", status_code=204)
def enter_contact(caller: Clerk, services: Office, item_id: Ulid, asked: ContactAsked) -> Response:
    """Keep the address that a holder gives at the counter; one that the holder set alone is not replaced."""
    acts.enter_contact(services, caller, item_id, _contact(asked))
    return Response(status_code=204)


def _contact(asked: ContactAsked) -> Contact:
    return Contact(asked.email, asked.phone, asked.language, asked.by_email, asked.by_sms)


def _contact_told(stored: StoredContact | None) -> Response:
    contact = stored.contact if stored else Contact()
    told = ContactTold(
        email=contact.email,
        phone=contact.phone,
        language=contact.language,
        by_email=contact.by_email,
        by_sms=contact.by_sms,
        entered_by_office=stored is not None and acts.is_by_office(stored),
    )
    return reply(told, headers={"ETag": etag(stored.version if stored else 0)})


def _notice_told(services: Services, notice: Notice) -> NoticeTold:
    words = {language: words_of(notice, services.messages, language) for language in LANGUAGES}
    return NoticeTold(
        notice_id=notice.notice_id,
        at=notice.at,
        kind=notice.kind,
        refs=shown_refs(notice),
        title=Sentence(**{language: one.title for language, one in words.items()}),
        what=Sentence(**{language: one.what for language, one in words.items()}),
        todo=Sentence(**{language: one.todo for language, one in words.items()}),
        path=words["vi"].path,
    )
