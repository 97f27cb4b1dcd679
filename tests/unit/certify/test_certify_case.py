"""Cases and items: the table of transitions, its guards, refusals, and the audit line behind every act."""

from __future__ import annotations

from dataclasses import replace

import pytest

from certify.case import Channel, compare, get_case, open_case, refuse_item, withdraw_item
from certify.case_transitions import CaseState
from certify.errors import (
    AgencyNotFound,
    CaseNotFound,
    GuardRefused,
    ItemNotFound,
    RefusalIncomplete,
    RoleMissing,
    TransitionRefused,
)
from certify.items import Actor, ActorKind, Item, get_item, history_of, list_items, note
from certify.staff import Role
from certify.transitions import FINAL_STATES, TRANSITIONS, ItemEvent, ItemState, transition_of
from tests.bureau import AGENCY_CODE, AT, LAW, Bureau, new_case

# Each has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow


def compared(bureau: Bureau, item: Item, *, pages: int) -> Item:
    with bureau.database.transaction() as tx:
        return compare(tx, item.item_id, officer_id=bureau.officer.staff_id, pages_compared=pages, at=AT)


def test_case_opens_at_the_counter_without_any_name(bureau: Bureau) -> None:
    case = bureau.open_case()
    assert (case.agency_code, case.channel, case.state) == (AGENCY_CODE, Channel.COUNTER, CaseState.RECEIVED)
    assert "Thí Dụ" not in repr(case)


def test_unknown_case_and_item_are_named(bureau: Bureau) -> None:
    with bureau.database.read() as tx:
        with pytest.raises(CaseNotFound, match="X"):
            get_case(tx, "X")
        with pytest.raises(ItemNotFound, match="X"):
            get_item(tx, "X")


def test_items_of_a_case_keep_their_order(bureau: Bureau) -> None:
    case = bureau.open_case()
    made = [bureau.add_item(case).item_id for _ in range(3)]
    with bureau.database.read() as tx:
        assert [(item.item_id, item.position) for item in list_items(tx, case_id=case.case_id)] == list(
            zip(made, (1, 2, 3), strict=True)
        )


def test_compared_item_is_released_for_signing(bureau: Bureau) -> None:
    item = compared(bureau, bureau.extracted_item(pages=2), pages=2)
    assert (item.state, item.compared_by, item.pages_compared) == (
        ItemState.READY_TO_SIGN,
        bureau.officer.staff_id,
        2,
    )


def test_page_not_compared_with_the_paper_stops_the_item(bureau: Bureau) -> None:
    item = bureau.extracted_item(pages=3)
    with pytest.raises(GuardRefused, match="2 of 3") as refused:
        compared(bureau, item, pages=2)
    assert refused.value.code == "PAGES_NOT_COMPARED"
    assert bureau.item(item.item_id).state is ItemState.EXTRACTED


def test_scan_refused_by_the_quality_gate_cannot_be_certified(bureau: Bureau) -> None:
    with pytest.raises(GuardRefused) as refused:
        compared(bureau, bureau.extracted_item(verdict="REFUSE"), pages=2)
    assert refused.value.code == "QUALITY_REFUSED"


def test_scan_that_a_person_must_look_at_may_be_certified(bureau: Bureau) -> None:
    assert compared(bureau, bureau.extracted_item(verdict="WARN"), pages=2).state is ItemState.READY_TO_SIGN


def test_clerk_without_the_role_cannot_compare(bureau: Bureau) -> None:
    clerk = bureau.add_officer(roles=frozenset({Role.COUNTER_CLERK}))
    item = bureau.extracted_item()
    with bureau.database.transaction() as tx, pytest.raises(RoleMissing):
        compare(tx, item.item_id, officer_id=clerk.staff_id, pages_compared=2, at=AT)


def test_item_that_was_not_read_cannot_be_compared(bureau: Bureau) -> None:
    with pytest.raises(TransitionRefused, match="ORIGINAL_PRESENTED"):
        compared(bureau, bureau.add_item(), pages=1)


def test_scan_without_bytes_is_refused(bureau: Bureau) -> None:
    with pytest.raises(GuardRefused) as refused:
        bureau.move(bureau.add_item(), ItemEvent.SCAN)
    assert refused.value.code == "SOURCE_MISSING"


def test_scan_that_was_never_read_has_no_verdict_to_go_on(bureau: Bureau) -> None:
    item = bureau.move(bureau.add_item(), ItemEvent.SCAN, {"source_sha256_hex": "0" * 64})
    with pytest.raises(GuardRefused) as refused:
        bureau.move(item, ItemEvent.EXTRACT)
    assert refused.value.code == "NOT_READ"


def test_open_problem_of_a_scan_stops_the_comparison(bureau: Bureau) -> None:
    item = bureau.move(bureau.add_item(), ItemEvent.SCAN, {"source_sha256_hex": "0" * 64})
    facts: dict[str, object] = {"page_count": 1, "quality_verdict": "GOOD", "problem_code": "SCALE_UNKNOWN"}
    with pytest.raises(GuardRefused) as refused:
        compared(bureau, bureau.move(item, ItemEvent.EXTRACT, facts), pages=1)
    assert refused.value.code == "SCALE_UNKNOWN"


@pytest.mark.parametrize("event", sorted(ItemEvent))
def test_every_act_is_one_row_of_the_table(event: ItemEvent) -> None:
    assert sum(row.event is event for row in TRANSITIONS) == 1
    assert transition_of(event).sources


def test_no_act_leads_out_of_a_refusal_a_withdrawal_or_an_annulment() -> None:
    closed = {ItemState.REFUSED, ItemState.WITHDRAWN, ItemState.ANNULLED}
    assert closed < FINAL_STATES
    assert not any(row.sources & closed for row in TRANSITIONS)


def test_number_is_only_taken_for_an_item_that_is_ready_to_sign() -> None:
    assert transition_of(ItemEvent.RESERVE_NUMBER).sources == {ItemState.READY_TO_SIGN}


def test_seal_comes_only_after_the_officer() -> None:
    assert transition_of(ItemEvent.SEAL).sources == {ItemState.OFFICER_SIGNED}


def test_every_impossible_act_is_refused_and_changes_nothing(bureau: Bureau) -> None:
    item = bureau.add_item()
    impossible = [row.event for row in TRANSITIONS if item.state not in row.sources]
    assert len(impossible) > 10
    for event in impossible:
        with pytest.raises(TransitionRefused):
            bureau.move(item, event, {"title": "changed"})
    assert bureau.item(item.item_id) == item


def test_every_act_leaves_a_line_with_actor_and_states(bureau: Bureau) -> None:
    item = compared(bureau, bureau.extracted_item(), pages=2)
    actor = Actor(ActorKind.STAFF, bureau.officer.staff_id)
    with bureau.database.transaction() as tx:
        note(tx, item.item_id, event="LOOKED", actor=actor, at=AT)
        steps = history_of(tx, item.item_id)
        assert history_of(tx, item.item_id, after_event_no=steps[-1].event_no) == ()
    assert [step.event for step in steps] == [
        "PRESENT_ORIGINAL",
        "SCAN",
        "EXTRACT",
        "COMPARE",
        "RELEASE",
        "LOOKED",
    ]
    worker = Actor(ActorKind.WORKER, bureau.officer.staff_id)
    assert all(step.actor == (worker if step.event == "EXTRACT" else actor) and step.at == AT for step in steps)
    assert item.version == 6


def test_refusal_gives_code_text_remedy_and_a_notice_in_three_languages(bureau: Bureau) -> None:
    item = bureau.extracted_item()
    with bureau.database.transaction() as tx:
        refusal = refuse_item(
            tx,
            item.item_id,
            law=LAW,
            code="ERASED_ALTERED",
            free_text="Năm sinh bị tẩy xóa.",
            staff_id=bureau.officer.staff_id,
            at=AT,
        )
    assert dict(refusal.notices).keys() == {"vi", "en", "fr"}
    assert refusal.remedy
    refused = bureau.item(item.item_id)
    assert (refused.state, refused.refusal_code) == (ItemState.REFUSED, "ERASED_ALTERED")
    assert "tẩy xóa" not in repr(refused)


@pytest.mark.parametrize(("code", "free_text"), [("NO_TIME", "x"), ("ERASED_ALTERED", " ")])
def test_refusal_outside_the_list_or_without_words_is_refused(bureau: Bureau, code: str, free_text: str) -> None:
    item = bureau.extracted_item()
    with bureau.database.transaction() as tx, pytest.raises(RefusalIncomplete):
        refuse_item(tx, item.item_id, law=LAW, code=code, free_text=free_text, staff_id=bureau.officer.staff_id, at=AT)
    assert bureau.item(item.item_id).state is ItemState.EXTRACTED


def test_citizen_may_withdraw_before_a_number_is_taken(bureau: Bureau) -> None:
    item = bureau.extracted_item()
    with bureau.database.transaction() as tx:
        gone = withdraw_item(tx, item.item_id, actor=Actor(ActorKind.CITIZEN, bureau.holder.holder_id), at=AT)
    assert gone.state is ItemState.WITHDRAWN


def test_case_of_an_abolished_agency_does_not_open(bureau: Bureau) -> None:

    elsewhere = replace(new_case(bureau.holder), agency_code="H99.99")
    with bureau.database.transaction() as tx, pytest.raises(AgencyNotFound):
        open_case(tx, elsewhere, opened_by=bureau.officer.staff_id, at=AT, random_bytes=bureau.random_bytes)
