"""What waits for a fee: by the channel, by the day on which the case was opened, and until it is settled or not owed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

import certify.outside.tables  # noqa: F401 - registers the payments' tables on the metadata
from certify import pay_first
from certify.case import Channel, compare
from certify.counter import desk_rules, exempt
from certify.errors import GuardRefused, LawDataInvalid
from certify.free_copies import FreeCopy, open_free_copy
from certify.items import Actor, ActorKind, Item
from certify.law_data import load_law
from certify.outside import NewPayment, PaymentMethod, Taken, ask_payment, note_paid_at_desk, note_refunded
from certify.pay_first import PayFirst, Stage, check_settled, load_pay_first, waits_for_fee
from certify.prepare import reserve
from certify.register import NumberStatus, find_number
from certify.staff import check_may_certify
from certify.tables import cases
from tests.bureau import AGENCY_CODE, AT, LAW, Bureau

# Each has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow


def online_item(bureau: Bureau) -> Item:
    item = bureau.extracted_item()
    with bureau.database.transaction() as tx:
        tx.execute(cases.update().where(cases.c.case_id == item.case_id).values(channel=Channel.ONLINE.value))
    with bureau.database.transaction() as tx:
        return compare(tx, item.item_id, officer_id=bureau.officer.staff_id, pages_compared=2, at=AT)


def take_number(bureau: Bureau, item: Item) -> None:
    with bureau.database.transaction() as tx:
        authority = check_may_certify(tx, bureau.officer.staff_id, at=AT)
        reserve(
            tx, item.item_id, authority=authority, law=LAW, actor=Actor(ActorKind.STAFF, bureau.officer.staff_id),
            random_bytes=bureau.random_bytes,
        )  # fmt: skip


def ask(bureau: Bureau, item: Item) -> None:
    with bureau.database.transaction() as tx:
        new = NewPayment(item.item_id, AGENCY_CODE, 4000, "x", bureau.officer.staff_id)
        ask_payment(tx, new, at=AT, random_bytes=bureau.random_bytes)


def test_no_number_is_taken_for_an_online_request_before_its_fee_is_paid(bureau: Bureau) -> None:
    item = online_item(bureau)
    for step in ("not asked", "due"):
        with pytest.raises(GuardRefused) as refused:
            take_number(bureau, item)
        assert refused.value.code == "UNPAID", step
        with bureau.database.read() as tx:
            assert find_number(tx, item_id=item.item_id, attempt=1) is None, "a number was lost to an unpaid fee"
        ask(bureau, item)
    with bureau.database.transaction() as tx:
        taken = Taken("BL-1", PaymentMethod.CASH, bureau.officer.staff_id)
        note_paid_at_desk(tx, item.item_id, taken, at=AT, random_bytes=bureau.random_bytes)
    take_number(bureau, item)
    with bureau.database.read() as tx:
        number = find_number(tx, item_id=item.item_id, attempt=1)
    assert number is not None
    assert number.status is NumberStatus.RESERVED


def test_what_was_paid_back_is_owed_again_and_what_is_exempt_is_not(bureau: Bureau) -> None:
    item, other = online_item(bureau), online_item(bureau)
    ask(bureau, item)
    ask(bureau, other)
    with bureau.database.transaction() as tx:
        taken = Taken("BL-1", PaymentMethod.CASH, bureau.officer.staff_id)
        paid = note_paid_at_desk(tx, item.item_id, taken, at=AT, random_bytes=bureau.random_bytes)
        check_settled(tx, item, Stage.CERTIFY, law=LAW, at=AT)
        note_refunded(
            tx, paid, receipt_number="HT-1", staff_id="x", at=AT, random_bytes=bureau.random_bytes
        )  # fmt: skip
        with pytest.raises(GuardRefused, match="REFUNDED"):
            check_settled(tx, item, Stage.CERTIFY, law=LAW, at=AT)
        exempt(
            tx, other.item_id, code="MERIT", rules=desk_rules(LAW, at=AT), staff_id="x", at=AT,
            random_bytes=bureau.random_bytes,
        )  # fmt: skip
        check_settled(tx, other, Stage.CERTIFY, law=LAW, at=AT)
        check_settled(tx, other, Stage.DELIVERY, law=LAW, at=AT)


def test_counter_pays_when_the_copies_are_handed_over_and_our_mistake_costs_nothing(bureau: Bureau) -> None:
    item, free = bureau.extracted_item(), online_item(bureau)
    with bureau.database.transaction() as tx:
        check_settled(tx, item, Stage.CERTIFY, law=LAW, at=AT)
        with pytest.raises(GuardRefused, match="not asked yet"):
            check_settled(tx, item, Stage.DELIVERY, law=LAW, at=AT)
        open_free_copy(tx, FreeCopy(free.item_id, "K7PM3QWX9DHT5", "CLERICAL_ERROR", "x"), at=AT)
        check_settled(tx, free, Stage.CERTIFY, law=LAW, at=AT)


def test_a_change_on_a_date_changes_nothing_for_a_case_that_was_opened_before(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = bureau.extracted_item()
    everywhere = dict.fromkeys(Channel, Stage.CERTIFY)
    now = load_pay_first("vn")[0]
    changed = (
        PayFirst(now.basis_id, now.valid_from, date(2026, 12, 31), now.before),
        PayFirst("new", date(2027, 1, 1), None, everywhere),
    )
    monkeypatch.setattr(pay_first, "load_pay_first", lambda _country: changed)
    later = datetime(2027, 1, 5, tzinfo=UTC)
    assert waits_for_fee(LAW, Channel.COUNTER, at=AT) is Stage.DELIVERY
    assert waits_for_fee(LAW, Channel.COUNTER, at=later) is Stage.CERTIFY
    with bureau.database.transaction() as tx:
        check_settled(tx, item, Stage.CERTIFY, law=LAW, at=later)
        tx.execute(cases.update().where(cases.c.case_id == item.case_id).values(opened_at=later))
        with pytest.raises(GuardRefused, match="not asked yet"):
            check_settled(tx, item, Stage.CERTIFY, law=LAW, at=later)


def test_two_rules_for_one_day_are_an_error_and_every_country_has_one_for_each_channel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for country in ("vn", "es"):
        law = load_law(country)
        assert {waits_for_fee(law, channel, at=AT) for channel in Channel} <= set(Stage)
    (rule,) = load_pay_first("vn")
    monkeypatch.setattr(pay_first, "load_pay_first", lambda _country: (rule, rule))
    with pytest.raises(LawDataInvalid, match="2 rules"):
        waits_for_fee(LAW, Channel.COUNTER, at=AT)
