"""`vidimus notice`: what left the house and what is parked, where people are told, and sending again."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final

import typer

from api.cli.books import COMMAND_LINE, Books, open_books, show_rows, staff_id_of
from api.cli.console import Console, Format, Lang, Language, open_console
from api.cli.place import Place, anywhere
from api.cli.target import check_here, open_client
from api.delivery.opening import PostRoom, open_courier
from api.errors import RequestInvalid
from api.key_encryption import open_kek
from keys import Mode
from vault import BlobVault, get_holder, open_blob_vault
from vault.delivery import (
    Channel,
    Contact,
    Delivery,
    DeliveryState,
    Party,
    PartyKind,
    count_deliveries,
    list_deliveries,
    replay,
    set_contact,
)

group = typer.Typer(no_args_is_help=True)
# Webhooks are an agency's own and have a group of their own.
_OURS: Final = (Channel.EMAIL, Channel.SMS, Channel.PORTAL)
_MOST: Final = 500


class By(StrEnum):
    """A way to tell somebody besides the page."""

    EMAIL = "email"
    SMS = "sms"


@group.callback()
def telling() -> None:
    """Notices to people: what was sent, what is parked, where people are told."""


@group.command("list")
def list_all(
    *,
    state: Annotated[DeliveryState | None, typer.Option(help="Only sendings in this state; DEAD is parked.")] = None,
    form: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    lang: Lang = None,
) -> None:
    """List sendings by mail, by short message and to the portal, newest first, with the code of the last failure; no address is shown."""
    console = open_console(lang)
    with open_books(console) as books, books.database.read() as tx:
        found = list_deliveries(tx, channels=_OURS, state=state, limit=_MOST)
    show_rows(console, [delivery_row(one) for one in found], form=form)


@group.command("replay")
def replay_some(
    delivery_ids: Annotated[list[str] | None, typer.Argument(metavar="ID…", help="Ids of sendings.")] = None,
    *,
    parked: Annotated[bool, typer.Option("--parked", help="Every sending that is parked.")] = False,
    lang: Lang = None,
) -> None:
    """Send again what was parked, from the first attempt on; the receiver sees the same message id."""
    if bool(delivery_ids) == parked:
        raise RequestInvalid("name sendings, or say --parked", field="parked")
    console = open_console(lang)
    with open_books(console) as books, books.database.transaction() as tx:
        wanted = list(delivery_ids or ())
        if parked:
            found = list_deliveries(tx, channels=_OURS, state=DeliveryState.DEAD, limit=_MOST)
            wanted = [one.delivery_id for one in found]
        count = replay(tx, wanted, at=books.clock.now())
    console.tell("cli.notice.replayed", count=count)


@group.command("send")
def send_now(*, lang: Lang = None) -> None:
    """Carry what is due now, without waiting for the worker."""
    console = open_console(lang)
    with open_books(console) as books:
        attempts = open_courier(post_room(console, books)).round()
    console.tell("cli.notice.carried", count=attempts)


@group.command("contact")
@anywhere
def contact(
    *,
    user: Annotated[str | None, typer.Option(help="Login name of a member of staff.")] = None,
    holder: Annotated[str | None, typer.Option(help="Id of a holder.")] = None,
    email: Annotated[str, typer.Option(help="Address for e-mail.")] = "",
    phone: Annotated[str, typer.Option(help="Telephone number.")] = "",
    language: Annotated[Language, typer.Option(help="Language of the mails.")] = Language.VI,
    by: Annotated[list[By] | None, typer.Option(help="A channel that is wanted; give it twice for both.")] = None,
    place: Place,
    lang: Lang = None,
) -> None:
    """Set where somebody is told besides the page of notices; what is left out is taken away.

    With --server it is the one who signed in, and nobody else is named.
    """
    console = open_console(lang)
    if place.server is not None:
        if user or holder:
            raise RequestInvalid("at a server everybody says where they are told themselves", field="user")
        asked = {"email": email, "phone": phone, "language": language.value}
        _set_own(console, place, asked | {"by_email": By.EMAIL in (by or ()), "by_sms": By.SMS in (by or ())})
        return
    check_here(place)
    if bool(user) == bool(holder):
        raise RequestInvalid("name a member of staff or a holder", field="user")
    wanted = Contact(email, phone, language.value, By.EMAIL in (by or ()), By.SMS in (by or ()))
    with open_books(console) as books, books.database.transaction() as tx:
        party = (
            Party(PartyKind.STAFF, staff_id_of(tx, user))
            if user
            else Party(PartyKind.HOLDER, get_holder(tx, holder or "").holder_id)
        )
        set_contact(
            tx,
            party,
            wanted,
            vault=open_blobs(console, books),
            set_by=COMMAND_LINE,
            at=books.clock.now(),
            random_bytes=books.random_bytes,
        )
    console.tell("cli.notice.contact_kept", party=str(party))


def _set_own(console: Console, place: Place, asked: dict[str, object]) -> None:
    with open_client(console, place) as client:
        known = client.look("/v1/contact")
        client.ask("PUT", "/v1/contact", json=asked, if_match=known.etag)
        login = client.ask("GET", "/v1/sessions/current")["login"]
    console.tell("cli.notice.contact_kept", party=login)


def delivery_row(one: Delivery) -> dict[str, object]:
    """A sending as a line; ids and codes only."""
    return {
        "delivery_id": one.delivery_id,
        "channel": one.channel.value,
        "state": one.state.value,
        "attempts": one.attempts,
        "code": one.last_code,
        "target": one.target,
        "subject_id": one.subject_id,
        "created_at": one.created_at.isoformat(),
        "due_at": one.due_at.isoformat() if one.state is DeliveryState.PENDING else None,
        "ended_at": one.ended_at.isoformat() if one.ended_at else None,
    }


def open_blobs(console: Console, books: Books) -> BlobVault:
    """Open the encrypted documents of the office."""
    kek = open_kek(console.settings, books.home)
    return open_blob_vault(console.settings.blobs_url, keysets=console.settings.keysets_url, kek=kek)


def post_room(console: Console, books: Books) -> PostRoom:
    """Give what the courier needs."""
    return PostRoom(
        console.settings,
        books.database,
        open_blobs(console, books),
        console.messages,
        books.clock,
        books.random_bytes,
        is_specimen=books.home.mode is not Mode.PRODUCTION,
        is_training=books.home.mode is Mode.TRAINING,
    )


def told_counts(books: Books, *, event_prefix: str) -> Mapping[str, int]:
    """Count the sendings of notices about these events: sent, waiting, parked."""
    with books.database.read() as tx:
        found = count_deliveries(tx, event_prefix=event_prefix)
    return {
        name: sum(count for (_, held), count in found.items() if held is state)
        for name, state in (
            ("sent", DeliveryState.DONE),
            ("waiting", DeliveryState.PENDING),
            ("parked", DeliveryState.DEAD),
        )
    }
