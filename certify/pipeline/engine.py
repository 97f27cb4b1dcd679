"""The workflow engine behind one small class: start, submit, wait, stop.

The engine keeps a registry per process, so a process runs at most one `Engine`. Its rows stand in the same database
as ours (docs/adr/0003-workflow-engine.md); they hold ids, digests and codes only.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, SetWorkflowID
from dbos import error as engine_errors
from sqlalchemy import event, exc
from sqlalchemy.engine import URL
from sqlalchemy.engine import Engine as SqlEngine

from certify.errors import EngineUnavailable, ForeignWorkflowRow, PipelineStopped, StepFailed
from certify.pipeline.engine_log import quiet_the_engine
from certify.pipeline.serializer import SERIALIZATION, JsonSerializer
from certify.pipeline.steps import CrashPoints, Job, Outcome, OutcomeKind, Step, Workflow
from guard.errors import PoolBusy
from vault.errors import DatabaseUnavailable, StoreUnavailable

_LOG: Final = logging.getLogger(__name__)
_QUEUE: Final = "certify"
_SCHEMA: Final = "vidimus_engine"
_POLL_SECONDS: Final = 0.05
# Measured: the engine stalls on SQLite when it wants more connections than the pool holds, three for each running job.
_CONNECTIONS_PER_JOB: Final = 3
_MIN_POOL: Final = 16
_MAX_SQLITE_JOBS: Final = 4
_STEP_ATTEMPTS: Final = 4
_FINISHED: Final = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})
_PASSING: Final = (DatabaseUnavailable, StoreUnavailable, PoolBusy)


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Under which name and version this worker runs, and how many jobs at once."""

    database_url: URL
    worker_name: str
    application_version: str
    concurrency: int


StepListener = Callable[[str, str, str, float], None]
"""Called with workflow name, step name, item id and seconds after each step."""


class Engine:
    """Runs workflows so that a killed process takes them up again under the same worker name."""

    def __init__(
        self,
        settings: EngineSettings,
        *,
        workflows: tuple[Workflow, ...],
        crash_points: CrashPoints,
        on_step: StepListener,
    ) -> None:
        self._settings = settings
        self._workflows = workflows
        self._crash_points = crash_points
        self._on_step = on_step
        self._functions: dict[str, Callable[[Job], dict[str, str]]] = {}
        self._sql: SqlEngine | None = None

    @property
    def running(self) -> bool:
        """Whether jobs are taken."""
        return self._sql is not None

    def start(self) -> None:
        """Refuse rows of strangers, register the workflows, and take up what a killed process left behind.

        Raises:
            ForeignWorkflowRow: a stored row carries a serialization tag that is not ours.
            EngineUnavailable: the engine cannot use the database, or runs in this process already.
        """
        if self.running:
            return
        sql = _engine_of(self._settings)
        try:
            check_rows_are_ours(sql)
            quiet_the_engine()
            with _translated():
                DBOS(config=self._config(sql))
                for workflow in self._workflows:
                    self._functions[workflow.name] = DBOS.workflow(name=workflow.name)(self._runner(workflow))
                DBOS.launch()
                DBOS.register_queue(
                    _QUEUE, worker_concurrency=self._settings.concurrency, polling_interval_sec=_POLL_SECONDS
                )
        except (EngineUnavailable, ForeignWorkflowRow):
            sql.dispose()
            raise
        self._sql = sql

    def stop(self) -> None:
        """Stop taking jobs and forget the registry; running steps end on their own and are taken up at next start."""
        if self._sql is None:
            return
        DBOS.destroy(destroy_registry=True)
        self._sql.dispose()
        self._sql = None
        self._functions.clear()

    def submit(self, workflow: str, *, workflow_id: str, job: Job) -> None:
        """Put a job into the queue; the same workflow id is never run twice.

        Raises:
            PipelineStopped: the engine does not run here.
            EngineUnavailable: the queue could not be written.
        """
        self._check_running()
        with _translated(), SetWorkflowID(workflow_id):
            DBOS.enqueue_workflow(_QUEUE, self._functions[workflow], dict(job))

    def exists(self, workflow_id: str) -> bool:
        """Whether a job of this id was ever submitted."""
        self._check_running()
        with _translated():
            return DBOS.get_workflow_status(workflow_id) is not None

    def has_failed(self, workflow_id: str) -> bool:
        """Whether a job ended in a way nobody foresaw."""
        self._check_running()
        with _translated():
            status = DBOS.get_workflow_status(workflow_id)
        return status is not None and status.status in _FINISHED - {"SUCCESS"}

    def wait(self, workflow_id: str, *, timeout_seconds: float) -> Outcome:
        """Wait for a job and give its outcome.

        Raises:
            StepFailed: a step failed in a way nobody foresaw.
            PipelineStopped: the job is unknown, or not finished in time.
        """
        self._check_running()
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            with _translated():
                status = DBOS.get_workflow_status(workflow_id)
            if status is not None and status.status in _FINISHED:
                return _outcome(workflow_id, output=status.output, error=status.error)
            time.sleep(_POLL_SECONDS)
        raise PipelineStopped(f"job {workflow_id} is not finished after {timeout_seconds:g} s; ask for its state later")

    def _check_running(self) -> None:
        if self._sql is None:
            raise PipelineStopped("the pipeline does not run in this process; start it first")

    def _runner(self, workflow: Workflow) -> Callable[[Job], dict[str, str]]:
        def run(job: Job) -> dict[str, str]:
            outcome = Outcome(OutcomeKind.DONE)
            for step in workflow.steps:
                fields = DBOS.run_step(
                    {
                        "name": step.name,
                        "retries_allowed": True,
                        "max_attempts": _STEP_ATTEMPTS,
                        "interval_seconds": 0.5,
                        "should_retry": _passes,
                    },
                    self._effect(workflow.name, step),
                    job,
                )
                outcome = Outcome.from_json(fields)
                if outcome.kind is not OutcomeKind.NEXT:
                    return outcome.to_json()
            return Outcome(OutcomeKind.DONE, reference=outcome.reference).to_json()

        return run

    def _effect(self, workflow_name: str, step: Step) -> Callable[[Job], dict[str, str]]:
        def effect(job: Job) -> dict[str, str]:
            self._crash_points.reach(f"{workflow_name}.{step.name}:before")
            started = time.perf_counter()
            outcome = step.run(job)
            self._on_step(workflow_name, step.name, job["item_id"], time.perf_counter() - started)
            self._crash_points.reach(f"{workflow_name}.{step.name}:after")
            return outcome.to_json()

        return effect

    def _config(self, sql: SqlEngine) -> DBOSConfig:
        return {
            "name": "vidimus",
            "system_database_url": self._settings.database_url.render_as_string(hide_password=False),
            "system_database_engine": sql,
            "dbos_system_schema": _SCHEMA,
            "serializer": JsonSerializer(),
            "application_version": self._settings.application_version,
            "executor_id": self._settings.worker_name,
            "log_level": "WARNING",
            "enable_otlp": False,
            "scheduler_polling_interval_sec": 3600.0,
        }


def check_rows_are_ours(sql: SqlEngine) -> None:
    """Refuse to start when any engine row carries a foreign serialization tag.

    The engine unpickles a row tagged `py_pickle` whatever serializer is set: a planted row would run a command.

    Raises:
        ForeignWorkflowRow: such a row exists.
        EngineUnavailable: the database cannot be read.
    """
    schema = _SCHEMA if sql.dialect.name == "postgresql" else None
    try:
        inspector = sa.inspect(sql)
        names = [
            name for name in inspector.get_table_names(schema=schema) if not name.startswith(("vault_", "certify_"))
        ]
        for name in names:
            columns = {column["name"] for column in inspector.get_columns(name, schema=schema)}
            if "serialization" in columns:
                _check_table(sql, sa.table(name, sa.column("serialization"), schema=schema))
    except exc.SQLAlchemyError as error:
        raise EngineUnavailable(f"the workflow rows cannot be checked ({type(error).__name__})") from error


def _check_table(sql: SqlEngine, table: sa.TableClause) -> None:
    tag = table.c.serialization
    query = sa.select(sa.func.count()).select_from(table).where(tag.is_not(None), tag != SERIALIZATION)
    with sql.connect() as connection:
        foreign = connection.execute(query).scalar_one()
    if foreign:
        raise ForeignWorkflowRow(
            f"{foreign} rows of {table.name} carry a serialization that Vidimus never writes; "
            "somebody wrote into the engine's tables: keep a copy of the database and call your security officer"
        )


def _engine_of(settings: EngineSettings) -> SqlEngine:
    pool_size = max(_MIN_POOL, _CONNECTIONS_PER_JOB * settings.concurrency)
    url = settings.database_url
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_size=pool_size, max_overflow=4, pool_pre_ping=True, hide_parameters=True)
    if settings.concurrency > _MAX_SQLITE_JOBS:
        raise EngineUnavailable(f"on SQLite at most {_MAX_SQLITE_JOBS} jobs run at once, not {settings.concurrency}")
    sql = sa.create_engine(url, pool_size=pool_size, max_overflow=0, pool_timeout=30, hide_parameters=True)
    event.listen(sql, "connect", _prepare_sqlite)
    return sql


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = "IMMEDIATE"
    cursor = connection.cursor()
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _passes(error: BaseException) -> bool:
    # Only what passes by itself is tried again; a wrong file stays wrong.
    return isinstance(error, _PASSING)


def _outcome(workflow_id: str, *, output: object, error: Exception | None) -> Outcome:
    if isinstance(output, Mapping):
        return Outcome.from_json(cast("Mapping[str, str]", output))
    if isinstance(error, StepFailed):
        _LOG.error("job failed", extra={"workflow_id": workflow_id, "error_name": error.name, "error_code": error.code})
        raise error
    raise StepFailed(name=type(error).__name__, code="", message="the job ended without an answer")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (engine_errors.DBOSException, exc.SQLAlchemyError) as error:
        raise EngineUnavailable(f"the workflow engine did not carry out the work ({type(error).__name__})") from error
