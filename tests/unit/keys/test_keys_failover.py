"""Several time-stamping services: the first sound answer counts, and a service that fails is left in peace."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from keys import (
    AuthorityService,
    FailoverTimestamps,
    Fault,
    FaultBoard,
    InProcessTimestamps,
    NamedTimestamps,
    TimestampReason,
    TimestampRejected,
    TimestampToken,
    TimestampUnavailable,
)
from keys.breaker import CircuitBreaker
from tests.office import Office

IMPRINT = bytes(range(32))


@dataclass
class Member:
    """One time-stamping service with switches of its own, which counts how often it is asked."""

    office: Office
    board: FaultBoard
    asked_at: list[datetime] = field(default_factory=list)
    takes: timedelta = timedelta(0)

    def stamp(self, imprint_sha256: bytes, *, at_sent: datetime) -> TimestampToken:
        self.asked_at.append(at_sent)
        self.office.clock.advance(self.takes)
        source = InProcessTimestamps(
            self.office.authority, clock=self.office.clock, random_bytes=self.office.random_bytes, faults=self.board
        )
        return source.stamp(imprint_sha256, at_sent=at_sent)

    def fails(self, fault: Fault | None) -> None:
        self.board.set(AuthorityService.TSA, fault)


@pytest.fixture
def first(office: Office) -> Member:
    return _member(office, "first")


@pytest.fixture
def second(office: Office) -> Member:
    return _member(office, "second")


@pytest.fixture
def both(office: Office, first: Member, second: Member) -> FailoverTimestamps:
    return FailoverTimestamps([NamedTimestamps("first", first), NamedTimestamps("second", second)], clock=office.clock)


def _member(office: Office, name: str) -> Member:
    folder = office.folder / name
    folder.mkdir()
    return Member(office, FaultBoard(folder))


def test_preferred_service_is_asked_alone(both: FailoverTimestamps, office: Office, second: Member) -> None:
    assert both.stamp(IMPRINT, at_sent=office.now).gen_time == office.now
    assert second.asked_at == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault.DOWN,
        Fault.SLOW,
        Fault.GARBAGE,
        Fault.HUGE,
        Fault.WRONG_NONCE,
        Fault.WRONG_IMPRINT,
        Fault.WRONG_TIME,
        Fault.FORGED,
    ],
)
def test_second_service_stands_in_for_a_bad_first(
    both: FailoverTimestamps, office: Office, first: Member, fault: Fault
) -> None:
    first.fails(fault)
    assert both.stamp(IMPRINT, at_sent=office.now).gen_time == office.now
    assert len(first.asked_at) == 1


def test_second_service_is_judged_by_the_moment_it_is_asked(
    both: FailoverTimestamps, office: Office, first: Member, second: Member
) -> None:
    sent = office.now
    first.fails(Fault.DOWN)
    first.takes = timedelta(seconds=5)
    token = both.stamp(IMPRINT, at_sent=sent)
    assert second.asked_at == [sent + timedelta(seconds=5)]
    assert token.gen_time == sent + timedelta(seconds=5)


def test_nothing_is_stamped_when_every_service_is_down(
    both: FailoverTimestamps, office: Office, first: Member, second: Member
) -> None:
    first.fails(Fault.DOWN)
    second.fails(Fault.SLOW)
    with pytest.raises(TimestampUnavailable, match=r"first: .*second: "):
        both.stamp(IMPRINT, at_sent=office.now)


def test_wrong_answer_is_told_rather_than_the_silence_of_the_other(
    both: FailoverTimestamps, office: Office, first: Member, second: Member
) -> None:
    first.fails(Fault.WRONG_TIME)
    second.fails(Fault.DOWN)
    with pytest.raises(TimestampRejected) as caught:
        both.stamp(IMPRINT, at_sent=office.now)
    assert caught.value.reason is TimestampReason.GEN_TIME


def test_service_that_failed_three_times_rests_and_is_then_tried_once(
    both: FailoverTimestamps, office: Office, first: Member
) -> None:
    first.fails(Fault.DOWN)
    for _ in range(5):
        both.stamp(IMPRINT, at_sent=office.now)
    assert len(first.asked_at) == 3
    assert both.resting == ("first",)
    office.clock.advance(timedelta(seconds=20))
    both.stamp(IMPRINT, at_sent=office.now)
    both.stamp(IMPRINT, at_sent=office.now)
    assert len(first.asked_at) == 4
    first.fails(None)
    office.clock.advance(timedelta(seconds=20))
    both.stamp(IMPRINT, at_sent=office.now)
    assert both.resting == ()
    both.stamp(IMPRINT, at_sent=office.now)
    assert len(first.asked_at) == 6


def test_answer_is_a_failure_at_once_when_all_rest(
    both: FailoverTimestamps, office: Office, first: Member, second: Member
) -> None:
    first.fails(Fault.DOWN)
    second.fails(Fault.DOWN)
    for _ in range(4):
        with pytest.raises(TimestampUnavailable):
            both.stamp(IMPRINT, at_sent=office.now)
    assert (len(first.asked_at), len(second.asked_at)) == (3, 3)
    with pytest.raises(TimestampUnavailable, match="rests"):
        both.stamp(IMPRINT, at_sent=office.now)


def test_success_in_between_begins_the_count_anew(both: FailoverTimestamps, office: Office, first: Member) -> None:
    for fault in (Fault.DOWN, Fault.DOWN, None, Fault.DOWN, Fault.DOWN):
        first.fails(fault)
        both.stamp(IMPRINT, at_sent=office.now)
    assert both.resting == ()


def test_clock_that_was_set_back_does_not_keep_a_service_resting(office: Office) -> None:
    breaker = CircuitBreaker(clock=office.clock)
    for _ in range(3):
        with pytest.raises(TimestampUnavailable), breaker.watching():
            raise TimestampUnavailable("down")
    assert not breaker.admits()
    office.clock.advance(timedelta(days=-1))
    assert breaker.admits()


def test_trial_is_given_to_one_caller_only(office: Office) -> None:
    breaker = CircuitBreaker(clock=office.clock)
    for _ in range(3):
        with pytest.raises(TimestampUnavailable), breaker.watching():
            raise TimestampUnavailable("down")
    office.clock.advance(timedelta(seconds=20))
    assert (breaker.admits(), breaker.admits()) == (True, False)


def test_source_without_a_service_is_never_built(office: Office) -> None:
    with pytest.raises(ValueError, match="at least one"):
        FailoverTimestamps([], clock=office.clock)
