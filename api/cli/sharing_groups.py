"""`vidimus share` and `vidimus consent`: what a holder lets others see, and how it is taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.books import show_rows
from api.cli.console import Form, Format, Lang, open_console
from api.cli.place import Place, anywhere
from api.cli.target import Row, open_desk
from api.cli.vault_group import AsHolder, Holder

share_group = typer.Typer(no_args_is_help=True)
consent_group = typer.Typer(no_args_is_help=True)


@share_group.callback()
def links() -> None:
    """Links to one paper."""


@share_group.command("list")
@anywhere
def list_shares(
    holder_id: Holder = None,
    *,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """List the links of a holder, newest first; their secrets are not kept."""
    console = open_console(lang)
    with open_desk(console, place) as desk:
        show_rows(console, desk.shares(holder_id), form=form)


@share_group.command("make")
@anywhere
def make_share(
    record_id: Annotated[str, typer.Argument(help="Id of the paper.")],
    *,
    purpose: Annotated[str, typer.Option(help="What it is for; the reader sees it.")],
    recipient: Annotated[str, typer.Option(help="For whom it is.")],
    days: Annotated[int, typer.Option(min=1, help="Days until it ends.")] = 7,
    views: Annotated[int, typer.Option(min=1, help="How often it may be looked at.")] = 10,
    passcode_file: Annotated[Path | None, typer.Option(help="File with a passcode that the reader must know.")] = None,
    download: Annotated[bool, typer.Option("--download", help="Let the reader take the signed file, too.")] = False,
    agency: Annotated[
        str | None, typer.Option("--agency", metavar="CODE", help="The agency it is for; its answer counts for it.")
    ] = None,
    holder_id: AsHolder = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Make a link to one paper and print it this once; at a server only by --login, for no token shares."""
    console = open_console(lang)
    asked: Row = {"record_id": record_id, "purpose": purpose, "recipient": recipient, "days": days, "max_views": views}
    asked |= {"download": download} | ({"recipient_agency": agency} if agency else {})
    if passcode_file is not None:
        asked["passcode"] = passcode_file.read_text(encoding="utf-8").strip()
    with open_desk(console, place) as desk:
        made = desk.share(holder_id, asked)
    shown = {"share_id": made["share_id"], "link": made["link"]}
    show_rows(console, [shown if form is Format.TEXT else made], form=form)


@share_group.command("close")
@anywhere
def close_share(
    share_id: Annotated[str, typer.Argument(help="Id of the link.")],
    *,
    holder_id: AsHolder = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """Take a link back; the next look is refused."""
    console = open_console(lang)
    with open_desk(console, place) as desk:
        desk.close_share(holder_id, share_id)
    console.result(share_id)


@consent_group.callback()
def consents() -> None:
    """What a holder agreed to."""


@consent_group.command("list")
@anywhere
def list_consents(
    holder_id: Holder = None,
    *,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """List the consents of a holder, newest first."""
    console = open_console(lang)
    with open_desk(console, place) as desk:
        show_rows(console, desk.consents(holder_id), form=form)


@consent_group.command("withdraw")
@anywhere
def withdraw_consent(
    consent_id: Annotated[str, typer.Argument(help="Id of the consent.")],
    *,
    holder_id: AsHolder = None,
    place: Place,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Withdraw a consent: later fetches are refused, what was fetched stays fetched."""
    console = open_console(lang)
    with open_desk(console, place) as desk:
        show_rows(console, [desk.withdraw_consent(holder_id, consent_id)], form=form)
