"""The counter's commands done in the home of this machine, as one of its officers."""

from __future__ import annotations

from typing import BinaryIO

from pydantic import BaseModel

from api.acts import cases, cash, counter_papers, handover, payments, reuse
from api.cli.case_desk import SandboxPayer
from api.cli.counter_here import officer_here
from api.cli.target import Row
from api.errors import NotFound
from api.routes.counter import case_form, case_whole, choices_told, tracked_told
from api.routes.desk import close_told, day_told, reuse_told
from api.routes.handover import receiver_of, terms_of
from api.routes.handover import told as delivery_told
from api.routes.office_told import draft_row
from api.routes.payments import fee_told
from api.schemas.counter import (
    CaseActAsked,
    CaseAsked,
    CashCloseAsked,
    CashCloseList,
    LeaveAsked,
    LeaveTold,
    ReuseAsked,
)
from api.schemas.handover import DeliveryAsked, HandoverAsked
from api.schemas.payments import ReceiptAsked
from api.services import Services
from certify.outside import PaymentState


class CaseHere:
    """Acts as an officer of this home."""

    def __init__(self, services: Services, login: str) -> None:
        """Act on open services."""
        self._services, self._officer = services, officer_here(services, login)

    def open(self, asked: Row) -> Row:
        """Open a case."""
        form = case_form(CaseAsked.model_validate(asked, strict=False))
        return _row(case_whole(self._services, cases.open_for(self._services, self._officer, form)))

    def show(self, case_id: str) -> Row:
        """Give a case whole."""
        return _row(case_whole(self._services, cases.see(self._services, self._officer, case_id)))

    def act(self, case_id: str, asked: Row) -> Row:
        """Do something to a case."""
        given = CaseActAsked.model_validate(asked)
        done = handover.act(self._services, self._officer, case_id, given.act, code=given.code, to=given.to)
        return _row(case_whole(self._services, done))

    def write_slip(self, case_id: str, target: BinaryIO) -> None:
        """Write the slip into an open file."""
        language = self._services.settings.language
        target.write(counter_papers.slip(self._services, self._officer, case_id, language=language))

    def delivery(self, case_id: str, asked: Row | None) -> Row:
        """Give how a case is delivered, or choose it."""
        if asked is None:
            return _row(delivery_told(case_id, handover.look(self._services, self._officer, case_id)))
        given = DeliveryAsked.model_validate(asked, strict=False)
        chosen = handover.choose(self._services, self._officer, case_id, given.way, terms_of(given.terms))
        return _row(delivery_told(case_id, chosen))

    def hand_over(self, case_id: str, asked: Row) -> Row:
        """Hand the copies over."""
        given = receiver_of(HandoverAsked.model_validate(asked, strict=False))
        return _row(delivery_told(case_id, handover.hand_over(self._services, self._officer, case_id, given)))

    def write_sheet(self, case_id: str, target: BinaryIO) -> None:
        """Write the sheet to sign into an open file."""
        language = self._services.settings.language
        target.write(handover.collection_sheet(self._services, self._officer, case_id, language=language))

    def track(self, code: str) -> Row:
        """Tell how far the case of a code is."""
        return _row(tracked_told(self._services, cases.track(self._services, code)))

    def choices(self) -> Row:
        """Give the closed lists of the counter."""
        return _row(choices_told(self._services))

    def reuse(self, item_id: str, asked: Row | None) -> Row:
        """Give what the vault has, or answer it."""
        if asked is not None:
            given = ReuseAsked.model_validate(asked)
            item = reuse.answer(self._services, self._officer, item_id, given.choice, reason_code=given.reason_code)
            return _row(draft_row(item))
        found = reuse.see(self._services, self._officer, item_id)
        if found is None:
            raise NotFound(f"nobody asked the vault for item {item_id} yet")
        return _row(reuse_told(found))

    def write_notice(self, item_id: str, target: BinaryIO) -> None:
        """Write the sealed notice of a refusal into an open file."""
        target.write(counter_papers.refusal_notice(self._services, self._officer, item_id))

    def set_ground(self, item_id: str, asked: Row) -> Row:
        """Note that nothing is due."""
        payments.ask(self._services, self._officer, item_id)
        state = PaymentState(asked["kind"])
        done = cash.set_ground(self._services, self._officer, item_id, state=state, code=asked["code"])
        return _row(fee_told(self._services, done))

    def take_fee(self, item_id: str, asked: Row) -> Row:
        """Ask for the fee of an original, and take it at the desk when a receipt is named."""
        due = payments.ask(self._services, self._officer, item_id)
        if asked:
            given = ReceiptAsked.model_validate(asked)
            due = payments.take_at_desk(
                self._services, self._officer, item_id, receipt_number=given.receipt_number, method=given.method
            )
        return _row(fee_told(self._services, due))

    def look_after_fee(self, item_id: str) -> Row:
        """Ask the gateway what became of a fee."""
        return _row(fee_told(self._services, payments.look_after(self._services, self._officer, item_id)))

    def pretend(self, item_id: str, payer: SandboxPayer) -> Row:
        """Let the payer of the sandbox pay, or give up."""
        act = payments.pay_in_sandbox if payer is SandboxPayer.PAYS else payments.fail_in_sandbox
        return _row(fee_told(self._services, act(self._services, self._officer, item_id)))

    def day(self) -> Row:
        """Give what was taken and given back since the last close."""
        return _row(day_told(cash.my_day(self._services, self._officer)))

    def close_day(self, asked: Row) -> Row:
        """Close the cashier's day."""
        counted = CashCloseAsked.model_validate(asked).counted_cash_vnd
        return _row(close_told(cash.close_my_day(self._services, self._officer, counted_cash_vnd=counted)))

    def closes(self) -> Row:
        """Give the closed days."""
        return _row(CashCloseList(items=[close_told(one) for one in cash.closes(self._services, self._officer)]))

    def leave(self, asked: Row) -> Row:
        """Hand the work over until one is back."""
        given = LeaveAsked.model_validate(asked)
        moved = cases.go_on_leave(self._services, self._officer, until=given.until, substitute_id=given.substitute_id)
        return _row(LeaveTold(handed_over=moved))


def _row(told: BaseModel) -> Row:
    return told.model_dump(mode="json")
