"""Sendings wait longer after each failure, and those that failed together come back one by one."""

from __future__ import annotations

from datetime import UTC, datetime

from vault.delivery import BACK_OFF, Channel, Delivery, DeliveryState
from vault.delivery.deliveries import wait_after

AT = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


def test_what_failed_together_returns_apart_and_never_more_than_a_tenth_early_or_late() -> None:
    waits = {}
    for number in range(2_000):  # enough ids that both ends of the spread are among them
        delivery = Delivery(
            delivery_id=f"sending-{number}",
            channel=Channel.EMAIL,
            target="somebody",
            subject_id="notice",
            state=DeliveryState.PENDING,
            attempts=1,
            due_at=AT,
            last_code=None,
            created_at=AT,
            ended_at=None,
        )
        waits[number] = wait_after(delivery)
    assert (min(waits.values()), max(waits.values())) == (BACK_OFF[0] * 9 / 10, BACK_OFF[0] * 11 / 10)
    assert len(set(waits.values())) == 256
