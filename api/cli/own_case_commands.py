"""`vidimus case request|requests|request-back`: a citizen asks for certified copies from home, follows it, asks it back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from api.cli.books import show_rows
from api.cli.case_group import original_of
from api.cli.console import Console, Form, Format, Lang, open_console
from api.cli.own_case_desk import OwnCaseDesk, OwnCaseThere
from api.cli.place import Place, anywhere
from api.cli.target import Row, check_here, open_client
from api.cli.vault_group import AsHolder
from certify.case import Delivery


@anywhere
def submit(
    agency: Annotated[str, typer.Argument(help="Code of the agency that is asked.")],
    originals: Annotated[list[str], typer.Argument(metavar="TYPE[=COPIES]...", help="What is to be certified.")],
    *,
    vault_of: Annotated[
        str | None, typer.Option("--for", metavar="ID", help="Id of the holder one acts for by a mandate.")
    ] = None,
    delivery: Annotated[Delivery, typer.Option(help="How the copies are given.")] = Delivery.VAULT,
    email: Annotated[str, typer.Option(help="Where a link is mailed to.")] = "",
    address_file: Annotated[Path | None, typer.Option(help="File with the address to which copies are posted.")] = None,
    appointment: Annotated[str | None, typer.Option(help="When the paper is brought, with its offset.")] = None,
    holder_id: AsHolder = None,
    place: Place,
    form: Form = Format.JSON,
    lang: Lang = None,
) -> None:
    """Ask for certified copies; nothing is scanned before the paper was brought to the counter."""
    console = open_console(lang)
    address = address_file.read_text(encoding="utf-8") if address_file else ""
    asked: Row = {
        "agency_code": agency,
        "originals": [original_of(one) for one in originals],
        "delivery": delivery.value,
        "terms": {"email": email, "address": address, "language": console.language},
    }
    asked |= {"appointment_at": appointment} if appointment else {}
    asked |= {"holder_id": vault_of} if vault_of else {}
    with _open(console, place, holder_id) as desk:
        show_rows(console, [desk.submit(asked)], form=form)


@anywhere
def requests(*, holder_id: AsHolder = None, place: Place, form: Form = Format.JSON, lang: Lang = None) -> None:
    """List one's own requests, newest first."""
    console = open_console(lang)
    with _open(console, place, holder_id) as desk:
        show_rows(console, desk.requests(), form=form)


@anywhere
def ask_back(
    case_id: Annotated[str, typer.Argument(help="Id of the request.")],
    *,
    holder_id: AsHolder = None,
    place: Place,
    form: Form = Format.JSON,
    lang: Lang = None,
) -> None:
    """Ask for a request back; the office answers."""
    console = open_console(lang)
    with _open(console, place, holder_id) as desk:
        show_rows(console, [desk.ask_back(case_id)], form=form)


@contextlib.contextmanager
def _open(console: Console, place: Place, holder_id: str | None) -> Iterator[OwnCaseDesk]:
    if place.server is None:
        check_here(place)
        # Imported when it is known where: who acts elsewhere needs no database,
        from api.cli.own_case_here import OwnCaseHere  # noqa: PLC0415

        # and nothing that works on it.
        from api.services import open_services  # noqa: PLC0415

        with open_services(console.settings, with_worker=False) as services:
            yield OwnCaseHere(services, holder_id)
        return
    with open_client(console, place) as client:
        yield OwnCaseThere(client, holder_id)
