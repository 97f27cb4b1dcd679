"""Long work: followed as server-sent events, and by asking where the stream breaks off."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Final

from api.client.answers import object_of
from api.client.decoding import read_value
from api.client.problems import AnswerUnreadable, OperationFailed, TookTooLong, Unreachable
from api.client.values.office import Operation
from api.client.wire import Call, Wire

RUNNING: Final = "RUNNING"
DONE: Final = "DONE"
_ASK_EVERY_SECONDS: Final = 1.0


class Operations:
    """Ask how far long work is, and wait for its end."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def get(self, operation_id: str) -> Operation:
        """Tell how far an operation is."""
        return object_of(self._wire.send(Call("GET", f"/v1/operations/{operation_id}")), Operation)

    def follow(self, operation_id: str, *, timeout_seconds: float = 600.0) -> Iterator[Operation]:
        """Give an operation each time it got further, the last time with its end.

        Raises:
            TookTooLong: it still runs after `timeout_seconds`.
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            try:
                for told in self._events(operation_id):
                    yield told
                    if told.status != RUNNING:
                        return
                    if time.monotonic() > deadline:
                        break
            except Unreachable:
                # A stream may break off for many reasons that say nothing about the work: ask.
                told = self.get(operation_id)
                yield told
                if told.status != RUNNING:
                    return
            if time.monotonic() > deadline:
                raise TookTooLong(f"operation {operation_id} still runs after {timeout_seconds:.0f} s")
            time.sleep(_ASK_EVERY_SECONDS)

    def wait(self, operation: Operation | str, *, timeout_seconds: float = 600.0) -> Operation:
        """Wait until an operation is done, and give it with what it brought.

        Raises:
            OperationFailed: it ended otherwise, or needs a person first.
            TookTooLong: it still runs.
        """
        operation_id = operation if isinstance(operation, str) else operation.operation_id
        *_, last = self.follow(operation_id, timeout_seconds=timeout_seconds)
        if last.status != DONE:
            problem = last.problem
            told = (
                {"code": problem.code, "title": problem.title, "detail": problem.detail, "status": problem.status}
                if problem
                else {"code": last.code or last.status, "title": f"The work ended as {last.status}"}
            )
            raise OperationFailed(told | {"reason": last.code}, operation_id=last.operation_id, status=last.status)
        return last

    def _events(self, operation_id: str) -> Iterator[Operation]:
        with self._wire.stream(Call("GET", f"/v1/operations/{operation_id}/events")) as lines:
            for line in lines:
                # Each event is one line of data; comments keep the stream open (HTML, 9.2.6).
                if not line.startswith("data:"):
                    continue
                try:
                    told = json.loads(line.removeprefix("data:"))
                except ValueError as exc:
                    raise AnswerUnreadable("an event holds no JSON") from exc
                yield read_value(Operation, told)
