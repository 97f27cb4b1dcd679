"""Money at the counter beside what is paid: nothing due by right or by decision, and the cashier's day with its totals."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.counter.data import DeskRules
from certify.desk_tables import day_closes
from certify.errors import GuardRefused, PaymentConflict
from certify.outside.payments import Payment, PaymentMethod, PaymentState, payment_of_item
from certify.outside.tables import payments
from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.log import Leaf, Tree, append

_CASH: Final = frozenset({PaymentMethod.CASH.value, PaymentMethod.DESK.value})


@dataclass(frozen=True, slots=True)
class DayTotals:
    """What a cashier took and gave back since the last close."""

    by_method_vnd: dict[str, int]
    count: int
    refunded_vnd: int
    refunds: int
    cash_vnd: int
    """What must lie in the drawer: cash taken less cash given back."""


@dataclass(frozen=True, slots=True)
class DayClose:
    """A closed day; `difference_vnd` is what was counted less what must be there."""

    close_id: str
    agency_code: str
    staff_id: str
    closed_at: datetime
    counted_cash_vnd: int
    totals: DayTotals

    @property
    def difference_vnd(self) -> int:
        """What is too much (positive) or missing (negative)."""
        return self.counted_cash_vnd - self.totals.cash_vnd


def exempt(
    tx: Connection, item_id: str, *, code: str, rules: DeskRules, staff_id: str, at: datetime, random_bytes: RandomBytes
) -> Payment:
    """Note that nothing is due by right, with the ground.

    Raises:
        GuardRefused: the ground is not on the list.
        PaymentUnknown, PaymentConflict: no fee was asked, or it is not due any more.
    """
    rules.choice("exemption", code)
    return _nothing_due(tx, item_id, PaymentState.EXEMPT, code, staff_id=staff_id, at=at, random_bytes=random_bytes)


def waive(
    tx: Connection, item_id: str, *, code: str, rules: DeskRules, staff_id: str, at: datetime, random_bytes: RandomBytes
) -> Payment:
    """Note that the office does without the fee, with the ground.

    Raises:
        GuardRefused: the ground is not on the list.
        PaymentUnknown, PaymentConflict: no fee was asked, or it is not due any more.
    """
    rules.choice("waiver", code)
    return _nothing_due(tx, item_id, PaymentState.WAIVED, code, staff_id=staff_id, at=at, random_bytes=random_bytes)


def preview_day(tx: Connection, *, agency_code: str, staff_id: str) -> DayTotals:
    """Give what a cashier took and gave back since the last close."""
    taken = tx.execute(sa.select(payments).where(*_taken(agency_code, staff_id))).all()
    given = tx.execute(sa.select(payments).where(*_given(agency_code, staff_id))).all()
    by_method: Counter[str] = Counter()
    for row in taken:
        by_method[row.method] += row.amount_vnd
    cash_in = sum(row.amount_vnd for row in taken if row.method in _CASH)
    cash_out = sum(row.amount_vnd for row in given if row.method in _CASH)
    return DayTotals(
        by_method_vnd=dict(sorted(by_method.items())),
        count=len(taken),
        refunded_vnd=sum(row.amount_vnd for row in given),
        refunds=len(given),
        cash_vnd=cash_in - cash_out,
    )


def close_day(
    tx: Connection, *, agency_code: str, staff_id: str, counted_cash_vnd: int, at: datetime, random_bytes: RandomBytes
) -> DayClose:
    """Close a cashier's day: what was taken and given back since the last close belongs to it, once.

    Raises:
        GuardRefused: `NOTHING_TO_CLOSE`.
    """
    totals = preview_day(tx, agency_code=agency_code, staff_id=staff_id)
    if not totals.count and not totals.refunds:
        raise GuardRefused("NOTHING_TO_CLOSE", "nothing was taken or given back since the last close")
    close_id = new_ulid(at=at, random_bytes=random_bytes)
    tx.execute(
        day_closes.insert().values(
            close_id=close_id,
            agency_code=agency_code,
            staff_id=staff_id,
            closed_at=at,
            counted_cash_vnd=counted_cash_vnd,
            totals={
                "by_method_vnd": totals.by_method_vnd,
                "count": totals.count,
                "refunded_vnd": totals.refunded_vnd,
                "refunds": totals.refunds,
                "cash_vnd": totals.cash_vnd,
            },
        )
    )
    booked = tx.execute(payments.update().where(*_taken(agency_code, staff_id)).values(close_id=close_id)).rowcount
    returned = tx.execute(
        payments.update().where(*_given(agency_code, staff_id)).values(refund_close_id=close_id)
    ).rowcount
    if (booked, returned) != (totals.count, totals.refunds):
        raise PaymentConflict("a payment came in while the day was closed; close it again")
    append(
        tx,
        Leaf(
            "cash.closed", {"close": close_id, "agency": agency_code, "count": totals.count, "refunds": totals.refunds}
        ),
        tree=Tree.ACCESS,
        random_bytes=random_bytes,
    )
    return DayClose(close_id, agency_code, staff_id, at, counted_cash_vnd, totals)


def list_closes(tx: Connection, *, agency_code: str, limit: int = 50) -> tuple[DayClose, ...]:
    """Give the closed days of an agency, newest first."""
    rows = tx.execute(
        sa.select(day_closes)
        .where(day_closes.c.agency_code == agency_code)
        .order_by(day_closes.c.close_id.desc())
        .limit(limit)
    )
    return tuple(
        DayClose(
            row.close_id, row.agency_code, row.staff_id, row.closed_at, row.counted_cash_vnd, DayTotals(**row.totals)
        )
        for row in rows
    )


def _nothing_due(
    tx: Connection,
    item_id: str,
    state: PaymentState,
    code: str,
    *,
    staff_id: str,
    at: datetime,
    random_bytes: RandomBytes,
) -> Payment:
    payment = payment_of_item(tx, item_id)
    if payment.state is state and payment.exemption_code == code:
        return payment
    moved = tx.execute(
        payments.update()
        .where(payments.c.payment_id == payment.payment_id, payments.c.state == PaymentState.DUE.value)
        .values(state=state.value, exemption_code=code, taken_by=staff_id, paid_at=at)
    ).rowcount
    if not moved:
        raise PaymentConflict(f"payment {payment.payment_id} is {payment.state.value}; nothing of it is due")
    leaf = Leaf(f"payment.{state.value.lower()}", {"payment": payment.payment_id, "ground": code})
    append(tx, leaf, tree=Tree.ACCESS, random_bytes=random_bytes)
    return payment_of_item(tx, item_id)


def _taken(agency_code: str, staff_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        payments.c.agency_code == agency_code,
        payments.c.taken_by == staff_id,
        payments.c.receipt_number.is_not(None),
        payments.c.close_id.is_(None),
    )


def _given(agency_code: str, staff_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        payments.c.agency_code == agency_code,
        payments.c.refunded_by == staff_id,
        payments.c.refund_close_id.is_(None),
    )
