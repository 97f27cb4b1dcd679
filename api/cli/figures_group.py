"""`vidimus figures`: what the office did in a time, what lies behind each number, pictures, and data to publish."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.books import show_rows
from api.cli.console import Form, Format, Lang, open_console
from api.cli.overseer_desk import Wanted, open_overseer
from api.cli.place import Place, anywhere

group = typer.Typer(no_args_is_help=True)
_Agency = Annotated[str, typer.Argument(metavar="AGENCY", help="Code of the agency.")]
_From = Annotated[str | None, typer.Option("--from", help="First day; the first of the month when left out.")]
_Until = Annotated[str | None, typer.Option(help="Last day; today when left out.")]
_Below = Annotated[bool, typer.Option("--below", help="With all agencies below it.")]


@group.callback()
def figures() -> None:
    """What the office did, in figures."""


@group.command("show")
@anywhere
def show(
    agency: _Agency,
    *,
    first: _From = None,
    until: _Until = None,
    below: _Below = False,
    csv: Annotated[Path | None, typer.Option(help="Write a table here instead.")] = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Give every figure of a time; an empty value is not known, which is not 0."""
    console = open_console(lang)
    wanted = Wanted(agency, first, until, below)
    with open_overseer(console, place) as desk:
        if csv is not None:
            csv.write_bytes(desk.figures_csv(wanted))
            return
        told = desk.figures(wanted)
    if form is Format.TEXT:
        told = [
            {"figure": figure["key"], "group": group, "value": value, "unit": figure["unit"]}
            for figure in told
            for group, value in (
                ("", figure["value"]),
                *((cell["group"], cell["value"]) for cell in figure["cells"]),
            )
        ]
    show_rows(console, told, form=form)


@group.command("events")
@anywhere
def events(
    agency: _Agency,
    key: Annotated[str, typer.Argument(metavar="FIGURE", help="Key of the figure.")],
    *,
    group_name: Annotated[str | None, typer.Option("--group", help="One group of it.")] = None,
    first: _From = None,
    until: _Until = None,
    below: _Below = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="List at most so many.")] = 1000,
    place: Place,
    lang: Lang = None,
) -> None:
    """List the ids of the events that a figure was counted from."""
    console = open_console(lang)
    with open_overseer(console, place) as desk:
        for event_id in desk.events(Wanted(agency, first, until, below), key, group=group_name, limit=limit):
            console.result(event_id)


@group.command("pictures")
@anywhere
def pictures(
    agency: _Agency,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the pictures (SVG).")],
    *,
    first: _From = None,
    until: _Until = None,
    below: _Below = False,
    place: Place,
    lang: Lang = None,
) -> None:
    """Draw every figure that has groups."""
    console = open_console(lang)
    with open_overseer(console, place) as desk:
        drawn = desk.pictures(Wanted(agency, first, until, below))
    _write(folder, {f"{key}.svg": picture.encode() for key, picture in drawn.items()})
    console.tell("cli.figures.written", count=len(drawn), folder=folder)


@group.command("scorecard")
@anywhere
def scorecard(
    agency: _Agency,
    *,
    first: _From = None,
    until: _Until = None,
    below: _Below = False,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Give the national scorecard with the shares that are known here."""
    console = open_console(lang)
    with open_overseer(console, place) as desk:
        score = desk.scorecard(Wanted(agency, first, until, below))
    rows: list[dict[str, Any]] = score["lines"]
    show_rows(console, rows, form=form)
    known, unknown = score["known_points"], score["unknown_points"]
    console.tell("cli.figures.score", decision=score["decision"], known=f"{known:g}", unknown=unknown)


@group.command("open-data")
@anywhere
def publish(
    agency: _Agency,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the files.")],
    *,
    base_url: Annotated[str, typer.Option(help="Address under which the files will be found.")],
    first: _From = None,
    until: _Until = None,
    below: _Below = False,
    place: Place,
    lang: Lang = None,
) -> None:
    """Write what may be published (nothing that rests on fewer than five people), with its description (DCAT)."""
    console = open_console(lang)
    with open_overseer(console, place) as desk:
        files = desk.open_data(Wanted(agency, first, until, below), base_url=base_url.rstrip("/"))
    _write(folder, files)
    console.tell("cli.figures.written", count=len(files), folder=folder)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files by name; a name is a word and never a path, whoever gave it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / Path(name).name).write_bytes(content)
