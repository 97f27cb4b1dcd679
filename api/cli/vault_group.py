"""`vidimus vault`: a holder's papers and who looked at them, by holder id."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.access import Principal, Role
from api.acts import citizen
from api.cli.console import Console, Format, Language, open_console
from api.errors import NotFound
from api.services import open_services
from vault import holder_of_code, parse_code

group = typer.Typer(no_args_is_help=True)


@group.callback()
def papers() -> None:
    """Papers in a holder's vault."""


@group.command("list")
def list_records(
    holder_id: Annotated[str, typer.Argument(help="Id of the holder.")],
    *,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """List the papers, newest first, without names or text."""
    console = open_console(lang)
    with open_services(console.settings, with_worker=False) as services:
        found = citizen.wallet(services, _holder(holder_id)).records
    _show(
        console,
        [
            {
                "record_id": r.record_id,
                "type": r.doc_type,
                "level": r.assurance_level,
                "status": r.status.value,
                "code": r.code,
            }
            for r in found
        ],
        form=form,
    )


@group.command("holder")
def holder(
    code: Annotated[str, typer.Argument(help="Code of a copy, as printed on it.")],
    *,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Print the id of the holder in whose vault a copy lies."""
    console = open_console(lang)
    with open_services(console.settings, with_worker=False) as services, services.database.read() as tx:
        owner = holder_of_code(tx, parse_code(code))
    if owner is None:
        raise NotFound(f"no copy in a vault has the code {code}")
    _show(console, [{"holder_id": owner.holder_id, "record_id": owner.record_id}], form=form)


@group.command("history")
def history(
    holder_id: Annotated[str, typer.Argument(help="Id of the holder.")],
    *,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Print who looked, when, why and with what outcome, newest first."""
    console = open_console(lang)
    with open_services(console.settings, with_worker=False) as services:
        found = citizen.history(services, _holder(holder_id))
    _show(
        console,
        [
            {
                "at": entry.event.at.isoformat(),
                "action": entry.event.action.value,
                "actor": f"{entry.event.actor_kind.value}:{entry.event.actor_id}",
                "agency": entry.event.agency_code,
                "record_id": entry.event.record_id,
                "outcome": entry.event.outcome.value,
            }
            for entry in found
        ],
        form=form,
    )


def _holder(holder_id: str) -> Principal:
    return Principal(None, frozenset({Role.CITIZEN}), holder_id)


def _show(console: Console, rows: list[dict[str, Any]], *, form: Format) -> None:
    if form is Format.JSON:
        console.result_json(rows)
        return
    for row in rows:
        if form is Format.NDJSON:
            console.result_json(row)
        else:
            console.result("  ".join(str(value) for value in row.values()))
