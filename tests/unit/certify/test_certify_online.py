"""A request online: it begins as the citizen's draft, no scan is taken before somebody saw the paper, and it ends by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from certify.actors import Actor, ActorKind
from certify.case import Case, Channel, add_item, get_case, open_case, present_original
from certify.case_moves import case_history, move_case
from certify.case_transitions import CaseEvent, CaseState
from certify.counter import (
    NewPerson,
    PersonRole,
    SeenBy,
    add_people,
    expire_waiting,
    note_presenter,
    people_of,
    read_person,
)
from certify.errors import GuardRefused, StaffNotFound
from certify.items import get_item
from certify.transitions import ItemState
from tests.bureau import AT, LAW, Bureau, new_case

# Each has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow


def submitted(bureau: Bureau) -> tuple[Case, str]:
    me = bureau.holder.holder_id
    new = replace(new_case(bureau.holder), channel=Channel.ONLINE, state=CaseState.DRAFT)
    actor = Actor(ActorKind.CITIZEN, me)
    person = NewPerson(PersonRole.PRESENTER, "Canary", "000190000001", seen_by=SeenBy.SIGNED_IN, holder_id=me)
    roles = (PersonRole.PRESENTER, PersonRole.REQUESTER, PersonRole.HOLDER)
    with bureau.database.transaction() as tx:
        case = open_case(tx, new, opened_by=me, at=AT, random_bytes=bureau.random_bytes)
        bureau.blobs.create_keyset(case.case_id)
        people = [replace(person, role=role) for role in roles]
        add_people(tx, case.case_id, people, blobs=bureau.blobs, digest_of=str, staff_id=me, at=AT)
        item = add_item(
            tx, case.case_id, doc_type="VN.DIPLOMA", title="Bằng", copies=1, at=AT, random_bytes=bureau.random_bytes
        )
        changes = {"waits_until": AT + timedelta(days=7)}
        move_case(tx, case.case_id, event=CaseEvent.SUBMIT, actor=actor, at=AT, changes=changes)
    return case, item.item_id


def test_request_online_is_the_citizens_and_its_paper_is_scanned_only_after_it_was_received(bureau: Bureau) -> None:
    case, item_id = submitted(bureau)
    officer = bureau.officer.staff_id
    with bureau.database.transaction() as tx:
        assert case_history(tx, case.case_id)[0].actor == Actor(ActorKind.CITIZEN, bureau.holder.holder_id)
        with pytest.raises(GuardRefused) as early:
            present_original(tx, item_id, staff_id=officer, at=AT)
        assert early.value.code == "CASE_NOT_RECEIVED"
        move_case(
            tx, case.case_id, event=CaseEvent.RECEIVE, actor=Actor(ActorKind.STAFF, officer), at=AT,
            calendar=LAW.calendar,
        )  # fmt: skip
        assert present_original(tx, item_id, staff_id=officer, at=AT).state is ItemState.ORIGINAL_PRESENTED


@pytest.mark.parametrize("seen_by", [None, SeenBy.SIGNED_IN, SeenBy.BY_POST])
def test_an_account_or_a_letter_is_nobody_at_the_counter(bureau: Bureau, seen_by: SeenBy | None) -> None:
    case, _item_id = submitted(bureau)
    with bureau.database.transaction() as tx:
        with pytest.raises(GuardRefused) as refused:
            note_presenter(tx, case.case_id, seen_by, blobs=bureau.blobs, staff_id="x", at=AT)
        assert refused.value.code == "PRESENTER_NOT_SEEN"
        assert len(people_of(tx, case.case_id)) == 3


def test_who_came_with_the_paper_stands_beside_how_the_request_came(bureau: Bureau) -> None:
    case, _item_id = submitted(bureau)
    with bureau.database.transaction() as tx:
        came = note_presenter(tx, case.case_id, SeenBy.PASSPORT, blobs=bureau.blobs, staff_id="x", at=AT)
        seen = [one.seen_by for one in people_of(tx, case.case_id) if one.role is PersonRole.PRESENTER]
    assert seen == [SeenBy.SIGNED_IN, SeenBy.PASSPORT]
    assert read_person(case.case_id, came, blobs=bureau.blobs).name == "Canary"


def test_nobody_but_a_clerk_opens_a_received_case_and_a_draft_of_the_counter(bureau: Bureau) -> None:
    me = bureau.holder.holder_id
    for new in (
        replace(new_case(bureau.holder), channel=Channel.ONLINE),
        replace(new_case(bureau.holder), state=CaseState.DRAFT),
    ):
        with bureau.database.transaction() as tx, pytest.raises(StaffNotFound):
            open_case(tx, new, opened_by=me, at=AT, random_bytes=bureau.random_bytes)


def test_request_whose_paper_nobody_brings_expires_with_its_originals(bureau: Bureau) -> None:
    case, item_id = submitted(bureau)
    with bureau.database.transaction() as tx:
        assert expire_waiting(tx, at=AT + timedelta(days=7) - timedelta(seconds=1)) == 0
        assert expire_waiting(tx, at=AT + timedelta(days=7)) == 1
        assert get_case(tx, case.case_id).state is CaseState.EXPIRED
        assert get_item(tx, item_id).state is ItemState.WITHDRAWN
