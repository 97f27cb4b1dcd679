"""`vidimus db`: found a home, bring its database forward."""

from __future__ import annotations

from typing import Annotated

import typer

from api import migrations
from api.cli.console import Language, open_console
from api.clock import SystemClock
from api.founding import found_home
from api.home import DEFAULT_COUNTRY, open_home
from keys import Mode
from vault import open_database

group = typer.Typer(no_args_is_help=True)


@group.command("init")
def init(
    *,
    mode: Annotated[Mode, typer.Option(help="Written into the home for ever; there is no default.")],
    country: Annotated[
        str, typer.Option(help="Whose law holds here: a folder of certify/law. Written into the home for ever.")
    ] = DEFAULT_COUNTRY,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Found a home at VIDIMUS_HOME."""
    console = open_console(lang)
    settings = console.settings
    found_home(
        settings.home,
        mode=mode,
        at=SystemClock().now(),
        database_url=settings.database_url,
        authority_url=f"{settings.base_url}/authority",
        country=country,
    )
    console.tell("cli.db.founded", folder=settings.home, mode=mode.value)


@group.command("upgrade")
def upgrade(*, lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None) -> None:
    """Bring the database to the tables of this version."""
    console = open_console(lang)
    open_home(console.settings.home)
    database = open_database(console.settings.database_url)
    try:
        console.tell("cli.db.upgraded", revision=migrations.upgrade(database))
    finally:
        database.close()
