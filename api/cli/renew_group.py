"""`vidimus renew`: which copies need a fresh archive time-stamp, and renewing them now."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.acts import renewals as acts
from api.cli.console import Console, Format, Language, open_console
from api.cli.exits import Exit
from api.cli.place import Place, anywhere
from api.cli.target import check_here, open_client
from api.clock import stopwatch
from api.routes.renewals import plan_told
from api.services import open_services
from certify import DueRecord
from certify.pipeline import OutcomeKind, Pipeline

_TIMEOUT_SECONDS = 300.0
_MAX_LISTED = 10_000
_MAX_ASKED = 1000

group = typer.Typer(no_args_is_help=True)


@group.callback()
def renewals() -> None:
    """Archive time-stamps: renew copies before a certificate or an algorithm ends."""


@group.command("plan")
@anywhere
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
    place: Place,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Say which records are due, most urgent first, and why; nothing is changed but what was never looked at is read."""
    console = open_console(lang)
    if place.server is not None:
        with open_client(console, place) as client:
            query = {"on": at, "sunset": sunset or None, "limit": min(limit, _MAX_ASKED)}
            _show_plan(console, client.ask("GET", "/v1/renewals", query=query), form=form)
        return
    check_here(place)
    with open_services(console.settings, with_worker=False) as services:
        services.pipeline.renewals.survey()
        found = acts.plan(services, on=acts.read_day(at) if at else None, sunsets=sunset or (), limit=limit)
    _show_plan(console, plan_told(found).model_dump(mode="json"), form=form)


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


def _show_plan(console: Console, told: dict[str, Any], *, form: Format) -> None:
    if form is Format.JSON:
        console.result_json(told)
        return
    for row in told["records"]:
        _show(console, row, form=form)
    console.tell("cli.renew.plan", due=told["due"], protected=told["protected"], problems=told["problems"])


def _show(console: Console, row: dict[str, Any], *, form: Format) -> None:
    if form is Format.NDJSON:
        console.result_json(row)
    elif form is Format.TEXT:
        console.result(
            "\t".join(str(value) for value in (row["record_id"], row["deadline"], row["cause"], row.get("code", "")))
        )
