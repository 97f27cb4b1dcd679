"""`vidimus agency`: the offices that certify, and the decisions that let them seal by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.books import open_books, show_rows
from api.cli.console import Format, Lang, open_console
from api.cli.four_eyes_commands import group as four_eyes_group
from api.cli.office_desk import open_office
from api.cli.outputs import new_file
from api.cli.place import Place, anywhere
from api.seal_pictures import SealPictures
from certify import get_agency

group = typer.Typer(no_args_is_help=True)
group.add_typer(four_eyes_group, name="four-eyes", help="Two people for a copy, by a decision.")
_Code = Annotated[str, typer.Argument(help="Code of the agency.")]


@group.callback()
def offices() -> None:
    """The offices that certify."""


@group.command("add")
@anywhere
def add(
    code: _Code,
    *,
    name: Annotated[str, typer.Option(help="Name in Vietnamese; it stands on papers unless --name-local does.")],
    name_en: Annotated[str, typer.Option(help="Name in English.")],
    name_fr: Annotated[str, typer.Option(help="Name in French.")],
    name_local: Annotated[
        str | None, typer.Option(help="Name as it stands on papers, where that is in none of these languages.")
    ] = None,
    level: Annotated[str, typer.Option(help="Level of administration, such as COMMUNE.")] = "COMMUNE",
    parent: Annotated[str | None, typer.Option(help="Code of the agency above.")] = None,
    book_suffix: Annotated[str, typer.Option(help="How the names of its register books end.")] = "SCTĐT/BS",
    valid_from: Annotated[str | None, typer.Option("--from", help="First day it acts; today when left out.")] = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """Add an agency, with --server one below one's own; its seal key comes with `vidimus key install`."""
    console = open_console(lang)
    asked = {
        "code": code,
        "name": {"vi": name, "en": name_en, "fr": name_fr},
        "name_local": name_local,
        "level": level,
        "parent_code": parent,
        "book_suffix": book_suffix,
        "valid_from": valid_from,
    }
    with open_office(console, place) as office:
        office.found_agency(asked)
    console.tell("cli.agency.added", code=code)


@group.command("archive")
def archive(
    code: _Code,
    *,
    out: Annotated[Path, typer.Option(help="Where the package is written; a file that is there stays.")],
    lang: Lang = None,
) -> None:
    """Write every paper and register line of an agency as one BagIt package (ZIP), for the archive after it."""
    # What opens a whole office is loaded for this command only.
    from api.acts.archiving import write_agency_package  # noqa: PLC0415

    # As above.
    from api.services import open_services  # noqa: PLC0415

    console = open_console(lang)
    with open_services(console.settings, with_worker=False) as services, new_file(out) as target:
        write_agency_package(services, code, target)
    console.result(str(out))


@group.command("list")
@anywhere
def list_all(
    *,
    place: Place,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Lang = None,
) -> None:
    """List the agencies."""
    console = open_console(lang)
    with open_office(console, place) as office:
        show_rows(console, office.agencies(), form=form)


@group.command("abolish")
@anywhere
def abolish_one(
    code: _Code,
    *,
    successor: Annotated[
        list[str], typer.Option("--by", help="Code of an agency that follows; the first takes the open cases.")
    ],
    decision: Annotated[str, typer.Option(help="Number of the decision.")],
    since: Annotated[str | None, typer.Option("--on", help="First day without it; today when left out.")] = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """End an agency and name its successors: they see what it left, and its open cases go on."""
    console = open_console(lang)
    with open_office(console, place) as office:
        moved = office.abolish_agency(code, {"successors": successor, "decision_number": decision, "since": since})
    console.tell("cli.agency.abolished", code=code, successor=successor[0], count=moved)


@group.command("picture")
def picture(
    code: _Code,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Picture of the seal (PNG, may be transparent).")],
    *,
    lang: Lang = None,
) -> None:
    """Set the picture that the agency's seal shows on certified copies."""
    console = open_console(lang)
    with open_books(console) as books:
        with books.database.read() as tx:
            get_agency(tx, code)
        SealPictures(books.home.seals).keep(code, file.read_bytes())
    console.tell("cli.agency.picture_kept", code=code)


@group.command("seal-policy")
@anywhere
def seal_policy(
    code: _Code,
    *,
    decision: Annotated[str, typer.Option(help="Number of the decision that allows it.")],
    valid_from: Annotated[str, typer.Option("--from", help="First day or instant.")],
    valid_until: Annotated[str, typer.Option("--until", help="Day or instant at which it ends.")],
    place: Place,
    lang: Lang = None,
) -> None:
    """Let an agency seal automatically within a window, by a numbered decision."""
    console = open_console(lang)
    asked = {"decision_number": decision, "valid_from": valid_from, "valid_until": valid_until}
    with open_office(console, place) as office:
        office.allow_sealing(code, asked)
    console.tell("cli.agency.policy_added", code=code, decision=decision)
