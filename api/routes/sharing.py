"""Links to one paper, and consents: what the holder lets others see, and how it is taken back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from api.acts import citizen as acts
from api.acts import verifier
from api.routes.depends import (
    Anyone,
    Citizen,
    Cursor,
    IdempotencyKeyHeader,
    Limit,
    Office,
    PageNumber,
    Ulid,
    page_of,
    reply,
)
from api.routes.repeats import do_once
from api.routes.vaults_told import consent_told, share_fields, share_told
from api.schemas.public import SharedTold, ShareOpenAsked, VerificationTold
from api.schemas.vaults import ConsentList, ConsentTold, NewShareTold, ShareAsked, ShareList
from api.schemas.wire import Sentence

router = APIRouter(prefix="/v1", tags=["sharing"])
Ticket = Annotated[
    str, Header(alias="X-Share-Ticket", max_length=512, description="`ticket` of `POST /v1/shares/open`.")
]


@router.post("/shares", status_code=201, response_model=NewShareTold)
def make_share(
    request: Request, caller: Citizen, services: Office, asked: ShareAsked, _key: IdempotencyKeyHeader = None
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
        )
        made = acts.share(services, caller, form)
        return reply(NewShareTold(**share_fields(made.share), link=made.link), status=201)

    without_passcode = asked.model_dump_json(exclude={"passcode"}).encode()
    return do_once(request, services, caller, asked=without_passcode, act=act)


@router.get("/shares", response_model=ShareList)
def list_shares(caller: Citizen, services: Office, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """List the holder's links, newest first; their secrets are not kept."""
    shown, more = page_of(acts.shares(services, caller), id_of=lambda share: share.share_id, cursor=cursor, limit=limit)
    return reply(ShareList(items=[share_told(share) for share in shown], next_cursor=more))


@router.delete("/shares/{share_id}", status_code=204)
def close_share(caller: Citizen, services: Office, share_id: Ulid) -> Response:
    """Take a link back; the next look is refused."""
    acts.close_share(services, caller, share_id)
    return Response(status_code=204)


@router.post("/shares/open", response_model=SharedTold)
def open_share(_caller: Anyone, services: Office, asked: ShareOpenAsked) -> Response:
    """Count one look at a shared paper; gives the verdict on it and a ticket for its page images."""
    passcode = asked.passcode.get_secret_value() if asked.passcode else None
    shown = verifier.open_shared(services, asked.token.get_secret_value(), passcode=passcode)
    titles, share = shown.record.titles, shown.share
    known = shown.answer.status
    told = SharedTold(
        title=Sentence(vi=titles.vi, en=titles.en, fr=titles.fr),
        purpose=share.purpose,
        recipient=share.recipient,
        expires_at=share.expires_at,
        views_used=share.views_used,
        max_views=share.max_views,
        pages=known.page_count if known and known.page_count else 1,
        answer=VerificationTold.model_validate(shown.answer.to_dict(services.messages)),
        ticket=shown.ticket,
    )
    return reply(told)


@router.get("/shares/pages/{number}", response_class=Response, responses={200: {"content": {"image/png": {}}}})
def shared_page(_caller: Anyone, services: Office, number: PageNumber, ticket: Ticket) -> Response:
    """Give a page image of the paper that was just opened; a link taken back meanwhile shows nothing more."""
    return Response(verifier.shared_page(services, ticket, page_index=number - 1), media_type="image/png")


@router.get("/consents", response_model=ConsentList)
def list_consents(caller: Citizen, services: Office, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """List what the holder agreed to, newest first."""
    shown, more = page_of(
        acts.consents(services, caller), id_of=lambda consent: consent.consent_id, cursor=cursor, limit=limit
    )
    return reply(ConsentList(items=[consent_told(consent) for consent in shown], next_cursor=more))


@router.delete("/consents/{consent_id}", response_model=ConsentTold)
def withdraw_consent(caller: Citizen, services: Office, consent_id: Ulid) -> Response:
    """Withdraw a consent: later fetches are refused; what was fetched before stays fetched."""
    return reply(consent_told(acts.take_back_consent(services, caller, consent_id)))
