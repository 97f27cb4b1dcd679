"""At the paper and at the till: reuse before a fee, what an officer looks at, the notice of a refusal, the cashier's day."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from api.acts import cash, counter_papers, inspection, reuse
from api.errors import NotFound
from api.routes.depends import Clerk, ClerkOrCertifier, IdempotencyKeyHeader, Office, Reader, Ulid, reply
from api.routes.office_told import draft_row
from api.routes.payments import payment_told
from api.routes.repeats import do_once
from api.schemas.counter import (
    CashCloseAsked,
    CashCloseList,
    CashCloseTold,
    CashDayTold,
    ChoiceTold,
    GroundAsked,
    InspectionTold,
    ReuseAsked,
    ReuseTold,
    SourceTold,
    TransferTold,
)
from api.schemas.office import DraftRow
from api.schemas.payments import PaymentTold
from api.schemas.wire import Sentence
from certify.counter import DayClose, DayTotals, ReuseCheck
from certify.outside import PaymentState

router = APIRouter(prefix="/v1")
_PDF: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"application/pdf": {}}}}


@router.get("/drafts/{item_id}/reuse", response_model=ReuseTold, tags=["drafts"])
def see_reuse(caller: Reader, services: Office, item_id: Ulid) -> Response:
    """Give what vault and databases said in place of an original, and what was chosen."""
    found = reuse.see(services, caller, item_id)
    if found is None:
        raise NotFound(f"nobody asked the vault for item {item_id} yet")
    return reply(reuse_told(found))


@router.post("/drafts/{item_id}/reuse-check", response_model=ReuseTold, tags=["drafts"])
def ask_reuse(caller: Clerk, services: Office, item_id: Ulid) -> Response:
    """Ask vault and databases anew; the holder sees in the history that they were asked."""
    return reply(reuse_told(reuse.ask_again(services, caller, item_id)))


@router.post("/drafts/{item_id}/reuse", response_model=DraftRow, tags=["drafts"])
def answer_reuse(
    request: Request,
    caller: ClerkOrCertifier,
    services: Office,
    item_id: Ulid,
    asked: ReuseAsked,
    _key: IdempotencyKeyHeader = None,
) -> Response:
    """Reuse what the vault has, which ends the original at no fee, or say why a new copy is made."""

    def act() -> Response:
        item = reuse.answer(services, caller, item_id, asked.choice, reason_code=asked.reason_code)
        return reply(draft_row(item))

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.get("/drafts/{item_id}/inspection", response_model=InspectionTold, tags=["drafts"])
def see_inspection(caller: Reader, services: Office, item_id: Ulid) -> Response:
    """Say what an officer has to look at: lines to confirm, suggestions of the recogniser, holder and subject."""
    asked = inspection.look(services, caller, item_id)
    told = InspectionTold(
        item_id=item_id,
        pages=asked.page_count,
        lines=[ChoiceTold(code=line.code, text=Sentence(**line.text)) for line in asked.lines],
        suggestions=list(asked.suggestions),
        issuer=asked.issuer,
        subject_match=asked.subject_match,
    )
    return reply(told)


@router.get("/drafts/{item_id}/refusal/notice", response_class=Response, responses=_PDF, tags=["drafts"])
def refusal_notice(caller: Reader, services: Office, item_id: Ulid) -> Response:
    """Give the sealed notice of a refusal for the person, as PDF/A in three languages."""
    return Response(counter_papers.refusal_notice(services, caller, item_id), media_type="application/pdf")


@router.post("/drafts/{item_id}/payment/ground", response_model=PaymentTold, tags=["payments"])
def set_ground(caller: Clerk, services: Office, item_id: Ulid, asked: GroundAsked) -> Response:
    """Note that nothing is due: exempt by right, or waived by decision."""
    state = PaymentState(asked.kind)
    return payment_told(services, cash.set_ground(services, caller, item_id, state=state, code=asked.code))


@router.get("/drafts/{item_id}/payment/transfer", response_model=TransferTold, tags=["payments"])
def see_transfer(caller: Reader, services: Office, item_id: Ulid) -> Response:
    """Give what a bank app reads from the square with which a fee is paid by transfer."""
    found = cash.transfer(services, caller, item_id)
    return reply(TransferTold(payload=found.payload, amount_vnd=found.amount_vnd, reference=found.reference))


@router.get("/cash-day", response_model=CashDayTold, tags=["payments"])
def see_cash_day(caller: Clerk, services: Office) -> Response:
    """Give what one took and gave back since one's last close."""
    return reply(day_told(cash.my_day(services, caller)))


@router.post("/cash-day/close", status_code=201, response_model=CashCloseTold, tags=["payments"])
def close_cash_day(
    request: Request, caller: Clerk, services: Office, asked: CashCloseAsked, _key: IdempotencyKeyHeader = None
) -> Response:
    """Close one's day with what was counted in the drawer."""

    def act() -> Response:
        closed = cash.close_my_day(services, caller, counted_cash_vnd=asked.counted_cash_vnd)
        return reply(close_told(closed), status=201)

    return do_once(request, services, caller, asked=asked.model_dump_json().encode(), act=act)


@router.get("/cash-closes", response_model=CashCloseList, tags=["payments"])
def list_cash_closes(caller: Reader, services: Office) -> Response:
    """List the closed days of the agency's cashiers, newest first."""
    return reply(CashCloseList(items=[close_told(one) for one in cash.closes(services, caller)]))


def day_told(totals: DayTotals) -> CashDayTold:
    """What a cashier took and gave back."""
    return CashDayTold(
        by_method_vnd=totals.by_method_vnd,
        count=totals.count,
        refunded_vnd=totals.refunded_vnd,
        refunds=totals.refunds,
        cash_vnd=totals.cash_vnd,
    )


def reuse_told(found: ReuseCheck) -> ReuseTold:
    """What was found, and what was chosen."""
    return ReuseTold(
        item_id=found.item_id,
        finding=found.finding,
        record_id=found.record_id,
        look_up_id=found.look_up_id,
        legal_basis=found.basis_id,
        sources=[SourceTold(source=one.source, outcome=one.outcome) for one in found.sources],
        asked_at=found.asked_at,
        choice=found.choice,
        reason_code=found.reason_code,
    )


def close_told(one: DayClose) -> CashCloseTold:
    """A closed day."""
    return CashCloseTold(
        close_id=one.close_id,
        staff_id=one.staff_id,
        closed_at=one.closed_at,
        counted_cash_vnd=one.counted_cash_vnd,
        difference_vnd=one.difference_vnd,
        by_method_vnd=one.totals.by_method_vnd,
        count=one.totals.count,
        refunded_vnd=one.totals.refunded_vnd,
        refunds=one.totals.refunds,
        cash_vnd=one.totals.cash_vnd,
    )
