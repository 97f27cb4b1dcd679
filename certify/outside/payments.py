"""The fee of an original: due, paid with a receipt's number, refunded; by a gateway, or at the desk.

A row is written before a gateway is asked, under the id that the gateway is given; what the gateway says later is believed
only when it was verified and fits the row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.errors import PaymentConflict, PaymentUnknown
from certify.outside.tables import payments
from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.log import Leaf, Tree, append


class PaymentState(StrEnum):
    """How a fee stands."""

    DUE = "DUE"
    PAID = "PAID"
    EXEMPT = "EXEMPT"
    WAIVED = "WAIVED"
    REFUNDED = "REFUNDED"


class PaymentMethod(StrEnum):
    """By which way it was paid."""

    GATEWAY = "GATEWAY"
    CASH = "CASH"
    BANK_TRANSFER = "BANK_TRANSFER"
    DESK = "DESK"
    """At the desk without saying how; rows of older releases."""


@dataclass(frozen=True, slots=True)
class Payment:
    """The fee of one item; the receipt's number is there once it is paid, the other once it is paid back."""

    payment_id: str
    item_id: str
    agency_code: str
    amount_vnd: int
    fee_rule: str
    state: PaymentState
    method: PaymentMethod | None
    reference: str | None
    pay_url: str | None
    receipt_number: str | None
    refund_receipt_number: str | None
    created_at: datetime
    paid_at: datetime | None
    refunded_at: datetime | None
    taken_by: str | None = None
    refunded_by: str | None = None
    exemption_code: str | None = None
    """On what ground nothing is due."""
    close_id: str | None = None
    refund_close_id: str | None = None
    failures: int | None = None
    """How often the gateway said that it was not paid; each time a new page is opened when the fee is asked again."""
    failure_code: str | None = None

    @property
    def page_key(self) -> str:
        """Under which key a gateway opens the page: a page that failed is not given again."""
        return f"{self.payment_id}-{self.failures}" if self.failures else self.payment_id


@dataclass(frozen=True, slots=True)
class Taken:
    """Money taken at the counter: the receipt, how, and by whom."""

    receipt_number: str
    method: PaymentMethod
    staff_id: str


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """Where a payer pays, and what the gateway calls the payment."""

    reference: str
    url: str


class NewsState(StrEnum):
    """What became of a payment at the gateway."""

    PAID = "PAID"
    FAILED = "FAILED"
    PENDING = "PENDING"


@dataclass(frozen=True, slots=True)
class PaymentNews:
    """What a gateway says of a payment, verified to be the gateway's; `reason` is its code for a payment that failed."""

    payment_id: str
    reference: str
    amount_vnd: int
    receipt_number: str
    state: NewsState = NewsState.PAID
    reason: str = ""


class PaymentGateway(Protocol):
    """A gateway, or a sandbox in its place; each answer may be asked for twice and is the same."""

    @property
    def source(self) -> str:
        """What takes the money; a sandbox says that it takes none."""
        ...

    def create(self, payment: Payment) -> PaymentPage:
        """Open a payment under our id."""
        ...

    def read_news(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> PaymentNews:
        """Read what was sent to us, when it is the gateway's own; anything else is an error."""
        ...

    def look(self, payment: Payment) -> PaymentNews:
        """Ask what became of a payment of which no news came."""
        ...

    def refund(self, payment: Payment) -> str:
        """Pay back; gives the number of the receipt for it."""
        ...


@dataclass(frozen=True, slots=True)
class NewPayment:
    """What is due, for which item, by which fee table."""

    item_id: str
    agency_code: str
    amount_vnd: int
    fee_rule: str
    created_by: str


def ask_payment(tx: Connection, new: NewPayment, *, at: datetime, random_bytes: RandomBytes) -> Payment:
    """Write that a fee is due; an item has one, and asking again gives it."""
    payment_id = new_ulid(at=at, random_bytes=random_bytes)
    try:
        with tx.begin_nested():
            tx.execute(
                payments.insert().values(
                    payment_id=payment_id,
                    item_id=new.item_id,
                    agency_code=new.agency_code,
                    amount_vnd=new.amount_vnd,
                    fee_rule=new.fee_rule,
                    state=PaymentState.DUE.value,
                    created_by=new.created_by,
                    created_at=at,
                )
            )
    except sa.exc.IntegrityError:
        return payment_of_item(tx, new.item_id)
    _log(tx, "payment.due", payment_id, {"item": new.item_id, "amount_vnd": new.amount_vnd}, random_bytes)
    return payment_of_item(tx, new.item_id)


def payment_of_item(tx: Connection, item_id: str) -> Payment:
    """Give the fee of an item.

    Raises:
        PaymentUnknown: none was asked.
    """
    return _payment(tx, payments.c.item_id == item_id)


def note_page(tx: Connection, payment_id: str, page: PaymentPage) -> None:
    """Keep where it is paid; what is paid meanwhile stays paid."""
    tx.execute(
        payments.update().where(payments.c.payment_id == payment_id).values(reference=page.reference, pay_url=page.url)
    )


def note_paid(tx: Connection, news: PaymentNews, *, at: datetime, random_bytes: RandomBytes) -> Payment:
    """Write that the gateway has the money; the same news again changes nothing.

    Raises:
        PaymentUnknown: no such payment.
        PaymentConflict: another amount, reference or receipt than the row's, or it was paid back.
    """
    payment = _payment(tx, payments.c.payment_id == news.payment_id)
    if news.amount_vnd != payment.amount_vnd or payment.reference not in (None, news.reference):
        raise PaymentConflict(f"what the gateway says of payment {payment.payment_id} is not what was asked")
    paid = {"method": PaymentMethod.GATEWAY.value, "reference": news.reference}
    return _pay(tx, payment, news.receipt_number, paid, at=at, random_bytes=random_bytes)


def note_news(tx: Connection, news: PaymentNews, *, at: datetime, random_bytes: RandomBytes) -> Payment:
    """Write what the gateway says: paid, or failed; a payment that still runs changes nothing.

    Raises:
        PaymentUnknown, PaymentConflict: as `note_paid`.
    """
    match news.state:
        case NewsState.PAID:
            return note_paid(tx, news, at=at, random_bytes=random_bytes)
        case NewsState.FAILED:
            return note_failed(tx, news, random_bytes=random_bytes)
        case NewsState.PENDING:
            return _payment(tx, payments.c.payment_id == news.payment_id)


def note_failed(tx: Connection, news: PaymentNews, *, random_bytes: RandomBytes) -> Payment:
    """Write that it was not paid: the fee stays due and may be paid on a new page, or at the desk.

    News of a page that is not the present one, or of a fee that is settled meanwhile, changes nothing.

    Raises:
        PaymentUnknown: no such payment.
    """
    payment = _payment(tx, payments.c.payment_id == news.payment_id)
    if payment.reference != news.reference:
        return payment
    changes = {
        "reference": None,
        "pay_url": None,
        "failures": (payment.failures or 0) + 1,
        "failure_code": news.reason[:64] or None,
    }
    if _move(tx, payment, PaymentState.DUE, changes):
        _log(tx, "payment.failed", payment.payment_id, {"failures": (payment.failures or 0) + 1}, random_bytes)
    return payment_of_item(tx, payment.item_id)


def note_paid_at_desk(
    tx: Connection, item_id: str, taken: Taken, *, at: datetime, random_bytes: RandomBytes
) -> Payment:
    """Write that the fee was paid at the desk, with the number of the receipt given.

    Raises:
        PaymentUnknown: none was asked.
        PaymentConflict: it is paid with another receipt, or was paid back.
    """
    payment = payment_of_item(tx, item_id)
    how = {"method": taken.method.value, "taken_by": taken.staff_id}
    return _pay(tx, payment, taken.receipt_number, how, at=at, random_bytes=random_bytes)


def note_refunded(
    tx: Connection, payment: Payment, *, receipt_number: str, staff_id: str, at: datetime, random_bytes: RandomBytes
) -> Payment:
    """Write that the fee was paid back; again changes nothing.

    Raises:
        PaymentConflict: it was not paid.
    """
    moved = _move(
        tx,
        payment,
        PaymentState.PAID,
        {
            "state": PaymentState.REFUNDED.value,
            "refund_receipt_number": receipt_number,
            "refunded_at": at,
            "refunded_by": staff_id,
        },
    )
    now = payment_of_item(tx, payment.item_id)
    if moved:
        _log(tx, "payment.refunded", payment.payment_id, {"receipt": receipt_number}, random_bytes)
    elif now.state is not PaymentState.REFUNDED:
        raise PaymentConflict(f"payment {payment.payment_id} is {now.state.value}; there is nothing to pay back")
    return now


def _pay(
    tx: Connection,
    payment: Payment,
    receipt_number: str,
    changes: Mapping[str, Any],
    *,
    at: datetime,
    random_bytes: RandomBytes,
) -> Payment:
    paid = {"state": PaymentState.PAID.value, "receipt_number": receipt_number, "paid_at": at}
    moved = _move(tx, payment, PaymentState.DUE, paid | dict(changes))
    now = payment_of_item(tx, payment.item_id)
    if moved:
        _log(tx, "payment.paid", payment.payment_id, {"receipt": receipt_number}, random_bytes)
    elif now.state is not PaymentState.PAID or now.receipt_number != receipt_number:
        raise PaymentConflict(f"payment {payment.payment_id} is {now.state.value} already, with another receipt")
    return now


def _move(tx: Connection, payment: Payment, before: PaymentState, changes: Mapping[str, Any]) -> bool:
    # The state in the condition decides between two who write at once.
    return bool(
        tx.execute(
            payments.update()
            .where(payments.c.payment_id == payment.payment_id, payments.c.state == before.value)
            .values(**changes)
        ).rowcount
    )


def _payment(tx: Connection, condition: sa.ColumnElement[bool]) -> Payment:
    row = tx.execute(sa.select(payments).where(condition)).one_or_none()
    if row is None:
        raise PaymentUnknown("no payment of this id was asked")
    fields = dict(row._mapping)
    fields.pop("created_by")
    method = fields.pop("method")
    return Payment(state=PaymentState(fields.pop("state")), method=PaymentMethod(method) if method else None, **fields)


def _log(tx: Connection, kind: str, payment_id: str, payload: dict[str, str | int], random_bytes: RandomBytes) -> None:
    append(tx, Leaf(kind, {"payment": payment_id, **payload}), tree=Tree.ACCESS, random_bytes=random_bytes)
