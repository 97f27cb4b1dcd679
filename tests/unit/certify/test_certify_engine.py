"""The workflow engine: what its rows may hold, whose rows it reads, and how steps become crash points."""

from __future__ import annotations

import json
import logging
import pickle
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from certify.errors import EngineUnavailable, ForeignWorkflowRow, GuardRefused, PipelineStopped, StepFailed
from certify.pipeline.engine import Engine, EngineSettings
from certify.pipeline.serializer import SERIALIZATION, JsonSerializer
from certify.pipeline.steps import (
    NEXT,
    Job,
    NoCrashPoints,
    Outcome,
    OutcomeKind,
    Step,
    Workflow,
    crash_points,
)
from tests.postgres import fresh_database
from vault.errors import DatabaseUnavailable

# Starts real processes or reads real pages: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow

CANARY = "Lê Thị Thí Dụ"
Steps = dict[str, Callable[[Job], Outcome]]


def settings(url: str, *, concurrency: int = 2, worker_name: str = "w1") -> EngineSettings:
    return EngineSettings(make_url(url), worker_name=worker_name, application_version="1", concurrency=concurrency)


def engine_with(url: str, steps: Steps, *, concurrency: int = 2) -> Engine:
    workflow = Workflow("probe", tuple(Step(name, run) for name, run in steps.items()))
    return Engine(
        settings(url, concurrency=concurrency),
        workflows=(workflow,),
        crash_points=NoCrashPoints(),
        on_step=lambda *_: None,
    )


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/engine.db"


@pytest.fixture
def started(url: str) -> Iterator[Callable[[Steps], Engine]]:
    engines: list[Engine] = []

    def start(steps: Steps) -> Engine:
        engine = engine_with(url, steps)
        engines.append(engine)
        engine.start()
        return engine

    yield start
    for engine in engines:
        engine.stop()


def run(engine: Engine, *, workflow_id: str = "probe:1") -> Outcome:
    engine.submit("probe", workflow_id=workflow_id, job={"item_id": "item-1"})
    return engine.wait(workflow_id, timeout_seconds=30)


def test_steps_run_in_order_and_the_last_reference_is_the_answer(started: Callable[[Steps], Engine]) -> None:
    seen: list[str] = []

    def step(name: str) -> Callable[[Job], Outcome]:
        def act(job: Job) -> Outcome:
            seen.append(f"{name}:{job['item_id']}")
            return Outcome(OutcomeKind.NEXT, reference=name)

        return act

    outcome = run(started({"first": step("first"), "second": step("second")}))
    assert seen == ["first:item-1", "second:item-1"]
    assert outcome == Outcome(OutcomeKind.DONE, reference="second")


def test_expected_failure_is_an_outcome_and_ends_the_workflow(started: Callable[[Steps], Engine]) -> None:
    def refuse(_job: Job) -> Outcome:
        return Outcome(OutcomeKind.VOIDED, code="DEADLINE_PASSED")

    def never(_job: Job) -> Outcome:
        raise AssertionError("a step after the end ran")

    assert run(started({"refuse": refuse, "never": never})) == Outcome(OutcomeKind.VOIDED, code="DEADLINE_PASSED")


def test_same_workflow_id_runs_once(started: Callable[[Steps], Engine]) -> None:
    runs: list[int] = []

    def count(_job: Job) -> Outcome:
        runs.append(1)
        return NEXT

    engine = started({"count": count})
    assert run(engine) == run(engine)
    assert runs == [1]
    assert engine.exists("probe:1")
    assert not engine.exists("probe:2")


def test_unforeseen_failure_is_stored_as_name_code_and_message(started: Callable[[Steps], Engine], url: str) -> None:
    def fail(_job: Job) -> Outcome:
        raise GuardRefused("PAGES_NOT_COMPARED", "0 of 2 pages were compared")

    with pytest.raises(StepFailed, match="PAGES_NOT_COMPARED") as failed:
        run(started({"fail": fail}))
    assert (failed.value.name, failed.value.code) == ("GuardRefused", "PAGES_NOT_COMPARED")
    assert "GuardRefused" in all_rows(url)


def test_message_of_a_library_never_reaches_a_row_or_a_log(
    started: Callable[[Steps], Engine], url: str, caplog: pytest.LogCaptureFixture
) -> None:
    def leak(_job: Job) -> Outcome:
        raise ValueError(f"cannot parse {CANARY}")

    with caplog.at_level(logging.DEBUG), pytest.raises(StepFailed, match="ValueError"):
        run(started({"leak": leak}))
    assert CANARY not in all_rows(url)
    assert CANARY not in caplog.text


def test_failure_that_passes_is_tried_again(started: Callable[[Steps], Engine]) -> None:
    tries: list[int] = []

    def away_once(_job: Job) -> Outcome:
        tries.append(1)
        if len(tries) == 1:
            raise DatabaseUnavailable("locked for too long")
        return NEXT

    assert run(started({"away": away_once})).kind is OutcomeKind.DONE
    assert len(tries) == 2


def test_nothing_of_a_hosted_console_is_said(
    started: Callable[[Steps], Engine], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG, logger="dbos"):
        run(started({"say": lambda _job: NEXT}))
    printed = capfd.readouterr()
    assert "console.dbos.dev" not in printed.out + printed.err + caplog.text


def test_every_row_carries_our_tag(started: Callable[[Steps], Engine], url: str) -> None:
    run(started({"only": lambda _job: NEXT}))
    sql = sa.create_engine(url)
    with sql.connect() as connection:
        tags = set(connection.execute(sa.text("SELECT serialization FROM workflow_status")).scalars())
        tags |= set(connection.execute(sa.text("SELECT serialization FROM operation_outputs")).scalars())
    sql.dispose()
    assert tags == {SERIALIZATION}


@pytest.mark.parametrize("tag", ["py_pickle", "portable_json", "DBOS_JSON"])
def test_planted_row_stops_the_start_before_anything_is_read(url: str, tmp_path: Path, tag: str) -> None:
    first = engine_with(url, {"only": lambda _job: NEXT})
    first.start()
    run(first)
    first.stop()
    plant(url, tag=tag, proof=tmp_path / "ran")
    second = engine_with(url, {"only": lambda _job: NEXT})
    with pytest.raises(ForeignWorkflowRow, match="workflow_status"):
        second.start()
    assert not second.running
    assert not (tmp_path / "ran").exists()


def test_planted_row_stops_the_start_on_postgresql_too(postgresql_url: str, tmp_path: Path) -> None:
    with fresh_database(postgresql_url) as url:
        first = engine_with(url, {"only": lambda _job: NEXT})
        first.start()
        assert run(first).kind is OutcomeKind.DONE
        first.stop()
        plant(url, tag="py_pickle", proof=tmp_path / "ran", schema="vidimus_engine.")
        with pytest.raises(ForeignWorkflowRow):
            engine_with(url, {"only": lambda _job: NEXT}).start()
    assert not (tmp_path / "ran").exists()


class _Runs:
    """Pickled, it would touch a file when it is read."""

    def __init__(self, proof: Path) -> None:
        self._proof = proof

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self._proof,))


def plant(url: str, *, tag: str, proof: Path, schema: str = "") -> None:
    poison = b64encode(pickle.dumps(_Runs(proof))).decode()
    sql = sa.create_engine(url)
    with sql.begin() as connection:
        connection.execute(
            sa.text(f"UPDATE {schema}workflow_status SET status = 'PENDING', serialization = :tag, inputs = :poison"),
            {"tag": tag, "poison": poison},
        )
    sql.dispose()


def all_rows(url: str) -> str:
    sql = sa.create_engine(url)
    found: list[object] = []
    with sql.connect() as connection:
        for name in sa.inspect(sql).get_table_names():
            found.extend(tuple(row) for row in connection.execute(sa.text(f'SELECT * FROM "{name}"')))
    sql.dispose()
    return repr(found)


def test_engine_that_does_not_run_takes_no_job(url: str) -> None:
    engine = engine_with(url, {"only": lambda _job: NEXT})
    with pytest.raises(PipelineStopped):
        engine.submit("probe", workflow_id="probe:1", job={"item_id": "1"})
    with pytest.raises(PipelineStopped):
        engine.wait("probe:1", timeout_seconds=1)
    engine.stop()


def test_waiting_has_an_end(started: Callable[[Steps], Engine]) -> None:
    engine = started({"only": lambda _job: NEXT})
    with pytest.raises(PipelineStopped, match="not finished"):
        engine.wait("probe:never", timeout_seconds=0.1)


def test_starting_twice_is_starting_once(started: Callable[[Steps], Engine]) -> None:
    engine = started({"only": lambda _job: NEXT})
    engine.start()
    assert engine.running


def test_more_jobs_at_once_than_sqlite_bears_are_refused(url: str) -> None:
    with pytest.raises(EngineUnavailable, match="at most 4"):
        engine_with(url, {"only": lambda _job: NEXT}, concurrency=5).start()


def test_crash_points_stand_before_and_after_each_registered_step() -> None:
    workflow = Workflow("w", (Step("a", lambda _job: NEXT), Step("b", lambda _job: NEXT)))
    assert crash_points((workflow,)) == ("w.a:before", "w.a:after", "w.b:before", "w.b:after")


def test_serializer_writes_json_and_reads_failures_back() -> None:
    serializer = JsonSerializer()
    assert serializer.deserialize(serializer.serialize({"a": [1, None]})) == {"a": [1, None]}
    failed = serializer.deserialize(serializer.serialize(StepFailed(name="X", code="Y", message="z")))
    assert isinstance(failed, StepFailed)
    assert (failed.name, failed.code, failed.message) == ("X", "Y", "z")
    with pytest.raises(TypeError):
        serializer.serialize(object())
    assert json.loads(serializer.serialize(KeyError(CANARY)))["__failure__"]["message"] == ""
