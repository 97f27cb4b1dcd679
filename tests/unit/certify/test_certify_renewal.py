"""Which copies are due for a fresh archive time-stamp, and in which order: by certificate, and by an algorithm's end."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from certify.errors import LawDataInvalid
from certify.renewal import (
    ERASED,
    ProtectedRecord,
    RenewalPlan,
    RenewalPolicy,
    end_of_day,
    get_protected,
    note_problem,
    note_protection,
    plan_renewals,
)
from certify.renewal_data import load_renewal_policy, read_renewal_policy
from tests.bureau import AT, Bureau

# Each has a database, a service or keys of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
POLICY = RenewalPolicy(lead=timedelta(days=180), retry=timedelta(hours=24), per_round=10)
P256, RSA = ("EC_256", "SHA256"), ("RSA_2048", "SHA256")

Plan = Callable[..., RenewalPlan]


@pytest.fixture
def plan(bureau: Bureau) -> Plan:
    """Four copies: two by P-256 that end in five and six years, one by RSA in seven, one that ends in 100 days."""
    rows = (
        ("a-five-years", P256, 5 * 365),
        ("b-six-years", P256, 6 * 365),
        ("c-seven-years", RSA, 7 * 365),
        ("d-hundred-days", P256, 100),
    )
    with bureau.database.transaction() as tx:
        for record_id, algorithms, days in rows:
            note_protection(tx, protected(record_id, algorithms, days), at=AT)

    def ask(policy: RenewalPolicy = POLICY, *, at: datetime = AT, limit: int = 100) -> RenewalPlan:
        with bureau.database.read() as tx:
            return plan_renewals(tx, policy=policy, at=at, limit=limit)

    return ask


def protected(record_id: str, algorithms: tuple[str, ...], days: int) -> ProtectedRecord:
    return ProtectedRecord(record_id, "holder", "0" * 64, algorithms, AT + timedelta(days=days))


def told(found: RenewalPlan) -> list[tuple[str, str]]:
    return [(one.record.record_id, one.cause) for one in found.due]


def test_only_a_copy_whose_certificate_ends_soon_is_due(plan: Plan) -> None:
    found = plan()
    assert told(found) == [("d-hundred-days", "CERTIFICATE")]
    assert (found.due_count, found.protected_count, found.problem_count) == (1, 3, 0)


def test_copy_is_due_exactly_from_the_lead_on(plan: Plan) -> None:
    first = AT + timedelta(days=5 * 365 - 180)
    assert "a-five-years" not in dict(told(plan(at=first - timedelta(seconds=1))))
    assert "a-five-years" in dict(told(plan(at=first)))


def test_algorithm_that_ends_makes_every_copy_that_rests_on_it_due_in_the_order_of_their_ends(plan: Plan) -> None:
    drill = POLICY.with_sunset("SHA256", ends_at=AT + timedelta(days=170))
    assert told(plan(drill)) == [
        ("d-hundred-days", "CERTIFICATE"),
        ("a-five-years", "SHA256"),
        ("b-six-years", "SHA256"),
        ("c-seven-years", "SHA256"),
    ]


def test_drill_about_one_kind_of_key_leaves_the_others_alone(plan: Plan) -> None:
    drill = POLICY.with_sunset("RSA_2048", ends_at=AT + timedelta(days=10))
    assert told(plan(drill)) == [("c-seven-years", "RSA_2048"), ("d-hundred-days", "CERTIFICATE")]
    assert plan().due_count == 1, "a drill changes nothing"


def test_first_of_two_algorithms_to_end_counts(plan: Plan) -> None:
    drill = POLICY.with_sunset("SHA256", ends_at=AT + timedelta(days=60)).with_sunset(
        "EC_256", ends_at=AT + timedelta(days=30)
    )
    causes = dict(told(plan(drill)))
    assert causes == {
        "a-five-years": "EC_256",
        "b-six-years": "EC_256",
        "c-seven-years": "SHA256",
        "d-hundred-days": "EC_256",
    }
    assert told(plan(drill))[-1][0] == "c-seven-years"


def test_limit_takes_the_most_urgent_and_counts_them_all(plan: Plan) -> None:
    found = plan(POLICY.with_sunset("SHA256", ends_at=AT), limit=2)
    assert (len(found.due), found.due_count) == (2, 4)


def test_copy_with_a_problem_waits_for_its_retry(bureau: Bureau, plan: Plan) -> None:
    with bureau.database.transaction() as tx:
        note_problem(tx, "d-hundred-days", code="TimestampUnavailable", retry_at=AT + timedelta(hours=1))
    found = plan()
    assert (found.due_count, found.problem_count) == (0, 1)
    later = plan(at=AT + timedelta(hours=1))
    assert [(one.record.attempts, one.record.problem_code) for one in later.due] == [(1, "TimestampUnavailable")]


def test_erased_copy_is_never_due_again(bureau: Bureau, plan: Plan) -> None:
    erased = ProtectedRecord("e-erased", "holder", "0" * 64, (), AT, problem_code=ERASED)
    with bureau.database.transaction() as tx:
        note_protection(tx, erased, at=AT)
        assert get_protected(tx, "e-erased") is not None
    assert "e-erased" not in dict(told(plan(POLICY.with_sunset("SHA256", ends_at=AT))))


def test_two_processes_that_survey_a_copy_at_once_note_it_once(bureau: Bureau) -> None:
    def survey_too() -> None:
        with bureau.database.transaction() as other:
            note_protection(other, protected("f-new", P256, 300), at=AT)

    with ThreadPoolExecutor(1) as elsewhere:
        with bureau.database.transaction() as tx:
            note_protection(tx, protected("f-new", P256, 300), at=AT)
            second = elsewhere.submit(survey_too)
            # Long enough that the other one has looked, found nothing, and waits for this one's end.
            time.sleep(0.5)
        second.result(timeout=30)
    with bureau.database.read() as tx:
        assert get_protected(tx, "f-new") == protected("f-new", P256, 300)


def test_last_day_is_over_at_midnight_of_the_office() -> None:
    assert end_of_day(date(2030, 12, 31), timezone=ZONE) == datetime(2030, 12, 31, 17, tzinfo=UTC)


def test_policy_of_vietnam_is_read_from_its_file() -> None:
    policy = load_renewal_policy("vn", timezone=ZONE)
    assert policy.lead == timedelta(days=180)
    assert policy.end_of(("RSA_2048", "SHA256")) == datetime(2030, 12, 31, 17, tzinfo=UTC)
    assert policy.end_of(P256) is None


GOOD = {"lead_days": 1, "retry_hours": 1, "per_round": 1, "algorithm_ends": []}


@pytest.mark.parametrize(
    "change",
    [
        {"lead_days": 0},
        {"lead_days": True},
        {"retry_hours": "24"},
        {"unknown": 1},
        {"algorithm_ends": {}},
        {"algorithm_ends": ["SHA1"]},
        {"algorithm_ends": [{"algorithm": "SHA1"}]},
        {"algorithm_ends": [{"algorithm": "SHA1", "last_day": "soon"}]},
        {"algorithm_ends": [{"algorithm": "SHA1", "last_day": datetime(2030, 1, 1, tzinfo=UTC)}]},
        {"algorithm_ends": [{"algorithm": "SHA1", "last_day": date(2030, 1, 1)}] * 2},
    ],
)
def test_policy_that_cannot_be_meant_stops_the_start(change: dict[str, object]) -> None:
    read_renewal_policy(GOOD, timezone=ZONE)
    with pytest.raises(LawDataInvalid, match=r"renewal\.yaml"):
        read_renewal_policy({**GOOD, **change}, timezone=ZONE)
