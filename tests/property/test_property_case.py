"""A case under any order of acts: what the tables allow happens and leaves a line, everything else changes nothing."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

import certify.desk_tables
import certify.outside.tables  # noqa: F401 - registers the payments' tables on the metadata
from certify.actors import Actor, ActorKind
from certify.case import Case, add_item, get_case
from certify.case_moves import case_facts, case_history, move_case
from certify.case_transitions import (
    CASE_TRANSITIONS,
    ENDED_STATES,
    OPEN_STATES,
    CaseEvent,
    CaseState,
    case_transition_of,
)
from certify.errors import GuardRefused, TransitionRefused
from certify.items import Item, advance, get_item, history_of
from certify.register import Reservation, find_number, reserve_number, void
from certify.rules import Fee
from certify.tables import numbers
from certify.transitions import TRANSITIONS, ItemEvent, ItemState, transition_of
from tests.bureau import AGENCY_CODE, AT, LAW, Bureau, build_bureau
from tests.databases import empty_database
from vault.database import Database, metadata

# Each machine has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

FACTS: dict[ItemEvent, dict[str, Any]] = {
    ItemEvent.SCAN: {"source_sha256_hex": "0" * 64, "scan_number": 1},
    ItemEvent.EXTRACT: {"page_count": 1, "quality_verdict": "GOOD"},
    ItemEvent.COMPARE: {"pages_compared": 1},
    ItemEvent.REFUSE: {"refusal_code": "DAMAGED_ILLEGIBLE"},
    ItemEvent.REJECT_SCAN: {"problem_code": "BLANK_PAGE"},
}
FEE = Fee(2000, "VND", "rule", "basis")


class Desk(RuleBasedStateMachine):
    """One office, some cases, and people who try everything in any order."""

    bureau: Bureau
    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.holding = tempfile.TemporaryDirectory()
        self.opening = empty_database(Path(self.holding.name))
        self.database = self.opening.__enter__()
        with self.database.transaction() as tx:
            metadata.create_all(tx)
        self.bureau = build_bureau(Path(self.holding.name), self.database)
        self.cases: list[Case] = []
        self.items: list[Item] = []
        self.at = AT

    def teardown(self) -> None:
        self.opening.__exit__(None, None, None)
        self.holding.cleanup()

    @initialize()
    def open_first(self) -> None:
        self.open_case()

    @rule()
    def open_case(self) -> None:
        if len(self.cases) < 3:
            self.cases.append(self.bureau.open_case())
            self.declare(len(self.cases) - 1)

    @rule(which=st.integers(0, 2))
    def declare(self, which: int) -> None:
        case = self.cases[which % len(self.cases)]
        with self.database.read() as tx:
            takes_more = get_case(tx, case.case_id).state in OPEN_STATES
        if takes_more and len(self.items) < 6:
            with self.database.transaction() as tx:
                made = add_item(
                    tx,
                    case.case_id,
                    doc_type="VN.DIPLOMA",
                    title="Bằng",
                    copies=1,
                    at=self.at,
                    random_bytes=self.bureau.random_bytes,
                )
            self.items.append(made)

    @rule(which=st.integers(0, 5), event=st.sampled_from(sorted(ItemEvent)), kind=st.sampled_from(sorted(ActorKind)))
    def act_on_an_item(self, which: int, event: ItemEvent, kind: ActorKind) -> None:
        item = self.items[which % len(self.items)]
        row = transition_of(event)
        with self.database.read() as tx:
            before, told = get_item(tx, item.item_id), len(history_of(tx, item.item_id))
        try:
            with self.database.transaction() as tx:
                if event is ItemEvent.RESERVE_NUMBER and before.state in row.sources:
                    reserved = Reservation(item.item_id, before.attempt + 1, "Bằng", 1, FEE)
                    reserve_number(tx, reserved, agency_code=AGENCY_CODE, law=LAW, at=self.at)
                changes = dict(FACTS.get(event, {}))
                if event is ItemEvent.RESERVE_NUMBER:
                    changes["attempt"] = before.attempt + 1
                if event is ItemEvent.CERTIFY:
                    changes["record_id"] = item.item_id
                if event is ItemEvent.VOID and before.state in row.sources and kind in row.actors:
                    found = find_number(tx, item_id=item.item_id, attempt=before.attempt)
                    assert found is not None
                    void(tx, book_id=found.book_id, seq_no=found.seq_no, reason="CANCELLED", at=self.at)
                advance(tx, item.item_id, event=event, actor=Actor(kind, "x"), at=self.at, changes=changes)
        except (TransitionRefused, GuardRefused):
            with self.database.read() as tx:
                assert get_item(tx, item.item_id) == before, "what was refused changed something"
                assert len(history_of(tx, item.item_id)) == told
            return
        assert before.state in row.sources, f"{event} came from {before.state}"
        assert kind in row.actors
        with self.database.read() as tx:
            steps = history_of(tx, item.item_id)
        assert (steps[-1].event, steps[-1].to_state, len(steps)) == (event.value, row.target.value, told + 1)

    @rule(which=st.integers(0, 2), event=st.sampled_from(sorted(CaseEvent)), kind=st.sampled_from(sorted(ActorKind)))
    def act_on_a_case(self, which: int, event: CaseEvent, kind: ActorKind) -> None:
        case = self.cases[which % len(self.cases)]
        row = case_transition_of(event)
        with self.database.read() as tx:
            before, told = get_case(tx, case.case_id), len(case_history(tx, case.case_id))
        try:
            with self.database.transaction() as tx:
                move_case(
                    tx,
                    case.case_id,
                    event=event,
                    actor=Actor(kind, "x"),
                    at=self.at,
                    calendar=LAW.calendar,
                    changes={"reason_code": "TRANSLATION"},
                )
        except (TransitionRefused, GuardRefused):
            with self.database.read() as tx:
                assert get_case(tx, case.case_id) == before, "what was refused changed something"
                assert len(case_history(tx, case.case_id)) == told
            return
        assert before.state in row.sources
        assert kind in row.actors
        with self.database.read() as tx:
            steps = case_history(tx, case.case_id)
            assert (steps[told].event, steps[told].to_state) == (event.value, row.target.value)
            assert get_case(tx, case.case_id).state.value == steps[-1].to_state

    @rule(hours=st.integers(1, 72))
    def wait(self, hours: int) -> None:
        # Within the year: another one needs another book.
        if self.at < AT + timedelta(days=30):
            self.at += timedelta(hours=hours)

    @invariant()
    def the_book_has_no_gap_and_no_number_twice(self) -> None:
        with self.database.read() as tx:
            rows = tx.execute(numbers.select().order_by(numbers.c.seq_no)).all()
        assert [row.seq_no for row in rows] == list(range(1, len(rows) + 1))
        held = Counter((row.item_id, row.attempt) for row in rows)
        assert not held or max(held.values()) == 1

    @invariant()
    def an_ended_case_has_no_open_original_and_no_clock_runs_backwards(self) -> None:
        with self.database.read() as tx:
            for case in self.cases:
                now, facts = get_case(tx, case.case_id), case_facts(tx, case.case_id, at=self.at)
                if now.state in {*ENDED_STATES, CaseState.COMPLETED, CaseState.ARCHIVED}:
                    assert not facts.items_open
                    assert now.ended_at is not None
                    assert now.claimed_by is None
                assert now.due_at >= case.due_at

    @invariant()
    def every_number_stands_at_an_item_that_reserved_it(self) -> None:
        with self.database.read() as tx:
            for item in self.items:
                now = get_item(tx, item.item_id)
                reserved = sum(step.event == "RESERVE_NUMBER" for step in history_of(tx, item.item_id))
                assert now.attempt == reserved


def test_any_order_of_acts_keeps_the_case_the_item_and_the_book_true() -> None:
    run_state_machine_as_test(
        Desk, settings=settings(max_examples=5, stateful_step_count=30, deadline=None, derandomize=True)
    )


def test_no_row_of_either_table_is_without_somebody_who_may() -> None:
    assert all(row.actors for row in (*TRANSITIONS, *CASE_TRANSITIONS))
    assert ItemState.REUSED in {row.target for row in TRANSITIONS}
