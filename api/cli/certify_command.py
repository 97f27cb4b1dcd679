"""`vidimus certify`: prepare a copy of each scan, show what will be signed, ask, and certify; here or at a server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.console import Console, Format, Language, open_console
from api.cli.counters import Counter, Intake, Shown, Stop, check_unseen, open_counter, says_yes, tell_checklist
from api.cli.exits import Exit, worst
from api.cli.outputs import check_outputs
from api.cli.pins import read_pin
from api.cli.place import Place, anywhere
from api.clock import stopwatch
from keys import Pin


@dataclass(frozen=True, slots=True)
class _Order:
    """What one run of the command was asked for."""

    out_dir: Path
    intake: Intake
    pin: Pin | None
    approves_alone: bool


@anywhere
def certify(
    scans: Annotated[list[Path], typer.Argument(metavar="SCAN...", help="Scans of paper originals.")],
    *,
    out_dir: Annotated[Path, typer.Option(help="Where the certified copies are written.")],
    holder: Annotated[str, typer.Option(metavar="ID", help="Citizen number of the holder.")],
    officer: Annotated[
        str | None,
        typer.Option("--as", metavar="OFFICER", help="Login name of the certifying officer; not with --server."),
    ] = None,
    holder_name: Annotated[
        str | None,
        typer.Option(help="Name of a holder who has no vault yet; one is opened for the person at the counter."),
    ] = None,
    doc_type: Annotated[str, typer.Option("--type", help="Type of the paper, such as VN.BIRTH_CERT.")] = "VN.OTHER",
    relation: Annotated[
        str | None,
        typer.Option(
            metavar="CODE", help="What the holder is to another whom the paper names: PARENT, GUARDIAN and others."
        ),
    ] = None,
    pin_fd: Annotated[int | None, typer.Option(help="Read the PIN from this open file descriptor.")] = None,
    pin_file: Annotated[Path | None, typer.Option(help="Read the PIN from this file.")] = None,
    join: Annotated[bool, typer.Option("--join", help="All scans are one original, in this order.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Approve without asking: demo and training only.")] = False,
    place: Place,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Certify scans as one officer for one holder."""
    console = open_console(lang)
    if yes:
        check_unseen(console, place)
    check_outputs(scans, out_dir=out_dir, suffixes=(".pdf", ".to-approve.pdf"))
    order = _Order(out_dir, Intake(holder, holder_name, doc_type, relation), read_pin(pin_fd, pin_file), yes)
    out_dir.mkdir(parents=True, exist_ok=True)
    results: list[dict[str, Any]] = []
    codes: list[Exit] = []
    with open_counter(console, place, officer) as counter:
        run = _Run(console, counter, order)
        try:
            for original in [scans] if join else [[scan] for scan in scans]:
                result, code = run.certify(original)
                results.append(result)
                codes.append(code)
                _show(console, result, form=form)
        finally:
            # What was certified before an error stopped the rest must reach the reader.
            if form is Format.JSON:
                console.result_json(results[0] if len(results) == 1 and (join or len(scans) == 1) else results)
    raise typer.Exit(worst(codes))


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of the command: every scan on its own, one after the other."""

    console: Console
    counter: Counter
    order: _Order

    def certify(self, scans: list[Path]) -> tuple[dict[str, Any], Exit]:
        """Bring one original to its end, named by its first scan; gives the line about it and its exit code."""
        scan, counter = scans[0], self.counter
        started = stopwatch()
        try:
            contents = [part.read_bytes() for part in scans]
        except OSError as exc:
            self.console.say(f"vidimus: {exc}")
            return {"file": scan.name, "error": "FILE_ACCESS"}, Exit.FILE_ACCESS
        item_id = counter.take_in(list(zip(scans, contents, strict=True)), self.order.intake)
        if isinstance(item_id, Stop):
            return self._stopped(scan, item_id)
        unread = counter.wait_read(item_id)
        if unread is not None:
            return self._stopped(scan, unread)
        shown = counter.prepare(item_id, relation=self.order.intake.relation)
        if isinstance(shown, Stop):
            return self._stopped(scan, shown)
        stop = self._approve(scan, shown)
        if stop is not None:
            return (
                self._stopped(scan, stop)
                if stop.code
                else ({"file": scan.name, "error": "NOT_APPROVED"}, stop.exit_code)
            )
        path = self.order.out_dir / f"{scan.stem}.pdf"
        with path.open("wb") as file:
            told = counter.write_copy(item_id, file)
        seconds = round(stopwatch() - started, 2)
        return {"file": scan.name, "path": str(path), "seconds": seconds, **told}, Exit.OK

    def _stopped(self, scan: Path, stop: Stop) -> tuple[dict[str, Any], Exit]:
        if stop.is_about_scan:
            self.console.say(f"{scan.name}: {self.console.reason(stop.code)}")
        else:
            self.console.tell("cli.certify.failed", name=scan.name, code=stop.code)
        return {"file": scan.name, "error": stop.code}, stop.exit_code

    def _approve(self, scan: Path, shown: Shown) -> Stop | None:
        """Show digest, pages and checklist, ask, approve, and wait; when the officer says no, the number is void."""
        counter, order = self.counter, self.order
        preview = order.out_dir / f"{scan.stem}.to-approve.pdf"
        with preview.open("wb") as file:
            counter.write_ready(shown.item_id, file)
        wait = None
        try:
            self._show_ready(scan, shown, preview=preview)
            if order.approves_alone or says_yes(self.console):
                wait = counter.approve(shown, order.pin or Pin(typer.prompt("PIN", hide_input=True, err=True)))
        finally:
            preview.unlink()
            if wait is None:
                counter.cancel(shown.item_id)
        return Stop("", Exit.SIGNING_REFUSED) if wait is None else wait()

    def _show_ready(self, scan: Path, shown: Shown, *, preview: Path) -> None:
        self.console.tell(
            "cli.certify.ready",
            name=scan.name,
            number=shown.number,
            pages=shown.pages,
            sha256=shown.sha256_hex,
            path=preview,
        )
        tell_checklist(self.console, shown.checklist)


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
