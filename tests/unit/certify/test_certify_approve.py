"""Ready copies and approvals: one yes to exactly these bytes, in time, by the officer on the page."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from certify.approve import (
    Approval,
    ApprovalRequest,
    SqlActivationUses,
    activate_again,
    approve,
    find_approval,
    get_approval,
    run_again,
)
from certify.case import compare
from certify.errors import (
    AlreadyApproved,
    ChecklistIncomplete,
    CopyNotReady,
    CredentialNotYours,
    DelegationMissing,
    ReadyCopyChanged,
    ReadyCopyExpired,
    TransitionRefused,
)
from certify.items import Actor, ActorKind
from certify.prepare import (
    ReadyCopy,
    VoidReason,
    expiry_reason,
    get_ready,
    list_expired,
    mark_prepared,
    present_ready,
    reserve,
    void_ready,
)
from certify.register import NumberStatus
from certify.register_export import gaps
from certify.staff import Role, check_may_certify, end_delegation
from certify.tables import approvals
from certify.transitions import ItemEvent, ItemState
from keys.errors import ActivationUsed
from tests.bureau import AT, LAW, Bureau
from vault.log.tables import log_leaves
from vault.shapes import RegisterStatus
from vault.status import status

# Each has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

WORKER = Actor(ActorKind.WORKER, "w1")
DIGEST = hashlib.sha256(b"ready").hexdigest()
ALL_LINES = tuple(line.code for line in LAW.checklist)
# 23:50 in the office: the deadline lies in the next local day.
LATE = datetime(2026, 11, 22, 16, 50, tzinfo=UTC)


def prepared(bureau: Bureau, *, at: datetime = AT) -> ReadyCopy:
    item = bureau.extracted_item(pages=3)
    with bureau.database.transaction() as tx:
        compare(tx, item.item_id, officer_id=bureau.officer.staff_id, pages_compared=3, at=at)
    return prepare_again(bureau, item.item_id, at=at)


def prepare_again(bureau: Bureau, item_id: str, *, at: datetime = AT) -> ReadyCopy:
    with bureau.database.transaction() as tx:
        authority = check_may_certify(tx, bureau.officer.staff_id, at=at)
        ready = reserve(tx, item_id, authority=authority, law=LAW, actor=WORKER, random_bytes=bureau.random_bytes)
        return mark_prepared(tx, ready, sha256_hex=DIGEST, page_count=4, law=LAW, actor=WORKER, at=at)


def say_yes(
    bureau: Bureau,
    ready: ReadyCopy,
    *,
    at: datetime = AT,
    officer_id: str | None = None,
    sha256_hex: str = DIGEST,
    checklist: Sequence[str] = ALL_LINES,
    activation_id: str = "activation-1",
) -> Approval:
    request = ApprovalRequest(
        ready_id=ready.ready_id,
        sha256_hex=sha256_hex,
        officer_id=officer_id or bureau.officer.staff_id,
        activation_id=activation_id,
        checklist=checklist,
    )
    with bureau.database.transaction() as tx:
        return approve(tx, request, law=LAW, at=at, random_bytes=bureau.random_bytes)


def void_it(bureau: Bureau, ready: ReadyCopy, reason: VoidReason = VoidReason.CANCELLED) -> None:
    with bureau.database.transaction() as tx:
        void_ready(tx, ready, reason=reason, law=LAW, actor=WORKER, at=AT, random_bytes=bureau.random_bytes)


def leaf_kinds(bureau: Bureau) -> list[str]:
    with bureau.database.read() as tx:
        return list(tx.execute(sa.select(log_leaves.c.kind).order_by(log_leaves.c.leaf_id)).scalars())


def test_prepared_item_has_number_fee_code_digest_and_deadline(bureau: Bureau) -> None:
    ready = prepared(bureau)
    assert (ready.number.display_no, ready.number.book_display) == ("1", "01/2026-SCTĐT/BS")
    assert ready.expires_at == AT + timedelta(minutes=LAW.approval_minutes(AT))
    assert (ready.sha256_hex, ready.page_count, len(ready.code)) == (DIGEST, 4, 13)
    assert bureau.item(ready.item_id).state is ItemState.PREPARED


def test_intent_to_take_a_number_is_logged_with_the_number(bureau: Bureau) -> None:
    prepared(bureau)
    assert leaf_kinds(bureau).count("NUMBER_RESERVED") == 1


def test_reserving_and_preparing_twice_changes_nothing(bureau: Bureau) -> None:
    item = bureau.extracted_item(pages=3)
    with bureau.database.transaction() as tx:
        compare(tx, item.item_id, officer_id=bureau.officer.staff_id, pages_compared=3, at=AT)
        authority = check_may_certify(tx, bureau.officer.staff_id, at=AT)
        first = reserve(tx, item.item_id, authority=authority, law=LAW, actor=WORKER, random_bytes=bureau.random_bytes)
        again = reserve(tx, item.item_id, authority=authority, law=LAW, actor=WORKER, random_bytes=bureau.random_bytes)
        assert first == again
        done = mark_prepared(tx, first, sha256_hex=DIGEST, page_count=4, law=LAW, actor=WORKER, at=AT)
        assert done == mark_prepared(tx, first, sha256_hex="0" * 64, page_count=9, law=LAW, actor=WORKER, at=AT)


def test_approval_binds_officer_bytes_and_checklist(bureau: Bureau) -> None:
    ready = prepared(bureau)
    approval = say_yes(bureau, ready)
    assert (approval.sha256_hex, approval.officer_id) == (DIGEST, bureau.officer.staff_id)
    assert approval.checklist == tuple(sorted(ALL_LINES))
    with bureau.database.read() as tx:
        assert find_approval(tx, item_id=ready.item_id, attempt=1) == (approval, present_ready(tx, ready.item_id))


def test_second_approval_of_one_ready_copy_is_refused(bureau: Bureau) -> None:
    ready = prepared(bureau)
    say_yes(bureau, ready)
    with pytest.raises(AlreadyApproved):
        say_yes(bureau, ready, activation_id="activation-2")


def test_eight_windows_at_once_give_one_approval(bureau: Bureau) -> None:
    ready = prepared(bureau)

    def one_window(number: int) -> str:
        try:
            return say_yes(bureau, ready, activation_id=f"activation-{number}").approval_id
        except AlreadyApproved:
            return ""

    with ThreadPoolExecutor(max_workers=8) as windows:
        answers = [answer for answer in windows.map(one_window, range(8)) if answer]
    assert len(answers) == 1
    with bureau.database.read() as tx:
        assert len(tx.execute(sa.select(approvals)).all()) == 1


def test_other_bytes_than_those_prepared_are_refused(bureau: Bureau) -> None:
    with pytest.raises(ReadyCopyChanged):
        say_yes(bureau, prepared(bureau), sha256_hex="0" * 64)


def test_checklist_with_a_line_left_out_is_refused_and_the_line_named(bureau: Bureau) -> None:
    with pytest.raises(ChecklistIncomplete, match="PAGES_COMPARED"):
        say_yes(bureau, prepared(bureau), checklist=[line for line in ALL_LINES if line != "PAGES_COMPARED"])


def test_another_officer_than_the_one_on_the_page_is_refused(bureau: Bureau) -> None:
    other = bureau.add_officer(roles=frozenset({Role.CERTIFIER}))
    with pytest.raises(CredentialNotYours):
        say_yes(bureau, prepared(bureau), officer_id=other.staff_id)


def test_officer_whose_delegation_ended_meanwhile_is_refused(bureau: Bureau) -> None:
    ready = prepared(bureau)
    with bureau.database.transaction() as tx:
        end_delegation(tx, bureau.delegation.delegation_id, at=AT + timedelta(minutes=1))
    with pytest.raises(DelegationMissing):
        say_yes(bureau, ready, at=AT + timedelta(minutes=2))


def test_approval_after_the_deadline_is_refused(bureau: Bureau) -> None:
    ready = prepared(bureau)
    say_when = ready.expires_at - timedelta(seconds=1)
    assert expiry_reason(ready, law=LAW, at=say_when) is None
    with pytest.raises(ReadyCopyExpired, match="DEADLINE_PASSED"):
        say_yes(bureau, ready, at=ready.expires_at)


def test_ready_copy_ends_at_midnight_of_the_office(bureau: Bureau) -> None:
    ready = prepared(bureau, at=LATE)
    after_midnight = LATE + timedelta(minutes=10)
    assert after_midnight < ready.expires_at
    with pytest.raises(ReadyCopyExpired, match="DATE_CHANGED"):
        say_yes(bureau, ready, at=after_midnight)
    with bureau.database.read() as tx:
        assert [found.ready_id for found in list_expired(tx, law=LAW, at=after_midnight)] == [ready.ready_id]
        assert list_expired(tx, law=LAW, at=LATE) == ()


def test_voided_copy_shows_void_by_its_code_and_the_item_takes_a_new_number(bureau: Bureau) -> None:
    first = prepared(bureau)
    void_it(bureau, first)
    item = bureau.item(first.item_id)
    assert item.state is ItemState.VOIDED
    bureau.move(item, ItemEvent.RELEASE)
    second = prepare_again(bureau, first.item_id)
    assert (second.attempt, second.number.seq_no) == (2, 2)
    assert second.code != first.code
    with bureau.database.read() as tx:
        assert status(tx, at=AT, code=first.code).register is RegisterStatus.VOID
        assert get_ready(tx, first.ready_id).number.status is NumberStatus.VOID
        assert gaps(tx, bureau.book.book_id) == ()
    assert leaf_kinds(bureau).count("NUMBER_VOIDED") == 1


def test_voiding_twice_changes_nothing(bureau: Bureau) -> None:
    ready = prepared(bureau)
    void_it(bureau, ready, VoidReason.DEADLINE_PASSED)
    void_it(bureau, ready, VoidReason.CANCELLED)
    with bureau.database.read() as tx:
        assert get_ready(tx, ready.ready_id).number.void_reason == "DEADLINE_PASSED"
    assert leaf_kinds(bureau).count("NUMBER_VOIDED") == 1


def test_voided_copy_cannot_be_approved(bureau: Bureau) -> None:
    ready = prepared(bureau)
    void_it(bureau, ready)
    with pytest.raises(CopyNotReady, match="VOIDED"):
        say_yes(bureau, ready)


def test_item_that_was_not_compared_takes_no_number(bureau: Bureau) -> None:
    item = bureau.extracted_item()
    with bureau.database.transaction() as tx:
        authority = check_may_certify(tx, bureau.officer.staff_id, at=AT)
        with pytest.raises(TransitionRefused, match="EXTRACTED"):
            reserve(tx, item.item_id, authority=authority, law=LAW, actor=WORKER, random_bytes=bureau.random_bytes)


def test_lost_activation_is_given_again_for_the_same_number_and_bytes(bureau: Bureau) -> None:
    ready = prepared(bureau)
    say_yes(bureau, ready)
    with bureau.database.transaction() as tx, pytest.raises(CopyNotReady, match="waits for no activation"):
        activate_again(tx, ready.item_id, officer_id=bureau.officer.staff_id, activation_id="a2", law=LAW, at=AT)
    bureau.move(bureau.item(ready.item_id), ItemEvent.AWAIT_ACTIVATION)
    with bureau.database.transaction() as tx:
        again = activate_again(
            tx, ready.item_id, officer_id=bureau.officer.staff_id, activation_id="a2", law=LAW, at=AT
        )
        assert (again.activation_id, again.run_number, again.sha256_hex) == ("a2", 2, DIGEST)
        assert run_again(tx, ready.item_id).run_number == 3


def test_activation_of_another_officer_or_too_late_does_not_help(bureau: Bureau) -> None:
    ready = prepared(bureau)
    other = bureau.add_officer(roles=frozenset({Role.CERTIFIER}))
    say_yes(bureau, ready)
    bureau.move(bureau.item(ready.item_id), ItemEvent.AWAIT_ACTIVATION)
    with bureau.database.transaction() as tx:
        with pytest.raises(CredentialNotYours):
            activate_again(tx, ready.item_id, officer_id=other.staff_id, activation_id="a2", law=LAW, at=AT)
        with pytest.raises(ReadyCopyExpired):
            activate_again(
                tx,
                ready.item_id,
                officer_id=bureau.officer.staff_id,
                activation_id="a2",
                law=LAW,
                at=ready.expires_at,
            )


def test_item_without_approval_says_so(bureau: Bureau) -> None:
    ready = prepared(bureau)
    with bureau.database.read() as tx:
        with pytest.raises(CopyNotReady, match="no approval"):
            find_approval(tx, item_id=ready.item_id, attempt=1)
        with pytest.raises(CopyNotReady):
            get_approval(tx, "X")
        with pytest.raises(CopyNotReady):
            get_ready(tx, "X")


def test_activation_signs_each_digest_once_for_all_processes(bureau: Bureau) -> None:
    uses = SqlActivationUses(bureau.database)
    uses.use_once("activation-1", DIGEST, at=AT)
    uses.use_once("activation-1", "0" * 64, at=AT)
    with pytest.raises(ActivationUsed):
        SqlActivationUses(bureau.database).use_once("activation-1", DIGEST, at=AT)
