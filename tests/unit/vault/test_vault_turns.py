"""Writers at a SQLite file: one at a time, none passed over for long, and none that waits for ever."""

from __future__ import annotations

import threading

import pytest

from vault.errors import DatabaseUnavailable
from vault.turns import WriteTurns


def waiter(turns: WriteTurns, served: list[str], name: str) -> threading.Thread:
    """Somebody who writes as soon as it is their turn; gives back control when they wait."""
    began = threading.Event()

    def write() -> None:
        began.set()
        with turns.turn():
            served.append(name)

    thread = threading.Thread(target=write)
    thread.start()
    assert began.wait(10)
    return thread


def test_whoever_waits_too_long_is_served_first_and_in_their_order() -> None:
    turns, served = WriteTurns(patience_seconds=0.0), list[str]()
    threads = []
    with turns.turn():
        for name in ("first", "second", "third"):
            threads.append(waiter(turns, served, name))
            while turns.waiting < len(threads):
                threading.Event().wait(0.001)
    for thread in threads:
        thread.join(10)
    assert served == ["first", "second", "third"]


def test_only_one_writes_at_a_time() -> None:
    turns, at_work, most = WriteTurns(), set[int](), 0

    def write(number: int) -> None:
        nonlocal most
        for _ in range(20):
            with turns.turn():
                at_work.add(number)
                most = max(most, len(at_work))
                at_work.discard(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most == 1
    assert turns.waiting == 0


def test_a_turn_that_does_not_come_is_refused_and_blocks_nobody_afterwards() -> None:
    turns = WriteTurns()
    with (
        turns.turn(),
        pytest.raises(DatabaseUnavailable, match="nothing was changed"),
        turns.turn(timeout_seconds=0.01),
    ):
        raise AssertionError("two wrote at once")
    with turns.turn():
        assert turns.waiting == 0


def test_a_writer_that_fails_gives_the_turn_on() -> None:
    turns = WriteTurns()
    with pytest.raises(ValueError, match="broken"), turns.turn():
        raise ValueError("broken")
    with turns.turn(timeout_seconds=1.0):
        assert turns.waiting == 0
