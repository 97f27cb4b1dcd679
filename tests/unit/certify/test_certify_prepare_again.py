"""A number that was refused for a reason that passes is asked for again, by another job."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from certify.pipeline import OutcomeKind
from certify.tables import books
from tests.journey_office import JourneyOffice, working_office

# Starts real processes and reads real pages: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow


@pytest.fixture
def office(tmp_path: Path) -> Iterator[JourneyOffice]:
    with working_office(tmp_path / "home") as opened:
        yield opened


def test_number_that_could_not_be_taken_for_want_of_a_book_is_taken_once_there_is_one(office: JourneyOffice) -> None:
    item = office.compare(office.extracted_item())
    with office.database.transaction() as tx:
        tx.execute(books.update().values(status="CLOSED"))
    for _ in range(2):
        refused = office.pipeline.prepare(item.item_id, officer_id=office.facts.officer_id, timeout_seconds=60)
        assert (refused.kind, refused.code) == (OutcomeKind.NOT_ALLOWED, "BookClosed")
    with office.database.transaction() as tx:
        tx.execute(books.update().values(status="OPEN"))
    done = office.pipeline.prepare(item.item_id, officer_id=office.facts.officer_id, timeout_seconds=60)
    assert done.kind is OutcomeKind.DONE, done
    assert office.pipeline.ready_copy(item.item_id).number.seq_no == 1
