"""`vidimus batch`: ready copies that wait, looked at one by one and approved together by one PIN; here or at a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.books import show_rows
from api.cli.console import Form, Format, Lang, open_console
from api.cli.counters import Stop, check_unseen, open_counter, says_yes, tell_checklist
from api.cli.exits import Exit, worst
from api.cli.outputs import new_file
from api.cli.pins import ask_pin
from api.cli.place import Place, anywhere
from api.errors import RequestInvalid

group = typer.Typer(no_args_is_help=True)
_Officer = Annotated[
    str | None, typer.Option("--as", metavar="OFFICER", help="Login name of the officer; not with --server.")
]


@group.callback()
def several() -> None:
    """Ready copies that wait for an approval."""


@group.command("list")
@anywhere
def list_waiting(*, officer: _Officer = None, place: Place, form: Form = Format.TEXT, lang: Lang = None) -> None:
    """List the copies that wait, with the digest that an approval names."""
    console = open_console(lang)
    with open_counter(console, place, officer) as counter:
        show_rows(console, counter.waiting(), form=form)


@group.command("show")
@anywhere
def show(
    item_id: Annotated[str, typer.Argument(metavar="ITEM", help="Id of the original.")],
    *,
    out: Annotated[Path, typer.Option(help="Where the file is written; a file that is there stays.")],
    officer: _Officer = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """Write exactly the bytes that are to be approved, to look at them."""
    console = open_console(lang)
    with open_counter(console, place, officer) as counter, new_file(out) as target:
        counter.write_ready(item_id, target)
    console.result(str(out))


@group.command("approve")
@anywhere
def approve(
    copies: Annotated[list[str], typer.Argument(metavar="ITEM=SHA256...", help="What was looked at, in this order.")],
    *,
    pin_fd: Annotated[int | None, typer.Option(help="Read the PIN from this open file descriptor.")] = None,
    pin_file: Annotated[Path | None, typer.Option(help="Read the PIN from this file.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Approve without asking: demo and training only.")] = False,
    officer: _Officer = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Approve several copies by their digests with one PIN, and wait for each; one that is refused stops none."""
    console = open_console(lang)
    if yes:
        check_unseen(console, place)
    lines = [_line(one) for one in copies]
    with open_counter(console, place, officer) as counter:
        tell_checklist(console, counter.checklist(lines[0][0]))
        if not yes and not says_yes(console):
            raise typer.Exit(Exit.SIGNING_REFUSED)
        answers = counter.approve_all(lines, ask_pin(pin_fd, pin_file))
        stops = [(item_id, answer if isinstance(answer, Stop) else answer()) for item_id, answer in answers]
        rows = [counter.standing(item_id) | {"error": stop.code if stop else None} for item_id, stop in stops]
    show_rows(console, rows, form=form)
    raise typer.Exit(worst(stop.exit_code if stop else Exit.OK for _item_id, stop in stops))


@group.command("status")
@anywhere
def status(
    item_ids: Annotated[list[str], typer.Argument(metavar="ITEM...", help="Ids of originals.")],
    *,
    officer: _Officer = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Say where originals stand."""
    console = open_console(lang)
    with open_counter(console, place, officer) as counter:
        show_rows(console, [counter.standing(item_id) for item_id in item_ids], form=form)


def _line(text: str) -> tuple[str, str]:
    item_id, is_pair, digest = text.partition("=")
    if not is_pair:
        raise RequestInvalid(f"{text!r} is no ITEM=SHA256", field="copies")
    return item_id, digest
