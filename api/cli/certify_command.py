"""`vidimus certify`: prepare a copy of each scan, show what will be signed, ask, and certify."""

from __future__ import annotations

import json
import mimetypes
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from api.access import Principal, Role
from api.acts import staff
from api.acts.own_items import own_item
from api.cli.console import Console, Format, Language, open_console
from api.cli.exits import Exit, exit_of_intake, worst
from api.cli.outputs import check_outputs
from api.cli.pins import read_pin
from api.clock import stopwatch
from api.errors import RequestInvalid
from api.home import open_home
from api.identity import find_account
from api.services import Services, open_services
from certify import Approval, ReadyCopy, get_staff
from certify.pipeline import Outcome, OutcomeKind, Upload
from keys import Mode, Pin
from ocr import QualityVerdict
from vault import HolderOwner, RenditionKind, get_for_owner

_READ_TIMEOUT_SECONDS = 600.0
_CERTIFY_TIMEOUT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class _Order:
    """What one run of the command was asked for."""

    principal: Principal
    out_dir: Path
    holder_number: str
    holder_name: str | None
    doc_type: str
    pin: Pin | None
    approves_alone: bool


def certify(
    scans: Annotated[list[Path], typer.Argument(metavar="SCAN...", help="Scans of paper originals.")],
    *,
    out_dir: Annotated[Path, typer.Option(help="Where the certified copies are written.")],
    holder: Annotated[str, typer.Option(metavar="ID", help="Citizen number of the holder.")],
    officer: Annotated[str, typer.Option("--as", metavar="OFFICER", help="Login name of the certifying officer.")],
    holder_name: Annotated[
        str | None,
        typer.Option(help="Name of a holder who has no vault yet; one is opened for the person at the counter."),
    ] = None,
    doc_type: Annotated[str, typer.Option("--type", help="Type of the paper, such as VN.BIRTH_CERT.")] = "VN.OTHER",
    pin_fd: Annotated[int | None, typer.Option(help="Read the PIN from this open file descriptor.")] = None,
    pin_file: Annotated[Path | None, typer.Option(help="Read the PIN from this file.")] = None,
    join: Annotated[bool, typer.Option("--join", help="All scans are one original, in this order.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Approve without asking: demo and training only.")] = False,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Certify scans as one officer for one holder."""
    console = open_console(lang)
    if yes and open_home(console.settings.home).mode is Mode.PRODUCTION:
        console.tell("cli.certify.yes_refused")
        raise typer.Exit(Exit.SIGNING_REFUSED)
    check_outputs(scans, out_dir=out_dir, suffixes=(".pdf", ".to-approve.pdf"))
    pin = read_pin(pin_fd, pin_file)
    out_dir.mkdir(parents=True, exist_ok=True)
    results: list[dict[str, Any]] = []
    codes: list[Exit] = []
    with open_services(console.settings) as services:
        counter = _Counter(
            console, services, _Order(_officer(services, officer), out_dir, holder, holder_name, doc_type, pin, yes)
        )
        try:
            for original in [scans] if join else [[scan] for scan in scans]:
                result, code = counter.certify(original)
                results.append(result)
                codes.append(code)
                _show(console, result, form=form)
        finally:
            # What was certified before an error stopped the rest must reach the reader.
            if form is Format.JSON:
                console.result_json(results[0] if len(results) == 1 and (join or len(scans) == 1) else results)
    raise typer.Exit(worst(codes))


def _officer(services: Services, login: str) -> Principal:
    with services.database.read() as tx:
        member = get_staff(tx, find_account(tx, login).subject_id)
    return Principal(None, frozenset(Role(role.value) for role in member.roles), member.staff_id, member.agency_code)


@dataclass(frozen=True, slots=True)
class _Counter:
    """One run of the command: every scan on its own, one after the other."""

    console: Console
    services: Services
    order: _Order

    def certify(self, scans: list[Path]) -> tuple[dict[str, Any], Exit]:
        """Bring one original to its end, named by its first scan; gives the line about it and its exit code."""
        scan = scans[0]
        started = stopwatch()
        services, officer = self.services, self.order.principal
        try:
            contents = [part.read_bytes() for part in scans]
        except OSError as exc:
            self.console.say(f"vidimus: {exc}")
            return {"file": scan.name, "error": "FILE_ACCESS"}, Exit.FILE_ACCESS
        item_id = staff.take_in(services, officer, self._intake(scans, contents)).item_id
        read = services.pipeline.wait_read(item_id, timeout_seconds=_READ_TIMEOUT_SECONDS)
        if read.kind is OutcomeKind.SCAN_REFUSED:
            return self._refused(scan, read.code, exit_code=exit_of_intake(read.code))
        view = staff.view_item(services, officer, item_id)
        refused = _quality_refusal(view)
        if refused is not None:
            return self._refused(scan, refused, exit_code=Exit.QUALITY_REFUSED)
        prepared = staff.compare_and_prepare(services, officer, item_id, pages_compared=view.item.page_count or 0)
        if prepared.kind is not OutcomeKind.DONE:
            return self._failed(scan, prepared)
        approval = self._approve(scan, item_id)
        if approval is None:
            return {"file": scan.name, "error": "NOT_APPROVED"}, Exit.SIGNING_REFUSED
        outcome = services.pipeline.wait_certified(approval, timeout_seconds=_CERTIFY_TIMEOUT_SECONDS)
        if outcome.kind is not OutcomeKind.DONE:
            return self._failed(scan, outcome)
        return self._certified(scan, item_id, seconds=stopwatch() - started), Exit.OK

    def _intake(self, scans: list[Path], contents: list[bytes]) -> staff.Intake:
        uploads = [
            Upload(content, mimetypes.guess_type(scan.name)[0]) for scan, content in zip(scans, contents, strict=True)
        ]
        return staff.Intake(
            content=uploads[0].content,
            declared_type=uploads[0].declared_type,
            further=tuple(uploads[1:]),
            holder_number=self.order.holder_number,
            holder_name=self.order.holder_name,
            doc_type=self.order.doc_type,
        )

    def _refused(self, scan: Path, code: str, *, exit_code: Exit) -> tuple[dict[str, Any], Exit]:
        self.console.say(f"{scan.name}: {self.console.reason(code)}")
        return {"file": scan.name, "error": code}, exit_code

    def _failed(self, scan: Path, outcome: Outcome) -> tuple[dict[str, Any], Exit]:
        code = outcome.code or outcome.kind.value
        self.console.tell("cli.certify.failed", name=scan.name, code=code)
        is_away = outcome.kind is OutcomeKind.SERVICE_UNAVAILABLE
        return {"file": scan.name, "error": code}, Exit.SERVICE_UNREACHABLE if is_away else Exit.SIGNING_REFUSED

    def _approve(self, scan: Path, item_id: str) -> Approval | None:
        """Show digest, pages and checklist, ask, and approve; None when the officer says no. Then the number is void."""
        services, order = self.services, self.order
        ready = services.pipeline.ready_copy(item_id)
        preview = order.out_dir / f"{scan.stem}.to-approve.pdf"
        preview.write_bytes(services.pipeline.ready_pdf(item_id))
        approval: Approval | None = None
        try:
            self._show_ready(scan, ready, preview=preview)
            if order.approves_alone or self._asks():
                checklist = tuple(line.code for line in services.law.checklist)
                pin = order.pin or Pin(typer.prompt("PIN", hide_input=True, err=True))
                form = staff.ApprovalForm(ready.sha256_hex or "", checklist, pin)
                approval = staff.approve_copy(services, order.principal, item_id, form=form)
        finally:
            preview.unlink()
            if approval is None:
                services.pipeline.cancel(services.pipeline.ready_copy(item_id))
        return approval

    def _show_ready(self, scan: Path, ready: ReadyCopy, *, preview: Path) -> None:
        self.console.tell(
            "cli.certify.ready",
            name=scan.name,
            number=ready.number.display_no,
            pages=ready.page_count,
            sha256=ready.sha256_hex,
            path=preview,
        )
        for line in self.services.law.checklist:
            self.console.say(f"  [ ] {line.text[self.console.language]}")

    def _asks(self) -> bool:
        if not sys.stdin.isatty():
            self.console.tell("cli.certify.nobody_to_ask")
            return False
        return typer.confirm(self.console.messages.text("cli.certify.ask", self.console.language), err=True)

    def _certified(self, scan: Path, item_id: str, *, seconds: float) -> dict[str, Any]:
        services = self.services
        item, case = own_item(services, self.order.principal, item_id)
        if item.record_id is None:
            raise RequestInvalid(f"item {item_id} has no record", field="item")
        with services.database.read() as tx:
            record = get_for_owner(tx, HolderOwner(case.holder_id), item.record_id)
        path = self.order.out_dir / f"{scan.stem}.pdf"
        path.write_bytes(services.blobs.read(record.newest(RenditionKind.SIGNED_PDF).blob))
        progress = services.progress.of(item_id)
        return {
            "file": scan.name,
            "record_id": record.record_id,
            "register_number": record.register_number,
            "code": record.code,
            "path": str(path),
            "quality": item.quality_verdict,
            "warnings": list(item.warnings),
            "seconds": round(seconds, 2),
            "seconds_by_stage": {step: round(took, 3) for step, took in progress.seconds_by_step} if progress else {},
        }


def _quality_refusal(view: staff.ItemView) -> str | None:
    """Say why the counter refuses a page, or None when it does not."""
    if view.item.quality_verdict != QualityVerdict.REFUSE.value or view.pages is None:
        return None
    reasons = [reason for page in view.pages.pages for reason in page.quality.reasons]
    return next(reason.code.value for reason in reasons if reason.verdict is QualityVerdict.REFUSE)


def _show(console: Console, result: dict[str, Any], *, form: Format) -> None:
    if form is Format.NDJSON:
        console.result(json.dumps(result, ensure_ascii=False))
    elif form is Format.TEXT:
        if "error" in result:
            console.result(f"{result['file']}: {result['error']}")
        else:
            console.result(
                f"{result['file']}: {result['register_number']} · {result['code']} · {result['seconds']} s → {result['path']}"
            )
