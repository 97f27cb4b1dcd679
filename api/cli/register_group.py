"""`vidimus register`: the open book of an agency, in its eight columns."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from api.access import Principal, Role
from api.acts import staff
from api.cli.books import open_books
from api.cli.console import Format, Language, open_console
from api.services import open_services
from certify import close_book, open_book, the_open_book

group = typer.Typer(no_args_is_help=True)


@group.callback()
def books() -> None:
    """The register of certifications."""


@group.command("open")
def open_new(
    agency: Annotated[str, typer.Argument(help="Code of the agency.")],
    *,
    volume: Annotated[int, typer.Option(min=1, help="Volume within the year.")] = 1,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Open the register book of this year."""
    console = open_console(lang)
    with open_books(console) as books, books.database.transaction() as tx:
        book = open_book(
            tx,
            agency_code=agency,
            law=books.law,
            at=books.clock.now(),
            random_bytes=books.random_bytes,
            volume=volume,
        )
    console.result(book.display)


@group.command("close")
def close_open(
    agency: Annotated[str, typer.Argument(help="Code of the agency.")],
    *,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Close the open book for ever; it must hold no reserved number."""
    console = open_console(lang)
    with open_books(console) as books, books.database.transaction() as tx:
        at = books.clock.now()
        book = close_book(tx, the_open_book(tx, agency_code=agency, law=books.law, at=at).book_id, at=at)
    console.result(book.display)


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
