"""The outbox: a message leaves when its change is true, and may be sent twice but never lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.vault_town import Town
from vault.errors import NotFound
from vault.outbox import CLAIM_TERM, Message, acknowledge, claim, put

# Each has a database, a service or keys of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

MESSAGE = Message("notice", "record-1", {"record_id": "record-1"})


def test_message_of_a_failed_change_is_never_sent(town: Town) -> None:
    def put_and_fail() -> None:
        with town.database.transaction() as tx:
            put(tx, MESSAGE, at=town.at)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        put_and_fail()
    with town.database.transaction() as tx:
        assert claim(tx, topic="notice", sender="w1", at=town.at) == ()


def test_message_put_twice_is_one_and_is_done_when_acknowledged(town: Town) -> None:
    with town.database.transaction() as tx:
        put(tx, MESSAGE, at=town.at)
        put(tx, MESSAGE, at=town.at)
        put(tx, replace(MESSAGE, topic="webhook"), at=town.at)
        (claimed,) = claim(tx, topic="notice", sender="w1", at=town.at)
        assert (claimed.message, claimed.attempt) == (MESSAGE, 1)
        acknowledge(tx, claimed, at=town.at)
        assert claim(tx, topic="notice", sender="w1", at=town.at + timedelta(days=1)) == ()
        with pytest.raises(NotFound):
            acknowledge(tx, replace(claimed, message_id=999), at=town.at)


def test_message_of_a_sender_that_died_is_taken_again(town: Town) -> None:
    with town.database.transaction() as tx:
        put(tx, MESSAGE, at=town.at)
        claim(tx, topic="notice", sender="w1", at=town.at)
        assert claim(tx, topic="notice", sender="w2", at=town.at) == ()
        (again,) = claim(tx, topic="notice", sender="w2", at=town.at + CLAIM_TERM)
    assert again.attempt == 2


def test_senders_at_once_never_share_a_message(town: Town) -> None:
    with town.database.transaction() as tx:
        for number in range(30):
            put(tx, Message("notice", f"record-{number}", {}), at=town.at)

    def take(sender: int) -> list[int]:
        with town.database.transaction() as tx:
            return [c.message_id for c in claim(tx, topic="notice", sender=f"w{sender}", at=town.at, limit=10)]

    with ThreadPoolExecutor(4) as pool:
        taken = [message_id for part in pool.map(take, range(4)) for message_id in part]
    assert len(taken) == len(set(taken))
