"""Races nobody may lose, on SQLite and on PostgreSQL: two closings, two approvals, a deadline against a signature."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from certify.approve import ApprovalRequest, approve
from certify.effects import once
from certify.errors import AlreadyApproved, BookClosed, BookNotClosable, RegisterError
from certify.items import Actor, ActorKind, Item, advance, lock_item
from certify.prepare import ReadyCopy, VoidReason, mark_prepared, reserve, void_ready
from certify.register import NumberStatus, finalise, get_book, get_number
from certify.registry import CorrectionOrder, annul, close_counted_book
from certify.staff import check_may_certify
from certify.tables import approvals, items, numbers
from certify.transitions import ItemEvent, ItemState
from tests.bureau import LAW, Bureau, build_bureau
from tests.databases import database_with_tables
from tests.postgres import fresh_database
from vault.database import open_database
from vault.errors import StatusConflict
from vault.shapes import RegisterStatus, Sensitivity
from vault.status import NewCopyStatus, register_copy_status, status

# Each has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow
WORKER = Actor(ActorKind.WORKER, "w1")


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bureau]:
    if request.param == "sqlite":
        with database_with_tables(tmp_path) as database:
            yield build_bureau(tmp_path, database)
        return
    with fresh_database(request.getfixturevalue("postgresql_url")) as url:
        opened = open_database(url)
        try:
            opened.create_all()
            yield build_bureau(tmp_path, opened)
        finally:
            opened.close()


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Let all begin together; gives what each returned or raised."""
    gate = threading.Barrier(len(acts))

    def begin(act: Callable[[], object]) -> object:
        gate.wait()
        try:
            return act()
        except (RegisterError, AlreadyApproved, StatusConflict) as exc:
            return exc

    with ThreadPoolExecutor(max_workers=len(acts)) as people:
        return list(people.map(begin, acts))


def reserved(office: Bureau) -> tuple[Item, ReadyCopy]:
    item = office.extracted_item(pages=1)
    staff_id = office.officer.staff_id
    office.move(item, ItemEvent.COMPARE, {"pages_compared": 1, "compared_by": staff_id, "compared_at": office.at})
    office.move(item, ItemEvent.RELEASE)
    with office.database.transaction() as tx:
        authority = check_may_certify(tx, staff_id, at=office.at)
        ready = reserve(
            tx,
            item.item_id,
            authority=authority,
            law=LAW,
            actor=WORKER,
            random_bytes=office.random_bytes,
        )
    return item, ready


def prepared(office: Bureau) -> tuple[Item, ReadyCopy]:
    item, ready = reserved(office)
    digest = hashlib.sha256(item.item_id.encode()).hexdigest()
    with office.database.transaction() as tx:
        ready = mark_prepared(tx, ready, sha256_hex=digest, page_count=2, law=LAW, actor=WORKER, at=office.at)
    return item, ready


def closing(office: Bureau, *, last_number: int) -> Callable[[], object]:
    def close() -> object:
        with office.database.transaction() as tx:
            return close_counted_book(
                tx,
                office.book.book_id,
                last_number=last_number,
                closed_by=office.officer.staff_id,
                at=office.at,
                random_bytes=office.random_bytes,
            )

    return close


def test_of_two_closings_of_one_book_one_is_the_closing(office: Bureau) -> None:
    ended = at_once(closing(office, last_number=0), closing(office, last_number=0))
    assert sorted(type(one).__name__ for one in ended) == ["BookClosed", "Closing"]


def test_a_closing_and_a_number_at_once_never_leave_a_reserved_number_in_a_closed_book(office: Bureau) -> None:
    item = office.extracted_item(pages=1)
    office.move(item, ItemEvent.COMPARE, {"pages_compared": 1})
    office.move(item, ItemEvent.RELEASE)

    def take() -> object:
        with office.database.transaction() as tx:
            authority = check_may_certify(tx, office.officer.staff_id, at=office.at)
            return reserve(
                tx,
                item.item_id,
                authority=authority,
                law=LAW,
                actor=WORKER,
                random_bytes=office.random_bytes,
            )

    ended = at_once(closing(office, last_number=0), take)
    with office.database.read() as tx:
        book = get_book(tx, office.book.book_id)
        held = tx.execute(sa.select(sa.func.count()).select_from(numbers)).scalar_one()
    if book.status == "CLOSED":
        assert isinstance(ended[1], BookClosed)
        assert held == 0
    else:
        assert isinstance(ended[0], BookNotClosable)
        assert held == 1


def test_two_windows_that_approve_one_ready_copy_leave_one_approval(office: Bureau) -> None:
    _item, ready = prepared(office)
    request = ApprovalRequest(
        ready.ready_id,
        ready.sha256_hex or "",
        office.officer.staff_id,
        "activation",
        tuple(line.code for line in LAW.checklist),
    )

    def say_yes() -> object:
        with office.database.transaction() as tx:
            return approve(tx, request, law=LAW, at=office.at, random_bytes=office.random_bytes)

    ended = at_once(*[say_yes] * 4)
    assert sorted(type(one).__name__ for one in ended) == ["AlreadyApproved"] * 3 + ["Approval"]
    with office.database.read() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(approvals)).scalar_one() == 1


def test_a_deadline_and_a_signature_at_once_end_signed_or_void_and_never_both(office: Bureau) -> None:
    item, ready = prepared(office)
    late = office.at + timedelta(minutes=LAW.approval_minutes(office.at))

    def void() -> object:
        with office.database.transaction() as tx:
            if lock_item(tx, item.item_id).state is not ItemState.PREPARED:
                return "too late to void"
            return void_ready(
                tx,
                ready,
                reason=VoidReason.DEADLINE_PASSED,
                law=LAW,
                actor=WORKER,
                at=late,
                random_bytes=office.random_bytes,
            ).state

    def sign() -> object:
        with office.database.transaction() as tx:
            if lock_item(tx, item.item_id).state is ItemState.VOIDED:
                return "too late to sign"
            assert once(tx, item.item_id, job="copy-1", effect="OFFICER_SIGNED", at=office.at)
            return advance(tx, item.item_id, event=ItemEvent.OFFICER_SIGN, actor=WORKER, at=office.at).state

    ended = at_once(void, sign)
    with office.database.read() as tx:
        state = tx.execute(sa.select(items.c.state).where(items.c.item_id == item.item_id)).scalar_one()
        number = get_number(tx, book_id=ready.number.book_id, seq_no=ready.number.seq_no).status
    assert (ended, state, number) in (
        ([ItemState.VOIDED, "too late to sign"], "VOIDED", NumberStatus.VOID),
        (["too late to void", ItemState.OFFICER_SIGNED], "OFFICER_SIGNED", NumberStatus.RESERVED),
    )


def test_of_two_annulments_of_one_copy_one_counts_and_the_status_is_never_half_done(office: Bureau) -> None:
    item, ready = reserved(office)
    with office.database.transaction() as tx:
        tx.execute(
            items.update()
            .where(items.c.item_id == item.item_id)
            .values(state=ItemState.CERTIFIED.value, record_id=ready.ready_id)
        )
        finalise(
            tx,
            book_id=ready.number.book_id,
            seq_no=ready.number.seq_no,
            signer_text="x",
            detail={"code": ready.code},
            at=office.at,
        )
        new = NewCopyStatus(
            ready.code,
            RegisterStatus.FINAL,
            "H99.01",
            "1 · 01/2026",
            "VN.BIRTH_CERT",
            Sensitivity.NORMAL,
            office.at,
            2,
            "a" * 64,
        )
        register_copy_status(tx, new, at=office.at)
    order = CorrectionOrder(office.officer.staff_id, office.at, office.random_bytes, "WRONG_ORIGINAL", "15/QĐ-UBND")

    def undo() -> object:
        with office.database.transaction() as tx:
            return annul(tx, ready.code, order=order)

    ended = at_once(undo, undo, undo)
    assert sorted(type(one).__name__ for one in ended) == ["CertifiedLine", "NumberConflict", "NumberConflict"]
    with office.database.read() as tx:
        assert status(tx, at=office.at, code=ready.code).register is RegisterStatus.ANNULLED
