"""One name is one living worker: leases on the database's clock."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from certify.errors import WorkerNameTaken
from certify.tables import workers
from certify.workers import LEASE_TERM, WorkerLease, WorkerProcess, database_now, list_workers
from guard.whereabouts import is_surely_gone, place_of_this_process
from vault.database import Database

SHORT = timedelta(seconds=0.4)


def process(number: int, *, gone: bool = False) -> WorkerProcess:
    return WorkerProcess(f"process-{number}", "elsewhere", lambda _place: gone)


def lease(database: Database, number: int, *, term: timedelta = LEASE_TERM, gone: bool = False) -> WorkerLease:
    return WorkerLease(database, name="w1", process=process(number, gone=gone), term=term)


def test_second_process_of_a_name_is_refused_while_the_first_one_lives(database: Database) -> None:
    first = lease(database, 1, term=timedelta(seconds=1.2))
    first.take()
    with first.kept(on_lost=lambda: None), pytest.raises(WorkerNameTaken, match="w1"):
        lease(database, 2).take()


def test_name_of_a_worker_that_died_elsewhere_is_free_when_its_lease_is_over(database: Database) -> None:
    lease(database, 1, term=SHORT).take()
    successor = lease(database, 2)
    assert not successor.try_take()
    successor.take()
    assert not lease(database, 1).prolong()


def test_name_of_a_worker_that_is_seen_to_be_gone_is_free_at_once(database: Database) -> None:
    lease(database, 1).take()
    assert lease(database, 2, gone=True).try_take()


def test_name_that_was_given_back_is_free_at_once(database: Database) -> None:
    with lease(database, 1).kept(on_lost=lambda: None):
        lease(database, 1).take()
    assert lease(database, 2).try_take()


def test_adopter_waits_for_a_lease_that_is_still_prolonged(database: Database) -> None:
    first = lease(database, 1, term=SHORT)
    first.take()
    first.prolong()
    adopter = lease(database, 2)
    adopter.take(may_wait=True)
    with database.read() as tx:
        assert tx.execute(sa.select(workers.c.process_id)).scalar_one() == "process-2"


def test_worker_whose_name_was_taken_over_is_told(database: Database) -> None:
    told = threading.Event()
    sleeper = lease(database, 1, term=timedelta(seconds=0.3))
    sleeper.take()
    assert lease(database, 2, gone=True).try_take()
    with sleeper.kept(on_lost=told.set):
        assert told.wait(timeout=30)


def test_lease_is_counted_on_the_clock_of_the_database(database: Database) -> None:
    with database.read() as tx:
        assert abs(database_now(tx).timestamp() - time.time()) < 60
    lease(database, 1).take()
    with database.read() as tx:
        (state,) = list_workers(tx)
    assert (state.name, state.is_alive, state.taken_at) == ("w1", True, state.seen_at)


def test_only_a_process_of_this_machine_that_has_ended_is_surely_gone() -> None:
    code = "from guard.whereabouts import place_of_this_process; print(place_of_this_process())"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = place_of_this_process()
    assert is_surely_gone(ended.stdout.strip())
    assert not is_surely_gone(here)
    assert not is_surely_gone("")
    machine, space, number, began = here.split()
    # The same number with another beginning is another process; what runs on another machine cannot be seen from here.
    assert is_surely_gone(f"{machine} {space} {number} {int(began) + 1}")
    assert not is_surely_gone(f"other-machine {space} 1 2")
    assert not is_surely_gone(f"{machine} pid:[1] 1 2")
