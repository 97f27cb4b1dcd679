"""The turn of the year in the office's own time: another book, numbers from one again, and nothing that falls between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from certify.case import compare
from certify.errors import BookNotClosable, NoOpenBook, ReadyCopyExpired
from certify.items import Actor, ActorKind, Item
from certify.prepare import (
    ReadyCopy,
    VoidReason,
    check_not_expired,
    expiry_reason,
    get_ready,
    list_expired,
    mark_prepared,
    reserve,
    void_ready,
)
from certify.register import NumberStatus, close_book, finalise, open_book
from certify.register_export import export_rows
from certify.staff import check_may_certify
from certify.transitions import ItemState
from tests.bureau import AGENCY_CODE, LAW, Bureau

# Each has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

# 31 December 23:59 and 1 January 00:01 in the office, which is seven hours ahead of UTC.
OLD_YEAR = datetime(2026, 12, 31, 16, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
NEW_YEAR = datetime(2026, 12, 31, 17, 1, tzinfo=UTC)


def ready_item(bureau: Bureau) -> Item:
    item = bureau.extracted_item()
    with bureau.database.transaction() as tx:
        return compare(tx, item.item_id, officer_id=bureau.officer.staff_id, pages_compared=2, at=OLD_YEAR)


def prepared(bureau: Bureau, item: Item, *, at: datetime) -> ReadyCopy:
    actor = Actor(ActorKind.STAFF, bureau.officer.staff_id)
    with bureau.database.transaction() as tx:
        authority = check_may_certify(tx, bureau.officer.staff_id, at=at)
        ready = reserve(tx, item.item_id, authority=authority, law=LAW, actor=actor, random_bytes=bureau.random_bytes)
        return mark_prepared(tx, ready, sha256_hex="0" * 64, page_count=3, law=LAW, actor=actor, at=at)


def voided(bureau: Bureau, ready: ReadyCopy, *, at: datetime) -> Item:
    with bureau.database.transaction() as tx:
        reason = expiry_reason(ready, law=LAW, at=at)
        assert reason is VoidReason.DATE_CHANGED
        return void_ready(
            tx, ready, reason=reason, law=LAW, actor=Actor(ActorKind.WORKER, "w1"), at=at,
            random_bytes=bureau.random_bytes,
        )  # fmt: skip


def new_book(bureau: Bureau, *, at: datetime = NEW_YEAR) -> str:
    with bureau.database.transaction() as tx:
        return open_book(tx, agency_code=AGENCY_CODE, law=LAW, at=at, random_bytes=bureau.random_bytes).book_id


def rows_of(bureau: Bureau, book_id: str) -> list[tuple[str, str, str]]:
    with bureau.database.read() as tx:
        rows = export_rows(tx, book_id, law=LAW, requester_of=lambda _number: "")
    return [(row.number, row.date, row.note) for row in rows]


def test_copy_prepared_before_midnight_is_void_after_it_although_its_minutes_are_not_over(bureau: Bureau) -> None:
    ready = prepared(bureau, ready_item(bureau), at=OLD_YEAR)
    assert ready.expires_at > NEW_YEAR, "the deadline alone would still let it be signed"
    check_not_expired(ready, law=LAW, at=MIDNIGHT - timedelta(microseconds=1))
    with pytest.raises(ReadyCopyExpired, match="DATE_CHANGED"):
        check_not_expired(ready, law=LAW, at=MIDNIGHT)
    with bureau.database.read() as tx:
        assert [one.ready_id for one in list_expired(tx, law=LAW, at=NEW_YEAR)] == [ready.ready_id]


def test_number_that_midnight_took_stays_in_the_old_book_and_the_new_one_begins_with_one(bureau: Bureau) -> None:
    item = ready_item(bureau)
    first = prepared(bureau, ready_item(bureau), at=OLD_YEAR)
    second = prepared(bureau, item, at=OLD_YEAR)
    for ready in (first, second):
        assert voided(bureau, ready, at=NEW_YEAR).state is ItemState.VOIDED
    book_id = new_book(bureau)
    with bureau.database.transaction() as tx:
        compare(tx, item.item_id, officer_id=bureau.officer.staff_id, pages_compared=2, at=NEW_YEAR)
    again = prepared(bureau, item, at=NEW_YEAR)
    assert (again.number.book_id, again.number.seq_no, again.number.book_display) == (book_id, 1, "01/2027-SCTĐT/BS")
    assert again.code != second.code
    assert rows_of(bureau, bureau.book.book_id) == [
        ("1", "31/12/2026", "VOID DATE_CHANGED"),
        ("2", "31/12/2026", "VOID DATE_CHANGED"),
    ]


def test_without_a_book_of_the_new_year_nothing_is_taken_and_nothing_is_lost(bureau: Bureau) -> None:
    item = ready_item(bureau)
    with pytest.raises(NoOpenBook, match="2027"):
        prepared(bureau, item, at=NEW_YEAR)
    now = bureau.item(item.item_id)
    assert (now.state, now.attempt) == (ItemState.READY_TO_SIGN, 0)
    assert rows_of(bureau, bureau.book.book_id) == []


def test_copy_signed_in_the_old_year_and_sealed_in_the_new_one_stands_in_the_book_and_on_the_day_of_its_statement(
    bureau: Bureau,
) -> None:
    ready = prepared(bureau, ready_item(bureau), at=OLD_YEAR)
    book_id = new_book(bureau)
    newer = prepared(bureau, ready_item(bureau), at=NEW_YEAR)
    with bureau.database.transaction() as tx:
        for one in (newer, ready):
            finalise(
                tx, book_id=one.number.book_id, seq_no=one.number.seq_no, signer_text="A, B", detail={},
                at=NEW_YEAR + timedelta(hours=9),
            )  # fmt: skip
    assert rows_of(bureau, bureau.book.book_id) == [("1", "31/12/2026", "")]
    assert rows_of(bureau, book_id) == [("1", "01/01/2027", "")]


def test_old_book_closes_after_the_turn_once_nothing_in_it_is_open(bureau: Bureau) -> None:
    ready = prepared(bureau, ready_item(bureau), at=OLD_YEAR)
    new_book(bureau)
    with bureau.database.transaction() as tx, pytest.raises(BookNotClosable):
        close_book(tx, bureau.book.book_id, at=NEW_YEAR)
    voided(bureau, ready, at=NEW_YEAR)
    with bureau.database.transaction() as tx:
        closed = close_book(tx, bureau.book.book_id, at=NEW_YEAR)
        now = get_ready(tx, ready.ready_id).number
    assert (closed.last_seq_no, now.status) == (1, NumberStatus.VOID)
