"""The life of a case: its table, its guards, the clock that stops, and what the end of its originals means for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from certify.actors import Actor, ActorKind
from certify.case import Case, Delivery, add_item, get_case, open_case, refuse_item, withdraw_item
from certify.case_moves import case_history, move_case
from certify.case_transitions import CASE_TRANSITIONS, CaseEvent, CaseState, case_transition_of
from certify.errors import CaseNotFound, GuardRefused, TransitionRefused
from certify.items import Item, get_item
from certify.transitions import ItemEvent, ItemState
from tests.bureau import AT, LAW, Bureau, new_case

# Each has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

CITIZEN = Actor(ActorKind.CITIZEN, "citizen")
WORKER = Actor(ActorKind.WORKER, "sweep")
Act = Callable[..., Case]


@pytest.fixture
def act(bureau: Bureau) -> Act:
    def move(case: Case, event: CaseEvent, *, actor: Actor | None = None, at: datetime = AT, **changes: object) -> Case:
        clerk = actor or Actor(ActorKind.STAFF, bureau.officer.staff_id)
        with bureau.database.transaction() as tx:
            move_case(tx, case.case_id, event=event, actor=clerk, at=at, calendar=LAW.calendar, changes=changes)
            return get_case(tx, case.case_id)

    return move


def opened(bureau: Bureau, **changes: object) -> Case:
    new = replace(new_case(bureau.holder), **changes)  # type: ignore[arg-type]  # a test names the fields it changes
    with bureau.database.transaction() as tx:
        return open_case(tx, new, opened_by=bureau.officer.staff_id, at=AT, random_bytes=bureau.random_bytes)


def declared(bureau: Bureau, case: Case) -> Item:
    with bureau.database.transaction() as tx:
        return add_item(
            tx, case.case_id, doc_type="VN.DIPLOMA", title="Bằng", copies=1, at=AT, random_bytes=bureau.random_bytes
        )


def state_of(bureau: Bureau, case: Case) -> CaseState:
    with bureau.database.read() as tx:
        return get_case(tx, case.case_id).state


def refused(bureau: Bureau, item: Item) -> None:
    with bureau.database.transaction() as tx:
        refuse_item(
            tx,
            item.item_id,
            law=LAW,
            code="DAMAGED_ILLEGIBLE",
            free_text="Rách.",
            staff_id=bureau.officer.staff_id,
            at=AT,
        )


@pytest.mark.parametrize("event", sorted(CaseEvent))
def test_every_act_on_a_case_is_one_row_with_actors_and_a_code_of_its_guard(event: CaseEvent) -> None:
    assert sum(row.event is event for row in CASE_TRANSITIONS) == 1
    row = case_transition_of(event)
    assert row.sources
    assert row.actors
    assert row.guard_code


def test_every_state_of_a_case_is_reached_and_only_the_archive_ends_it() -> None:
    reached = {row.target for row in CASE_TRANSITIONS} | {CaseState.DRAFT}
    assert reached == set(CaseState)
    assert {state for state in CaseState if not any(state in row.sources for row in CASE_TRANSITIONS)} == {
        CaseState.ARCHIVED
    }


def test_every_impossible_act_on_a_case_is_refused_and_changes_nothing(bureau: Bureau, act: Act) -> None:
    case = opened(bureau)
    for row in CASE_TRANSITIONS:
        if case.state not in row.sources:
            with pytest.raises(TransitionRefused, match=row.event.value):
                act(case, row.event, reason_code="X")
    with bureau.database.read() as tx:
        assert get_case(tx, case.case_id) == case


def test_act_by_somebody_of_the_wrong_kind_is_refused(bureau: Bureau, act: Act) -> None:
    case = opened(bureau)
    declared(bureau, case)
    with pytest.raises(GuardRefused) as wrong:
        act(case, CaseEvent.ASK_SUPPLEMENT, actor=CITIZEN, reason_code="X")
    assert wrong.value.code == "ACTOR_NOT_ALLOWED"
    with bureau.database.transaction() as tx, pytest.raises(CaseNotFound):
        move_case(tx, "01ARZ3NDEKTSV4RRFFQ69G5FAV", event=CaseEvent.STOP, actor=WORKER, at=AT)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (CaseEvent.BEGIN, "NO_ITEMS"),
        (CaseEvent.ASK_SUPPLEMENT, "REASON_MISSING"),
        (CaseEvent.ASK_PAYMENT, "NOTHING_DUE"),
        (CaseEvent.COMPLETE, "ITEMS_OPEN"),
        (CaseEvent.REJECT, "ITEMS_NOT_REFUSED"),
    ],
)
def test_guard_of_an_act_refuses_with_its_own_code(bureau: Bureau, act: Act, event: CaseEvent, code: str) -> None:
    with pytest.raises(GuardRefused) as missing:
        act(opened(bureau), event)
    assert missing.value.code == code == case_transition_of(event).guard_code


def test_draft_is_submitted_by_the_citizen_and_received_by_the_office_which_starts_the_clock(
    bureau: Bureau, act: Act
) -> None:
    draft = opened(bureau, state=CaseState.DRAFT)
    with pytest.raises(GuardRefused, match="no original"):
        act(draft, CaseEvent.SUBMIT, actor=CITIZEN)
    declared(bureau, draft)
    # Tuesday, 16:00 of the office: after the cut-off, so it is due on Wednesday.
    late = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    act(draft, CaseEvent.SUBMIT, actor=CITIZEN)
    received = act(draft, CaseEvent.RECEIVE, at=late)
    assert received.state is CaseState.RECEIVED
    assert LAW.local_date(received.due_at).day == 25


def test_clock_stands_still_while_a_supplement_is_awaited_and_gives_the_days_back(bureau: Bureau, act: Act) -> None:
    monday = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    case = opened(bureau, due_at=LAW.calendar.due_after(monday, working_days=2))
    declared(bureau, case)
    waiting = act(case, CaseEvent.ASK_SUPPLEMENT, at=monday, reason_code="TRANSLATION")
    assert (waiting.state, waiting.clock_stopped_at) == (CaseState.SUPPLEMENT_REQUIRED, monday)
    assert not waiting.is_late(at=monday + timedelta(days=60))
    thursday = monday + timedelta(days=3)
    going_on = act(case, CaseEvent.TAKE_SUPPLEMENT, at=thursday)
    assert (going_on.state, going_on.clock_stopped_at, going_on.reason_code) == (CaseState.IN_PROGRESS, None, None)
    # Two working days were left: Friday and, over the weekend, Monday.
    assert LAW.local_date(going_on.due_at).isoformat() == "2026-11-30"
    assert going_on.is_late(at=going_on.due_at + timedelta(seconds=1))


def test_request_due_today_is_due_on_the_day_its_supplement_comes(bureau: Bureau, act: Act) -> None:
    morning = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    case = opened(bureau, due_at=LAW.calendar.due_at(morning))
    declared(bureau, case)
    act(case, CaseEvent.ASK_SUPPLEMENT, at=morning, reason_code="TRANSLATION")
    friday_evening = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
    assert LAW.local_date(act(case, CaseEvent.TAKE_SUPPLEMENT, at=friday_evening).due_at).isoformat() == "2026-11-30"


def test_supplement_that_never_comes_expires_the_case_and_withdraws_its_originals(bureau: Bureau, act: Act) -> None:
    case = opened(bureau)
    item = declared(bureau, case)
    act(case, CaseEvent.ASK_SUPPLEMENT, reason_code="TRANSLATION", waits_until=AT + timedelta(days=30))
    with pytest.raises(GuardRefused) as early:
        act(case, CaseEvent.EXPIRE, actor=WORKER, at=AT + timedelta(days=29))
    assert early.value.code == "STILL_TIME"
    assert act(case, CaseEvent.EXPIRE, actor=WORKER, at=AT + timedelta(days=30)).state is CaseState.EXPIRED
    with bureau.database.read() as tx:
        assert get_item(tx, item.item_id).state is ItemState.WITHDRAWN


def test_wish_to_withdraw_is_granted_or_denied_with_a_reason(bureau: Bureau, act: Act) -> None:
    case = opened(bureau)
    item = declared(bureau, case)
    act(case, CaseEvent.ASK_WITHDRAWAL, actor=CITIZEN)
    with pytest.raises(GuardRefused, match="code"):
        act(case, CaseEvent.DENY_WITHDRAWAL)
    assert act(case, CaseEvent.DENY_WITHDRAWAL, reason_code="ALREADY_CERTIFIED").state is CaseState.IN_PROGRESS
    act(case, CaseEvent.ASK_WITHDRAWAL, actor=CITIZEN)
    assert act(case, CaseEvent.GRANT_WITHDRAWAL).state is CaseState.STOPPED
    with bureau.database.read() as tx:
        assert get_item(tx, item.item_id).state is ItemState.WITHDRAWN


def test_case_with_a_reserved_number_is_not_withdrawn(bureau: Bureau, act: Act) -> None:
    item = bureau.extracted_item()
    with bureau.database.read() as tx:
        case = get_case(tx, item.case_id)
    changes: dict[str, object] = {"pages_compared": 2}
    for event in (ItemEvent.COMPARE, ItemEvent.RELEASE, ItemEvent.RESERVE_NUMBER):
        bureau.move(item, event, changes)
    with pytest.raises(GuardRefused) as busy:
        act(case, CaseEvent.ASK_WITHDRAWAL, actor=CITIZEN)
    assert busy.value.code == "COPY_BEING_SIGNED"


def test_work_on_an_original_begins_the_case_and_the_end_of_the_last_one_ends_it(bureau: Bureau) -> None:
    case = opened(bureau)
    first, second = bureau.add_item(case), bureau.add_item(case)
    assert state_of(bureau, case) is CaseState.IN_PROGRESS
    refused(bureau, first)
    assert state_of(bureau, case) is CaseState.IN_PROGRESS
    refused(bureau, second)
    assert state_of(bureau, case) is CaseState.REJECTED


def test_case_whose_originals_are_all_withdrawn_has_stopped(bureau: Bureau) -> None:
    case = opened(bureau)
    item = bureau.add_item(case)
    with bureau.database.transaction() as tx:
        withdraw_item(tx, item.item_id, actor=CITIZEN, at=AT)
    assert state_of(bureau, case) is CaseState.STOPPED


@pytest.mark.parametrize(
    ("delivery", "state"), [(Delivery.VAULT, CaseState.DELIVERED), (Delivery.PRINT, CaseState.COMPLETED)]
)
def test_case_with_one_original_reused_is_completed_and_the_vault_is_delivered_by_that(
    bureau: Bureau, delivery: Delivery, state: CaseState
) -> None:
    case = opened(bureau, delivery=delivery)
    kept, gone = declared(bureau, case), bureau.add_item(case)
    refused(bureau, gone)
    bureau.move(kept, ItemEvent.REUSE, {"reuse_record_id": bureau.new_id()})
    assert state_of(bureau, case) is state


def test_nothing_is_reused_where_nothing_was_found(bureau: Bureau) -> None:
    with pytest.raises(GuardRefused) as nothing:
        bureau.move(declared(bureau, opened(bureau)), ItemEvent.REUSE)
    assert nothing.value.code == "NOTHING_TO_REUSE"


def test_ended_case_is_archived_after_its_time_and_not_before(bureau: Bureau, act: Act) -> None:
    case = opened(bureau)
    refused(bureau, bureau.add_item(case))
    with pytest.raises(GuardRefused) as early:
        act(case, CaseEvent.ARCHIVE, at=AT + timedelta(days=29))
    assert early.value.code == "TOO_EARLY_TO_ARCHIVE"
    assert act(case, CaseEvent.ARCHIVE, at=AT + timedelta(days=30)).state is CaseState.ARCHIVED


def test_history_of_a_case_names_every_act_its_actor_and_its_code(bureau: Bureau, act: Act) -> None:
    case = opened(bureau)
    declared(bureau, case)
    act(case, CaseEvent.ASK_SUPPLEMENT, reason_code="TRANSLATION")
    act(case, CaseEvent.TAKE_SUPPLEMENT)
    with bureau.database.read() as tx:
        told = case_history(tx, case.case_id)
    assert [(step.event, step.to_state) for step in told] == [
        ("OPEN", "RECEIVED"),
        ("ASK_SUPPLEMENT", "SUPPLEMENT_REQUIRED"),
        ("TAKE_SUPPLEMENT", "IN_PROGRESS"),
    ]
    assert told[1].detail_code == "TRANSLATION"
    assert {step.actor for step in told} == {Actor(ActorKind.STAFF, bureau.officer.staff_id)}
