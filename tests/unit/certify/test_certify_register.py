"""The register: one open book, numbers without gap or double, voids that stay, eight columns with right totals."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from certify.errors import BookClosed, BookNotClosable, NoOpenBook, NumberConflict, TwoOpenBooks
from certify.register import (
    NumberStatus,
    Reservation,
    ReservedNumber,
    close_book,
    finalise,
    get_book,
    open_book,
    reserve_number,
    the_open_book,
    void,
)
from certify.register_export import export_rows, gaps, totals
from certify.rules import Fee
from certify.tables import books
from tests.bureau import AGENCY_CODE, AT, LAW, Bureau, build_bureau
from tests.postgres import fresh_database
from vault.database import open_database

# Each has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

NEW_YEAR = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)


def reserve(bureau: Bureau, *, attempt: int = 1, item_id: str | None = None, at: datetime = AT) -> ReservedNumber:
    reservation = Reservation(
        item_id=item_id or bureau.add_item().item_id,
        attempt=attempt,
        original_title="Giấy khai sinh",
        copies=1,
        fee=Fee(2_000, "VND", "VN-226-2016", "circular-226-2016"),
    )
    with bureau.database.transaction() as tx:
        return reserve_number(tx, reservation, agency_code=AGENCY_CODE, law=LAW, at=at)


def test_first_numbers_of_a_book_are_one_and_two(bureau: Bureau) -> None:
    assert [reserve(bureau).display_no, reserve(bureau).display_no] == ["1", "2"]
    assert bureau.book.display == "01/2026-SCTĐT/BS"


def test_asking_twice_for_the_same_attempt_gives_the_same_number(bureau: Bureau) -> None:
    item_id = bureau.add_item().item_id
    assert reserve(bureau, item_id=item_id) == reserve(bureau, item_id=item_id)
    assert reserve(bureau, item_id=item_id, attempt=2).seq_no == 2


def test_fifty_concurrent_officers_get_fifty_different_numbers_without_a_gap(bureau: Bureau) -> None:
    check_fifty_at_once(bureau)


def test_fifty_concurrent_officers_get_fifty_different_numbers_on_postgresql(
    tmp_path: Path, postgresql_url: str
) -> None:
    with fresh_database(postgresql_url) as url:
        database = open_database(url)
        database.create_all()
        try:
            check_fifty_at_once(build_bureau(tmp_path, database))
        finally:
            database.close()


def check_fifty_at_once(bureau: Bureau) -> None:
    item_ids = [bureau.add_item().item_id for _ in range(50)]
    with ThreadPoolExecutor(max_workers=50) as officers:
        taken = list(officers.map(lambda item_id: reserve(bureau, item_id=item_id).seq_no, item_ids))
    assert sorted(taken) == list(range(1, 51))
    with bureau.database.read() as tx:
        assert gaps(tx, bureau.book.book_id) == ()


def test_rolled_back_reservation_leaves_no_gap(bureau: Bureau) -> None:
    item_id = bureau.add_item().item_id
    with bureau.database.transaction() as tx:
        reservation = Reservation(item_id, 1, "Giấy khai sinh", 1, Fee(2_000, "VND", "v", "b"))
        assert reserve_number(tx, reservation, agency_code=AGENCY_CODE, law=LAW, at=AT).seq_no == 1
        tx.rollback()
    assert reserve(bureau).seq_no == 1


def test_void_keeps_its_line_and_its_reason_and_leaves_no_gap(bureau: Bureau) -> None:
    number = reserve(bureau)
    with bureau.database.transaction() as tx:
        voided = void(tx, book_id=number.book_id, seq_no=number.seq_no, reason="DEADLINE_PASSED", at=AT)
    assert (voided.status, voided.void_reason) == (NumberStatus.VOID, "DEADLINE_PASSED")
    assert reserve(bureau).seq_no == 2
    with bureau.database.read() as tx:
        assert gaps(tx, bureau.book.book_id) == ()


def test_void_without_a_reason_is_refused(bureau: Bureau) -> None:
    number = reserve(bureau)
    with pytest.raises(NumberConflict, match="reason"), bureau.database.transaction() as tx:
        void(tx, book_id=number.book_id, seq_no=number.seq_no, reason="", at=AT)


def test_number_made_final_can_neither_be_voided_nor_made_final_again(bureau: Bureau) -> None:
    number = reserve(bureau)
    with bureau.database.transaction() as tx:
        finalise(tx, book_id=number.book_id, seq_no=number.seq_no, signer_text="x", detail={}, at=AT)
    with pytest.raises(NumberConflict, match="FINAL"), bureau.database.transaction() as tx:
        void(tx, book_id=number.book_id, seq_no=number.seq_no, reason="CANCELLED", at=AT)
    with pytest.raises(NumberConflict, match="FINAL"), bureau.database.transaction() as tx:
        finalise(tx, book_id=number.book_id, seq_no=number.seq_no, signer_text="x", detail={}, at=AT)


def test_opening_a_second_book_is_refused_and_names_the_first(bureau: Bureau) -> None:
    with pytest.raises(TwoOpenBooks, match="01/2026-SCTĐT/BS"), bureau.database.transaction() as tx:
        open_book(tx, agency_code=AGENCY_CODE, law=LAW, at=AT, random_bytes=bureau.random_bytes, volume=2)


def test_two_open_books_that_exist_all_the_same_are_an_error_that_names_them(bureau: Bureau) -> None:
    with bureau.database.transaction() as tx:
        row = dict(tx.execute(sa.select(books)).one()._mapping)
        row |= {"book_id": bureau.new_id(), "volume": 2, "display": "02/2026-SCTĐT/BS"}
        tx.execute(books.insert().values(**row))
    with pytest.raises(TwoOpenBooks, match="01/2026-SCTĐT/BS, 02/2026-SCTĐT/BS"):
        reserve(bureau)


def test_closed_book_takes_no_number_and_the_error_names_it(bureau: Bureau) -> None:
    with bureau.database.transaction() as tx:
        close_book(tx, bureau.book.book_id, at=AT)
    with pytest.raises(BookClosed, match="01/2026-SCTĐT/BS"):
        reserve(bureau)


def test_book_with_reserved_numbers_does_not_close(bureau: Bureau) -> None:
    reserve(bureau)
    with pytest.raises(BookNotClosable, match="1 reserved"), bureau.database.transaction() as tx:
        close_book(tx, bureau.book.book_id, at=AT)


def test_second_closing_of_a_book_is_refused(bureau: Bureau) -> None:
    with bureau.database.transaction() as tx:
        close_book(tx, bureau.book.book_id, at=AT)
    with pytest.raises(BookClosed, match="already"), bureau.database.transaction() as tx:
        close_book(tx, bureau.book.book_id, at=AT)


def test_new_year_in_the_office_needs_a_book_of_the_new_year(bureau: Bureau) -> None:
    with pytest.raises(NoOpenBook, match="2027"):
        reserve(bureau, at=NEW_YEAR)
    with bureau.database.transaction() as tx:
        open_book(tx, agency_code=AGENCY_CODE, law=LAW, at=NEW_YEAR, random_bytes=bureau.random_bytes)
        assert the_open_book(tx, agency_code=AGENCY_CODE, law=LAW, at=NEW_YEAR).display == "01/2027-SCTĐT/BS"
    assert reserve(bureau, at=NEW_YEAR).seq_no == 1


def test_next_volume_opens_after_the_first_was_closed(bureau: Bureau) -> None:
    with bureau.database.transaction() as tx:
        close_book(tx, bureau.book.book_id, at=AT)
        with pytest.raises(BookClosed):
            open_book(tx, agency_code=AGENCY_CODE, law=LAW, at=AT, random_bytes=bureau.random_bytes)
        second = open_book(tx, agency_code=AGENCY_CODE, law=LAW, at=AT, random_bytes=bureau.random_bytes, volume=2)
    assert second.display == "02/2026-SCTĐT/BS"


def test_export_has_eight_columns_and_totals_that_leave_voids_out(bureau: Bureau) -> None:
    first, second = reserve(bureau), reserve(bureau)
    with bureau.database.transaction() as tx:
        finalise(tx, book_id=first.book_id, seq_no=1, signer_text="Nguyễn Thị Mẫu, Phó Chủ tịch", detail={}, at=AT)
        void(tx, book_id=second.book_id, seq_no=2, reason="CANCELLED", at=AT)
        rows = export_rows(tx, bureau.book.book_id, law=LAW, requester_of=lambda seq_no: f"người {seq_no}")
        assert get_book(tx, bureau.book.book_id).last_seq_no == 2
    assert [len(type(row).__dataclass_fields__) for row in rows] == [8, 8]
    assert (rows[0].number, rows[0].date, rows[0].requester) == ("1", "22/11/2026", "người 1")
    assert rows[1].note == "VOID CANCELLED"
    summed = totals(rows)
    assert (summed.numbers, summed.voided, summed.copies, summed.fee_vnd) == (2, 1, 1, 2_000)
