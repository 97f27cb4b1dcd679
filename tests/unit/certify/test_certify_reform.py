"""Three wards become one: what ends, what goes on, what must be finished first, and what old copies say."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from api.acts.reform import ReformResult, carry_out
from certify import Agency, add_agency, add_staff, get_agency, get_case, get_staff, list_delegations
from certify.actors import Actor, ActorKind
from certify.case import add_item, open_case, present_original
from certify.errors import AgencyNotFound, ReformBlocked, StaffConflict
from certify.items import Item
from certify.prepare import get_ready, mark_prepared, reserve
from certify.reform import Reform, ReformKind, current_successors
from certify.register import finalise, open_book, the_open_book
from certify.staff import CERTIFY_COPIES, Capacity, Delegation, Role, StaffMember, add_delegation, check_may_certify
from certify.succession import stands_for
from certify.tables import books, delegations, items, numbers, seal_policies
from certify.transitions import ItemEvent, ItemState, transition_of
from tests.bureau import AGENCY_CODE, AT, LAW, Bureau, new_case
from vault.delivery.tables import webhooks
from vault.log.tables import log_leaves

NEW = "H99.77"
WARDS = (AGENCY_CODE, "H99.02", "H99.03")
DECISION = "31/NQ-HĐND"
WORKER = Actor(ActorKind.WORKER, "test")
# A reform is dated on its day; the office has worked since midnight before.
DAY = AT + timedelta(hours=1)


@pytest.fixture
def wards(bureau: Bureau) -> Bureau:
    """Three wards with an officer and an open book each, and the ward that will follow them."""
    with bureau.database.transaction() as tx:
        for code in (*WARDS[1:], NEW):
            names = (f"UBND phường {code}", f"Ward {code}", f"Quartier {code}")
            add_agency(tx, Agency(code, *names, "COMMUNE", None, None, f"{code}/BS", AT - timedelta(days=9), None))
        for code in (*WARDS[1:], NEW):
            open_book(tx, agency_code=code, law=LAW, at=AT, random_bytes=secrets.token_bytes)
            member = StaffMember(
                bureau.new_id(), code, f"Người {code}", "Phó Chủ tịch", frozenset({Role.CERTIFIER}), f"key-{code}"
            )
            add_staff(tx, member)
            add_delegation(
                tx,
                Delegation(
                    bureau.new_id(),
                    member.staff_id,
                    Capacity.KT,
                    "Chủ tịch",
                    CERTIFY_COPIES,
                    f"1/QĐ-{code}",
                    AT - timedelta(days=9),
                    AT + timedelta(days=300),
                ),
            )
    return bureau


def case_item(bureau: Bureau, code: str, *, state: ItemState = ItemState.READY_TO_SIGN) -> Item:
    """An item of a ward that stands so far, without its papers."""
    new = replace(new_case(bureau.holder), agency_code=code)
    with bureau.database.transaction() as tx:
        case = open_case(tx, new, opened_by=bureau.officer.staff_id, at=AT, random_bytes=secrets.token_bytes)
        item = add_item(
            tx,
            case.case_id,
            doc_type="VN.BIRTH_CERT",
            title="Giấy khai sinh",
            copies=1,
            at=AT,
            random_bytes=secrets.token_bytes,
        )
        present_original(tx, item.item_id, staff_id=bureau.officer.staff_id, at=AT)
        source = hashlib.sha256(item.item_id.encode()).hexdigest()
        values = {"state": state.value, "page_count": 1, "pages_compared": 1, "source_sha256_hex": source}
        values |= {"quality_verdict": "GOOD", "compared_by": bureau.officer.staff_id, "scan_number": 1}
        tx.execute(items.update().where(items.c.item_id == item.item_id).values(**values))
    return bureau.item(item.item_id)


def prepared(bureau: Bureau, code: str, staff_id: str) -> Item:
    """An item of an unfinished batch: its number is taken, and nobody has signed."""
    item = case_item(bureau, code)
    with bureau.database.transaction() as tx:
        authority = check_may_certify(tx, staff_id, at=AT)
        ready = reserve(tx, item.item_id, authority=authority, law=LAW, actor=WORKER, random_bytes=secrets.token_bytes)
        mark_prepared(tx, ready, sha256_hex="0" * 64, page_count=2, law=LAW, actor=WORKER, at=AT)
    return bureau.item(item.item_id)


def officer_of(bureau: Bureau, code: str) -> str:
    with bureau.database.read() as tx:
        chosen = sa.select(delegations.c.staff_id).where(delegations.c.decision_number == f"1/QĐ-{code}")
        found: str = tx.execute(chosen).scalar_one()
    return found


def merger(**changes: object) -> Reform:
    reform = Reform(ReformKind.MERGE, WARDS, (NEW,), DECISION, DAY)
    return replace(reform, **changes)  # type: ignore[arg-type]


def carry(bureau: Bureau, reform: Reform, *, at: datetime = DAY, is_dry_run: bool = False) -> ReformResult:
    return carry_out(
        bureau.database,
        reform,
        law=LAW,
        actor_id="admin",
        at=at,
        random_bytes=secrets.token_bytes,
        is_dry_run=is_dry_run,
    )


def test_three_wards_become_one(wards: Bureau) -> None:
    open_item = case_item(wards, WARDS[1], state=ItemState.EXTRACTED)
    batch = [prepared(wards, WARDS[2], officer_of(wards, WARDS[2])) for _ in range(2)]
    with wards.database.transaction() as tx:
        for code in WARDS[:2]:
            values = {"webhook_id": wards.new_id(), "agency_code": code, "url": "https://example", "events": []}
            values |= {"state": "ENABLED", "sealed_secret": b"", "version": 1, "created_at": AT, "created_by": "a"}
            tx.execute(webhooks.insert().values(**values))
        due_before = get_case(tx, open_item.case_id).due_at
    done = carry(wards, merger())
    assert {one.agency_code: one.voided_numbers for one in done.done.ends} == {WARDS[0]: 0, WARDS[1]: 0, WARDS[2]: 2}
    assert done.webhooks == 2
    with wards.database.read() as tx:
        # Books of the day are closed, with the void numbers in their totals.
        assert {book.agency_code: (book.totals.numbers, book.totals.voided) for book in done.done.closed} == {
            WARDS[0]: (0, 0),
            WARDS[1]: (0, 0),
            WARDS[2]: (2, 2),
        }
        assert set(tx.execute(sa.select(books.c.status).where(books.c.agency_code.in_(WARDS))).scalars()) == {"CLOSED"}
        assert the_open_book(tx, agency_code=NEW, law=LAW, at=DAY).agency_code == NEW
        # Cases go on with their clocks; the unfinished batch waits for new numbers at the successor.
        case = get_case(tx, open_item.case_id)
        assert (case.agency_code, case.due_at) == (NEW, due_before)
        for item in batch:
            assert wards.item(item.item_id).state in transition_of(ItemEvent.RELEASE).sources
            assert get_case(tx, item.case_id).agency_code == NEW
        reasons = tx.execute(sa.select(numbers.c.status, numbers.c.void_reason)).all()
        assert {tuple(row) for row in reasons} == {("VOID", "AGENCY_ENDED")}
        # People go on; what they were delegated does not.
        officer = get_staff(tx, officer_of(wards, WARDS[1]))
        assert officer.agency_code == NEW
        assert all(one.ended_at == DAY for one in list_delegations(tx, officer.staff_id))
        with pytest.raises(Exception, match="delegation"):
            check_may_certify(tx, officer.staff_id, at=DAY)
        assert check_may_certify(tx, officer_of(wards, NEW), at=DAY)
        assert set(tx.execute(sa.select(webhooks.c.agency_code)).scalars()) == {NEW}
        policies = tx.execute(sa.select(seal_policies.c.valid_until).where(seal_policies.c.agency_code == AGENCY_CODE))
        assert set(policies.scalars()) == {DAY}
        assert get_agency(tx, AGENCY_CODE).seal_key_id is None
        assert [one.code for one in current_successors(tx, WARDS[0])] == [NEW]
        kinds = tx.execute(sa.select(log_leaves.c.kind)).scalars().all()
        assert kinds.count("AGENCIES_REFORMED") == 1


def test_look_ahead_says_the_same_and_changes_nothing(wards: Bureau) -> None:
    prepared(wards, WARDS[2], officer_of(wards, WARDS[2]))
    ahead = carry(wards, merger(), is_dry_run=True)
    with wards.database.read() as tx:
        assert get_agency(tx, WARDS[0]).valid_to is None
        assert set(tx.execute(sa.select(books.c.status)).scalars()) == {"OPEN"}
        assert set(tx.execute(sa.select(numbers.c.status)).scalars()) == {"RESERVED"}
    done = carry(wards, merger())
    assert (ahead.done.ends, ahead.done.closed) == (done.done.ends, done.done.closed)
    assert ahead.is_dry_run
    assert not done.is_dry_run


def test_copy_that_waits_for_its_seal_is_finished_by_the_old_agency_first(wards: Bureau) -> None:
    case_item(wards, WARDS[1], state=ItemState.OFFICER_SIGNED)
    with pytest.raises(ReformBlocked, match=r"only H99\.02 can finish"):
        carry(wards, merger())
    with wards.database.read() as tx:
        assert get_agency(tx, WARDS[0]).valid_to is None


def test_agency_does_not_end_before_its_last_act(wards: Bureau) -> None:
    item = prepared(wards, WARDS[1], officer_of(wards, WARDS[1]))
    with wards.database.transaction() as tx:
        ready = get_ready(tx, item_id=item.item_id, attempt=item.attempt)
        finalise(tx, book_id=ready.number.book_id, seq_no=ready.number.seq_no, signer_text="x", detail={}, at=DAY)
        tx.execute(items.update().where(items.c.item_id == item.item_id).values(state=ItemState.CERTIFIED.value))
    with pytest.raises(ReformBlocked, match="certified 1 copies since"):
        carry(wards, merger(since=AT), at=DAY)
    carry(wards, merger(since=DAY + timedelta(minutes=1)), at=DAY + timedelta(minutes=1))


@pytest.mark.parametrize(
    "changes",
    [
        {"ending": (AGENCY_CODE,)},
        {"following": (AGENCY_CODE,)},
        {"following": (NEW, "H99.02")},
        {"ending": (AGENCY_CODE, AGENCY_CODE)},
        {"kind": ReformKind.SPLIT},
        {"kind": ReformKind.RENAME},
        {"decision_number": " "},
        {"since": DAY + timedelta(days=1)},
    ],
)
def test_reform_that_cannot_be_meant_is_refused(wards: Bureau, changes: dict[str, object]) -> None:
    with pytest.raises(StaffConflict):
        carry(wards, merger(**changes))


def test_agency_that_ended_is_not_reformed_again_and_an_unknown_one_never(wards: Bureau) -> None:
    with pytest.raises(AgencyNotFound):
        carry(wards, merger(following=("NOWHERE",)))
    carry(wards, merger())
    with pytest.raises(StaffConflict, match="any more"):
        carry(wards, merger())


def test_split_and_later_change_of_name_lead_to_those_that_are_there_now(wards: Bureau) -> None:
    carry(wards, Reform(ReformKind.SPLIT, (AGENCY_CODE,), WARDS[1:], DECISION, DAY))
    later = DAY + timedelta(days=30)
    carry(wards, Reform(ReformKind.RENAME, (WARDS[1],), (NEW,), "40/NQ", later), at=later)
    with wards.database.read() as tx:
        assert {one.code for one in current_successors(tx, AGENCY_CODE)} == {NEW, WARDS[2]}
        assert all(stands_for(tx, AGENCY_CODE, agency_code=one) for one in (*WARDS[1:], NEW))
        assert current_successors(tx, NEW) == ()
