"""Who comes first, who has to wait, and that a job exists exactly when its row does."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from certify.approve import approve
from certify.errors import AgencyQueueFull, PipelineStopped, QueueFull
from certify.pipeline import NoCrashPoints, OutcomeKind, QueueLimits, Upload
from certify.pipeline.engine import Engine, EngineSettings
from certify.pipeline.jobs import check_room
from certify.pipeline.steps import NEXT, Job, Outcome, Step, Workflow
from certify.tables import items
from certify.transitions import ItemState
from certify.urgency import Urgency
from tests.bureau import LAW, Bureau, build_bureau
from tests.databases import database_with_tables
from tests.journey_office import JourneyOffice, found_office, holder_scan
from vault.database import Database

# A whole office or an engine stands behind each.
pytestmark = pytest.mark.slow


class Recorder:
    """An engine with one job at a time that notes which jobs ran, in their order."""

    def __init__(self, database: Database) -> None:
        self.ran: list[str] = []
        self.gate = threading.Event()
        self.database = database
        self.engine = Engine(
            EngineSettings(database.url, worker_name="w1", application_version="1", concurrency=1),
            workflows=(Workflow("read_item", (Step("note", self._note),)),),
            crash_points=NoCrashPoints(),
            on_step=lambda *_: None,
        )

    def _note(self, job: Job) -> Outcome:
        self.gate.wait(timeout=60)
        self.ran.append(job["item_id"])
        return NEXT

    def put(self, item_id: str, *, priority: int) -> None:
        with self.database.transaction() as tx:
            self.engine.submit("read_item", workflow_id=item_id, job={"item_id": item_id}, priority=priority, tx=tx)

    def wait(self, item_id: str) -> None:
        assert self.engine.wait(item_id, timeout_seconds=60).kind is OutcomeKind.DONE


@pytest.fixture
def recorder(database: Database) -> Iterator[Recorder]:
    made = Recorder(database)
    made.engine.start()
    yield made
    made.gate.set()
    made.engine.stop()


def test_counter_goes_before_a_batch_and_a_batch_before_a_renewal(recorder: Recorder) -> None:
    recorder.put("busy", priority=Urgency.COUNTER)
    for name, urgency in (("renewal", Urgency.RENEWAL), ("batch", Urgency.BATCH), ("counter", Urgency.COUNTER)):
        recorder.put(name, priority=urgency)
    recorder.gate.set()
    recorder.wait("renewal")
    assert [name for name in recorder.ran if name != "busy"] == ["counter", "batch", "renewal"]


def test_job_of_a_transaction_that_was_rolled_back_never_existed(recorder: Recorder) -> None:
    class Abandoned(Exception):
        pass

    def abandon() -> None:
        with recorder.database.transaction() as tx:
            recorder.engine.submit("read_item", workflow_id="ghost", job={"item_id": "ghost"}, tx=tx)
            raise Abandoned

    with pytest.raises(Abandoned):
        abandon()
    recorder.put("real", priority=1)
    recorder.gate.set()
    recorder.wait("real")
    assert not recorder.engine.exists("ghost")
    assert recorder.ran == ["real"]


def test_door_puts_jobs_into_the_queue_and_takes_none(recorder: Recorder) -> None:
    recorder.gate.set()
    recorder.engine.stop()
    recorder.engine.open_door()
    recorder.put("waiting", priority=1)
    assert not recorder.engine.works_here
    with pytest.raises(PipelineStopped, match="not finished"):
        recorder.engine.wait("waiting", timeout_seconds=1.5)
    recorder.engine.stop()
    recorder.engine.start()
    recorder.wait("waiting")


def scanned(bureau: Bureau) -> str:
    """An item whose scan waits to be read."""
    item = bureau.add_item()
    with bureau.database.transaction() as tx:
        changes = {"state": ItemState.SCANNED.value, "scan_number": 1}
        tx.execute(items.update().where(items.c.item_id == item.item_id).values(**changes))
    return item.item_id


def test_scan_beyond_what_an_agency_may_have_waiting_is_refused_and_others_are_not(tmp_path: Path) -> None:
    with database_with_tables(tmp_path) as database:
        bureau = build_bureau(tmp_path, database)
        for _ in range(3):
            scanned(bureau)
        mine = bureau.officer.agency_code
        with database.read() as tx:
            with pytest.raises(AgencyQueueFull, match="3 scans waiting"):
                check_room(tx, mine, limits=QueueLimits(per_agency=3, in_all=10))
            check_room(tx, "H99.02", limits=QueueLimits(per_agency=3, in_all=10))
            with pytest.raises(QueueFull, match="3 scans wait"):
                check_room(tx, "H99.02", limits=QueueLimits(per_agency=10, in_all=3))


@pytest.fixture
def door(tmp_path: Path) -> Iterator[tuple[JourneyOffice, JourneyOffice]]:
    """An office whose worker is stopped, and a second process of it that only enqueues (in this one, for the test)."""
    url = f"sqlite:///{tmp_path}/vidimus.db"
    found_office(tmp_path, url)
    worker = JourneyOffice(tmp_path, url, crash_hook=NoCrashPoints())
    worker.pipeline.start()
    opened = JourneyOffice(tmp_path, url, crash_hook=NoCrashPoints(), worker_name="door-1")
    opened.pipeline.open_door()
    yield worker, opened
    opened.close()
    worker.close()


def test_pin_typed_at_a_door_signs_there_and_a_worker_elsewhere_does_the_rest(
    door: tuple[JourneyOffice, JourneyOffice],
) -> None:
    worker, opened = door
    item = opened.prepared_item()
    approval = opened.pipeline.approve_and_certify(opened.approval_request(item.item_id))
    # The key was open at the door only, and the worker asked nobody again.
    assert worker.pipeline.wait_certified(approval, timeout_seconds=120).kind is OutcomeKind.DONE
    events = [step.event for step in opened.pipeline.events(item.item_id)]
    assert events[-4:] == ["APPROVE", "OFFICER_SIGN", "SEAL", "CERTIFY"]
    signed_by = {step.event: step.actor.actor_id for step in opened.pipeline.events(item.item_id)}
    assert (signed_by["OFFICER_SIGN"], signed_by["SEAL"]) == ("door-1", "w1")


def test_approval_of_a_door_that_died_before_it_signed_is_asked_for_again(
    door: tuple[JourneyOffice, JourneyOffice],
) -> None:
    worker, opened = door
    item = opened.prepared_item()
    request = opened.approval_request(item.item_id)

    with opened.database.transaction() as tx:
        # As far as the door came: the approval is committed, its signature is not made, its job is in no queue.
        approve(tx, request, law=LAW, at=opened.clock.now(), random_bytes=secrets.token_bytes)
    assert worker.pipeline.put_forgotten() == 0
    worker.clock.advance(timedelta(minutes=3))
    assert worker.pipeline.put_forgotten() == 1
    for _ in range(600):
        if opened.item(item.item_id).state is ItemState.AWAITING_ACTIVATION:
            break
        threading.Event().wait(0.1)
    again = opened.pipeline.activate_again(
        item.item_id, officer_id=opened.facts.officer_id, activation_id=opened.activate(item.item_id)
    )
    assert worker.pipeline.wait_certified(again, timeout_seconds=120).kind is OutcomeKind.DONE


def test_each_further_scan_of_an_office_stands_further_behind_the_first_of_others(
    door: tuple[JourneyOffice, JourneyOffice],
) -> None:
    worker, opened = door
    worker.pipeline.stop()
    for _ in range(3):
        case_of_its_own(opened)
    with opened.database.read() as tx:
        waiting = sa.text("SELECT priority FROM workflow_status WHERE status = 'ENQUEUED' ORDER BY created_at")
        assert tx.execute(waiting).scalars().all() == [1, 2, 3]


def case_of_its_own(office: JourneyOffice) -> None:
    upload = Upload(holder_scan(), "image/jpeg")
    office.pipeline.submit_upload(office.declare_item().item_id, upload, staff_id=office.facts.officer_id)
