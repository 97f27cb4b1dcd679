"""`vidimus register`: the open book of an agency, in its eight columns."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from api.access import Principal, Role
from api.acts import staff
from api.cli.console import Format, Language, open_console
from api.services import open_services

group = typer.Typer(no_args_is_help=True)


@group.callback()
def books() -> None:
    """The register of certifications."""


@group.command("list")
def list_rows(
    agency: Annotated[str, typer.Argument(help="Code of the agency.")],
    *,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Print the lines of the open book."""
    console = open_console(lang)
    reader = Principal(None, frozenset({Role.AUDITOR}), "command-line", agency)
    with open_services(console.settings, with_worker=False) as services:
        page = staff.register(services, reader)
    if form is Format.JSON:
        console.result_json({"book": page.display, "rows": [asdict(row) for row in page.rows]})
        return
    for row in page.rows:
        if form is Format.NDJSON:
            console.result_json(asdict(row))
        else:
            console.result("\t".join(str(value) for value in asdict(row).values()))
