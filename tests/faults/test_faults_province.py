"""A province loses workers, is haunted by one, and restarts its database: every paper ends as one copy with one number."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from certify.workers import LEASE_TERM
from tests.postgres import restart_server
from tests.province import FrontOffice, Province, front_office, province

# Minutes of real work by six processes: ./check --all only.
pytestmark = [pytest.mark.slow, pytest.mark.matrix]

PAPERS = int(os.environ.get("VIDIMUS_TEST_PAPERS", "200"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    with province(tmp_path_factory.mktemp("province"), quick_keys=True) as opened:
        yield opened


@pytest.fixture
def office(place: Province) -> Iterator[FrontOffice]:
    with front_office(place) as people:
        yield people


def test_papers_through_two_workers_of_which_one_is_killed_at_a_third_end_complete_and_single(
    place: Province, office: FrontOffice
) -> None:
    office.hand_in(PAPERS, mark="A")
    office.work_until(PAPERS * 3 // 10)
    place.end("w1", signal.SIGKILL)
    adopter = place.start_worker("--adopt", "w1", name="adopter")
    office.work_until(PAPERS)
    assert adopter.wait(timeout=120) == 0, place.log_of("adopter")
    place.check_single_and_complete(PAPERS)


def test_second_living_worker_of_a_name_does_not_start(place: Province) -> None:
    second = place.start_worker("--name", "w2", name="second")
    assert second.wait(timeout=120) == 9, place.log_of("second")
    assert "w2" in place.log_of("second")
    assert place.processes["w2"].poll() is None


def test_worker_that_wakes_up_behind_its_successor_ends_and_spoils_nothing(
    place: Province, office: FrontOffice
) -> None:
    place.start_worker(name="w3")
    place.wait_for_workers("w3")
    sleeper = place.processes["w2"]
    more = office.hand_in(12, mark="B")
    office.work_until(PAPERS + 2)
    sleeper.send_signal(signal.SIGSTOP)
    adopter = place.start_worker("--adopt", "w2", name="adopter-2")
    office.work_until(PAPERS + 6)
    assert adopter.wait(timeout=LEASE_TERM.total_seconds() * 10) == 0, place.log_of("adopter-2")
    sleeper.send_signal(signal.SIGCONT)
    assert sleeper.wait(timeout=120) == 0
    assert "another process works under this name" in place.log_of("w2")
    office.work_until(PAPERS + len(more))
    place.check_single_and_complete(PAPERS + len(more))


def test_database_that_restarts_under_work_loses_nothing(place: Province, office: FrontOffice) -> None:
    before = office.certified()
    office.hand_in(10, mark="C")
    office.work_until(before + 3)
    restart_server(place.settings.database_url)
    office.work_until(before + 10)
    place.check_single_and_complete(before + 10)
    assert place.processes["w3"].poll() is None


def test_doors_and_workers_stop_when_asked_and_leave_their_names_free(place: Province) -> None:
    for name in ("door-1", "door-2", "w3"):
        assert place.end(name) == 0, place.log_of(name)[-2000:]
    assert place.living_workers() == ()
