"""`vidimus provider`: the systems that give papers, with their health; here or at a server."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.books import show_rows
from api.cli.console import Console, Form, Format, Lang, open_console
from api.cli.either import open_either
from api.cli.exits import Exit
from api.cli.place import Place, anywhere
from api.cli.provider_desk import ProvidersThere, providers_here
from api.cli.target import Row

group = typer.Typer(no_args_is_help=True)
_Agency = Annotated[str | None, typer.Option("--agency", metavar="CODE", help="Code of the agency; not with --server.")]
_SHOWN = ("provider_id", "way", "agency_code", "health", "last_success_at", "last_failure_at", "last_problem")


@group.callback()
def providers() -> None:
    """Systems that give papers: those that bring results, and those that are asked."""


@group.command("list")
@anywhere
def list_providers(
    *,
    agency: _Agency = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """List every system that gives papers, with its health and when it last gave one."""
    console = open_console(lang)
    with open_either(console, place, here=providers_here, there=ProvidersThere) as desk:
        _show(console, desk.lines(agency), form=form)


@group.command("check")
@anywhere
def check_provider(
    provider_id: Annotated[str, typer.Argument(help="Id of a provider that is asked.")],
    *,
    agency: _Agency = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Ask a provider whether it is there; ends with 32 when it gives no usable answer."""
    console = open_console(lang)
    with open_either(console, place, here=providers_here, there=ProvidersThere) as desk:
        line = desk.check(agency, provider_id)
    _show(console, [line], form=form)
    if line["health"] != "WORKS":
        raise typer.Exit(Exit.SERVICE_UNREACHABLE)


def _show(console: Console, found: list[Row], *, form: Format) -> None:
    shown = [{key: one[key] for key in _SHOWN} for one in found]
    show_rows(console, shown if form is Format.TEXT else found, form=form)
