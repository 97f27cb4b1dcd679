"""The parent's side of one child: start it, ask it, watch it, end it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from threading import Event, Timer
from typing import BinaryIO, cast

from guard.child import EXIT_OUT_OF_MEMORY
from guard.errors import (
    ChildCrashed,
    ChildFailed,
    ChildNotStarted,
    ChildOutOfMemory,
    ChildRefused,
    ChildStalled,
    ChildTimedOut,
)
from guard.isolation import ChildCommand
from guard.limits import ProcessLimits
from guard.wire import Frame, Json, Payload, Reply, read_frame, write_frame

_MAX_MESSAGE_CHARACTERS = 2000
_REAP_SECONDS = 10
_LAST_WORDS_SECONDS = 0.3
# A shell and bubblewrap report a child that died from signal n as exit status 128 + n.
_SIGNAL_STATUS = 128


@dataclass(frozen=True, slots=True)
class Call:
    """One question to a child."""

    task: str
    header: Mapping[str, Json]
    payloads: tuple[Payload, ...]
    cpu_seconds: float


class ChildProcess:
    """One warm child; after any ChildFailed it is dead and must be replaced."""

    def __init__(self, command: ChildCommand, *, limits: ProcessLimits, nice: int) -> None:
        self._limits = limits
        self._nice = nice
        self._ready = False
        self._overdue = Event()
        self._process = subprocess.Popen(
            command.arguments,
            env=dict(command.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        self._requests = cast("BinaryIO", self._process.stdin)
        self._replies = cast("BinaryIO", self._process.stdout)

    @property
    def alive(self) -> bool:
        """Tell whether the process is still there."""
        return self._process.poll() is None

    def await_ready(self) -> None:
        """Wait until the child has confined itself and imported its module.

        Raises:
            ChildNotStarted: it did not come up.
        """
        if self._ready:
            return
        hello: dict[str, Json] = {"limits": asdict(self._limits), "nice": self._nice}
        try:
            reply = self._exchange(Frame("HELLO", hello), wall_seconds=self._limits.start_seconds)
        except ChildFailed as exc:
            raise ChildNotStarted(f"the child did not start: {exc}") from exc
        if reply.kind != "READY":
            self.kill()
            raise ChildNotStarted(f"the child did not start: {_describe(reply)}")
        self._ready = True

    def ask(self, call: Call) -> Reply:
        """Put one question and give the answer.

        Raises:
            ChildRefused: the task refused its input; the child lives on.
            ChildFailed: the child is dead.
        """
        self.await_ready()
        body: dict[str, Json] = {"task": call.task, "header": call.header, "cpu_seconds": call.cpu_seconds}
        answer = self._exchange(Frame("CALL", body), payloads=call.payloads, wall_seconds=self._limits.wall_seconds)
        match answer:
            case Frame("REPLY", {"header": dict(header)}, payloads):
                return Reply(header, payloads)
            case Frame("REFUSED", {"code": str(code), "message": str(message)}):
                raise ChildRefused(code, message[:_MAX_MESSAGE_CHARACTERS])
        raise self._failed(f"failed in task {call.task}: {_describe(answer)}")

    def kill(self) -> None:
        """End the child and everything it started, now."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_REAP_SECONDS)
        for stream in (self._requests, self._replies):
            # Closing flushes what a dead reader no longer takes.
            with contextlib.suppress(OSError):
                stream.close()

    def _exchange(self, frame: Frame, *, payloads: Sequence[Payload] = (), wall_seconds: float) -> Frame:
        watchdog = Timer(wall_seconds, self._end_overdue)
        watchdog.daemon = True
        watchdog.start()
        try:
            write_frame(self._requests, frame, more=payloads)
            return read_frame(self._replies, max_bytes=self._limits.output_bytes)
        except (EOFError, OSError) as exc:
            raise self._failed("died without an answer") from exc
        except ChildCrashed as exc:
            raise self._failed(f"broke the protocol: {exc}") from exc
        finally:
            watchdog.cancel()

    def _end_overdue(self) -> None:
        self._overdue.set()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _failed(self, what: str) -> ChildFailed:
        """End the child and say from its last words and exit status what went wrong."""
        if self._overdue.is_set():
            self.kill()
            return ChildStalled(f"the child was killed after its wall-clock limit; it {what}")
        # A child that ended by itself has an exit status to tell; one that still runs is not to be trusted.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_WORDS_SECONDS)
        self.kill()
        status = self._process.returncode
        if status is None:
            return ChildCrashed(f"the child {what} and could not be reaped")
        if status == EXIT_OUT_OF_MEMORY:
            return ChildOutOfMemory(f"the child met its memory limit of {self._limits.memory_bytes} bytes")
        signal_number = -status if status < 0 else status - _SIGNAL_STATUS
        if signal_number == signal.SIGXCPU:
            return ChildTimedOut("the child used up the CPU seconds of its call")
        return ChildCrashed(f"the child {what} (exit status {status})")


def _describe(frame: Frame) -> str:
    if frame.kind == "FAULT":
        return f"{frame.body.get('error')} at {frame.body.get('place')}"[:_MAX_MESSAGE_CHARACTERS]
    return f"it sent an unexpected frame {frame.kind[:20]!r}"
