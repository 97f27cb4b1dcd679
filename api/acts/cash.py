"""The cashier: nothing due by right or decision, the day with its totals, and the square for a bank transfer."""

from __future__ import annotations

from dataclasses import dataclass

from api.access import Principal
from api.acts.own_items import own_item
from api.acts.payments import see
from api.errors import DoorFailed
from api.services import Services
from certify.counter import DayClose, DayTotals, close_day, desk_rules, exempt, list_closes, preview_day, waive
from certify.outside import Payment, PaymentState
from certify.outside.transfers import BankAccount, transfer_code


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a bank app reads, and what it says in words."""

    payload: str
    amount_vnd: int
    reference: str


def set_ground(services: Services, principal: Principal, item_id: str, *, state: PaymentState, code: str) -> Payment:
    """Note that nothing is due: exempt by right, or waived by decision.

    Raises:
        ItemNotFound, PaymentUnknown: there is no such item, or no fee was asked for it.
        GuardRefused: the ground is not on the list.
        PaymentConflict: it is not due any more.
    """
    own_item(services, principal, item_id)
    note = exempt if state is PaymentState.EXEMPT else waive
    with services.database.transaction() as tx:
        return note(
            tx,
            item_id,
            code=code,
            rules=desk_rules(services.law, at=services.clock.now()),
            staff_id=principal.staff_id,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )


def my_day(services: Services, principal: Principal) -> DayTotals:
    """Give what one took and gave back since one's last close."""
    with services.database.read() as tx:
        return preview_day(tx, agency_code=principal.agency_code, staff_id=principal.staff_id)


def close_my_day(services: Services, principal: Principal, *, counted_cash_vnd: int) -> DayClose:
    """Close one's day with what was counted in the drawer.

    Raises:
        GuardRefused: nothing was taken or given back since the last close.
    """
    with services.database.transaction() as tx:
        return close_day(
            tx,
            agency_code=principal.agency_code,
            staff_id=principal.staff_id,
            counted_cash_vnd=counted_cash_vnd,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        )


def closes(services: Services, principal: Principal) -> tuple[DayClose, ...]:
    """Give the closed days of the agency, newest first."""
    with services.database.read() as tx:
        return list_closes(tx, agency_code=principal.agency_code)


def transfer(services: Services, principal: Principal, item_id: str) -> Transfer:
    """Give the square with which a fee that is due is paid by bank transfer.

    Raises:
        ItemNotFound, PaymentUnknown: there is no such item, or no fee was asked for it.
        DoorFailed: no account is configured (`NOT_CONFIGURED`).
    """
    payment = see(services, principal, item_id)
    account = services.settings.bank_account
    if not account:
        raise DoorFailed("NOT_CONFIGURED", is_final=True)
    reference = f"VDM {payment.payment_id[-12:]}"
    payload = transfer_code(BankAccount.read(account), amount_vnd=payment.amount_vnd, reference=reference)
    return Transfer(payload, payment.amount_vnd, reference)
