"""`vidimus certify --server`: the same steps by the API, as the owner of a token or as who signed in."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, Final

from api.cli.counters import STANDING, WAITING, Intake, Shown, Stop
from api.cli.exits import Exit, exit_of_error, exit_of_intake
from api.cli.target import Row
from api.client import OperationFailed, Refused, Upload, Vidimus
from api.client.values.office import Line
from keys import Pin

_REFUSE: Final = "REFUSE"
_SCAN_REFUSED: Final = "SCAN_REFUSED"
_PREPARE_STOPPED: Final = "PREPARE_STOPPED"


class CounterThere:
    """Acts by a connection that is open."""

    def __init__(self, client: Vidimus) -> None:
        """Act by this connection."""
        self._client = client
        self._reading: dict[str, str] = {}
        self._codes: dict[str, str] = {}
        self._seconds: dict[str, Mapping[str, float]] = {}

    def take_in(self, scans: list[tuple[Path, bytes]], intake: Intake) -> str | Stop:
        """Hand an original in."""
        uploads = [
            Upload(path.name, content, mimetypes.guess_type(path.name)[0] or "application/octet-stream")
            for path, content in scans
        ]
        try:
            operation = self._client.office.take_in(
                uploads, holder_number=intake.holder_number, doc_type=intake.doc_type, holder_name=intake.holder_name
            )
        except Refused as exc:
            # Some scans are refused at the door there, others when they are read; the line about both is the same.
            if exc.code == _SCAN_REFUSED and exc.reason:
                return Stop(exc.reason, exit_of_intake(exc.reason), is_about_scan=True)
            raise
        self._reading[operation.item_id] = operation.operation_id
        return operation.item_id

    def wait_read(self, item_id: str) -> Stop | None:
        """Wait until it is read."""
        try:
            self._client.operations.wait(self._reading[item_id])
        except OperationFailed as exc:
            code = exc.reason or exc.code
            return Stop(code, exit_of_intake(code), is_about_scan=True)
        draft = self._client.office.draft(item_id).value
        if draft.quality != _REFUSE:
            return None
        reasons = [reason.code for page in draft.read for reason in page.reasons if reason.verdict == _REFUSE]
        return Stop(reasons[0], Exit.QUALITY_REFUSED, is_about_scan=True) if reasons else None

    def prepare(self, item_id: str, *, relation: str | None = None) -> Shown | Stop:
        """Note that every page was compared, and fix the bytes."""
        draft = self._client.office.draft(item_id)
        try:
            ready = self._client.office.prepare(draft, pages_compared=draft.value.pages or 0, relation=relation).value
        except Refused as exc:
            if exc.code == _PREPARE_STOPPED:
                return Stop(exc.reason or exc.code, Exit.SIGNING_REFUSED)
            raise
        return Shown(item_id, ready.register_number, ready.pages, ready.sha256, ready.checklist)

    def write_ready(self, item_id: str, target: BinaryIO) -> None:
        """Write the bytes to approve."""
        target.write(self._client.office.ready_file(item_id).content)

    def cancel(self, item_id: str) -> None:
        """Give the number up."""
        self._client.office.cancel_number(self._client.office.ready(item_id))

    def approve(self, shown: Shown, pin: Pin) -> Callable[[], Stop | None]:
        """Approve these bytes."""
        operation = self._client.office.approve(
            shown.item_id, sha256_hex=shown.sha256_hex, checklist=shown.checklist, pin=pin.reveal().decode()
        )

        return self._end_of(operation.operation_id)

    def _end_of(self, operation_id: str) -> Callable[[], Stop | None]:
        def wait() -> Stop | None:
            try:
                done = self._client.operations.wait(operation_id)
            except OperationFailed as exc:
                return _stop(exc)
            self._seconds[done.item_id] = done.seconds_by_stage
            self._codes[done.item_id] = (done.code_of_copy or "").replace("-", "")
            return None

        return wait

    def waiting(self) -> list[Row]:
        """The ready copies that wait for an approval."""
        found = [one["item_id"] for one in self._client.every("/v1/drafts", state="PREPARED")]
        ready = [self._client.ask("GET", f"/v1/drafts/{item_id}/ready") for item_id in found]
        return [{name: one[name] for name in WAITING} for one in ready]

    def checklist(self, item_id: str) -> tuple[str, ...]:
        """The codes of the lines that the officer confirms."""
        return self._client.office.ready(item_id).value.checklist

    def approve_all(self, lines: list[tuple[str, str]], pin: Pin) -> list[tuple[str, Stop | Callable[[], Stop | None]]]:
        """Approve several by one PIN."""
        codes = self.checklist(lines[0][0])
        batch = self._client.office.approve_batch(lines, checklist=codes, pin=pin.reveal().decode())
        return [(line.item_id, self._answer(line)) for line in batch.items]

    def _answer(self, line: Line) -> Stop | Callable[[], Stop | None]:
        if line.problem is None:
            return self._end_of(line.operation_id or "")
        refused = Refused({"code": line.problem.code, "reason": line.problem.reason}, status=line.problem.status)
        return Stop(line.problem.code, exit_of_error(refused))

    def standing(self, item_id: str) -> Row:
        """Where one original stands."""
        draft: Row = self._client.ask("GET", f"/v1/drafts/{item_id}")
        return {name: draft[name] for name in STANDING}

    def write_copy(self, item_id: str, target: BinaryIO) -> Row:
        """Write the certified copy; it is opened for its case, and the holder sees that."""
        draft, code = self._client.office.draft(item_id).value, self._codes[item_id]
        target.write(self._client.office.copy_file(code, case_id=draft.case_id).content)
        return {
            "record_id": draft.record_id,
            "register_number": draft.register_number,
            "code": code,
            "quality": draft.quality,
            "warnings": list(draft.warnings),
            "seconds_by_stage": dict(self._seconds[item_id]),
        }


def _stop(failed: OperationFailed) -> Stop:
    """The code of an operation is the name of what stopped it, and a service that is away has the exit code of that."""
    code = failed.reason or failed.code
    away = exit_of_error(Refused({"code": code}, status=failed.status)) is Exit.SERVICE_UNREACHABLE
    return Stop(code, Exit.SERVICE_UNREACHABLE if away else Exit.SIGNING_REFUSED)
