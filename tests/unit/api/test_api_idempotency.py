"""Remembered answers: once for each caller, forgotten when refused, free again when a process died."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from api.errors import IdempotencyConflict, StillRunning
from api.identity import IdempotencyKey, RememberedAnswer
from api.identity.idempotency import abandon, begin, finish
from api.identity.tables import answers
from tests.databases import database_with_tables
from vault import Database

ANSWER = RememberedAnswer(201, {"location": "/v1/x"}, b"{}")
MINE = IdempotencyKey("holder:1", "key-0001", "a" * 64)
OTHER = IdempotencyKey("holder:1", "key-0002", "b" * 64)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with database_with_tables(tmp_path) as opened:
        yield opened


def test_a_call_is_claimed_answered_and_remembered(database: Database, at: datetime) -> None:
    with database.transaction() as tx:
        assert begin(tx, MINE, at=at) is None
    with database.transaction() as tx, pytest.raises(StillRunning):
        begin(tx, MINE, at=at + timedelta(minutes=9))
    with database.transaction() as tx:
        finish(tx, MINE, ANSWER)
    with database.transaction() as tx:
        assert begin(tx, MINE, at=at + timedelta(hours=23)) == ANSWER


def test_another_body_and_another_caller_do_not_meet_it(database: Database, at: datetime) -> None:
    other_body = IdempotencyKey(MINE.caller, MINE.key, "b" * 64)
    other_caller = IdempotencyKey("holder:2", MINE.key, MINE.request_sha256_hex)
    with database.transaction() as tx:
        begin(tx, MINE, at=at)
        with pytest.raises(IdempotencyConflict):
            begin(tx, other_body, at=at)
        assert begin(tx, other_caller, at=at) is None


def test_a_refused_call_leaves_its_key_free(database: Database, at: datetime) -> None:
    with database.transaction() as tx:
        begin(tx, MINE, at=at)
        abandon(tx, MINE)
        assert begin(tx, MINE, at=at) is None


def test_the_key_of_a_process_that_died_is_free_after_ten_minutes(database: Database, at: datetime) -> None:
    with database.transaction() as tx:
        begin(tx, MINE, at=at)
        assert begin(tx, MINE, at=at + timedelta(minutes=10)) is None


def test_an_answer_is_forgotten_after_a_day(database: Database, at: datetime) -> None:
    with database.transaction() as tx:
        begin(tx, MINE, at=at)
        finish(tx, MINE, ANSWER)
        assert begin(tx, OTHER, at=at + timedelta(hours=24)) is None
        kept = tx.execute(sa.select(answers.c.key_sha256_hex)).scalars().all()
        assert kept == [OTHER.key_sha256_hex]
        assert begin(tx, MINE, at=at + timedelta(hours=24)) is None
