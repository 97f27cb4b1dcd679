"""`vidimus vault`: a holder's papers and who looked at them; here by holder id, elsewhere the token's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.books import show_rows
from api.cli.console import Form, Format, Lang, open_console
from api.cli.outputs import new_file
from api.cli.place import Place, anywhere
from api.cli.target import open_desk
from api.errors import NotFound
from api.services import open_services
from vault import holder_of_code, parse_code

group = typer.Typer(no_args_is_help=True)
Holder = Annotated[str | None, typer.Argument(metavar="[HOLDER_ID]", help="Id of the holder; not with --server.")]
AsHolder = Annotated[str | None, typer.Option("--holder", metavar="ID", help="Id of the holder; not with --server.")]


@group.callback()
def papers() -> None:
    """Papers in a holder's vault."""


@group.command("list")
@anywhere
def list_records(
    holder_id: Holder = None,
    *,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """List the papers, newest first, without names or text."""
    console = open_console(lang)
    with open_desk(console, place) as desk:
        found = desk.papers(holder_id)
    rows = [
        {
            "record_id": one["record_id"],
            "type": one["doc_type"],
            "level": one["assurance_level"],
            "status": one["status"],
            "code": (one["code"] or "").replace("-", "") or None,
        }
        for one in found
    ]
    show_rows(console, rows, form=form)


@group.command("fetch")
@anywhere
def fetch(
    record_id: Annotated[str, typer.Argument(help="Id of the paper.")],
    *,
    out: Annotated[Path, typer.Option(help="Where the signed file is written; a file that is there stays.")],
    holder_id: AsHolder = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """Write the newest signed file of a paper, byte for byte; the holder sees that it was fetched."""
    console = open_console(lang)
    with open_desk(console, place) as desk, new_file(out) as target:
        desk.write_paper(holder_id, record_id, target)
    console.result(str(out))


@group.command("holder")
def holder(
    code: Annotated[str, typer.Argument(help="Code of a copy, as printed on it.")],
    *,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Print the id of the holder in whose vault a copy lies."""
    console = open_console(lang)
    with open_services(console.settings, with_worker=False) as services, services.database.read() as tx:
        owner = holder_of_code(tx, parse_code(code))
    if owner is None:
        raise NotFound(f"no copy in a vault has the code {code}")
    show_rows(console, [{"holder_id": owner.holder_id, "record_id": owner.record_id}], form=form)


@group.command("history")
@anywhere
def history(
    holder_id: Holder = None,
    *,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Print who looked, when, why and with what outcome, newest first."""
    console = open_console(lang)
    with open_desk(console, place) as desk:
        found = desk.history(holder_id)
    rows = [
        {
            "at": one["at"],
            "action": one["action"],
            "actor": f"{one['actor_kind']}:{one['actor']}",
            "agency": one["agency_code"],
            "record_id": one["record_id"],
            "outcome": one["outcome"],
        }
        for one in found
    ]
    show_rows(console, rows, form=form)
