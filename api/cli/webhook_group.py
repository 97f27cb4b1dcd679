"""`vidimus webhook`: whom an agency's systems are told by webhook; add, try, look, send again, renew, disable, end."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.books import show_rows
from api.cli.console import Form, Format, Lang, Language, open_console
from api.cli.office_desk import open_office
from api.cli.place import Place, anywhere
from api.delivery.events import SUBSCRIBABLE
from vault.delivery import DeliveryState, WebhookState

group = typer.Typer(no_args_is_help=True)
_Id = Annotated[str, typer.Argument(metavar="WEBHOOK", help="Id of the webhook.")]


@group.callback()
def systems() -> None:
    """Webhooks: an agency's systems that are told of events."""


@group.command("add")
@anywhere
def add(
    url: Annotated[str, typer.Argument(help="Address that events go to (https).")],
    *,
    agency: Annotated[str | None, typer.Option(help="Code of the agency; with --server the own one.")] = None,
    event: Annotated[
        list[str] | None, typer.Option(help="A type of event; give it several times. Every type when left out.")
    ] = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """Subscribe an address; prints the id and, this once, the secret that signs the events."""
    console = open_console(lang)
    with open_office(console, place) as office:
        webhook_id, secret = office.subscribe(agency, url=url, events=event or list(SUBSCRIBABLE))
    console.tell("cli.webhook.added")
    console.result(f"{webhook_id}  {secret}")


@group.command("list")
@anywhere
def list_all(
    *,
    agency: Annotated[str | None, typer.Option(help="Code of an agency; every agency's when left out.")] = None,
    form: Form = Format.TEXT,
    place: Place,
    lang: Lang = None,
) -> None:
    """List webhooks, newest first, without their secrets."""
    console = open_console(lang)
    with open_office(console, place) as office:
        show_rows(console, office.webhooks(agency), form=form)


@group.command("test")
@anywhere
def try_out(webhook_id: _Id, *, place: Place, lang: Lang = None) -> None:
    """Leave a test event; the worker sends it within seconds, `webhook deliveries` says how it went."""
    console = open_console(lang)
    with open_office(console, place) as office:
        delivery_id = office.try_webhook(webhook_id)
    console.tell("cli.webhook.tested")
    console.result(delivery_id)


@group.command("deliveries")
@anywhere
def deliveries(
    webhook_id: _Id,
    *,
    state: Annotated[DeliveryState | None, typer.Option(help="Only sendings in this state; DEAD is parked.")] = None,
    form: Form = Format.TEXT,
    place: Place,
    lang: Lang = None,
) -> None:
    """List the sendings of a webhook, newest first, with the code of the last failure."""
    console = open_console(lang)
    with open_office(console, place) as office:
        show_rows(console, office.sendings(webhook_id, state=state.value if state else None), form=form)


@group.command("replay")
@anywhere
def replay(
    webhook_id: _Id,
    delivery_ids: Annotated[list[str] | None, typer.Argument(metavar="ID…", help="Ids of sendings.")] = None,
    *,
    since: Annotated[str | None, typer.Option(help="Every event from this day or instant on.")] = None,
    until: Annotated[str | None, typer.Option(help="… and before this one.")] = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """Send events again with the same id: those named, or those of a span of time."""
    console = open_console(lang)
    with open_office(console, place) as office:
        count = office.replay(webhook_id, list(delivery_ids or ()), since=since, until=until)
    console.tell("cli.notice.replayed", count=count)


@group.command("rotate")
@anywhere
def rotate(webhook_id: _Id, *, place: Place, lang: Lang = None) -> None:
    """Make a new secret and print it this once; for a day the old one signs beside it."""
    console = open_console(lang)
    with open_office(console, place) as office:
        secret = office.renew_secret(webhook_id)
    console.tell("cli.webhook.rotated")
    console.result(secret)


@group.command("disable")
@anywhere
def disable(webhook_id: _Id, *, place: Place, lang: Lang = None) -> None:
    """Send nothing more for now; events of this time are not kept."""
    _set_state(webhook_id, WebhookState.DISABLED, place, lang)


@group.command("enable")
@anywhere
def enable(webhook_id: _Id, *, place: Place, lang: Lang = None) -> None:
    """Send events again from now on."""
    _set_state(webhook_id, WebhookState.ACTIVE, place, lang)


@group.command("remove")
@anywhere
def remove(webhook_id: _Id, *, place: Place, lang: Lang = None) -> None:
    """End a webhook; its secret is destroyed."""
    console = open_console(lang)
    with open_office(console, place) as office:
        office.unsubscribe(webhook_id)
    console.tell("cli.webhook.removed", webhook_id=webhook_id)


def _set_state(webhook_id: str, state: WebhookState, place: Place, lang: Language | None) -> None:
    console = open_console(lang)
    with open_office(console, place) as office:
        reached = office.set_webhook_state(webhook_id, state.value)
    console.tell("cli.webhook.changed", webhook_id=webhook_id, state=reached)
