"""The workflow engine behind one small class: start, submit, wait, stop.

A process that works runs at most one `Engine`, because the engine keeps a registry per process. A process that only
enqueues (a door) opens it without the work and reaches the same rows. They stand in the same database as ours
(docs/adr/0003-workflow-engine.md) and hold ids, digests and codes only.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions, WorkflowStatus
from dbos import error as engine_errors
from sqlalchemy import event, exc
from sqlalchemy.engine import URL, Connection
from sqlalchemy.engine import Engine as SqlEngine

from certify.errors import EngineUnavailable, ForeignWorkflowRow, PipelineStopped, StepFailed
from certify.pipeline.engine_log import quiet_the_engine
from certify.pipeline.serializer import SERIALIZATION, JsonSerializer
from certify.pipeline.steps import CrashPoints, Job, Outcome, OutcomeKind, Step, Workflow
from guard.errors import PoolBusy
from vault.errors import DatabaseUnavailable, StoreUnavailable

_LOG: Final = logging.getLogger(__name__)
_APPLICATION: Final = "vidimus"
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
    grace_seconds: int = 0
    """How long a stop waits for running steps; what is cut off is taken up at the next start."""


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
        self._client: DBOSClient | None = None
        self._works_here = False

    @property
    def running(self) -> bool:
        """Whether jobs can be put into the queue."""
        return self._sql is not None

    @property
    def works_here(self) -> bool:
        """Whether this process takes jobs out of it, too."""
        return self._works_here

    def open_door(self) -> None:
        """Reach the queue without taking anything out of it.

        Raises:
            ForeignWorkflowRow: as `start`.
            EngineUnavailable: the database cannot be used, or no worker has made the engine's tables yet.
        """
        if self.running:
            return
        sql = _engine_of(self._settings)
        try:
            check_rows_are_ours(sql)
            quiet_the_engine()
            client = _client_of(sql)
            with _translated():
                client.list_queues()
        except (EngineUnavailable, ForeignWorkflowRow):
            sql.dispose()
            raise
        self._sql, self._client = sql, client

    def start(self, *, only_left_behind: bool = False) -> None:
        """Refuse rows of strangers, register the workflows, and take up what a killed process left behind.

        With `only_left_behind` nothing else is taken out of the queue.

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
                if only_left_behind:
                    # What is recovered goes through the engine's own queue, which is always listened to.
                    DBOS.listen_queues([])
                for workflow in self._workflows:
                    self._functions[workflow.name] = DBOS.workflow(name=workflow.name)(self._runner(workflow))
                DBOS.launch()
                DBOS.register_queue(
                    _QUEUE, worker_concurrency=self._settings.concurrency, polling_interval_sec=_POLL_SECONDS
                )
        except (EngineUnavailable, ForeignWorkflowRow):
            sql.dispose()
            raise
        self._sql, self._client, self._works_here = sql, _client_of(sql), True

    def stop(self) -> None:
        """Take no more jobs, wait the grace for running ones, and forget the registry."""
        if self._sql is None:
            return
        if self._works_here:
            DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=self._settings.grace_seconds)
        self._sql.dispose()
        self._sql, self._client, self._works_here = None, None, False
        self._functions.clear()

    def submit(
        self, workflow: str, *, workflow_id: str, job: Job, priority: int = 1, tx: Connection | None = None
    ) -> None:
        """Put a job into the queue; the same workflow id is never run twice, and a smaller priority goes first.

        With `tx` the job exists when that transaction is committed, and not otherwise.

        Raises:
            PipelineStopped: the engine is not open here.
            EngineUnavailable: the queue could not be written.
        """
        client = self._open_client()
        options: EnqueueOptions = {
            "workflow_name": workflow,
            "queue_name": _QUEUE,
            "workflow_id": workflow_id,
            "priority": priority,
        }
        with _translated():
            if tx is None:
                client.enqueue(options, dict(job))
            else:
                client.enqueue_in_transaction(tx, options, dict(job))

    def exists(self, workflow_id: str) -> bool:
        """Whether a job of this id was ever submitted."""
        return self._look_up(workflow_id) is not None

    def has_failed(self, workflow_id: str) -> bool:
        """Whether a job ended in a way nobody foresaw."""
        status = self._look_up(workflow_id)
        return status is not None and status.status in _FINISHED - {"SUCCESS"}

    def left_behind(self, worker_name: str) -> tuple[str, ...]:
        """Give the ids of jobs that a worker of this name took and has not ended."""
        client = self._open_client()
        with _translated():
            found = client.list_workflows(
                executor_id=worker_name, status=["PENDING", "ENQUEUED"], load_input=False, load_output=False
            )
        return tuple(one.workflow_id for one in found)

    def wait(self, workflow_id: str, *, timeout_seconds: float) -> Outcome:
        """Wait for a job and give its outcome.

        Raises:
            StepFailed: a step failed in a way nobody foresaw.
            PipelineStopped: the job is unknown, or not finished in time.
        """
        self._open_client()
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            status = self._look_up(workflow_id)
            if status is not None and status.status in _FINISHED:
                return _outcome(workflow_id, output=status.output, error=status.error)
            time.sleep(_POLL_SECONDS)
        raise PipelineStopped(f"job {workflow_id} is not finished after {timeout_seconds:g} s; ask for its state later")

    def _open_client(self) -> DBOSClient:
        if self._client is None:
            raise PipelineStopped("the pipeline does not run in this process; start it first")
        return self._client

    def _look_up(self, workflow_id: str) -> WorkflowStatus | None:
        client = self._open_client()
        with _translated():
            found = client.list_workflows(workflow_ids=[workflow_id])
        return found[0] if found else None

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
            "name": _APPLICATION,
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


def _client_of(sql: SqlEngine) -> DBOSClient:
    # A door must answer that the database is away; waiting for it is a worker's part.
    return DBOSClient(
        system_database_engine=sql,
        dbos_system_schema=_SCHEMA,
        serializer=JsonSerializer(),
        application_name=_APPLICATION,
        lazy=True,
        retry_connection_errors=False,
    )


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
