"""`vidimus result`: what an issuing system gives into vaults; only at a server, where the system's token says whose it is."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from api.cli.books import show_rows
from api.cli.console import Console, Form, Format, Lang, open_console
from api.cli.place import Place, anywhere
from api.cli.target import Row, open_there
from api.client import Vidimus, new_key
from api.client.wire import Upload

group = typer.Typer(no_args_is_help=True)
_PDF: Final = "application/pdf"
_SHOWN: Final = ("result_id", "reference", "doc_type", "state", "record_status", "version", "record_id")


class Kind(StrEnum):
    """How the paper came about."""

    BORN_DIGITAL = "BORN_DIGITAL"
    EXTRACT_FROM_REGISTER = "EXTRACT_FROM_REGISTER"


class HolderKind(StrEnum):
    """Whom the paper is for."""

    PERSON = "PERSON"
    ORGANISATION = "ORGANISATION"


_File = Annotated[Path, typer.Argument(metavar="FILE", help="The result: a PDF that the agency signed.")]
_Result = Annotated[str, typer.Argument(metavar="RESULT", help="Id of the result.")]
_Kind = Annotated[Kind, typer.Option("--kind", help="How the paper came about.")]
_Number = Annotated[str | None, typer.Option("--number", help="The paper's own number; it is kept encrypted.")]
_Issued = Annotated[str | None, typer.Option("--issued-on", metavar="DAY", help="When it was issued: 2026-11-22.")]
_From = Annotated[str | None, typer.Option("--valid-from", metavar="DAY", help="The first day on which it is valid.")]
_Until = Annotated[str | None, typer.Option("--valid-until", metavar="DAY", help="The last day on which it is valid.")]
_Kept = Annotated[
    bool, typer.Option("--kept-by-law", help="A law keeps it: its holder cannot erase it.", show_default=False)
]


@group.callback()
def results() -> None:
    """Results of an issuing system; a token with the scope results:write says of which agency (--server)."""


@group.command("add")
@anywhere
def add(
    file: _File,
    *,
    reference: Annotated[str, typer.Option(help="The issuing system's own id of the result.")],
    doc_type: Annotated[str, typer.Option("--type", metavar="TYPE", help="Type of the paper, VN.BIRTH_CERT.")],
    holder: Annotated[str, typer.Option("--holder", metavar="NUMBER", help="Number of whom it is for.")],
    name: Annotated[str, typer.Option("--name", help="Name of whom it is for.")],
    birth_date: Annotated[
        str | None, typer.Option("--birth-date", metavar="DAY", help="When whom it is for was born.")
    ] = None,
    holder_kind: Annotated[HolderKind, typer.Option("--holder-kind", help="Whom it is for.")] = HolderKind.PERSON,
    kind: _Kind = Kind.BORN_DIGITAL,
    number: _Number = None,
    issued_on: _Issued = None,
    valid_from: _From = None,
    valid_until: _Until = None,
    kept_by_law: _Kept = False,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Put a result into the vault of whom it is for (A); the same file under the same reference changes nothing."""
    whose = {
        "reference": reference,
        "doc_type": doc_type,
        "holder_number": holder,
        "holder_name": name,
        "holder_birth_date": birth_date,
        "holder_kind": holder_kind.value,
    }
    paper = _paper(kind, number, issued_on, valid_from, valid_until, kept_by_law=kept_by_law)
    console = open_console(lang)
    with open_there(console, place) as client:
        _show(console, [_sent(client, "/v1/results", whose | paper, file)], form=form)


@group.command("replace")
@anywhere
def replace(
    result_id: _Result,
    file: _File,
    *,
    kind: _Kind = Kind.BORN_DIGITAL,
    number: _Number = None,
    issued_on: _Issued = None,
    valid_from: _From = None,
    valid_until: _Until = None,
    kept_by_law: _Kept = False,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Put a newer paper in the place of a result (U): the one before is superseded, and its holder is told."""
    paper = _paper(kind, number, issued_on, valid_from, valid_until, kept_by_law=kept_by_law)
    console = open_console(lang)
    with open_there(console, place) as client:
        seen = client.look(f"/v1/results/{result_id}").etag
        _show(console, [_sent(client, f"/v1/results/{result_id}/versions", paper, file, seen=seen)], form=form)


@group.command("annul")
@anywhere
def annul(
    result_id: _Result,
    *,
    decision: Annotated[str, typer.Option(metavar="NUMBER", help="Number of the decision.")],
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Annul a result by a decision (D): its paper says so for ever; its holder and who fetched it are told."""
    console = open_console(lang)
    with open_there(console, place) as client:
        seen = client.look(f"/v1/results/{result_id}").etag
        asked = {"decision_number": decision}
        told = client.ask("POST", f"/v1/results/{result_id}/annulment", json=asked, if_match=seen)
        _show(console, [told], form=form)


@group.command("list")
@anywhere
def list_results(*, place: Place, form: Form = Format.TEXT, lang: Lang = None) -> None:
    """List what the agency's systems gave, newest first."""
    console = open_console(lang)
    with open_there(console, place) as client:
        _show(console, list(client.every("/v1/results")), form=form)


@group.command("show")
@anywhere
def show(result_id: _Result, *, place: Place, form: Form = Format.TEXT, lang: Lang = None) -> None:
    """Show one result with the paper that stands for it now."""
    console = open_console(lang)
    with open_there(console, place) as client:
        _show(console, [client.look(f"/v1/results/{result_id}").value], form=form)


def _paper(
    kind: Kind,
    number: str | None,
    issued_on: str | None,
    valid_from: str | None,
    valid_until: str | None,
    *,
    kept_by_law: bool,
) -> dict[str, str | None]:
    return {
        "elaboration": kind.value,
        "number": number,
        "issued_on": issued_on,
        "valid_from": valid_from,
        "valid_until": valid_until,
        "kept_by_law": "yes" if kept_by_law else "no",
    }


def _sent(client: Vidimus, path: str, fields: dict[str, str | None], file: Path, *, seen: str | None = None) -> Row:
    filled = {name: value for name, value in fields.items() if value is not None}
    # The name of a file may tell of a person, and nobody needs it there.
    upload = Upload("result.pdf", file, _PDF)
    told: Row = client.ask("POST", path, form=filled, files=[upload], if_match=seen, key=new_key())
    return told


def _show(console: Console, found: list[Row], *, form: Format) -> None:
    shown = [{key: one[key] for key in _SHOWN} for one in found]
    show_rows(console, shown if form is Format.TEXT else found, form=form)
