"""`vidimus certify`: prepare a copy of each scan, show what will be signed, ask, and certify."""

from __future__ import annotations

import json
import mimetypes
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from api.access import Principal, Role
from api.acts import staff
from api.cli.console import Console, Format, Language, open_console
from api.cli.exits import Exit, exit_of_intake, worst
from api.clock import stopwatch
from api.errors import RequestInvalid
from api.identity import find_account
from api.services import Services, open_services
from certify import Item, get_staff
from certify.pipeline import OutcomeKind
from keys import Mode, Pin
from vault import HolderOwner, RenditionKind, get_for_owner

_READ_TIMEOUT_SECONDS = 600.0
_CERTIFY_TIMEOUT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class _Order:
    """What one run of the command was asked for."""

    principal: Principal
    out_dir: Path
    holder_number: str
    doc_type: str
    pin: Pin | None
    approves_alone: bool


def certify(
    scans: Annotated[list[Path], typer.Argument(metavar="SCAN...", help="Scans of paper originals.")],
    *,
    out_dir: Annotated[Path, typer.Option(help="Where the certified copies are written.")],
    holder: Annotated[str, typer.Option(metavar="ID", help="Citizen number of the holder.")],
    officer: Annotated[str, typer.Option("--as", metavar="OFFICER", help="Login name of the certifying officer.")],
    doc_type: Annotated[str, typer.Option("--type", help="Type of the paper, such as VN.BIRTH_CERT.")] = "VN.OTHER",
    pin_fd: Annotated[int | None, typer.Option(help="Read the PIN from this open file descriptor.")] = None,
    pin_file: Annotated[Path | None, typer.Option(help="Read the PIN from this file.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Approve without asking: demo and training only.")] = False,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Certify scans as one officer for one holder."""
    console = open_console(lang)
    out_dir.mkdir(parents=True, exist_ok=True)
    results: list[dict[str, Any]] = []
    codes: list[Exit] = []
    with open_services(console.settings) as services:
        if yes and services.home.mode is Mode.PRODUCTION:
            console.tell("cli.certify.yes_refused")
            raise typer.Exit(Exit.SIGNING_REFUSED)
        principal = _officer(services, officer)
        order = _Order(principal, out_dir, holder, doc_type, _read_pin(pin_fd, pin_file), yes)
        for scan in scans:
            result, code = _certify_one(console, services, scan, order)
            results.append(result)
            codes.append(code)
            _show(console, result, form=form)
    if form is Format.JSON:
        console.result_json(results[0] if len(results) == 1 else results)
    raise typer.Exit(worst(codes))


def _officer(services: Services, login: str) -> Principal:
    with services.database.read() as tx:
        member = get_staff(tx, find_account(tx, login).subject_id)
    return Principal(None, frozenset(Role(role.value) for role in member.roles), member.staff_id, member.agency_code)


def _read_pin(pin_fd: int | None, pin_file: Path | None) -> Pin | None:
    if pin_fd is not None:
        with os.fdopen(pin_fd, "rb") as source:
            return Pin(source.readline().decode().rstrip("\r\n"))
    if pin_file is not None:
        return Pin(pin_file.read_text(encoding="utf-8").splitlines()[0])
    return None


def _certify_one(console: Console, services: Services, scan: Path, order: _Order) -> tuple[dict[str, Any], Exit]:
    started = stopwatch()
    try:
        content = scan.read_bytes()
    except OSError as exc:
        console.say(f"vidimus: {exc}")
        return {"file": scan.name, "error": "FILE_ACCESS"}, Exit.FILE_ACCESS
    intake = staff.Intake(
        content=content,
        declared_type=mimetypes.guess_type(scan.name)[0],
        holder_number=order.holder_number,
        doc_type=order.doc_type,
    )
    item = staff.take_in(services, order.principal, intake)
    services.pipeline.wait_read(item.item_id, timeout_seconds=_READ_TIMEOUT_SECONDS)
    view = staff.view_item(services, order.principal, item.item_id)
    refused = _why_refused(view)
    if refused is not None:
        key = f"reason.{refused}"
        console.say(
            f"{scan.name}: {console.messages.text(key, console.language) if console.messages.has(key) else refused}"
        )
        is_quality = view.item.problem_code is None
        return {"file": scan.name, "error": refused}, Exit.QUALITY_REFUSED if is_quality else exit_of_intake(refused)
    staff.compare_and_prepare(services, order.principal, item.item_id, pages_compared=view.item.page_count or 0)
    if not _approve(console, services, scan, item, order):
        services.pipeline.cancel(item.item_id)
        return {"file": scan.name, "error": "NOT_APPROVED"}, Exit.SIGNING_REFUSED
    return _outcome(services, scan, item.item_id, order, seconds=stopwatch() - started)


def _why_refused(view: staff.ItemView) -> str | None:
    if view.item.problem_code is not None:
        return view.item.problem_code
    if view.item.quality_verdict != "REFUSE" or view.pages is None:
        return None
    return next(reason.code.value for page in view.pages.pages for reason in page.quality.reasons)


def _approve(console: Console, services: Services, scan: Path, item: Item, order: _Order) -> bool:
    """Show digest, pages and checklist, ask, and let the copy be signed; False when the officer says no."""
    ready = services.pipeline.ready_copy(item.item_id)
    preview = order.out_dir / f"{scan.stem}.to-approve.pdf"
    preview.write_bytes(services.pipeline.ready_pdf(item.item_id))
    console.tell(
        "cli.certify.ready",
        name=scan.name,
        number=ready.number.display_no,
        pages=ready.page_count,
        sha256=ready.sha256_hex,
        path=preview,
    )
    for line in services.law.checklist:
        console.say(f"  [ ] {line.text[console.language]}")
    if not order.approves_alone:
        if not sys.stdin.isatty():
            console.tell("cli.certify.nobody_to_ask")
            preview.unlink()
            return False
        if not typer.confirm(console.messages.text("cli.certify.ask", console.language), err=True):
            preview.unlink()
            return False
    pin = order.pin or Pin(typer.prompt("PIN", hide_input=True, err=True))
    form = staff.ApprovalForm(ready.sha256_hex or "", tuple(line.code for line in services.law.checklist), pin)
    approval = staff.approve_copy(services, order.principal, item.item_id, form=form)
    outcome = services.pipeline.wait_certified(approval, timeout_seconds=_CERTIFY_TIMEOUT_SECONDS)
    preview.unlink()
    if outcome.kind is not OutcomeKind.DONE:
        console.tell("cli.certify.failed", name=scan.name, code=outcome.code or outcome.kind.value)
        return False
    return True


def _outcome(
    services: Services, scan: Path, item_id: str, order: _Order, *, seconds: float
) -> tuple[dict[str, Any], Exit]:
    item, case = staff.own_item(services, order.principal, item_id)
    if item.record_id is None:
        raise RequestInvalid(f"item {item_id} has no record", field="item")
    with services.database.read() as tx:
        record = get_for_owner(tx, HolderOwner(case.holder_id), item.record_id)
    path = order.out_dir / f"{scan.stem}.pdf"
    path.write_bytes(services.blobs.read(record.newest(RenditionKind.SIGNED_PDF).blob))
    progress = services.progress.of(item_id)
    result = {
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
    return result, Exit.OK


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
