"""`vidimus agency`: the offices that certify, and the decisions that let them seal by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.books import open_books, show_rows
from api.cli.console import Format, Language, open_console
from api.seal_pictures import SealPictures
from certify import Agency, add_agency, add_seal_policy, get_agency, list_agencies

group = typer.Typer(no_args_is_help=True)
_Code = Annotated[str, typer.Argument(help="Code of the agency.")]
_Lang = Annotated[Language | None, typer.Option(help="Language of messages.")]


@group.callback()
def offices() -> None:
    """The offices that certify."""


@group.command("add")
def add(
    code: _Code,
    *,
    name: Annotated[str, typer.Option(help="Name in Vietnamese, as it stands on papers.")],
    name_en: Annotated[str, typer.Option(help="Name in English.")],
    name_fr: Annotated[str, typer.Option(help="Name in French.")],
    level: Annotated[str, typer.Option(help="Level of administration, such as COMMUNE.")] = "COMMUNE",
    parent: Annotated[str | None, typer.Option(help="Code of the agency above.")] = None,
    book_suffix: Annotated[str, typer.Option(help="How the names of its register books end.")] = "SCTĐT/BS",
    valid_from: Annotated[str | None, typer.Option("--from", help="First day it acts; today when left out.")] = None,
    lang: _Lang = None,
) -> None:
    """Add an agency; its seal key comes with `vidimus key install`."""
    console = open_console(lang)
    with open_books(console) as books:
        start = books.moment(valid_from, field="from") if valid_from else books.clock.now()
        with books.database.transaction() as tx:
            if parent is not None:
                get_agency(tx, parent)
            add_agency(tx, Agency(code, name, name_en, name_fr, level, parent, None, book_suffix, start, None))
    console.tell("cli.agency.added", code=code)


@group.command("list")
def list_all(
    *,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: _Lang = None,
) -> None:
    """List the agencies."""
    console = open_console(lang)
    with open_books(console) as books, books.database.read() as tx:
        found = list_agencies(tx)
    rows = [
        {
            "code": agency.code,
            "name": agency.name_vi,
            "level": agency.level,
            "seal_key": agency.seal_key_id,
            "valid_from": agency.valid_from.isoformat(),
            "valid_to": agency.valid_to.isoformat() if agency.valid_to else None,
        }
        for agency in found
    ]
    show_rows(console, rows, form=form)


@group.command("picture")
def picture(
    code: _Code,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Picture of the seal (PNG, may be transparent).")],
    *,
    lang: _Lang = None,
) -> None:
    """Set the picture that the agency's seal shows on certified copies."""
    console = open_console(lang)
    with open_books(console) as books:
        with books.database.read() as tx:
            get_agency(tx, code)
        SealPictures(books.home.seals).keep(code, file.read_bytes())
    console.tell("cli.agency.picture_kept", code=code)


@group.command("seal-policy")
def seal_policy(
    code: _Code,
    *,
    decision: Annotated[str, typer.Option(help="Number of the decision that allows it.")],
    valid_from: Annotated[str, typer.Option("--from", help="First day or instant.")],
    valid_until: Annotated[str, typer.Option("--until", help="Day or instant at which it ends.")],
    lang: _Lang = None,
) -> None:
    """Let an agency seal automatically within a window, by a numbered decision."""
    console = open_console(lang)
    with open_books(console) as books, books.database.transaction() as tx:
        get_agency(tx, code)
        add_seal_policy(
            tx,
            policy_id=books.new_id(),
            agency_code=code,
            decision_number=decision,
            valid_from=books.moment(valid_from, field="from"),
            valid_until=books.moment(valid_until, field="until"),
        )
    console.tell("cli.agency.policy_added", code=code, decision=decision)
