"""The chores go on, whatever one of them meets."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import pytest

from api.clock import SystemClock
from api.delivery.courier import Courier
from api.housekeeping import Housekeeping
from tests.databases import database  # noqa: F401 - a fixture
from vault import Database, DatabaseUnavailable, LeaseLost, LogTampered


def raising(error: Exception) -> Callable[[], None]:
    def chore() -> None:
        raise error

    return chore


def test_a_chore_that_fails_does_not_stop_the_next_one() -> None:
    done: list[str] = []
    keeper = Housekeeping((raising(DatabaseUnavailable("away")), lambda: done.append("voided")))
    keeper.round()
    assert (done, keeper.trouble) == (["voided"], "DatabaseUnavailable")


def test_another_sequencer_at_work_is_no_trouble() -> None:
    keeper = Housekeeping((raising(LeaseLost("another sequencer")),))
    keeper.round()
    assert keeper.trouble is None


def test_a_log_that_contradicts_itself_calls_for_a_person(caplog: pytest.LogCaptureFixture) -> None:
    keeper = Housekeeping((raising(LogTampered("rewritten")), raising(DatabaseUnavailable("away"))))
    with caplog.at_level(logging.CRITICAL):
        keeper.round()
    assert keeper.trouble == "LOG_TAMPERED"
    assert "a person must look" in caplog.text


def test_trouble_that_has_passed_is_forgotten() -> None:
    errors = [DatabaseUnavailable("away")]

    def chore() -> None:
        if errors:
            raise errors.pop()

    keeper = Housekeeping((chore,))
    keeper.round()
    keeper.round()
    assert keeper.trouble is None


def test_an_error_nobody_foresaw_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        Housekeeping((lambda: 1 // 0,)).round()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ended_is_told_to_the_watchdog() -> None:
    keeper = Housekeeping((raising(ZeroDivisionError("unforeseen")),), every_seconds=0.01)
    with keeper.running():
        wait_for(lambda: keeper.trouble is not None)
    assert keeper.trouble == "ENDED"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_courier_that_ended_is_told_to_the_watchdog(database: Database) -> None:  # noqa: F811 - pytest hands fixtures over by name
    courier = Courier(
        database,
        spread=raising(ZeroDivisionError("unforeseen")),
        carriers={},
        clock=SystemClock(),
        name="test",
        every_seconds=0.01,
    )
    with courier.running():
        wait_for(lambda: courier.trouble is not None)
    assert courier.trouble == "ENDED"


def test_threads_that_were_asked_to_stop_are_no_trouble() -> None:
    keeper = Housekeeping((lambda: None,), every_seconds=0.01)
    with keeper.running():
        pass
    assert keeper.trouble is None


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
