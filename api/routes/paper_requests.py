"""An agency asks, the holder decides: by notice, by a code either way at the counter, with a helper; or a law's duty."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import paper_requests as acts
from api.acts.citizen import FilingForm
from api.documents import DocumentGiven, digest_headers, document_response
from api.identity import Scope
from api.routes.depends import IdempotencyKeyHeader, Office, Sharer, Ulid, VaultReader, Withdrawer, etag, reply
from api.routes.procedures import told_by
from api.routes.procedures_told import match_told
from api.routes.repeats import do_once
from api.routes.vaults_told import submission_told
from api.schemas.paper_requests import (
    AssistanceAsked,
    CodeTaken,
    CounterCodeAsked,
    DutyAccessAsked,
    DutyAccessTold,
    PapersAsked,
    PhoneCodeTaken,
    RequestApproval,
    RequestCardTold,
    RequestList,
    RequestRefusal,
    RequestTold,
    ShownCodeTold,
)
from api.schemas.vaults import SubmissionTold
from dossiers import DutyAsked, PaperRequest
from guard import Room

router = APIRouter(prefix="/v1", tags=["requests for papers"])
_COUNTER = (Role.COUNTER_CLERK, Role.CERTIFIER)
Asker = Annotated[Principal, Depends(Requires(*_COUNTER, owner=OwnerRule.AGENCY, scope=Scope.DOSSIERS_WRITE))]
AskReader = Annotated[Principal, Depends(Requires(*_COUNTER, owner=OwnerRule.AGENCY, scope=Scope.DOSSIERS_READ))]
# What is bound to a screen is bound to a session: no token shows a code or takes one.
AtCounter = Annotated[Principal, Depends(Requires(*_COUNTER, owner=OwnerRule.AGENCY))]
Helper = Annotated[Principal, Depends(Requires(Role.HELPER, owner=OwnerRule.AGENCY))]
ByDuty = Annotated[Principal, Depends(Requires(Role.CERTIFIER, owner=OwnerRule.AGENCY, step_up=True))]
OfDuty = Annotated[Principal, Depends(Requires(Role.CERTIFIER, owner=OwnerRule.RECIPIENT))]
Holder = Annotated[Principal, Depends(Requires(Role.CITIZEN, owner=OwnerRule.SELF))]


@router.post("/requests", status_code=201, response_model=RequestTold)
def ask_holder(
    request: Request, caller: Asker, services: Office, asked: PapersAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """Ask the holder of a number for the papers of a procedure; the holder is told and has seven days."""

    def act() -> Response:
        made = acts.ask(services, caller, asked.holder_number, asked.procedure_id)
        return reply(request_told(made), status=201, headers={"Location": f"/v1/requests/{made.request_id}"})

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.get("/requests", response_model=RequestList)
def list_requests(caller: AskReader, services: Office) -> Response:
    """List the hundred newest requests of the agency."""
    return reply(RequestList(items=[request_told(one) for one in acts.asked_by_us(services, caller)]))


@router.post("/requests/assisted", status_code=201, response_model=RequestTold)
def begin_assisted(
    request: Request, caller: AtCounter, services: Office, asked: PapersAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """Begin, for a person without a phone, what a helper then confirms; nothing is opened by the clerk alone."""

    def act() -> Response:
        return reply(
            request_told(acts.begin_assisted(services, caller, asked.holder_number, asked.procedure_id)), status=201
        )

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.get("/requests/{request_id}", response_model=RequestTold)
def get_request(caller: AskReader, services: Office, request_id: Ulid) -> Response:
    """Give one request of the agency; the two words of a code only to the session that has it on its screen."""
    return reply(request_told(acts.one_of_ours(services, caller, request_id), caller))


@router.post("/requests/{request_id}/assistance", response_model=SubmissionTold)
def assist(caller: Helper, services: Office, request_id: Ulid, asked: AssistanceAsked) -> Response:
    """Confirm as a helper, in a session of one's own, that the person agreed; this procedure's papers are sent."""
    form = acts.AssistanceForm(asked.counter, asked.language, asked.slip_sha256)
    return reply(submission_told(acts.assist(services, caller, request_id, form), with_package=False))


@router.post("/counter-codes", status_code=201, response_model=ShownCodeTold)
def show_counter_code(caller: AtCounter, services: Office, asked: CounterCodeAsked) -> Response:
    """Make a code that the counter shows as a QR: for two minutes, once, for this session and one dossier."""
    shown = acts.show_counter_code(services, caller, asked.procedure_id)
    return reply(ShownCodeTold(request=request_told(shown.request, caller), link=shown.link), status=201)


@router.post("/counter-codes/take", response_model=RequestCardTold)
def take_counter_code(caller: Holder, services: Office, asked: CodeTaken) -> Response:
    """Take the code of the counter with the own phone; it works once, and nothing is sent by it."""
    return reply(card_told(acts.take_counter_code(services, caller, asked.token.get_secret_value())))


@router.post("/phone-codes", status_code=201, response_model=ShownCodeTold)
def show_phone_code(caller: Holder, services: Office) -> Response:
    """Make a code that the own phone shows as a QR, for the counter to take: for two minutes, once."""
    shown = acts.show_phone_code(services, caller)
    return reply(ShownCodeTold(request=request_told(shown.request), link=shown.link), status=201)


@router.post("/phone-codes/take", response_model=RequestTold)
def take_phone_code(caller: AtCounter, services: Office, asked: PhoneCodeTaken) -> Response:
    """Take the code that a phone shows; the holder then decides there, with the two words of this screen."""
    taken = acts.take_phone_code(services, caller, asked.token.get_secret_value(), asked.procedure_id)
    return reply(request_told(taken, caller))


@router.get("/own-requests", response_model=RequestList)
def list_own_requests(caller: VaultReader, services: Office) -> Response:
    """List what agencies asked of the holder, newest first."""
    return reply(RequestList(items=[request_told(one) for one in acts.asked_of_me(services, caller)]))


@router.get("/own-requests/{request_id}", response_model=RequestCardTold)
def get_own_request(caller: VaultReader, services: Office, request_id: Ulid) -> Response:
    """Give one request with what the vault has for it."""
    return reply(card_told(acts.card(services, caller, request_id)))


@router.post("/own-requests/{request_id}/approval", status_code=201, response_model=SubmissionTold)
def approve_request(
    request: Request,
    caller: Sharer,
    services: Office,
    request_id: Ulid,
    asked: RequestApproval,
    _key: IdempotencyKeyHeader = None,
) -> Response:
    """Approve: the dossier is filed from what was chosen; wrong words close the request for good."""

    def act() -> Response:
        form = FilingForm(
            procedure_id="",
            chosen=asked.chosen,
            brought_in_person=frozenset(asked.brought_in_person),
            has_consented=asked.consent,
            told=told_by(asked.said),
        )
        filed = acts.approve_request(services, caller, request_id, form, words=asked.words)
        headers = {"Location": f"/v1/submissions/{filed.submission_id}", "ETag": etag(filed.version)}
        return reply(submission_told(filed), status=201, headers=headers)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.post("/own-requests/{request_id}/refusal", response_model=RequestTold)
def decline_request(caller: Withdrawer, services: Office, request_id: Ulid, asked: RequestRefusal) -> Response:
    """Decline: nothing is opened, and the agency is told so."""
    return reply(request_told(acts.decline_request(services, caller, request_id, reason=asked.reason)))


@router.post("/duty-accesses", status_code=201, response_model=DutyAccessTold)
def open_by_duty(
    request: Request, caller: ByDuty, services: Office, asked: DutyAccessAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """Open the papers of one type by a duty of law, for a case; the holder is told at once, with the article."""

    def act() -> Response:
        wanted = DutyAsked(caller.agency_code, asked.duty_id, asked.doc_type, asked.case_number)
        article, grant = acts.open_by_duty(services, caller, asked.holder_number, wanted)
        told = DutyAccessTold(
            grant_id=grant.grant_id, article=article, record_ids=list(grant.record_ids), expires_at=grant.expires_at
        )
        return reply(told, status=201)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.post(
    "/duty-accesses/{grant_id}/records/{record_id}/fetch",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
def fetch_by_duty(caller: OfDuty, services: Office, grant_id: Ulid, record_id: Ulid) -> Response:
    """Fetch one paper under an access by duty; each fetch, also a refused one, stands in the holder's history."""

    def give(room: Room) -> DocumentGiven:
        paper = acts.fetch_by_duty(services, caller, grant_id, record_id=record_id, room=room)
        return paper.content, digest_headers(paper.content, name=f"{paper.record.record_id}.pdf")

    return document_response(services.spool, give)


def request_told(request: PaperRequest, caller: Principal | None = None, *, with_words: bool = False) -> RequestTold:
    """A request as it goes over the wire; its two words only to whoever has them on the screen."""
    shows = request.words and (with_words or (caller is not None and acts.may_see_words(caller, request)))
    return RequestTold(
        request_id=request.request_id,
        way=request.way.value,
        state=request.state.value,
        agency_code=request.agency_code,
        procedure_id=request.procedure_id,
        created_at=request.created_at,
        expires_at=request.expires_at,
        decided_at=request.decided_at,
        submission_id=request.submission_id,
        reason=request.reason,
        words=request.words if shows else None,
    )


def card_told(card: acts.RequestCard) -> RequestCardTold:
    """A request as its holder decides on it."""
    return RequestCardTold(request=request_told(card.request), match=match_told(card.view), choices=list(card.choices))
