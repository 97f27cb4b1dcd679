"""An agency that is abolished: who follows it, who sees what it left, and where its open cases go on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from certify import Agency, abolish, add_agency, get_agency, get_case, list_agency_items, stands_for, successors_of
from certify.case_transitions import CaseState
from certify.errors import AgencyNotFound, StaffConflict
from certify.items import get_item
from certify.tables import cases
from tests.bureau import AGENCY_CODE, AT, Bureau

DECISION = "01/NQ-HĐND"


@pytest.fixture
def reform(bureau: Bureau) -> Bureau:
    """The ward, two neighbours of it, and the larger ward of a later reform."""
    with bureau.database.transaction() as tx:
        for code in ("NORTH", "SOUTH", "GREAT"):
            add_agency(tx, Agency(code, code, code, code, "COMMUNE", None, None, "X/BS", AT - timedelta(days=9), None))
    return bureau


def test_abolished_agency_acts_no_more_and_its_successors_stand_for_it(reform: Bureau) -> None:
    with reform.database.transaction() as tx:
        abolish(tx, AGENCY_CODE, successors=["NORTH", "SOUTH"], decision_number=DECISION, since=AT, at=AT)
        assert get_agency(tx, AGENCY_CODE).valid_to == AT
        assert successors_of(tx, AGENCY_CODE) == ("NORTH", "SOUTH")
        assert stands_for(tx, AGENCY_CODE, agency_code="NORTH")
        assert stands_for(tx, AGENCY_CODE, agency_code="SOUTH")
        assert not stands_for(tx, AGENCY_CODE, agency_code="GREAT")
        # It is a one-way street.
        assert not stands_for(tx, "NORTH", agency_code=AGENCY_CODE)


def test_second_reform_leads_to_the_one_that_is_there_now(reform: Bureau) -> None:
    later = AT + timedelta(days=400)
    with reform.database.transaction() as tx:
        abolish(tx, AGENCY_CODE, successors=["NORTH"], decision_number=DECISION, since=AT, at=AT)
        abolish(tx, "NORTH", successors=["GREAT"], decision_number="02/NQ-HĐND", since=later, at=later)
        assert stands_for(tx, AGENCY_CODE, agency_code="GREAT")


def test_open_case_goes_on_at_the_first_successor_and_a_finished_one_stays_where_it_was(reform: Bureau) -> None:
    open_item, finished = reform.add_item(), reform.add_item()
    with reform.database.transaction() as tx:
        done = cases.update().where(cases.c.case_id == finished.case_id).values(state=CaseState.COMPLETED.value)
        tx.execute(done)
        before = get_case(tx, open_item.case_id)
        moved = abolish(tx, AGENCY_CODE, successors=["SOUTH", "NORTH"], decision_number=DECISION, since=AT, at=AT)
        after = get_case(tx, open_item.case_id)
        assert moved == 1
        assert (after.agency_code, after.due_at) == ("SOUTH", before.due_at)
        assert get_case(tx, finished.case_id).agency_code == AGENCY_CODE
        assert [item.item_id for item in list_agency_items(tx, "SOUTH", limit=9)] == [open_item.item_id]
        assert get_item(tx, open_item.item_id).state is open_item.state


@pytest.mark.parametrize("successors", [[], [AGENCY_CODE], ["NORTH", "NORTH"], ["NORTH", AGENCY_CODE]])
def test_nobody_follows_itself_and_somebody_must_follow(reform: Bureau, successors: list[str]) -> None:
    with reform.database.transaction() as tx, pytest.raises(StaffConflict):
        abolish(tx, AGENCY_CODE, successors=successors, decision_number=DECISION, since=AT, at=AT)


def test_agency_is_abolished_once_on_the_day_and_by_one_that_acts(reform: Bureau) -> None:
    with reform.database.transaction() as tx:
        with pytest.raises(StaffConflict, match="on the day"):
            abolish(
                tx, AGENCY_CODE, successors=["NORTH"], decision_number=DECISION, since=AT + timedelta(days=1), at=AT
            )
        with pytest.raises(AgencyNotFound):
            abolish(tx, AGENCY_CODE, successors=["NOWHERE"], decision_number=DECISION, since=AT, at=AT)
        abolish(tx, "NORTH", successors=["SOUTH"], decision_number=DECISION, since=AT, at=AT)
        with pytest.raises(AgencyNotFound, match="NORTH"):
            abolish(tx, AGENCY_CODE, successors=["NORTH"], decision_number=DECISION, since=AT, at=AT)
        with pytest.raises(StaffConflict, match="any more"):
            abolish(tx, "NORTH", successors=["GREAT"], decision_number=DECISION, since=AT, at=AT)
