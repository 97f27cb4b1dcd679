"""The tables of what the office does with other systems: look-ups in databases, and payments by a gateway."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from vault.database import ULID_LENGTH, UtcDateTime, metadata

_CODE: Final = sa.String(64)

look_ups: Final = sa.Table(
    "certify_look_ups",
    metadata,
    sa.Column("look_up_id", sa.String(ULID_LENGTH), primary_key=True),
    sa.Column("agency_code", _CODE, nullable=False, index=True),
    sa.Column("staff_id", _CODE, nullable=False),
    sa.Column("basis_id", _CODE, nullable=False),
    sa.Column("source", _CODE, nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime, nullable=True),
)

payments: Final = sa.Table(
    "certify_payments",
    metadata,
    sa.Column("payment_id", sa.String(ULID_LENGTH), primary_key=True),
    sa.Column("item_id", sa.String(ULID_LENGTH), nullable=False, unique=True),
    sa.Column("agency_code", _CODE, nullable=False),
    sa.Column("amount_vnd", sa.Integer, nullable=False),
    sa.Column("fee_rule", _CODE, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("method", sa.String(16), nullable=True),
    sa.Column("reference", sa.String(128), nullable=True),
    sa.Column("pay_url", sa.String(2000), nullable=True),
    sa.Column("receipt_number", _CODE, nullable=True),
    sa.Column("refund_receipt_number", _CODE, nullable=True),
    sa.Column("created_by", _CODE, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("paid_at", UtcDateTime, nullable=True),
    sa.Column("refunded_at", UtcDateTime, nullable=True),
    # Who took the money and gave it back, why nothing is due, and in which day close each stands.
    sa.Column("taken_by", sa.String(ULID_LENGTH), nullable=True),
    sa.Column("refunded_by", sa.String(ULID_LENGTH), nullable=True),
    sa.Column("exemption_code", _CODE, nullable=True),
    sa.Column("close_id", sa.String(ULID_LENGTH), nullable=True),
    sa.Column("refund_close_id", sa.String(ULID_LENGTH), nullable=True),
    # How often the gateway said that it was not paid, and why the last time; empty in rows of older releases.
    sa.Column("failures", sa.Integer, nullable=True),
    sa.Column("failure_code", _CODE, nullable=True),
)
