"""`vidimus delegation`: who may certify, in which capacity, by which decision, from when until when."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.books import show_rows
from api.cli.console import Format, Lang, open_console
from api.cli.office_desk import open_office
from api.cli.place import Place, anywhere
from certify import CERTIFY_COPIES, Capacity

group = typer.Typer(no_args_is_help=True)
_Login = Annotated[
    str,
    typer.Argument(
        metavar="LOGIN", help="Login name of the officer; with --server their staff id (`vidimus user list`)."
    ),
]


@group.callback()
def decisions() -> None:
    """Delegations: who may certify, and by which decision."""


@group.command("add")
@anywhere
def add(
    officer: _Login,
    *,
    capacity: Annotated[Capacity, typer.Option(help="In whose name the officer signs.")],
    on_behalf_of: Annotated[str, typer.Option(help="Whose office it is, for example the chairman's.")],
    decision: Annotated[str, typer.Option(help="Number of the decision.")],
    valid_from: Annotated[str, typer.Option("--from", help="First day or instant.")],
    valid_until: Annotated[str, typer.Option("--until", help="Day or instant at which it ends.")],
    scope: Annotated[str, typer.Option(help="What it covers.")] = CERTIFY_COPIES,
    place: Place,
    lang: Lang = None,
) -> None:
    """Enter a delegation; it is never changed afterwards, only ended."""
    console = open_console(lang)
    asked = {
        "capacity": capacity.value,
        "on_behalf_of": on_behalf_of,
        "scope": scope,
        "decision_number": decision,
        "valid_from": valid_from,
        "valid_until": valid_until,
    }
    with open_office(console, place) as office:
        delegation_id = office.delegate(officer, asked)
    console.tell("cli.delegation.added", login=officer, decision=decision)
    console.result(delegation_id)


@group.command("list")
@anywhere
def list_all(
    officer: _Login,
    *,
    place: Place,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Lang = None,
) -> None:
    """List the delegations of an officer, newest first, with whether each covers this moment."""
    console = open_console(lang)
    with open_office(console, place) as office:
        show_rows(console, office.delegations(officer), form=form)


@group.command("end")
@anywhere
def end(
    delegation_id: Annotated[str, typer.Argument(help="Id of the delegation.")],
    *,
    place: Place,
    lang: Lang = None,
) -> None:
    """End a delegation now; a signature a moment later is refused."""
    console = open_console(lang)
    with open_office(console, place) as office:
        office.end_delegation(delegation_id)
    console.tell("cli.delegation.ended", delegation=delegation_id)
