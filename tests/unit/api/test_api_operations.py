"""Operations: what is told of long work is of one instant, however busy the office is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest
from sqlalchemy.engine import Connection

from api.access import Principal, Role
from api.acts.operations import OperationStatus, certify_operation_id, view_operation
from api.demo.office import WARD
from api.errors import NotFound
from tests.running import Running
from vault.database import Database

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow


class BusyDatabase(Database):
    """A database in whose office something happens right after each look."""

    def __init__(self, database: Database, meanwhile: Callable[[], object]) -> None:
        super().__init__(database.engine)
        self.meanwhile = meanwhile

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with super().read() as tx:
            yield tx
        self.meanwhile()


@pytest.fixture(scope="module")
def officer(running: Running) -> Iterator[httpx.Client]:
    with running.officer() as client:
        yield client


def test_work_that_ends_while_it_is_told_is_not_told_as_done_without_a_record(
    running: Running, officer: httpx.Client
) -> None:
    ready = running.prepare(officer, running.read_draft(officer))
    item = running.services.pipeline.item(ready["item_id"])
    principal = Principal(session=None, roles=frozenset({Role.CERTIFIER}), agency_code=WARD)
    operation_id = certify_operation_id(item)

    def certify_meanwhile() -> None:
        if running.services.pipeline.item(item.item_id).record_id is None:
            running.wait(officer, running.approve(officer, ready).json()["operation_id"])

    busy = replace(running.services, database=BusyDatabase(running.services.database, certify_meanwhile))
    # At the instant of the look nobody had approved: there was no such work.
    with pytest.raises(NotFound):
        view_operation(busy, principal, operation_id)
    told = view_operation(running.services, principal, operation_id)
    assert told.status is OperationStatus.DONE
    assert told.item.record_id is not None
