"""`vidimus demo`: tell the story in a home of its own, then open the three doors on this machine."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from api.cli.console import Console, Language, open_console
from api.cli.exits import Exit
from api.cli.server import run_server
from api.clock import SystemClock
from api.demo import StoryOptions, Summary, run_story
from api.demo.office import DEMO_PASSWORD, OFFICER_LOGIN, OFFICER_PIN, RECIPIENT_LOGIN
from api.demo.walk import Walk, run_walk
from api.errors import HomeMissing
from api.founding import found_home
from api.home import open_home, remove_demo_home
from api.identity import create_login_link, find_account
from api.services import Services, open_services
from api.settings import Settings, settings_for_home
from keys import Mode

_DEMO_HOME: Final = Path("var/demo")
_LINK_LIFETIME: Final = timedelta(hours=8)
_ROWS: Final = ("data", "keys", "simulated", "production", "unknown")


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="Stop after the summary.")] = False,
    story: Annotated[
        bool, typer.Option("--story", help="Walk five minutes through six scenes, for whoever decides; then stop.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object on stdout.")] = False,
    clean: Annotated[
        bool, typer.Option("--clean", help="Remove the home of the demonstration, and only that.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    home: Annotated[Path, typer.Option(help="Where the demonstration lives.")] = _DEMO_HOME,
    port: Annotated[int | None, typer.Option(help="Port of the doors.")] = None,
    lang: Annotated[Language | None, typer.Option(help="Language of messages.")] = None,
) -> None:
    """Certify specimen scans, reuse one, verify them all, catch forgeries, then open three doors."""
    console = open_console(lang)
    folder = home.resolve()
    if clean:
        _clean(console, folder)
        return
    settings = settings_for_home(console.settings, folder, port=port)
    console.tell("demo.title")
    console.tell("demo.home", folder=folder)
    _open_or_found(settings)
    if story:
        _walk(console, settings, as_json=as_json, asks=not (yes or as_json))
        return
    with open_services(settings) as services:
        options = StoryOptions(folder=folder / "demo", tell=console.tell, workers=settings.ocr_processes)
        # The turning sign shows between two lines that the work goes on.
        with console.err.status(""):
            summary = run_story(services, options)
        console.tell("demo.done", seconds=summary.seconds)
        _print_table(console, folder, summary)
        if as_json:
            console.result_json(_printed(summary))
        if not once:
            _open_doors(console, services, options.folder)


def _walk(console: Console, settings: Settings, *, as_json: bool, asks: bool) -> None:
    """Walk scene by scene; at a terminal Enter leads to the next one."""
    options = StoryOptions(folder=settings.home / "demo", tell=console.tell, workers=settings.ocr_processes)

    def pause() -> None:
        if asks and sys.stdin.isatty():
            console.tell("walk.go_on")
            sys.stdin.readline()

    shown = run_walk(Walk(settings, options, pause))
    console.tell("walk.done", seconds=shown["seconds"], folder=options.folder / "walk")
    if as_json:
        console.result_json(shown)


def _printed(summary: Summary) -> dict[str, Any]:
    """The object of `--json`: exactly the fields that were promised, whatever the home keeps beside them."""
    return {
        "certified": [
            {
                "path": copy.path,
                "record_id": copy.record_id,
                "register_number": copy.register_number,
                "code": copy.code,
                "seconds": copy.seconds,
            }
            for copy in summary.certified
        ],
        "refused": [{"name": scan.name, "code": scan.code} for scan in summary.refused],
        "caught": [{"name": forgery.name, "verdict": forgery.verdict} for forgery in summary.caught],
        "reused": [asdict(paper) for paper in summary.reused],
        "seconds": summary.seconds,
        "trust_dir": summary.trust_dir,
    }


def _clean(console: Console, folder: Path) -> None:
    try:
        remove_demo_home(folder)
    except HomeMissing:
        if folder.exists():
            raise
        console.tell("demo.nothing_to_clean", folder=folder)
        return
    console.tell("demo.cleaned", folder=folder)


def _open_or_found(settings: Settings) -> None:
    try:
        home = open_home(settings.home)
    except HomeMissing:
        found_home(
            settings.home,
            mode=Mode.DEMO,
            at=SystemClock().now(),
            database_url=settings.database_url,
            authority_url=f"{settings.base_url}/authority",
        )
        return
    if home.mode is not Mode.DEMO:
        typer.echo(
            f"{settings.home} is a {home.mode.value} home; the demonstration needs one of its own (--home)", err=True
        )
        raise typer.Exit(Exit.BAD_CONFIGURATION)


def _print_table(console: Console, folder: Path, summary: Summary) -> None:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold", max_width=28)
    table.add_column()
    values = {"folder": folder, "fingerprint": summary.root_sha256_hex[:16], "trust_dir": summary.trust_dir}
    for row in _ROWS:
        text = console.messages.text(f"demo.table.{row}.text", console.language, **values)
        table.add_row(console.messages.text(f"demo.table.{row}", console.language), text)
    console.err.print()
    console.err.print(table)
    console.err.print()


def _open_doors(console: Console, services: Services, folder: Path) -> None:
    base = services.settings.base_url
    console.tell("demo.doors")
    for door, login in (("staff", OFFICER_LOGIN), ("recipient", RECIPIENT_LOGIN), ("citizen", "an")):
        console.say(
            f"  {console.messages.text(f'demo.door.{door}', console.language):<16} {base}/in/{_link(services, login)}"
        )
    console.say(f"  {console.messages.text('demo.door.verifier', console.language):<16} {base}/verify")
    console.tell("demo.pin", pin=OFFICER_PIN)
    console.tell("demo.password", logins=f"{OFFICER_LOGIN}, {RECIPIENT_LOGIN}, an", password=DEMO_PASSWORD)
    console.tell("demo.try", scans=folder / "scans", forged=folder / "forged" / "page-replaced.pdf")
    console.tell("demo.stop")
    run_server(services)


def _link(services: Services, login: str) -> str:
    at = services.clock.now()
    with services.database.transaction() as tx:
        account = find_account(tx, login)
        return create_login_link(
            tx, account_id=account.account_id, at=at, lifetime=_LINK_LIFETIME, random_bytes=services.random_bytes
        )
