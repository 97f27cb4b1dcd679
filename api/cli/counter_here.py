"""`vidimus certify` in the home of this machine."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from api.access import Principal, Role
from api.acts import approvals, staff
from api.acts.inspection import compare_and_prepare
from api.acts.own_items import own_item
from api.cli.counters import STANDING, WAITING, Intake, Shown, Stop
from api.cli.exits import Exit, exit_of_error, exit_of_intake
from api.cli.target import Row
from api.errors import RequestInvalid
from api.identity import find_account
from api.problems import as_code, code_of
from api.routes.office_told import draft_row, ready_told
from api.services import Services
from certify import Approval, BatchAnswer, Item, ItemState, get_staff
from certify.pipeline import Outcome, OutcomeKind, Upload
from guard import write_payload
from keys import Pin
from ocr import QualityVerdict
from vault import HolderOwner, RenditionKind, get_for_owner

_READ_TIMEOUT_SECONDS = 600.0
_CERTIFY_TIMEOUT_SECONDS = 300.0
_MOST = 100_000


def officer_here(services: Services, login: str) -> Principal:
    """Give the officer behind a login name."""
    with services.database.read() as tx:
        member = get_staff(tx, find_account(tx, login).subject_id)
    return Principal(None, frozenset(Role(role.value) for role in member.roles), member.staff_id, member.agency_code)


class CounterHere:
    """Acts as an officer of this home, with open services that work."""

    def __init__(self, services: Services, officer: Principal) -> None:
        """Act on open services."""
        self._services, self._officer = services, officer

    def take_in(self, scans: list[tuple[Path, bytes]], intake: Intake) -> str | Stop:
        """Hand an original in."""
        uploads = [Upload(content, mimetypes.guess_type(path.name)[0]) for path, content in scans]
        asked = staff.Intake(
            content=uploads[0].content,
            declared_type=uploads[0].declared_type,
            further=tuple(uploads[1:]),
            holder_number=intake.holder_number,
            holder_name=intake.holder_name,
            doc_type=intake.doc_type,
        )
        return staff.take_in(self._services, self._officer, asked).item_id

    def wait_read(self, item_id: str) -> Stop | None:
        """Wait until it is read."""
        read = self._services.pipeline.wait_read(item_id, timeout_seconds=_READ_TIMEOUT_SECONDS)
        if read.kind is OutcomeKind.SCAN_REFUSED:
            return Stop(read.code, exit_of_intake(read.code), is_about_scan=True)
        refused = _quality_refusal(staff.view_item(self._services, self._officer, item_id))
        return None if refused is None else Stop(refused, Exit.QUALITY_REFUSED, is_about_scan=True)

    def prepare(self, item_id: str, *, relation: str | None = None) -> Shown | Stop:
        """Note that every page was compared, and fix the bytes."""
        services = self._services
        pages = own_item(services, self._officer, item_id)[0].page_count or 0
        prepared = compare_and_prepare(services, self._officer, item_id, pages_compared=pages, relation=relation)
        if prepared.kind is not OutcomeKind.DONE:
            return _stop(prepared)
        ready = services.pipeline.ready_copy(item_id)
        codes = tuple(line.code for line in services.law_now.checklist)
        return Shown(item_id, ready.number.display_no, ready.page_count or 0, ready.sha256_hex or "", codes)

    def write_ready(self, item_id: str, target: BinaryIO) -> None:
        """Write the bytes to approve."""
        with self._services.spool.room() as room:
            write_payload(self._services.pipeline.ready_pdf(item_id, room=room), target)

    def cancel(self, item_id: str) -> None:
        """Give the number up."""
        self._services.pipeline.cancel(self._services.pipeline.ready_copy(item_id))

    def approve(self, shown: Shown, pin: Pin) -> Callable[[], Stop | None]:
        """Approve these bytes."""
        form = staff.ApprovalForm(shown.sha256_hex, shown.checklist, pin)
        approval = staff.approve_copy(self._services, self._officer, shown.item_id, form=form)

        return self._end_of(approval)

    def _end_of(self, approval: Approval) -> Callable[[], Stop | None]:
        def wait() -> Stop | None:
            outcome = self._services.pipeline.wait_certified(approval, timeout_seconds=_CERTIFY_TIMEOUT_SECONDS)
            return None if outcome.kind is OutcomeKind.DONE else _stop(outcome)

        return wait

    def waiting(self) -> list[Row]:
        """The ready copies that wait for an approval."""
        found = staff.originals(self._services, self._officer, states={ItemState.PREPARED}, limit=_MOST)
        law = self._services.law
        told = [ready_told(self._services.pipeline.ready_copy(one.item_id), law=law) for one in found]
        return [{name: row[name] for name in WAITING} for row in (one.model_dump(mode="json") for one in told)]

    def checklist(self, item_id: str) -> tuple[str, ...]:
        """The codes of the lines that the officer confirms."""
        own_item(self._services, self._officer, item_id)
        return tuple(line.code for line in self._services.law_now.checklist)

    def approve_all(self, lines: list[tuple[str, str]], pin: Pin) -> list[tuple[str, Stop | Callable[[], Stop | None]]]:
        """Approve several by one PIN."""
        asked = [approvals.Line(item_id, digest) for item_id, digest in lines]
        codes = [line.code for line in self._services.law_now.checklist]
        answers = approvals.approve_by_pin(self._services, self._officer, asked, checklist=codes, pin=pin)
        return [(one.item_id, self._answer(one)) for one in answers]

    def _answer(self, answer: BatchAnswer) -> Stop | Callable[[], Stop | None]:
        if answer.approval is not None:
            return self._end_of(answer.approval)
        refusal = answer.refusal or RequestInvalid(f"item {answer.item_id} got no answer", field="item")
        return Stop(code_of(type(refusal)), exit_of_error(refusal))

    def standing(self, item_id: str) -> Row:
        """Where one original stands."""
        item, _case = own_item(self._services, self._officer, item_id)
        return _standing(item, register_number=self._services.pipeline.register_number(item_id))

    def write_copy(self, item_id: str, target: BinaryIO) -> Row:
        """Write the certified copy."""
        services = self._services
        item, case = own_item(services, self._officer, item_id)
        if item.record_id is None:
            raise RequestInvalid(f"item {item_id} has no record", field="item")
        with services.database.read() as tx:
            record = get_for_owner(tx, HolderOwner(case.holder_id), item.record_id)
        with services.spool.room() as room:
            newest = services.blobs.fetch_recorded(record.newest(RenditionKind.SIGNED_PDF).blob, room=room)
            write_payload(newest, target)
        progress = services.progress.of(item_id)
        return {
            "record_id": record.record_id,
            "register_number": record.register_number,
            "code": record.code,
            "quality": item.quality_verdict,
            "warnings": list(item.warnings),
            "seconds_by_stage": {step: round(took, 3) for step, took in progress.seconds_by_step} if progress else {},
        }


def _standing(item: Item, *, register_number: str | None) -> Row:
    row = draft_row(item, register_number=register_number).model_dump(mode="json")
    return {name: row[name] for name in STANDING}


def _stop(outcome: Outcome) -> Stop:
    is_away = outcome.kind is OutcomeKind.SERVICE_UNAVAILABLE
    code = as_code(outcome.code or outcome.kind.value)
    return Stop(code, Exit.SERVICE_UNREACHABLE if is_away else Exit.SIGNING_REFUSED)


def _quality_refusal(view: staff.ItemView) -> str | None:
    """Say why the counter refuses a page, or None when it does not."""
    if view.item.quality_verdict != QualityVerdict.REFUSE.value or view.pages is None:
        return None
    reasons = [reason for page in view.pages.pages for reason in page.quality.reasons]
    return next(reason.code.value for reason in reasons if reason.verdict is QualityVerdict.REFUSE)
