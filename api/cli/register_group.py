"""`vidimus register`: the books of an agency, in eight columns, here or at a server."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.book_desk import find_book, open_book_desk, sign_shown
from api.cli.books import show_rows
from api.cli.console import Format, Lang, Language, open_console
from api.cli.office_desk import open_office
from api.cli.outputs import new_file
from api.cli.pins import ask_pin
from api.cli.place import Place, anywhere
from api.cli.target import open_desk


class BookForm(StrEnum):
    """The form of a whole book."""

    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"
    JSON = "json"


class BookColumns(StrEnum):
    """The columns of a table: the eight of the law, or all that is kept."""

    EIGHT = "eight"
    ALL = "all"


group = typer.Typer(no_args_is_help=True)
_Agency = Annotated[str, typer.Argument(help="Code of the agency.")]
_Book = Annotated[str | None, typer.Option("--book", help="The book, by id or as it is printed; else the open one.")]
_Officer = Annotated[
    str | None,
    typer.Option("--as", metavar="OFFICER", help="Login name of the officer who signs; not with --server."),
]
_Out = Annotated[Path | None, typer.Option("--out", help="Where the signed closing document is written, too.")]
_PinFd = Annotated[int | None, typer.Option(help="Read the PIN from this open file descriptor.")]
_PinFile = Annotated[Path | None, typer.Option(help="Read the PIN from this file.")]


@group.callback()
def books() -> None:
    """The register of certifications."""


@group.command("open")
@anywhere
def open_new(
    agency: Annotated[
        str | None, typer.Argument(metavar="[AGENCY]", help="Code of the agency; with --server the own one.")
    ] = None,
    *,
    volume: Annotated[int, typer.Option(min=1, help="Volume within the year.")] = 1,
    place: Place,
    lang: Lang = None,
) -> None:
    """Open the register book of this year."""
    console = open_console(lang)
    with open_office(console, place) as office:
        console.result(office.open_book(agency, volume=volume))


@group.command("books")
@anywhere
def list_books(
    agency: _Agency,
    *,
    place: Place,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Lang = None,
) -> None:
    """List the books of an agency and of those it follows, with their sums."""
    console = open_console(lang)
    with open_book_desk(console, place, agency=agency) as desk:
        rows = desk.books(agency)
    if form is Format.TEXT:
        rows = [_in_text(row) for row in rows]
    show_rows(console, rows, form=form)


@group.command("export")
@anywhere
def export(
    agency: _Agency,
    target: Annotated[Path, typer.Argument(help="File to write; one that is there stays.")],
    *,
    book: _Book = None,
    form: Annotated[BookForm, typer.Option("--as", help="csv, xlsx, json, or pdf: a PDF/A that the agency sealed.")],
    columns: Annotated[
        BookColumns, typer.Option(help="The eight of the law, or all that is kept (not as pdf).")
    ] = BookColumns.EIGHT,
    place: Place,
    lang: Lang = None,
) -> None:
    """Write a whole book: in its eight columns with its sums, or all that is kept of each number."""
    console = open_console(lang)
    with open_book_desk(console, place, agency=agency) as desk:
        book_id = find_book(desk, agency, book)["book_id"]
        with new_file(target) as file:
            file.write(desk.export(book_id, form=form.value, columns=columns.value))
    console.result(str(target))


@group.command("close")
@anywhere
def close_open(
    agency: _Agency,
    *,
    officer: _Officer = None,
    out: _Out = None,
    pin_fd: _PinFd = None,
    pin_file: _PinFile = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """Close the open book for ever, and sign its closing document; a book with a reserved number does not close."""
    console = open_console(lang)
    with open_book_desk(console, place, agency=agency, officer=officer, acts=True) as desk:
        seen = find_book(desk, agency, None)
        console.tell("cli.register.closing", book=seen["display"], last=seen["last_number"])
        pin = ask_pin(pin_fd, pin_file)
        desk.close(seen["book_id"], last_number=seen["last_number"])
        _keep(sign_shown(desk, seen["book_id"], pin=pin), out)
    console.result(seen["display"])


@group.command("sign-closing")
@anywhere
def sign_closed(
    agency: _Agency,
    *,
    officer: _Officer = None,
    book: _Book,
    out: _Out = None,
    pin_fd: _PinFd = None,
    pin_file: _PinFile = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """Sign the closing document of a book that was closed without one: the agency ended, or the command was cut short."""
    console = open_console(lang)
    with open_book_desk(console, place, agency=agency, officer=officer, acts=True) as desk:
        seen = find_book(desk, agency, book)
        _keep(sign_shown(desk, seen["book_id"], pin=ask_pin(pin_fd, pin_file)), out)
    console.result(seen["display"])


def _keep(signed: bytes, out: Path | None) -> None:
    if out is not None:
        with new_file(out) as file:
            file.write(signed)


def _in_text(row: dict[str, Any]) -> dict[str, Any]:
    sums = row["totals"]
    kept = ("book_id", "display", "status")
    return {name: row[name] for name in kept} | {name: sums[name] for name in sums}


@group.command("list")
@anywhere
def list_rows(
    agency: Annotated[
        str | None, typer.Argument(metavar="[AGENCY]", help="Code of the agency; not with --server.")
    ] = None,
    *,
    place: Place,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Print the lines of the open book."""
    console = open_console(lang)
    with open_desk(console, place) as desk:
        book, rows = desk.register(agency)
    if form is Format.JSON:
        console.result_json({"book": book, "rows": rows})
        return
    for row in rows:
        if form is Format.NDJSON:
            console.result_json(row)
        else:
            console.result("\t".join(str(value) for value in row.values()))
