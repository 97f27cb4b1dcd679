"""A pool of warm, walled-off children: hostile bytes are parsed there and nowhere else."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock
from types import TracebackType
from typing import Self

from guard.errors import ChildFailed, ChildNotStarted, ChildRefused, PoolBusy, PoolClosed
from guard.isolation import child_command
from guard.limits import Isolation, ProcessLimits
from guard.process import Call, ChildProcess
from guard.wire import Json, Payload, Reply

_LOG = logging.getLogger(__name__)


class SandboxPool:
    """Serves the tasks of one module from `size` children, each replaced as soon as it misbehaves.

    Thread-safe. At most `queue_limit` calls wait for a child; one more is refused with PoolBusy, so that a flood of
    hostile files costs its senders and not the house.
    """

    def __init__(
        self,
        *,
        module: str,
        size: int,
        limits: ProcessLimits,
        isolation: Isolation,
        queue_limit: int,
        read_only_paths: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
        nice: int = 0,
    ) -> None:
        self.size = size
        self.module = module
        self.limits = limits
        self.isolation = isolation
        self._nice = nice
        self._command = child_command(
            module,
            isolation=isolation,
            limits=limits,
            read_only_paths=read_only_paths,
            environment=environment or {},
        )
        self._places = size + queue_limit
        self._taken = 0
        self._closed = False
        self._lock = Lock()
        # Linux sends the parent-death signal when the *thread* that started the child ends, and a web server's
        # threads come and go. So one thread that lives as long as the pool starts all of them.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"starter-{module}")
        self._idle: SimpleQueue[Future[ChildProcess]] = SimpleQueue()
        self._unstarted = size

    def warm(self) -> None:
        """Start every child and wait until all of them can serve.

        Call it before the pool is in use: it needs every place at once.

        Raises:
            ChildNotStarted: a child did not come up.
        """
        children: list[ChildProcess] = []
        try:
            for _ in range(self.size):
                self._enter()
                children.append(self._take())
            for child in children:
                child.await_ready()
        finally:
            for child in children:
                self._give_back(child)
                self._leave()

    def call(
        self,
        task: str,
        header: Mapping[str, Json],
        payloads: Sequence[Payload] = (),
        *,
        cpu_seconds: float | None = None,
    ) -> Reply:
        """Run one task in a child and give its reply.

        Raises:
            ChildRefused: the task refused its input.
            ChildFailed: the child crashed, was too slow or met its memory limit.
            PoolBusy: the queue is full.
            PoolClosed: the pool was closed.
        """
        seconds = self.limits.cpu_seconds if cpu_seconds is None else cpu_seconds
        question = Call(task, header, tuple(payloads), seconds)
        self._enter()
        try:
            return self._ask(question)
        finally:
            self._leave()

    def close(self) -> None:
        """End all children; calls that still run end with ChildFailed, later ones with PoolClosed."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        # Its end takes the children at work with it, by the parent-death signal.
        self._starter.shutdown()
        places: list[Future[ChildProcess]] = []
        with contextlib.suppress(Empty):
            while True:
                places.append(self._idle.get_nowait())
        for place in places:
            with contextlib.suppress(ChildNotStarted):
                place.result().kill()
            # Back it goes: a caller that waits for a place must wake up to hear that there is none any more.
            self._idle.put(place)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _enter(self) -> None:
        with self._lock:
            if self._closed:
                raise PoolClosed(f"the pool of {self.module} was closed")
            if self._taken >= self._places:
                raise PoolBusy(f"{self._taken} calls to {self.module} are under way or waiting; try again later")
            self._taken += 1

    def _leave(self) -> None:
        with self._lock:
            self._taken -= 1

    def _ask(self, question: Call) -> Reply:
        child = self._take()
        sound = False
        began = time.monotonic()
        try:
            reply = child.ask(question)
            sound = True
        except ChildRefused:
            sound = True
            raise
        except ChildFailed as exc:
            # What the caller tells a person is about the file; here stands which limit it was, for who runs the machine.
            spent = round(time.monotonic() - began, 1)
            told = {"child": self.module, "task": question.task, "error_name": type(exc).__name__, "seconds": spent}
            _LOG.warning("child ended", extra=told)
            raise
        finally:
            # Anything else, an interrupt included, leaves the wire in the middle of a frame.
            if not sound:
                child.kill()
            self._give_back(child)
        return reply

    def _take(self) -> ChildProcess:
        with self._lock:
            fresh = self._unstarted > 0 and self._idle.empty()
            if fresh:
                self._unstarted -= 1
        place = self._submit_start() if fresh else self._idle.get()
        try:
            child = place.result()
            if not child.alive and not self._closed:
                # It died while idle: killed by the kernel or the operator.
                child.kill()
                child = self._submit_start().result()
        except BaseException:
            # A start that failed, or was broken off, costs this caller the answer and nobody the place.
            self._idle.put(self._renewed(place))
            raise
        if self._closed:
            # Hand the place on, so that the next waiting caller wakes up too.
            self._give_back(child)
            raise PoolClosed(f"the pool of {self.module} was closed")
        return child

    def _renewed(self, place: Future[ChildProcess]) -> Future[ChildProcess]:
        try:
            return self._submit_start()
        except PoolClosed:
            return place

    def _give_back(self, child: ChildProcess) -> None:
        if self._closed:
            child.kill()
        place: Future[ChildProcess] = Future()
        place.set_result(child)
        # For a child that is gone the next caller finds one that is already importing.
        self._idle.put(place if child.alive else self._renewed(place))

    def _submit_start(self) -> Future[ChildProcess]:
        with self._lock:
            if self._closed:
                raise PoolClosed(f"the pool of {self.module} was closed")
            return self._starter.submit(self._start)

    def _start(self) -> ChildProcess:
        return ChildProcess(self._command, limits=self.limits, nice=self._nice)
