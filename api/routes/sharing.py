"""Links to one paper, and consents: what the holder lets others see, and how it is taken back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from api.acts import citizen as acts
from api.acts import shared
from api.documents import DocumentGiven, digest_headers, document_response
from api.routes.cursors import Page
from api.routes.depends import (
    Anyone,
    IdempotencyKeyHeader,
    Office,
    PageNumber,
    Sharer,
    Ulid,
    VaultReader,
    Withdrawer,
    reply,
)
from api.routes.repeats import do_once
from api.routes.vaults_told import consent_told, share_fields, share_told
from api.schemas.public import ShareAnswerAsked, SharedFieldTold, SharedTold, ShareOpenAsked, VerificationTold
from api.schemas.vaults import ConsentList, ConsentTold, NewShareTold, ShareAsked, ShareList
from api.schemas.wire import Sentence
from guard import Room
from vault import ShareAnswer

router = APIRouter(prefix="/v1", tags=["sharing"])
Ticket = Annotated[
    str, Header(alias="X-Share-Ticket", max_length=512, description="`ticket` of `POST /v1/shares/open`.")
]


@router.post("/shares", status_code=201, response_model=NewShareTold)
def make_share(
    request: Request, caller: Sharer, services: Office, asked: ShareAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """Make a link to one paper, for a purpose, a recipient, a term and a number of looks; its secret is told once."""

    def act() -> Response:
        form = acts.ShareForm(
            record_id=asked.record_id,
            purpose=asked.purpose,
            recipient=asked.recipient,
            days=asked.days,
            max_views=asked.max_views,
            passcode=asked.passcode.get_secret_value() if asked.passcode else None,
            download=asked.download,
            recipient_agency=asked.recipient_agency,
        )
        made = acts.share(services, caller, form)
        return reply(NewShareTold(**share_fields(made.share), link=made.link), status=201)

    without_passcode = asked.model_dump_json(exclude={"passcode"}).encode()
    return do_once(request, services, caller, asked=without_passcode, act=act)


@router.get("/shares", response_model=ShareList)
def list_shares(caller: VaultReader, services: Office, paging: Page) -> Response:
    """List the holder's links, newest first; their secrets are not kept."""
    shown, more = paging.page(
        "shares",
        caller.holder_id,
        read=lambda before, limit: acts.shares(services, caller, before_share_id=before, limit=limit),
        id_of=lambda share: share.share_id,
    )
    answers = acts.share_answers(services, caller)
    return reply(ShareList(items=[share_told(one, answers.get(one.share_id)) for one in shown], next_cursor=more))


@router.delete("/shares/{share_id}", status_code=204)
def close_share(caller: Withdrawer, services: Office, share_id: Ulid) -> Response:
    """Take a link back; the next look is refused."""
    acts.close_share(services, caller, share_id)
    return Response(status_code=204)


@router.post("/shares/open", response_model=SharedTold)
def open_share(_caller: Anyone, services: Office, asked: ShareOpenAsked) -> Response:
    """Count one look at a shared paper; gives the verdict on it and a ticket for its page images."""
    passcode = asked.passcode.get_secret_value() if asked.passcode else None
    shown = shared.open_shared(services, asked.token.get_secret_value(), passcode=passcode)
    titles, share = shown.record.titles, shown.share
    told = SharedTold(
        title=Sentence(vi=titles.vi, en=titles.en, fr=titles.fr),
        purpose=share.purpose,
        recipient=share.recipient,
        expires_at=share.expires_at,
        views_used=share.views_used,
        max_views=share.max_views,
        pages=shown.page_count,
        answer=VerificationTold.model_validate(shown.answer.to_dict(services.messages)),
        fields=[
            SharedFieldTold(name=one.name, value=one.value, confidence=one.confidence, verified=one.is_verified)
            for one in shown.fields
        ],
        may_download=shown.may_download,
        legal_basis=shared.legal_basis(services),
        ticket=shown.ticket,
    )
    return reply(told)


@router.get("/shares/pages/{number}", response_class=Response, responses={200: {"content": {"image/png": {}}}})
def shared_page(_caller: Anyone, services: Office, number: PageNumber, ticket: Ticket) -> Response:
    """Give a page image with purpose and recipient drawn over it; a link taken back meanwhile shows nothing more."""
    return Response(shared.shared_page(services, ticket, page_index=number - 1), media_type="image/png")


@router.get("/shares/file", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
def shared_file(_caller: Anyone, services: Office, ticket: Ticket) -> Response:
    """Give the signed file of the paper that was just opened, byte for byte, where the holder allowed it."""

    def give(room: Room) -> DocumentGiven:
        record, content = shared.shared_file(services, ticket, room=room)
        return content, digest_headers(content, name=f"{record.record_id}.pdf")

    return document_response(services.spool, give)


@router.post("/shares/answer", status_code=204)
def answer_share(_caller: Anyone, services: Office, asked: ShareAnswerAsked, ticket: Ticket) -> Response:
    """Tell the holder that the paper serves, or why it does not; once for each link, and it counts for the agency."""
    shared.answer(services, ticket, ShareAnswer(asked.answer), reason=asked.reason)
    return Response(status_code=204)


@router.get("/consents", response_model=ConsentList)
def list_consents(caller: VaultReader, services: Office, paging: Page) -> Response:
    """List what the holder agreed to, newest first."""
    shown, more = paging.page(
        "consents",
        caller.holder_id,
        read=lambda before, limit: acts.consents(services, caller, before_consent_id=before, limit=limit),
        id_of=lambda consent: consent.consent_id,
    )
    return reply(ConsentList(items=[consent_told(consent) for consent in shown], next_cursor=more))


@router.get(
    "/consents/{consent_id}/receipt", response_class=Response, responses={200: {"content": {"application/jose": {}}}}
)
def consent_receipt(caller: VaultReader, services: Office, consent_id: Ulid) -> Response:
    """Give the signed receipt of a consent (JWS, Ed25519): what was agreed to, to be kept wherever the holder likes."""
    return Response(acts.consent_receipt(services, caller, consent_id), media_type="application/jose")


@router.delete("/consents/{consent_id}", response_model=ConsentTold)
def withdraw_consent(caller: Withdrawer, services: Office, consent_id: Ulid) -> Response:
    """Withdraw a consent: later fetches are refused; what was fetched before stays fetched."""
    return reply(consent_told(acts.take_back_consent(services, caller, consent_id)))
