"""The fee of an original at the counter: ask for it, see it paid by gateway or at the desk, pay it back."""

from __future__ import annotations

from collections.abc import Mapping

from api.access import Principal
from api.acts.own_items import own_item
from api.errors import NotFound, RequestInvalid
from api.outside.payment import SandboxPayments
from api.services import Services
from certify import PaymentConflict, fee
from certify.counter import check_answered
from certify.outside import (
    NewPayment,
    Payment,
    PaymentMethod,
    PaymentState,
    Taken,
    ask_payment,
    note_news,
    note_page,
    note_paid_at_desk,
    note_refunded,
    payment_of_item,
)
from certify.registry import find_free_copy


def ask(services: Services, principal: Principal, item_id: str) -> Payment:
    """Write what is due for an item, and open a payment at the gateway when there is one; again gives the same.

    Raises:
        ItemNotFound: there is no such item in the agency.
        RequestInvalid: its pages are not counted yet.
        GuardRefused: vault and databases were not asked, or what they have was not answered.
        PaymentConflict: it corrects our own mistake and costs nothing.
        DoorFailed: the gateway did not answer; what is due is written, and may be paid at the desk.
    """
    item, case = own_item(services, principal, item_id)
    if not item.page_count:
        raise RequestInvalid("the pages are not counted yet; wait until the scan was read", field="item_id")
    at = services.clock.now()
    with services.database.read() as tx:
        check_answered(tx, item_id)
    due = fee(services.law, pages=item.page_count, copies=item.copies, at=at)
    with services.database.read() as tx:
        if find_free_copy(tx, item_id) is not None:
            raise PaymentConflict(f"item {item_id} corrects our own mistake and costs nothing")
    new = NewPayment(item_id, case.agency_code, due.amount, due.rule_version, principal.staff_id)
    with services.database.transaction() as tx:
        payment = ask_payment(tx, new, at=at, random_bytes=services.random_bytes)
    gateway = services.outside.payments
    if gateway is None or payment.state is not PaymentState.DUE or payment.pay_url is not None:
        return payment
    page = gateway.create(payment)
    with services.database.transaction() as tx:
        note_page(tx, payment.payment_id, page)
        return payment_of_item(tx, item_id)


def see(services: Services, principal: Principal, item_id: str) -> Payment:
    """Give the fee of an item of the agency.

    Raises:
        ItemNotFound, PaymentUnknown: there is no such item, or none was asked for it.
    """
    own_item(services, principal, item_id)
    with services.database.read() as tx:
        return payment_of_item(tx, item_id)


def take_at_desk(
    services: Services,
    principal: Principal,
    item_id: str,
    *,
    receipt_number: str,
    method: PaymentMethod = PaymentMethod.CASH,
) -> Payment:
    """Write that the fee was paid at the desk.

    Raises:
        ItemNotFound, PaymentUnknown: there is no such item, or none was asked for it.
        PaymentConflict: it is paid with another receipt, or was paid back.
    """
    own_item(services, principal, item_id)
    with services.database.transaction() as tx:
        return note_paid_at_desk(
            tx,
            item_id,
            Taken(receipt_number, method, principal.staff_id),
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )


def take_news(services: Services, headers: Mapping[str, str], body: bytes) -> None:
    """Take what the gateway says, when it is the gateway that says it.

    Raises:
        NotFound: no gateway is configured.
        CallbackRefused: it is not the gateway's.
        PaymentUnknown, PaymentConflict: it does not fit what was asked.
    """
    gateway = services.outside.payments
    if gateway is None:
        raise NotFound("no payment gateway is configured")
    at = services.clock.now()
    news = gateway.read_news(headers, body, at=at)
    with services.database.transaction() as tx:
        note_news(tx, news, at=at, random_bytes=services.random_bytes)


def look_after(services: Services, principal: Principal, item_id: str) -> Payment:
    """Ask the gateway what became of a fee that is due, because its callback may be lost.

    Raises:
        NotFound: no gateway is configured.
        DoorFailed: the gateway did not answer; nothing changes.
        PaymentConflict: what it says does not fit what was asked.
    """
    payment, gateway = see(services, principal, item_id), services.outside.payments
    if gateway is None:
        raise NotFound("no payment gateway is configured")
    if payment.state is not PaymentState.DUE or payment.reference is None:
        return payment
    news = gateway.look(payment)
    if news.payment_id != payment.payment_id:
        raise PaymentConflict(f"the gateway answered about another payment than {payment.payment_id}")
    with services.database.transaction() as tx:
        note_news(tx, news, at=services.clock.now(), random_bytes=services.random_bytes)
    return see(services, principal, item_id)


def fail_in_sandbox(services: Services, principal: Principal, item_id: str) -> Payment:
    """Let the sandbox say that the payer gave up, by the way of every callback.

    Raises:
        NotFound: there is a real gateway, or none.
    """
    payment, gateway = see(services, principal, item_id), services.outside.payments
    if not isinstance(gateway, SandboxPayments):
        raise NotFound("there is no sandbox for payments here")
    take_news(services, *gateway.pretend_failed(payment, at=services.clock.now()))
    return see(services, principal, item_id)


def pay_in_sandbox(services: Services, principal: Principal, item_id: str) -> Payment:
    """Let the sandbox say that the payer paid, by the way of every callback.

    Raises:
        NotFound: there is a real gateway, or none.
    """
    payment, gateway = see(services, principal, item_id), services.outside.payments
    if not isinstance(gateway, SandboxPayments):
        raise NotFound("there is no sandbox for payments here")
    take_news(services, *gateway.pretend_paid(payment, at=services.clock.now()))
    return see(services, principal, item_id)


def pay_back(services: Services, principal: Principal, item_id: str, *, receipt_number: str | None) -> Payment:
    """Pay a fee back by the way it came; at the desk with the number of the receipt given.

    Raises:
        PaymentConflict: it was not paid.
        RequestInvalid: paid at the desk, and no receipt is named.
        DoorFailed: the gateway did not answer; nothing was paid back.
    """
    payment, gateway = see(services, principal, item_id), services.outside.payments
    number = receipt_number or ""
    if payment.state is PaymentState.PAID and payment.method is PaymentMethod.GATEWAY:
        if gateway is None:
            raise NotFound("no payment gateway is configured")
        number = gateway.refund(payment)
    elif payment.state is PaymentState.PAID and not number:
        raise RequestInvalid("name the receipt with which it was paid back", field="receipt_number")
    with services.database.transaction() as tx:
        return note_refunded(
            tx,
            payment,
            receipt_number=number,
            staff_id=principal.staff_id,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )
