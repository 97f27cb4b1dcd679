"""Fees as they go over the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from api.schemas.wire import Asked, Moment, Told, UlidText
from certify.outside import PaymentMethod

_Receipt = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\x20-\x7E]+$", examples=["BL-2026-000123"])]


class PaymentTold(Told):
    """The fee of one original: due, paid with a receipt's number, refunded."""

    payment_id: UlidText
    item_id: UlidText
    amount_vnd: int = Field(examples=[4000])
    state: str = Field(description="DUE, PAID, EXEMPT, WAIVED or REFUNDED.", examples=["DUE"])
    method: str | None = Field(
        description="GATEWAY, CASH, BANK_TRANSFER or (older) DESK, once it is paid.", examples=["GATEWAY"]
    )
    pay_url: str | None = Field(description="Where the payer pays, when there is a gateway.")
    receipt_number: str | None
    refund_receipt_number: str | None
    source: str | None = Field(description="What takes the money; `sandbox` takes none.", examples=["gateway"])
    created_at: Moment
    paid_at: Moment | None
    refunded_at: Moment | None
    ground: str | None = Field(default=None, description="Why nothing is due.", examples=["MERIT"])
    failures: int = Field(default=0, description="How often the gateway said that it was not paid.")
    failure_code: str | None = Field(default=None, description="What the gateway said the last time.")


class ReceiptAsked(Asked):
    """The receipt given at the desk, and how it was paid."""

    receipt_number: _Receipt
    method: PaymentMethod = PaymentMethod.CASH

    @field_validator("method")
    @classmethod
    def _at_the_desk(cls, method: PaymentMethod) -> PaymentMethod:
        if method is PaymentMethod.GATEWAY:
            raise ValueError("a gateway says itself what was paid")
        return method


class RefundAsked(Asked):
    """The receipt for what was paid back at the desk; a gateway gives its own."""

    receipt_number: _Receipt | None = None
