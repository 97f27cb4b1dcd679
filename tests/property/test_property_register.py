"""The register and the log under any order of acts: no number twice, no gap, no way back, and the log grows in step."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, precondition, rule

from certify.annotations import AnnotationKind
from certify.errors import BookClosed, BookNotClosable, NoOpenBook, NumberConflict, TransitionRefused, TwoOpenBooks
from certify.items import Actor, ActorKind
from certify.prepare import ReadyCopy, VoidReason, get_ready, reserve, void_ready
from certify.register import NumberStatus, close_book, finalise, get_book, open_book, sum_up
from certify.register_export import export_rows, gaps, totals
from certify.registry import CorrectionOrder, annul, close_counted_book, note_original
from certify.staff import check_may_certify
from certify.tables import books, numbers
from certify.transitions import ItemEvent
from tests.bureau import AGENCY_CODE, LAW, Bureau, build_bureau
from tests.databases import database_with_tables
from vault.log.tables import log_leaves
from vault.shapes import RegisterStatus, Sensitivity
from vault.status import NewCopyStatus, register_copy_status, status

# A whole office behind each walk; the fast check leaves it out.
pytestmark = pytest.mark.slow

ALLOWED = {
    NumberStatus.RESERVED: {NumberStatus.RESERVED, NumberStatus.FINAL, NumberStatus.VOID},
    NumberStatus.FINAL: {NumberStatus.FINAL, NumberStatus.ANNULLED},
    NumberStatus.VOID: {NumberStatus.VOID},
    NumberStatus.ANNULLED: {NumberStatus.ANNULLED},
}


class RegisterWalk(RuleBasedStateMachine):
    """Officers, clerks and a keeper of books, in any order."""

    ready = Bundle("ready")
    certified = Bundle("certified")

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._folder = Path(tempfile.mkdtemp(prefix="vidimus-walk-"))
        self._stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
        database = self._stack.enter_context(database_with_tables(self._folder))
        self.bureau: Bureau = build_bureau(self._folder, database)
        self.volume = 1
        self.seen: dict[tuple[str, int], NumberStatus] = {}
        self.leaves = 0

    def teardown(self) -> None:
        self._stack.close()

    @property
    def is_open(self) -> bool:
        with self.bureau.database.read() as tx:
            return get_book(tx, self.bureau.book.book_id).status == "OPEN"

    @rule(target=ready)
    def reserve(self) -> ReadyCopy | object:
        bureau = self.bureau
        item = bureau.extracted_item(pages=1)
        bureau.move(item, ItemEvent.COMPARE, {"pages_compared": 1})
        bureau.move(item, ItemEvent.RELEASE)
        try:
            with bureau.database.transaction() as tx:
                return reserve(
                    tx,
                    item.item_id,
                    authority=check_may_certify(tx, bureau.officer.staff_id, at=bureau.at),
                    law=LAW,
                    actor=Actor(ActorKind.WORKER, "w"),
                    random_bytes=bureau.random_bytes,
                )
        except (BookClosed, NoOpenBook):
            assert not self.is_open
            return multiple()

    @rule(target=certified, taken=consumes(ready))
    def certify(self, taken: ReadyCopy) -> ReadyCopy:
        with self.bureau.database.transaction() as tx:
            finalise(
                tx,
                book_id=taken.number.book_id,
                seq_no=taken.number.seq_no,
                signer_text="x",
                detail={"code": taken.code},
                at=self.bureau.at,
            )
            register_copy_status(tx, self._final(taken), at=self.bureau.at)
        return taken

    @rule(taken=consumes(ready))
    def give_up(self, taken: ReadyCopy) -> None:
        with self.bureau.database.transaction() as tx:
            for _twice in range(2):
                void_ready(
                    tx,
                    get_ready(tx, taken.ready_id),
                    reason=VoidReason.CANCELLED,
                    law=LAW,
                    actor=Actor(ActorKind.WORKER, "w"),
                    at=self.bureau.at,
                    random_bytes=self.bureau.random_bytes,
                )

    @rule(copy=certified, kind=st.sampled_from([AnnotationKind.ORIGINAL_REPLACED, AnnotationKind.ORIGINAL_REVOKED]))
    def change_original(self, copy: ReadyCopy, kind: AnnotationKind) -> None:
        try:
            with self.bureau.database.transaction() as tx:
                note_original(tx, copy.code, kind, order=self._order())
        except NumberConflict:
            assert self.seen[copy.number.book_id, copy.number.seq_no] is NumberStatus.ANNULLED

    @rule(copy=certified, decision=st.sampled_from(["", "15/QĐ-UBND"]))
    def annul_copy(self, copy: ReadyCopy, decision: str) -> None:
        # The walk certifies no item, so the act on the item is refused after the register: all of it is undone.
        with pytest.raises((NumberConflict, TransitionRefused)), self.bureau.database.transaction() as tx:
            annul(tx, copy.code, order=self._order(decision))

    @rule(off_by=st.sampled_from([0, 1]))
    def close(self, off_by: int) -> None:
        bureau = self.bureau
        with bureau.database.read() as tx:
            book = get_book(tx, bureau.book.book_id)
            reserved = NumberStatus.RESERVED in self._statuses(tx, book.book_id)
        try:
            with bureau.database.transaction() as tx:
                closing = close_counted_book(
                    tx,
                    book.book_id,
                    last_number=book.last_seq_no + off_by,
                    closed_by=bureau.officer.staff_id,
                    at=bureau.at,
                    random_bytes=bureau.random_bytes,
                )
        except BookNotClosable:
            assert reserved or off_by
        except BookClosed:
            assert book.status == "CLOSED"
        else:
            assert not reserved
            assert not off_by
            with bureau.database.read() as tx:
                rows = export_rows(tx, book.book_id, law=LAW, requester_of=lambda _: "")
            assert totals(rows) == closing.totals

    @rule()
    def open_next(self) -> None:
        bureau = self.bureau
        try:
            with bureau.database.transaction() as tx:
                book = open_book(
                    tx,
                    agency_code=AGENCY_CODE,
                    law=LAW,
                    at=bureau.at,
                    random_bytes=bureau.random_bytes,
                    volume=self.volume + 1,
                )
        except TwoOpenBooks:
            assert self.is_open
        else:
            self.volume += 1
            bureau.book = book

    @precondition(lambda self: not self.is_open)
    @rule()
    def close_again(self) -> None:
        with pytest.raises(BookClosed), self.bureau.database.transaction() as tx:
            close_book(tx, self.bureau.book.book_id, at=self.bureau.at + timedelta(minutes=1))

    @invariant()
    def no_gap_no_double_and_no_way_back(self) -> None:
        with self.bureau.database.read() as tx:
            opened = 0
            for book_id in tx.execute(sa.select(books.c.book_id)).scalars().all():
                book = get_book(tx, book_id)
                opened += book.status == "OPEN"
                assert gaps(tx, book_id) == ()
                found = self._statuses(tx, book_id)
                assert len(found) == book.last_seq_no == sum_up(tx, book_id).numbers
                for number, now in enumerate(found, start=1):
                    before = self.seen.get((book_id, number), now)
                    assert now in ALLOWED[before], (number, before, now)
                    self.seen[book_id, number] = now
            assert opened <= 1

    @invariant()
    def log_never_loses_a_leaf(self) -> None:
        with self.bureau.database.read() as tx:
            count = tx.execute(sa.select(sa.func.count()).select_from(log_leaves)).scalar_one()
        assert count >= self.leaves
        self.leaves = count

    @invariant()
    def every_void_shows_by_its_code(self) -> None:
        with self.bureau.database.read() as tx:
            rows = tx.execute(sa.select(numbers.c.item_id, numbers.c.attempt).where(numbers.c.status == "VOID")).all()
            for row in rows:
                code = get_ready(tx, item_id=row.item_id, attempt=row.attempt).code
                assert status(tx, at=self.bureau.at, code=code).register is RegisterStatus.VOID

    def _statuses(self, tx: sa.Connection, book_id: str) -> list[NumberStatus]:
        rows = tx.execute(sa.select(numbers.c.status).where(numbers.c.book_id == book_id).order_by(numbers.c.seq_no))
        return [NumberStatus(found) for found in rows.scalars()]

    def _order(self, decision: str = "") -> CorrectionOrder:
        return CorrectionOrder(
            self.bureau.officer.staff_id, self.bureau.at, self.bureau.random_bytes, "ISSUER_NOTICE", decision or None
        )

    def _final(self, taken: ReadyCopy) -> NewCopyStatus:
        return NewCopyStatus(
            code=taken.code,
            register=RegisterStatus.FINAL,
            agency_code=AGENCY_CODE,
            register_number=f"{taken.number.seq_no} · {taken.number.book_display}",
            doc_type="VN.BIRTH_CERT",
            sensitivity=Sensitivity.NORMAL,
            certified_at=self.bureau.at,
            page_count=1,
            sha256_hex=taken.code.encode().hex().ljust(64, "0")[:64],
        )


TestRegisterWalk = RegisterWalk.TestCase
TestRegisterWalk.settings = settings(
    max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
