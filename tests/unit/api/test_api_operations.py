"""A busy office: what is told of long work is of one instant, and an act meets the version it was made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import httpx
import pytest
from sqlalchemy.engine import Connection

from api.access import Principal, Role
from api.acts.counter_papers import refuse
from api.acts.operations import OperationStatus, certify_operation_id, view_operation
from api.acts.own_items import own_item
from api.demo.office import WARD
from api.errors import NotFound, PreconditionFailed
from api.routes.depends import check_if_match
from tests.running import Running
from vault.database import Database

# A whole office works behind these; the fast check leaves them out.
pytestmark = pytest.mark.slow


OFFICER = Principal(session=None, roles=frozenset({Role.CERTIFIER}), agency_code=WARD)


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
    operation_id = certify_operation_id(item)

    def certify_meanwhile() -> None:
        if running.services.pipeline.item(item.item_id).record_id is None:
            running.wait(officer, running.approve(officer, ready).json()["operation_id"])

    busy = replace(running.services, database=BusyDatabase(running.services.database, certify_meanwhile))
    # At the instant of the look nobody had approved: there was no such work.
    with pytest.raises(NotFound):
        view_operation(busy, OFFICER, operation_id)
    told = view_operation(running.services, OFFICER, operation_id)
    assert told.status is OperationStatus.DONE
    assert told.item.record_id is not None


def test_a_refusal_made_from_an_older_version_meets_the_item_as_it_stands(
    running: Running, officer: httpx.Client
) -> None:
    item_id = running.read_draft(officer)
    services = running.services
    seen = services.pipeline.item(item_id).version

    def compare_meanwhile() -> None:
        if services.pipeline.item(item_id).version == seen:
            running.prepare(officer, item_id)

    # Whatever is read before the act, somebody else prepares the copy right after it.
    busy = replace(services, database=BusyDatabase(services.database, compare_meanwhile))
    own_item(busy, OFFICER, item_id)
    with pytest.raises(PreconditionFailed):
        refuse(
            busy,
            OFFICER,
            item_id,
            code="DAMAGED_ILLEGIBLE",
            free_text="Mờ",
            check_version=partial(check_if_match, f'"{seen}"'),
        )
    assert services.pipeline.item(item_id).refusal_code is None
