"""When an office works, and by when a request must be answered: working days, holidays and the hour of the cut-off, as data.

The result is due the same day; what comes after the cut-off, or on a day of rest, is due on the next working day. All
hours are those of the office's clock, and of the day they are asked for: a change of hours on a date moves nothing that was
received or due before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from certify.dated import only_one
from certify.errors import LawDataInvalid

# Longer than any run of holidays; a calendar that never works is a mistake in the data.
_LONGEST_REST_DAYS = 40


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When an office works between two days, by which text, and until when what comes is answered on the same day."""

    basis_id: str
    valid_from: date
    valid_to: date | None
    weekdays: frozenset[int]
    """Days of the week that are worked, Monday 0."""
    opens_at: time
    cut_off: time
    closes_at: time


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The days and hours of an office. `worked` are days of a weekend that are worked by decree, in place of another."""

    timezone: ZoneInfo
    hours: tuple[OfficeHours, ...]
    holidays: Mapping[date, str]
    worked: frozenset[date]
    known_until: date
    """The last day for which holidays were entered; later ones are weekends only."""

    def hours_on(self, day: date) -> OfficeHours:
        """The hours that hold on this day.

        Raises:
            LawDataInvalid: not exactly one row does.
        """
        return only_one(self.hours, on=day, what="rows of office hours")

    def is_working_day(self, day: date) -> bool:
        """Whether the office works on this day."""
        return day in self.worked or (day not in self.holidays and day.weekday() in self.hours_on(day).weekdays)

    def next_working_day(self, day: date) -> date:
        """The first working day after this one.

        Raises:
            LawDataInvalid: the data leaves none.
        """
        for later in range(1, _LONGEST_REST_DAYS + 1):
            candidate = day + timedelta(days=later)
            if self.is_working_day(candidate):
                return candidate
        raise LawDataInvalid(f"the calendar has no working day in the {_LONGEST_REST_DAYS} days after {day}")

    def due_at(self, received_at: datetime) -> datetime:
        """By when a complete request received at this instant is answered: the end of that working day, or of the next."""
        local = received_at.astimezone(self.timezone)
        day = local.date()
        if not self.is_working_day(day) or local.time() > self.hours_on(day).cut_off:
            day = self.next_working_day(day)
        return self._end_of(day).astimezone(received_at.tzinfo)

    def due_after(self, received_at: datetime, *, working_days: int) -> datetime:
        """By when a request is answered that takes so many working days, the first being the next one."""
        day = received_at.astimezone(self.timezone).date()
        for _ in range(working_days):
            day = self.next_working_day(day)
        return self._end_of(day).astimezone(received_at.tzinfo)

    def due_after_pause(self, due_at: datetime, *, stopped_at: datetime, resumed_at: datetime) -> datetime:
        """By when a request is answered whose clock stood still: the working days left then are left again.

        The day on which the clock goes on counts like a day of receipt: what was due on the day it stopped is due today,
        or on the next working day when the paper came after the cut-off.
        """
        left, day, due_day = 0, stopped_at.astimezone(self.timezone).date(), due_at.astimezone(self.timezone).date()
        while day < due_day:
            day = self.next_working_day(day)
            left += 1
        first = self.due_at(resumed_at)
        return self.due_after(first, working_days=left) if left else first

    def _end_of(self, day: date) -> datetime:
        return datetime.combine(day, self.hours_on(day).closes_at, self.timezone)
