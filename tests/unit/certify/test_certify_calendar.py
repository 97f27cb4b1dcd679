"""By when the office must answer: the working day, three in the afternoon, weekends, holidays and days worked in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify import load_law
from certify.errors import LawDataInvalid
from certify.law_data import check_pack

LAW = load_law("vn")
CALENDAR = LAW.calendar
(TODAY,) = CALENDAR.hours
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
_MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=HANOI) + timedelta(minutes=minutes)
)


def due(text: str) -> str:
    received = datetime.fromisoformat(text).replace(tzinfo=HANOI)
    return CALENDAR.due_at(received).astimezone(HANOI).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("received", "answered"),
    [
        ("2026-11-25 08:00", "2026-11-25 17:00"),
        ("2026-11-25 15:00", "2026-11-25 17:00"),
        ("2026-11-25 15:00:01", "2026-11-26 17:00"),
        # Friday afternoon, Saturday morning: Monday.
        ("2026-11-27 15:30", "2026-11-30 17:00"),
        ("2026-11-28 09:00", "2026-11-30 17:00"),
        # The day before a holiday that runs into a weekend.
        ("2026-04-29 16:00", "2026-05-04 17:00"),
        ("2026-02-13 16:00", "2026-02-23 17:00"),
        # The evening is of the same day for the office, however it is called in UTC.
        ("2026-11-25 23:30", "2026-11-26 17:00"),
    ],
)
def test_what_comes_after_three_or_on_a_day_of_rest_is_due_on_the_next_working_day(
    received: str, answered: str
) -> None:
    assert due(received) == answered


def test_saturday_that_is_worked_by_decree_is_a_working_day() -> None:
    calendar = replace(CALENDAR, worked=frozenset({date(2026, 11, 28)}))
    received = datetime(2026, 11, 28, 9, tzinfo=HANOI)
    assert calendar.due_at(received).astimezone(HANOI).date() == date(2026, 11, 28)


def test_five_working_days_step_over_the_weekend() -> None:
    received = datetime(2026, 11, 25, 9, tzinfo=HANOI)
    assert CALENDAR.due_after(received, working_days=5).astimezone(HANOI).date() == date(2026, 12, 2)


def test_calendar_that_never_works_is_named_as_a_mistake() -> None:
    with pytest.raises(LawDataInvalid):
        replace(CALENDAR, hours=(replace(TODAY, weekdays=frozenset()),)).next_working_day(date(2026, 11, 25))


@given(_MOMENTS)
def test_due_time_is_later_on_a_working_day_and_at_most_two_weeks_away(received: datetime) -> None:
    answered = CALENDAR.due_at(received).astimezone(HANOI)
    assert received < answered <= received + timedelta(days=14)
    assert CALENDAR.is_working_day(answered.date())
    assert answered.time() == TODAY.closes_at


@given(_MOMENTS, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_who_comes_later_is_never_answered_earlier(received: datetime, later: timedelta) -> None:
    assert CALENDAR.due_at(received) <= CALENDAR.due_at(received + later)


def test_holidays_have_names_and_lie_before_the_end_of_the_data() -> None:
    holidays: Mapping[date, str] = CALENDAR.holidays
    assert all(name and day <= CALENDAR.known_until for day, name in holidays.items())


def test_hours_that_change_on_a_day_change_nothing_before_it() -> None:
    monday = date(2027, 3, 1)
    later = replace(
        TODAY, valid_from=monday, weekdays=frozenset(range(6)), opens_at=time(7), cut_off=time(11), closes_at=time(12)
    )
    calendar = replace(CALENDAR, hours=(replace(TODAY, valid_to=monday - timedelta(days=1)), later))

    def answered(text: str) -> str:
        received = datetime.fromisoformat(text).replace(tzinfo=HANOI)
        return calendar.due_at(received).astimezone(HANOI).strftime("%Y-%m-%d %H:%M")

    # Until Sunday: three in the afternoon, five days a week, until five.
    assert answered("2027-02-25 15:00") == "2027-02-25 17:00"
    assert answered("2027-02-25 15:01") == "2027-02-26 17:00"
    # What comes on the old Friday evening is due by the hours of the day on which it is answered.
    assert answered("2027-02-26 15:01") == "2027-03-01 12:00"
    # From Monday on: eleven in the morning, and Saturdays.
    assert answered("2027-03-01 11:00") == "2027-03-01 12:00"
    assert answered("2027-03-05 11:01") == "2027-03-06 12:00"
    for day in (date(2026, 11, 28), date(2027, 2, 27)):
        assert calendar.is_working_day(day) is CALENDAR.is_working_day(day) is False


@pytest.mark.parametrize(
    ("last", "first", "said"),
    [
        (date(2027, 1, 31), date(2027, 2, 2), "no row of office hours holds on 2027-02-01"),
        (date(2027, 1, 31), date(2027, 1, 31), "two rows of row of office hours hold on 2027-01-31"),
    ],
)
def test_day_with_no_hours_or_with_two_stops_the_start(last: date, first: date, said: str) -> None:
    hours = (replace(TODAY, valid_to=last), replace(TODAY, valid_from=first))
    with pytest.raises(LawDataInvalid, match=said):
        check_pack(replace(LAW, calendar=replace(CALENDAR, hours=hours)))
