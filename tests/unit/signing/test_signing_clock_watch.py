"""The wall clock jumps: nothing is signed until it is right again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signing import ClockJumped, ClockWatch, SigningServices, sign_field
from tests.blank_copies import blank_copy
from tests.office import OFFICE_OPENS_AT, FrozenClock
from tests.unit.signing.conftest import MakeRequest, MakeSigner


class Steady:
    """A steady clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def wall() -> FrozenClock:
    return FrozenClock(OFFICE_OPENS_AT)


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def watch(wall: FrozenClock, steady: Steady) -> ClockWatch:
    return ClockWatch(wall, steady_seconds=steady)


def test_clocks_that_go_on_together_pass_for_ever(watch: ClockWatch, wall: FrozenClock, steady: Steady) -> None:
    for _ in range(1000):
        wall.advance(timedelta(seconds=59))
        steady.seconds += 60  # A second a minute is drift that a time service takes away, not a jump.
        watch.check()


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(seconds=-6), timedelta(days=-365)])
def test_clock_that_was_set_stops_signing(
    watch: ClockWatch,
    wall: FrozenClock,
    jump: timedelta,
    officer_signer: MakeSigner,
    ask: MakeRequest,
) -> None:
    wall.advance(jump)
    signer = officer_signer()
    for _ in range(2):
        with pytest.raises(ClockJumped, match="start Vidimus again"):
            sign_field(blank_copy(), request=ask(), signer=signer, services=SigningServices(clock_watch=watch))


def test_jump_that_was_undone_is_forgiven(watch: ClockWatch, wall: FrozenClock) -> None:
    wall.advance(timedelta(hours=1))
    with pytest.raises(ClockJumped):
        watch.check()
    wall.advance(timedelta(hours=-1))
    watch.check()
