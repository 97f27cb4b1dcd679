"""The fee of an original: ask for it, see it paid, pay it back; and what the gateway says."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from api.acts import payments as acts
from api.routes.depends import Anyone, Clerk, IdempotencyKeyHeader, Office, Reader, Ulid, reply
from api.routes.repeats import do_once
from api.schemas.payments import PaymentTold, ReceiptAsked, RefundAsked
from api.services import Services
from certify.outside import Payment

router = APIRouter(prefix="/v1", tags=["payments"])
# Read as raw bytes, because these are what is signed; the framework sees no body to describe.
_CALLBACK: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["payment_id", "reference", "amount", "state"],
                    "properties": {
                        "payment_id": {"type": "string", "maxLength": 26},
                        "reference": {"type": "string", "maxLength": 128},
                        "amount": {"type": "integer"},
                        "state": {"enum": ["PAID", "FAILED", "PENDING"]},
                        "reason": {"type": "string", "maxLength": 64},
                        "receipt_number": {"type": "string", "maxLength": 64},
                    },
                }
            }
        },
    }
}


@router.post("/drafts/{item_id}/payment", status_code=201, response_model=PaymentTold)
def ask_payment(
    request: Request, caller: Clerk, services: Office, item_id: Ulid, _key: IdempotencyKeyHeader = None
) -> Response:
    """Write what is due for an original, and open a payment at the gateway when there is one; again gives the same."""

    def act() -> Response:
        return payment_told(services, acts.ask(services, caller, item_id), status=201)

    return do_once(request, services, caller, asked=item_id.encode(), act=act)


@router.get("/drafts/{item_id}/payment", response_model=PaymentTold)
def get_payment(caller: Reader, services: Office, item_id: Ulid) -> Response:
    """Give how the fee of an original stands."""
    return payment_told(services, acts.see(services, caller, item_id))


@router.post("/drafts/{item_id}/payment/receipt", response_model=PaymentTold)
def pay_at_desk(caller: Clerk, services: Office, item_id: Ulid, asked: ReceiptAsked) -> Response:
    """Write that the fee was paid at the desk, with the number of the receipt."""
    return payment_told(
        services, acts.take_at_desk(services, caller, item_id, receipt_number=asked.receipt_number, method=asked.method)
    )


@router.post("/drafts/{item_id}/payment/refund", response_model=PaymentTold)
def pay_back(caller: Clerk, services: Office, item_id: Ulid, asked: RefundAsked) -> Response:
    """Pay the fee back by the way it came."""
    return payment_told(services, acts.pay_back(services, caller, item_id, receipt_number=asked.receipt_number))


@router.post("/drafts/{item_id}/payment/sandbox", response_model=PaymentTold)
def pay_in_sandbox(caller: Clerk, services: Office, item_id: Ulid) -> Response:
    """Let the sandbox say that the payer paid; where there is a real gateway this does not exist."""
    return payment_told(services, acts.pay_in_sandbox(services, caller, item_id))


@router.post("/drafts/{item_id}/payment/sandbox-failure", response_model=PaymentTold)
def fail_in_sandbox(caller: Clerk, services: Office, item_id: Ulid) -> Response:
    """Let the sandbox say that the payer gave up; the fee stays due, and asked again it has a new page."""
    return payment_told(services, acts.fail_in_sandbox(services, caller, item_id))


@router.post("/drafts/{item_id}/payment/look", response_model=PaymentTold)
def look_after_payment(caller: Clerk, services: Office, item_id: Ulid) -> Response:
    """Ask the gateway what became of a fee, because its word may be lost."""
    return payment_told(services, acts.look_after(services, caller, item_id))


@router.post("/payments/callback", status_code=204, openapi_extra=_CALLBACK)
async def take_payment_news(request: Request, _caller: Anyone, services: Office) -> Response:
    """Take what the gateway says of a payment, signed as Standard Webhooks 1.0; the same news twice changes nothing."""
    body = await request.body()
    await run_in_threadpool(acts.take_news, services, request.headers, body)
    return Response(status_code=204)


def payment_told(services: Services, payment: Payment, *, status: int = 200) -> Response:
    """Answer with a fee."""
    return reply(fee_told(services, payment), status=status)


def fee_told(services: Services, payment: Payment) -> PaymentTold:
    """A fee as it is told."""
    gateway = services.outside.payments
    return PaymentTold(
        payment_id=payment.payment_id,
        item_id=payment.item_id,
        amount_vnd=payment.amount_vnd,
        state=payment.state.value,
        method=payment.method.value if payment.method else None,
        pay_url=payment.pay_url,
        receipt_number=payment.receipt_number,
        refund_receipt_number=payment.refund_receipt_number,
        source=gateway.source if gateway else None,
        created_at=payment.created_at,
        paid_at=payment.paid_at,
        refunded_at=payment.refunded_at,
        ground=payment.exemption_code,
        failures=payment.failures or 0,
        failure_code=payment.failure_code,
    )
