"""The staff door for the fee of one original: ask for it, take it at the desk, ask the gateway about it, pay it back."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from api.access import OwnerRule, Principal, Requires, Role
from api.acts import payments as acts
from api.errors import ApiError, RequestInvalid
from api.outside.payment import SandboxPayments
from api.pages.render import page, problem_of, say_of, see_other
from api.pages.views import Fact, Option, Say
from api.problems import Problem
from api.services import Services
from certify import CertifyError
from certify.errors import PaymentUnknown
from certify.outside import Payment, PaymentMethod, PaymentState

router = APIRouter(include_in_schema=False)
Clerk = Annotated[Principal, Depends(Requires(Role.COUNTER_CLERK, owner=OwnerRule.AGENCY))]
Text = Annotated[str, Form(max_length=200)]
_AT_DESK: Final = (PaymentMethod.CASH, PaymentMethod.BANK_TRANSFER)


@router.get("/staff/items/{item_id}/payment")
def show(request: Request, principal: Clerk, item_id: str) -> Response:
    """Show how the fee of an original stands, and what can be done about it."""
    return _page(request, principal, item_id, problem=None)


@router.post("/staff/items/{item_id}/payment")
def act(
    request: Request, principal: Clerk, item_id: str, what: Text = "", receipt: Text = "", method: Text = ""
) -> Response:
    """Ask for the fee, take it, ask the gateway about it, pay it back; in the sandbox, let its payer pay or give up."""
    services: Services = request.app.state.services
    try:
        if what == "ask":
            acts.ask(services, principal, item_id)
        elif what == "take":
            if method not in {one.value for one in _AT_DESK} or not receipt.strip():
                raise RequestInvalid("say how it was paid, and the number of the receipt", field="receipt")
            acts.take_at_desk(
                services, principal, item_id, receipt_number=receipt.strip(), method=PaymentMethod(method)
            )
        elif what == "look":
            acts.look_after(services, principal, item_id)
        elif what == "refund":
            acts.pay_back(services, principal, item_id, receipt_number=receipt.strip() or None)
        elif what == "sandbox-paid":
            acts.pay_in_sandbox(services, principal, item_id)
        elif what == "sandbox-failed":
            acts.fail_in_sandbox(services, principal, item_id)
        else:
            raise RequestInvalid("this can not be done about a fee", field="what")
    except (CertifyError, ApiError) as exc:
        return _page(request, principal, item_id, problem=problem_of(request, exc))
    return see_other(f"/staff/items/{item_id}/payment")


def payment_facts(payment: Payment, say: Say, *, source: str) -> tuple[Fact, ...]:
    """How a fee stands, as a page shows it."""
    amount = f"{payment.amount_vnd:,} đ".replace(",", ".")
    rows = [
        ("page.payment.amount", amount),
        ("page.payment.state", say(f"page.payment.state.{payment.state.value}")),
        ("page.payment.method", say.word("page.paid", payment.method.value) if payment.method else ""),
        ("page.payment.receipt", payment.receipt_number or ""),
        ("page.payment.refunded", payment.refund_receipt_number or ""),
        ("page.payment.gateway", source if payment.pay_url else ""),
    ]
    if payment.failures:
        rows.append(("page.payment.failures", f"{payment.failures} · {payment.failure_code or '–'}"))
    return tuple(Fact(say(label), value) for label, value in rows if value)


def _page(request: Request, principal: Principal, item_id: str, *, problem: Problem | None) -> Response:
    services, say = request.app.state.services, say_of(request)
    gateway = services.outside.payments
    try:
        payment = acts.see(services, principal, item_id)
    except PaymentUnknown:
        # The item is the agency's, and no fee was asked for it yet.
        payment = None
    is_due = payment is not None and payment.state is PaymentState.DUE
    return page(
        request,
        "staff_payment.html",
        principal=principal,
        address=f"/staff/items/{item_id}/payment",
        status=problem.status if problem else 200,
        problem=problem,
        item_id=item_id,
        facts_rows=payment_facts(payment, say, source=gateway.source if gateway else "") if payment else (),
        pay_url=payment.pay_url if payment is not None and is_due else None,
        may_ask=payment is None or (is_due and gateway is not None),
        is_due=is_due,
        is_paid=payment is not None and payment.state is PaymentState.PAID,
        may_look=is_due and payment is not None and payment.reference is not None,
        is_sandbox=is_due and isinstance(gateway, SandboxPayments),
        methods=tuple(Option(one.value, say(f"page.paid.{one.value}")) for one in _AT_DESK),
    )
