"""The counter: who the people of a case are, whose work it is, where it goes, by when, and what is asked for."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

import certify.desk_tables
from certify.agencies import Agency, add_agency
from certify.case import Case, get_case
from certify.case_moves import case_history
from certify.case_transitions import CaseState
from certify.counter import (
    NewPerson,
    PersonRole,
    Power,
    SeenBy,
    add_people,
    ask_supplement,
    book_appointment,
    claim,
    desk_rules,
    escalate_late,
    expire_waiting,
    find_tracked,
    hand_over,
    leave_until,
    people_of,
    read_card,
    read_person,
    release,
    route,
    substitute_of,
)
from certify.errors import AgencyNotFound, CaseNotFound, GuardRefused, StaffNotFound
from certify.items import list_agency_items
from certify.staff import Role, StaffMember
from tests.bureau import AGENCY_CODE, AT, LAW, Bureau
from vault.tables import outbox

# Each has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

RULES = desk_rules(LAW, at=AT)
SELF = NewPerson(PersonRole.REQUESTER, "Lê Thị Thí Dụ", "000190000001", date(1990, 1, 2))
PRESENT = replace(SELF, role=PersonRole.PRESENTER, seen_by=SeenBy.ID_CARD_QR)
HOLDER = replace(SELF, role=PersonRole.HOLDER)
MOTHER = NewPerson(PersonRole.PRESENTER, "Trần Thị Mẫu", "000165000002", seen_by=SeenBy.ID_CARD)


def digest(number: str) -> str:
    return hashlib.sha256(number.encode()).hexdigest()


@pytest.fixture
def case(bureau: Bureau) -> Case:
    case = bureau.open_case()
    bureau.blobs.create_keyset(case.case_id)
    bureau.add_item(case)
    return case


@pytest.fixture
def colleague(bureau: Bureau) -> StaffMember:
    return bureau.add_officer(roles=frozenset({Role.COUNTER_CLERK}), key_id=None)


def note_people(bureau: Bureau, case: Case, *people: NewPerson) -> None:
    with bureau.database.transaction() as tx:
        add_people(
            tx, case.case_id, people, blobs=bureau.blobs, digest_of=digest, staff_id=bureau.officer.staff_id, at=AT
        )


def claimed(bureau: Bureau, case: Case, staff_id: str, *, at: datetime = AT) -> Case:
    with bureau.database.transaction() as tx:
        return claim(tx, case.case_id, staff_id=staff_id, at=at)


def test_people_of_a_case_are_kept_apart_and_their_names_under_encryption(bureau: Bureau, case: Case) -> None:
    child = NewPerson(PersonRole.SUBJECT, "Lê Văn Bé", birth_date=date(2020, 5, 6))
    note_people(bureau, case, PRESENT, SELF, HOLDER, child)
    with bureau.database.read() as tx:
        found = people_of(tx, case.case_id)
        rows = repr(tx.execute(sa.select(certify.desk_tables.case_people)).all())
    assert [one.role for one in found] == [
        PersonRole.PRESENTER,
        PersonRole.REQUESTER,
        PersonRole.HOLDER,
        PersonRole.SUBJECT,
    ]
    assert (found[0].seen_by, found[0].number_last4, found[3].number_digest) == (SeenBy.ID_CARD_QR, "0001", None)
    assert "Lê" not in rows
    assert SELF.number not in rows
    assert read_person(case.case_id, found[3], blobs=bureau.blobs).name == "Lê Văn Bé"
    assert "Lê" not in repr(child)


@pytest.mark.parametrize(
    ("people", "code"),
    [
        ((SELF, HOLDER), "PEOPLE_INCOMPLETE"),
        ((replace(PRESENT, seen_by=None), SELF, HOLDER), "PRESENTER_NOT_SEEN"),
        ((MOTHER, SELF, HOLDER), "POWER_MISSING"),
        ((replace(MOTHER, power=Power.PARENT, power_paper=" "), SELF, HOLDER), "POWER_MISSING"),
        (
            (replace(MOTHER, power=Power.POWER_OF_ATTORNEY, power_paper="12/2026", power_until=AT), SELF, HOLDER),
            "POWER_ENDED",
        ),
    ],
)
def test_case_without_a_seen_presenter_or_a_power_that_holds_is_refused(
    bureau: Bureau, case: Case, people: tuple[NewPerson, ...], code: str
) -> None:
    with pytest.raises(GuardRefused) as refused:
        note_people(bureau, case, *people)
    assert refused.value.code == code


def test_proxy_shows_a_power_that_is_recorded_with_its_end(bureau: Bureau, case: Case) -> None:
    until = AT + timedelta(days=9)
    proxy = replace(MOTHER, power=Power.POWER_OF_ATTORNEY, power_paper="12/2026, 01/11/2026", power_until=until)
    note_people(bureau, case, proxy, SELF, HOLDER)
    with bureau.database.read() as tx:
        found = people_of(tx, case.case_id)[0]
    assert (found.power, found.power_until) == (Power.POWER_OF_ATTORNEY, until)
    assert read_person(case.case_id, found, blobs=bureau.blobs).power_paper == "12/2026, 01/11/2026"


def test_code_of_an_identity_card_gives_number_name_and_birth_date() -> None:
    card = read_card("000190000001|123456789|Lê Thị Thí Dụ|02011990|Nữ|Thí Dụ|01012022")
    assert (card.number, card.name, card.birth_date) == ("000190000001", "Lê Thị Thí Dụ", date(1990, 1, 2))
    assert "Lê" not in repr(card)


@pytest.mark.parametrize(
    "text", ["", "https://x.example", "123|1|A|01011990", "000190000001||A|99991990", "000190000001|1"]
)
def test_code_that_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(GuardRefused) as refused:
        read_card(text)
    assert refused.value.code == "CARD_UNREADABLE"


def test_case_that_somebody_claimed_is_locked_with_name_and_time_until_released(
    bureau: Bureau, case: Case, colleague: StaffMember
) -> None:
    mine = claimed(bureau, case, bureau.officer.staff_id)
    assert (mine.claimed_by, mine.claimed_at) == (bureau.officer.staff_id, AT)
    with pytest.raises(GuardRefused, match=bureau.officer.staff_id) as locked:
        claimed(bureau, case, colleague.staff_id)
    assert locked.value.code == "CLAIMED"
    with bureau.database.transaction() as tx:
        assert release(tx, case.case_id, staff_id=bureau.officer.staff_id, at=AT).claimed_by is None
    assert claimed(bureau, case, colleague.staff_id).claimed_by == colleague.staff_id


def test_leave_hands_the_work_to_a_substitute_and_ends_by_itself(
    bureau: Bureau, case: Case, colleague: StaffMember
) -> None:
    me, until = bureau.officer.staff_id, AT + timedelta(days=5)
    claimed(bureau, case, me)
    with bureau.database.transaction() as tx:
        assert leave_until(tx, me, until=until, substitute_id=colleague.staff_id, at=AT) == 1
        assert get_case(tx, case.case_id).claimed_by == colleague.staff_id
        assert substitute_of(tx, me, at=AT) == colleague.staff_id
        assert substitute_of(tx, me, at=until) is None
        assert [step.event for step in case_history(tx, case.case_id)][-2:] == ["CLAIM", "HAND_OVER"]
        with pytest.raises(GuardRefused) as away:
            hand_over(tx, case.case_id, to_staff_id=me, staff_id=colleague.staff_id, at=AT)
        assert away.value.code == "AWAY"
        back = hand_over(tx, case.case_id, to_staff_id=me, staff_id=colleague.staff_id, at=until)
    assert back.claimed_by == me


def test_work_is_not_handed_to_oneself_to_strangers_or_into_the_past(
    bureau: Bureau, case: Case, colleague: StaffMember
) -> None:
    me = bureau.officer.staff_id
    with bureau.database.transaction() as tx:
        for until, substitute, code in (
            (AT, colleague.staff_id, "LEAVE_ENDED"),
            (AT + timedelta(days=1), me, "NOT_A_COLLEAGUE"),
        ):
            with pytest.raises(GuardRefused) as refused:
                leave_until(tx, me, until=until, substitute_id=substitute, at=AT)
            assert refused.value.code == code
        with pytest.raises(StaffNotFound):
            hand_over(tx, case.case_id, to_staff_id=bureau.new_id(), staff_id=me, at=AT)


def elsewhere(bureau: Bureau, code: str = "H99.02") -> str:
    with bureau.database.transaction() as tx:
        start = AT - timedelta(days=9)
        add_agency(
            tx, Agency(code, "UBND phường Bên Cạnh", "Next", "Voisin", "COMMUNE", None, None, "SCTĐT/BS", start, None)
        )
    return code


def test_case_is_received_here_and_certified_by_the_agency_it_is_routed_to(bureau: Bureau, case: Case) -> None:
    there, me = elsewhere(bureau), bureau.officer.staff_id
    with bureau.database.transaction() as tx:
        sent = route(tx, case.case_id, to_agency=there, reason="RESPONSIBLE_ELSEWHERE", rules=RULES, staff_id=me, at=AT)
        assert (sent.agency_code, sent.received_by_agency, sent.due_at) == (there, AGENCY_CODE, case.due_at)
        assert [item.case_id for item in list_agency_items(tx, there, limit=9)] == [case.case_id]
        with pytest.raises(GuardRefused) as again:
            route(tx, case.case_id, to_agency=there, reason="WORKLOAD", rules=RULES, staff_id=me, at=AT)
        assert again.value.code == "ALREADY_THERE"


def test_case_is_routed_only_to_an_agency_that_acts_with_a_reason_of_the_list(bureau: Bureau, case: Case) -> None:
    there, me = elsewhere(bureau), bureau.officer.staff_id
    with bureau.database.transaction() as tx:
        with pytest.raises(GuardRefused) as unknown:
            route(tx, case.case_id, to_agency=there, reason="LUNCH", rules=RULES, staff_id=me, at=AT)
        assert unknown.value.code == "CHOICE_UNKNOWN"
        with pytest.raises(AgencyNotFound):
            route(tx, case.case_id, to_agency="H99.77", reason="WORKLOAD", rules=RULES, staff_id=me, at=AT)
        tx.execute(sa.update(certify.tables.items).values(attempt=1))
        with pytest.raises(GuardRefused) as numbered:
            route(tx, case.case_id, to_agency=there, reason="WORKLOAD", rules=RULES, staff_id=me, at=AT)
        assert numbered.value.code == "NUMBER_TAKEN"


def test_supplement_names_what_is_missing_and_expires_after_its_working_days(bureau: Bureau, case: Case) -> None:
    me = bureau.officer.staff_id
    with bureau.database.transaction() as tx:
        with pytest.raises(GuardRefused):
            ask_supplement(tx, case.case_id, code="COFFEE", rules=RULES, law=LAW, staff_id=me, at=AT)
        waiting = ask_supplement(tx, case.case_id, code="LEGALISATION", rules=RULES, law=LAW, staff_id=me, at=AT)
    assert waiting.reason_code == "LEGALISATION"
    assert waiting.waits_until is not None
    with bureau.database.transaction() as tx:
        assert expire_waiting(tx, at=waiting.waits_until - timedelta(seconds=1)) == 0
        assert expire_waiting(tx, at=waiting.waits_until) == 1
        assert get_case(tx, case.case_id).state is CaseState.EXPIRED


def test_what_is_late_is_told_once_and_never_while_the_clock_stands_still(bureau: Bureau, case: Case) -> None:
    waiting = bureau.open_case()
    bureau.add_item(waiting)
    late = case.due_at + timedelta(minutes=1)
    with bureau.database.transaction() as tx:
        ask_supplement(
            tx, waiting.case_id, code="IDENTITY", rules=RULES, law=LAW, staff_id=bureau.officer.staff_id, at=AT
        )
        assert escalate_late(tx, at=case.due_at) == 0
        assert escalate_late(tx, at=late) == 1
        assert escalate_late(tx, at=late) == 0
        assert get_case(tx, case.case_id).escalated_at == late
        told = tx.execute(sa.select(outbox.c.message_key).where(outbox.c.topic == "case.late")).scalars().all()
    assert [key[:26] for key in told] == [case.case_id]


def test_appointment_takes_a_slot_while_the_office_works_and_places_are_free(bureau: Bureau) -> None:
    wanted = datetime(2026, 11, 24, 2, 10, tzinfo=UTC)
    with bureau.database.transaction() as tx:

        def book(at_time: datetime) -> datetime:
            return book_appointment(
                tx, agency_code=AGENCY_CODE, wanted=at_time, calendar=LAW.calendar, rules=RULES, at=AT
            )

        slot = book(wanted)
        assert slot == datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
        for closed in (datetime(2026, 11, 29, 3, 0, tzinfo=UTC), wanted.replace(hour=0), wanted.replace(hour=20)):
            with pytest.raises(GuardRefused) as refused:
                book(closed)
            assert refused.value.code == "SLOT_CLOSED"
        with pytest.raises(GuardRefused, match="still to come"):
            book(AT - timedelta(hours=1))
    for _ in range(RULES.times.per_slot):
        taken = bureau.open_case()
        with bureau.database.transaction() as tx:
            tx.execute(
                sa.update(certify.tables.cases)
                .where(certify.tables.cases.c.case_id == taken.case_id)
                .values(appointment_at=slot)
            )
    with bureau.database.transaction() as tx, pytest.raises(GuardRefused) as full:
        book_appointment(tx, agency_code=AGENCY_CODE, wanted=wanted, calendar=LAW.calendar, rules=RULES, at=AT)
    assert full.value.code == "SLOT_FULL"


def test_tracking_code_tells_how_far_a_case_is_and_nothing_about_a_person(bureau: Bureau, case: Case) -> None:
    with bureau.database.read() as tx:
        told = find_tracked(tx, case.tracking_code or "", at=AT)
        with pytest.raises(CaseNotFound):
            find_tracked(tx, "0000000000000", at=AT)
    assert (told.state, told.items, told.items_open, told.agency_code) == (CaseState.IN_PROGRESS, 1, 1, AGENCY_CODE)
    assert bureau.holder.holder_id not in repr(told)
