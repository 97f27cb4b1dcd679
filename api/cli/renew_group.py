"""`vidimus renew`: which copies need a fresh archive time-stamp, and renewing them now."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer

from api.cli.console import Console, Format, Language, open_console
from api.cli.exits import Exit
from api.clock import stopwatch
from api.errors import RequestInvalid
from api.services import open_services
from certify import DueRecord, RenewalPlan, RenewalPolicy, end_of_day
from certify.pipeline import OutcomeKind, Pipeline

_TIMEOUT_SECONDS = 300.0
_MAX_LISTED = 10_000

group = typer.Typer(no_args_is_help=True)


@group.callback()
def renewals() -> None:
    """Archive time-stamps: renew copies before a certificate or an algorithm ends."""


@group.command("plan")
def plan(
    *,
    at: Annotated[str | None, typer.Option(help="Plan as of this day (YYYY-MM-DD), for a look ahead.")] = None,
    sunset: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ALGORITHM=DAY", help="Drill: as if this algorithm had this last day (SHA256=2030-12-31)."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=_MAX_LISTED, help="List at most so many records.")] = 100,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Say which records are due, most urgent first, and why; nothing is changed but what was never looked at is read."""
    console = open_console(lang)
    with open_services(console.settings, with_worker=False) as services:
        policy = services.renewal
        for word in sunset or ():
            policy = _with_sunset(policy, word, timezone=services.law.timezone)
        moment = end_of_day(_day(at), timezone=services.law.timezone) if at else services.clock.now()
        services.pipeline.renewals.survey()
        found = services.pipeline.renewals.plan(policy=policy, at=moment, limit=limit)
    _show_plan(console, found, form=form)


@group.command("run")
def run(
    *,
    limit: Annotated[int, typer.Option(min=1, max=_MAX_LISTED, help="Renew at most so many records.")] = 100,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Renew what is due now, in order; the house does the same by itself while it serves."""
    console = open_console(lang)
    results: list[dict[str, Any]] = []
    with open_services(console.settings) as services:
        started = stopwatch()
        services.pipeline.renewals.survey()
        due = services.pipeline.renewals.plan(policy=services.renewal, at=services.clock.now(), limit=limit).due
        for one in due:
            results.append(_renew(services.pipeline, one))
            _show(console, results[-1], form=form)
        seconds = stopwatch() - started
    console.tell(
        "cli.renew.done", count=sum(not row["code"] for row in results), of=len(results), seconds=f"{seconds:.1f}"
    )
    if form is Format.JSON:
        console.result_json(results)
    if any(row["code"] for row in results):
        is_away = any(row["outcome"] == OutcomeKind.SERVICE_UNAVAILABLE.value for row in results)
        raise typer.Exit(Exit.SERVICE_UNREACHABLE if is_away else Exit.SIGNING_REFUSED)


def _renew(pipeline: Pipeline, due: DueRecord) -> dict[str, Any]:
    outcome = pipeline.renew(due.record, timeout_seconds=_TIMEOUT_SECONDS)
    done = outcome.kind is OutcomeKind.DONE
    return {
        "record_id": due.record.record_id,
        "deadline": due.deadline.isoformat(),
        "cause": due.cause,
        "outcome": outcome.kind.value,
        "code": "" if done else outcome.code or outcome.kind.value,
    }


def _with_sunset(policy: RenewalPolicy, word: str, *, timezone: Any) -> RenewalPolicy:
    algorithm, separator, day = word.partition("=")
    if not (algorithm and separator):
        raise RequestInvalid(f"--sunset {word!r} is not ALGORITHM=DAY, such as SHA256=2030-12-31", field="sunset")
    return policy.with_sunset(algorithm.upper(), ends_at=end_of_day(_day(day), timezone=timezone).astimezone(UTC))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise RequestInvalid(f"{text!r} is no day, such as 2030-12-31", field="day") from exc


def _show_plan(console: Console, found: RenewalPlan, *, form: Format) -> None:
    rows = [_due_row(one) for one in found.due]
    if form is Format.JSON:
        counts = {"due": found.due_count, "protected": found.protected_count, "problems": found.problem_count}
        console.result_json({**counts, "records": rows})
        return
    for row in rows:
        _show(console, row, form=form)
    console.tell("cli.renew.plan", due=found.due_count, protected=found.protected_count, problems=found.problem_count)


def _due_row(due: DueRecord) -> dict[str, Any]:
    return {
        "record_id": due.record.record_id,
        "deadline": _iso(due.deadline),
        "cause": due.cause,
        "algorithms": list(due.record.algorithms),
        "attempts": due.record.attempts,
        "problem": due.record.problem_code,
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _show(console: Console, row: dict[str, Any], *, form: Format) -> None:
    if form is Format.NDJSON:
        console.result_json(row)
    elif form is Format.TEXT:
        console.result(
            "\t".join(str(value) for value in (row["record_id"], row["deadline"], row["cause"], row.get("code", "")))
        )
