"""`vidimus procedure`, `vidimus dossier` and `vidimus case`: what is asked for, what was sent, what the counter has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.books import show_rows
from api.cli.console import Console, Form, Format, Lang, open_console
from api.cli.exits import Exit
from api.cli.outputs import new_file
from api.cli.place import Place, anywhere
from api.cli.target import Row, open_desk
from api.cli.vault_group import AsHolder, Holder
from api.errors import RequestInvalid
from dossiers import Answer

procedure_group = typer.Typer(no_args_is_help=True)
dossier_group = typer.Typer(no_args_is_help=True)
case_group = typer.Typer(no_args_is_help=True)
Agency = Annotated[str | None, typer.Argument(metavar="[AGENCY]", help="Code of the agency; not with --server.")]
AsAgency = Annotated[
    str | None, typer.Option("--agency", metavar="CODE", help="Code of the agency; not with --server.")
]


@procedure_group.callback()
def procedures() -> None:
    """What procedures ask for."""


@procedure_group.command("list")
@anywhere
def list_procedures(*, place: Place, form: Form = Format.TEXT, lang: Lang = None) -> None:
    """List the procedures in force today."""
    console = open_console(lang)
    with open_desk(console, place) as desk:
        found = desk.procedures()
    shown = [
        {
            "procedure_id": one["procedure_id"],
            "recipient": one["recipient_agency"],
            "title": one["title"][console.language],
        }
        for one in found
    ]
    show_rows(console, shown if form is Format.TEXT else found, form=form)


@procedure_group.command("match")
@anywhere
def match_procedure(
    procedure_id: Annotated[str, typer.Argument(help="Id of the procedure.")],
    *,
    holder_id: AsHolder = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Say what a holder's vault has for a procedure, with reasons; nothing is sent."""
    console = open_console(lang)
    with open_desk(console, place) as desk:
        show_rows(console, desk.match(holder_id, procedure_id)["outcomes"], form=form)


@procedure_group.command("import")
@anywhere
def import_procedures(
    file: Annotated[Path, typer.Argument(help="Procedures as JSON or CSV, by the ending of the name.")],
    *,
    keep: Annotated[
        bool, typer.Option("--keep", help="Take them in when nothing is wrong; else only the report.")
    ] = False,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Check a file of procedures: cycles, gaps, duplicates, unknown names; and take it in."""
    console = open_console(lang)
    with open_desk(console, place) as desk:
        told = desk.import_procedures(file.read_bytes(), is_csv=file.suffix.lower() == ".csv", keep=keep)
    show_rows(console, told["findings"] if form is Format.TEXT else [told], form=form)
    if not told["fit"]:
        raise typer.Exit(Exit.DAMAGED_INPUT)


@dossier_group.callback()
def dossiers() -> None:
    """Dossiers that holders filed, and that agencies received."""


@dossier_group.command("list")
@anywhere
def list_submissions(
    holder_id: Holder = None,
    *,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """List the dossiers of a holder, newest first."""
    console = open_console(lang)
    with open_desk(console, place) as desk:
        _show(console, desk.submissions(holder_id), form=form)


@dossier_group.command("received")
@anywhere
def list_received(
    agency: Agency = None,
    *,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """List the dossiers filed with an agency, newest first."""
    console = open_console(lang)
    with open_desk(console, place) as desk:
        _show(console, desk.received(agency), form=form)


@dossier_group.command("show")
@anywhere
def show_received(
    submission_id: Annotated[str, typer.Argument(help="Id of the dossier.")],
    *,
    agency: AsAgency = None,
    place: Place,
    form: Form = Format.JSON,
    lang: Lang = None,
) -> None:
    """Give a dossier filed with an agency, with its steps and its signed package."""
    console = open_console(lang)
    with open_desk(console, place) as desk:
        show_rows(console, [desk.received_one(agency, submission_id)], form=form)


@dossier_group.command("submit")
@anywhere
def submit(
    procedure_id: Annotated[str, typer.Argument(help="Id of the procedure.")],
    chosen: Annotated[
        list[str] | None, typer.Argument(metavar="REQUIREMENT=RECORD", help="Which paper for which requirement.")
    ] = None,
    *,
    consent: Annotated[
        bool, typer.Option("--consent", help="The holder agrees that the recipient fetches these papers.")
    ] = False,
    bring: Annotated[list[str] | None, typer.Option(help="A requirement whose paper is brought in person.")] = None,
    holder_id: AsHolder = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """File a dossier with a holder's consent; at a server only by --login, for no token files."""
    console = open_console(lang)
    asked: Row = {
        "procedure_id": procedure_id,
        "chosen": dict(_pair(one) for one in chosen or ()),
        "brought_in_person": list(bring or ()),
        "consent": consent,
    }
    with open_desk(console, place) as desk:
        _show(console, [desk.submit(holder_id, asked)], form=form)


@dossier_group.command("fetch")
@anywhere
def fetch_item(
    submission_id: Annotated[str, typer.Argument(help="Id of the dossier.")],
    requirement_id: Annotated[str, typer.Argument(help="Id of the requirement.")],
    *,
    out: Annotated[Path, typer.Option(help="Where the signed file is written; a file that is there stays.")],
    agency: AsAgency = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """Fetch one paper of a received dossier by its reference, byte for byte; the holder sees each fetch."""
    console = open_console(lang)
    with open_desk(console, place) as desk, new_file(out) as target:
        desk.write_item(agency, submission_id, requirement_id, target)
    console.result(str(out))


@dossier_group.command("answer")
@anywhere
def answer_item(
    submission_id: Annotated[str, typer.Argument(help="Id of the dossier.")],
    requirement_id: Annotated[str, typer.Argument(help="Id of the requirement.")],
    decision: Annotated[Answer, typer.Argument(help="What the agency decided.")],
    *,
    reason: Annotated[str, typer.Option(help="Why it is rejected.")] = "",
    agency: AsAgency = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Accept or reject one item of a received dossier, once."""
    console = open_console(lang)
    with open_desk(console, place) as desk:
        answered = desk.answer_item(agency, submission_id, requirement_id, {"answer": decision.value, "reason": reason})
    _show(console, [answered], form=form)


@case_group.callback()
def cases() -> None:
    """The originals on their way to a copy."""


@case_group.command("list")
@anywhere
def list_originals(
    agency: Agency = None,
    *,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """List the originals of an agency with the step each has reached, oldest first."""
    console = open_console(lang)
    with open_desk(console, place) as desk:
        found = desk.originals(agency)
    shown = [{key: one[key] for key in ("item_id", "case_id", "state", "doc_type", "register_number")} for one in found]
    show_rows(console, shown if form is Format.TEXT else found, form=form)


def _pair(text: str) -> tuple[str, str]:
    requirement_id, is_pair, record_id = text.partition("=")
    if not is_pair:
        raise RequestInvalid(f"{text!r} is no REQUIREMENT=RECORD", field="chosen")
    return requirement_id, record_id


def _show(console: Console, found: list[Row], *, form: Format) -> None:
    shown = [{key: one[key] for key in ("submission_id", "procedure_id", "recipient_agency", "step")} for one in found]
    show_rows(console, shown if form is Format.TEXT else found, form=form)
