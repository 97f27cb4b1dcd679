"""The tasks of a child served inside the test process, where coverage and a debugger can see them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from guard import ChildRefused, Isolation, Json, Reply, SandboxPool, TaskRefused
from ocr.child import TASKS
from ocr.sandbox import ocr_sandbox

KINDS = ("in-process", "child")


class InProcessSandbox(SandboxPool):
    """Runs the real tasks with the real wire's JSON, but without walls: only for files that tests make."""

    def __init__(self) -> None:
        self.size = 1

    def call(
        self,
        task: str,
        header: Mapping[str, Json],
        payloads: Sequence[bytes] = (),
        *,
        cpu_seconds: float | None = None,
    ) -> Reply:
        del cpu_seconds  # Nothing measures it here.
        try:
            reply = TASKS[task](json.loads(json.dumps(header)), tuple(payloads))
        except TaskRefused as refusal:
            raise ChildRefused(refusal.code, refusal.message) from refusal
        return Reply(json.loads(json.dumps(reply.header)), reply.payloads)

    def close(self) -> None:
        return


def open_sandbox(kind: str) -> SandboxPool:
    """Open a sandbox of either kind."""
    return InProcessSandbox() if kind == "in-process" else ocr_sandbox(1, Isolation.BUBBLEWRAP)
