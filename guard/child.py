"""The child's side: `python -m guard.child MODULE ISOLATION` serves `MODULE.TASKS` until its wire closes."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, BinaryIO, TypeAlias, cast

from guard.confine import allow_cpu, confine_before_import, confine_memory
from guard.errors import TaskRefused
from guard.limits import Isolation, ProcessLimits
from guard.wire import Frame, Json, Reply, read_frame, write_frame

Task: TypeAlias = Callable[[dict[str, Any], tuple[bytes, ...]], Reply]

EXIT_FAULT = 70
EXIT_OUT_OF_MEMORY = 71


def main(module_name: str, isolation_name: str) -> None:
    """Serve one module's tasks: confine, import, report READY, then answer calls one by one."""
    requests, replies = _take_wire()
    _report_faults_on(replies)
    hello = read_frame(requests, max_bytes=None).body
    limits = ProcessLimits(**cast("dict[str, Any]", hello["limits"]))
    confine_before_import(Isolation(isolation_name), limits=limits, nice=int(cast("int", hello["nice"])))
    # What is imported stays for good: the collector need not walk through it, now or in the middle of each call.
    gc.disable()
    tasks: Mapping[str, Task] = importlib.import_module(module_name).TASKS
    confine_memory(limits.memory_bytes)
    gc.collect()
    gc.freeze()
    gc.enable()
    write_frame(replies, Frame("READY"))
    while True:
        try:
            request = read_frame(requests, max_bytes=None)
        except EOFError:
            return  # The parent closed the wire or is gone.
        answer = _answer(request, tasks)
        # Nothing of a call may stand in memory beside the next one: a file may be as large as the limit allows.
        del request
        write_frame(replies, answer)
        del answer


def _answer(request: Frame, tasks: Mapping[str, Task]) -> Frame:
    body = cast("dict[str, Any]", request.body)
    allow_cpu(body["cpu_seconds"])
    try:
        reply = tasks[body["task"]](body["header"], request.payloads)
    except TaskRefused as refusal:
        return Frame("REFUSED", {"code": refusal.code, "message": refusal.message})
    return Frame("REPLY", {"header": reply.header}, reply.payloads)


def _take_wire() -> tuple[BinaryIO, BinaryIO]:
    """Move the wire away from descriptors 0 and 1, so that a chatty library cannot write into it."""
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return requests, replies


def _report_faults_on(replies: BinaryIO) -> None:
    """Let an unexpected exception end the process after naming its type and place.

    The message stays here, because it may quote the document. The child ends because nobody knows its state.
    """

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, MemoryError):
            os._exit(EXIT_OUT_OF_MEMORY)
        frames = traceback.extract_tb(trace)
        place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"
        fault: dict[str, Json] = {"error": kind.__name__, "place": place}
        if isinstance(error, OSError):
            fault["errno"] = error.errno
        write_frame(replies, Frame("FAULT", fault))
        os._exit(EXIT_FAULT)

    sys.excepthook = report


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
