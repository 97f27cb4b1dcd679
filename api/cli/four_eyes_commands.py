"""`vidimus agency four-eyes …`: let nobody certify what they scanned themselves, by a numbered decision."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.books import show_rows
from api.cli.console import Format, Lang, open_console
from api.cli.office_desk import open_office
from api.cli.place import Place, anywhere

group = typer.Typer(no_args_is_help=True)
_Code = Annotated[str, typer.Argument(help="Code of the agency.")]


@group.callback()
def four_eyes() -> None:
    """Two people for a copy: whoever scanned an original does not certify it."""


@group.command("on")
@anywhere
def switch_on(
    code: _Code,
    *,
    decision: Annotated[str, typer.Option(help="Number of the decision that asks for it.")],
    doc_type: Annotated[str | None, typer.Option("--type", help="Type of paper; all when left out.")] = None,
    valid_from: Annotated[str | None, typer.Option("--from", help="First day or instant; now when left out.")] = None,
    valid_until: Annotated[str | None, typer.Option("--until", help="Day or instant at which it ends.")] = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """Ask for two people at an agency; prints the id of the decision."""
    console = open_console(lang)
    asked = {
        "decision_number": decision,
        "doc_type": doc_type,
        "valid_from": valid_from,
        "valid_until": valid_until,
    }
    with open_office(console, place) as office:
        console.result(office.ask_four_eyes(code, asked))
    console.tell("cli.four_eyes.on", code=code, decision=decision)


@group.command("off")
@anywhere
def switch_off(
    policy: Annotated[str, typer.Argument(metavar="DECISION_ID", help="Id of the decision.")],
    *,
    place: Place,
    lang: Lang = None,
) -> None:
    """End such a decision now; what was certified before stays as it was."""
    console = open_console(lang)
    with open_office(console, place) as office:
        code, decision = office.end_four_eyes(policy)
    console.tell("cli.four_eyes.off", code=code, decision=decision)


@group.command("list")
@anywhere
def show(
    code: _Code,
    *,
    place: Place,
    form: Annotated[Format, typer.Option("--format", help="How the result is printed.")] = Format.TEXT,
    lang: Lang = None,
) -> None:
    """List the decisions of an agency, newest first."""
    console = open_console(lang)
    with open_office(console, place) as office:
        show_rows(console, office.four_eyes(code), form=form)
