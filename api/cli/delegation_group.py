"""`vidimus delegation`: who may certify, in which capacity, by which decision, from when until when."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.books import open_books, show_rows, staff_id_of
from api.cli.console import Format, Language, open_console
from certify import (
    CERTIFY_COPIES,
    Capacity,
    Delegation,
    add_delegation,
    end_delegation,
    get_delegation,
    list_delegations,
)

group = typer.Typer(no_args_is_help=True)
_Login = Annotated[str, typer.Argument(help="Login name of the officer.")]
_Lang = Annotated[Language | None, typer.Option(help="Language of messages.")]


@group.callback()
def decisions() -> None:
    """Delegations: who may certify, and by which decision."""


@group.command("add")
def add(
    login: _Login,
    *,
    capacity: Annotated[Capacity, typer.Option(help="In whose name the officer signs.")],
    on_behalf_of: Annotated[str, typer.Option(help="Whose office it is, for example the chairman's.")],
    decision: Annotated[str, typer.Option(help="Number of the decision.")],
    valid_from: Annotated[str, typer.Option("--from", help="First day or instant.")],
    valid_until: Annotated[str, typer.Option("--until", help="Day or instant at which it ends.")],
    scope: Annotated[str, typer.Option(help="What it covers.")] = CERTIFY_COPIES,
    lang: _Lang = None,
) -> None:
    """Enter a delegation; it is never changed afterwards, only ended."""
    console = open_console(lang)
    with open_books(console) as books, books.database.transaction() as tx:
        delegation = add_delegation(
            tx,
            Delegation(
                books.new_id(),
                staff_id_of(tx, login),
                capacity,
                on_behalf_of,
                scope,
                decision,
                books.moment(valid_from, field="from"),
                books.moment(valid_until, field="until"),
            ),
        )
    console.tell("cli.delegation.added", login=login, decision=decision)
    console.result(delegation.delegation_id)


@group.command("list")
def list_all(
    login: _Login,
    *,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: _Lang = None,
) -> None:
    """List the delegations of an officer, newest first, with whether each covers this moment."""
    console = open_console(lang)
    with open_books(console) as books, books.database.read() as tx:
        found, now = list_delegations(tx, staff_id_of(tx, login)), books.clock.now()
    rows = [
        {
            "delegation_id": delegation.delegation_id,
            "capacity": delegation.capacity.value,
            "on_behalf_of": delegation.on_behalf_of,
            "scope": delegation.scope,
            "decision": delegation.decision_number,
            "valid_from": delegation.valid_from.isoformat(),
            "valid_until": delegation.valid_until.isoformat(),
            "ended_at": delegation.ended_at.isoformat() if delegation.ended_at else None,
            "holds_now": delegation.covers(scope=delegation.scope, at=now),
        }
        for delegation in found
    ]
    show_rows(console, rows, form=form)


@group.command("end")
def end(
    delegation_id: Annotated[str, typer.Argument(help="Id of the delegation.")],
    *,
    lang: _Lang = None,
) -> None:
    """End a delegation now; a signature a moment later is refused."""
    console = open_console(lang)
    with open_books(console) as books, books.database.transaction() as tx:
        get_delegation(tx, delegation_id)
        end_delegation(tx, delegation_id, at=books.clock.now())
    console.tell("cli.delegation.ended", delegation=delegation_id)
