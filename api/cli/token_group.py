"""`vidimus user token`: tokens for programs of a person, made, listed and revoked."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.books import show_rows
from api.cli.console import Format, Lang, open_console
from api.cli.office_desk import open_office
from api.cli.place import Place, anywhere
from api.identity import Scope

group = typer.Typer(no_args_is_help=True)
_Login = Annotated[str, typer.Argument(metavar="LOGIN", help="Login name; with --server the own one.")]


@group.callback()
def tokens() -> None:
    """Tokens for programs of a person."""


@group.command("add")
@anywhere
def add(
    account: _Login,
    *,
    label: Annotated[str, typer.Option(help="What the token is for.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; give it several times for several scopes.")],
    days: Annotated[int, typer.Option(help="Days until it ends.")] = 30,
    place: Place,
    lang: Lang = None,
) -> None:
    """Make a token and print it; it is shown this once, and does never more than its owner may at that moment."""
    console = open_console(lang)
    asked = {"label": label, "scopes": [one.value for one in scope], "days": days}
    with open_office(console, place) as office:
        token_id, secret = office.make_token(account, asked)
    console.tell("cli.token.added", token=token_id, login=account)
    console.result(secret)


@group.command("list")
@anywhere
def list_all(
    account: _Login,
    *,
    place: Place,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Lang = None,
) -> None:
    """List the tokens of a person, the newest first; their secrets are not kept."""
    console = open_console(lang)
    with open_office(console, place) as office:
        show_rows(console, office.tokens(account), form=form)


@group.command("revoke")
@anywhere
def revoke(
    account: _Login,
    token_id: Annotated[str, typer.Argument(metavar="LOGIN", help="Id of the token.")],
    *,
    place: Place,
    lang: Lang = None,
) -> None:
    """Revoke a token; its next use is refused."""
    console = open_console(lang)
    with open_office(console, place) as office:
        office.revoke_token(account, token_id)
    console.tell("cli.token.revoked", token=token_id)
