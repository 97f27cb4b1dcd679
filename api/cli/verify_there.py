"""`vidimus verify --server`: files and codes judged by a Vidimus elsewhere; answers and exit codes are the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.cli.console import Console, Format
from api.cli.exits import Exit, worst
from api.cli.place import Place
from api.cli.target import open_client
from api.cli.verdicts import exit_of_verdict, is_code, show_verdict
from api.client import Upload, Vidimus
from api.reports import report_json


def verify_there(console: Console, server: str, targets: list[str], *, report: Path | None, form: Format) -> Exit:
    """Have each target judged, print the answers, write the report, and give the worst exit code."""
    answers: list[dict[str, Any]] = []
    codes: list[Exit] = []
    with open_client(console, Place(server), is_public=True) as client:
        for target in targets:
            answer, code = _judge(console, client, target, form=form)
            answers.append(answer)
            codes.append(code)
        if report is not None:
            report.write_bytes(_report(console, client, report, targets, answers))
    if form is Format.JSON:
        console.result_json(answers[0] if len(answers) == 1 else answers)
    return worst(codes)


def _judge(console: Console, client: Vidimus, target: str, *, form: Format) -> tuple[dict[str, Any], Exit]:
    path = Path(target)
    if is_code(target):
        whole: dict[str, Any] = client.ask("GET", f"/v1/copies/{target}")
    else:
        try:
            content = path.read_bytes()
        except OSError as exc:
            console.say(f"vidimus: {exc}")
            return {"file": path.name, "error": "FILE_ACCESS"}, Exit.FILE_ACCESS
        whole = client.ask("POST", "/v1/verifications", files=(Upload(path.name, content, "application/pdf"),))
    show_verdict(console, whole, form=form, title=target if is_code(target) else path.name)
    return whole, exit_of_verdict(whole)


def _report(
    console: Console, client: Vidimus, report: Path, targets: list[str], answers: list[dict[str, Any]]
) -> bytes:
    kind = report.suffix.lower().removeprefix(".")
    if kind in {"xml", "pdf"}:
        return client.public.report(Path(targets[0]), kind=kind, language=console.language).content
    return report_json(answers)
