"""`vidimus key`: what keys the office holds, in what state they are, when they end, and taking them out of use."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from api.cli import key_compromise, key_enrolment
from api.cli.books import open_books, show_rows
from api.cli.console import Form, Format, Lang, Language, open_console
from api.cli.exits import Exit
from api.cli.office_desk import open_office
from api.cli.place import Place, anywhere
from api.clock import system_random
from certify import (
    count_by_kind,
)
from keys import (
    AuthorityService,
    Fault,
    FaultBoard,
    RevocationReason,
    open_authority,
)

group = typer.Typer(no_args_is_help=True)
_KeyId = Annotated[str, typer.Argument(help="Id of the key.")]
_Reason = Annotated[str, typer.Option(help="Why, as a code.")]

_WELL: Final = "OK"

group.command("csr")(key_enrolment.csr)
group.command("install")(key_enrolment.install)
group.command("import")(key_enrolment.bring_in)
group.command("renew")(key_enrolment.renew)
group.command("compromise")(key_compromise.compromise)


@group.callback()
def keys_of_the_home() -> None:
    """Signing keys and their certificates."""


@group.command("list")
@anywhere
def list_keys(*, place: Place, form: Form = Format.TEXT, lang: Lang = None) -> None:
    """List keys with their state, owner and end of validity; a key without a state is in no inventory."""
    console = open_console(lang)
    with open_office(console, place) as office:
        show_rows(console, office.keys(), form=form)


@group.command("counts")
def counts(*, form: Form = Format.TEXT, lang: Lang = None) -> None:
    """Count the keys of the inventory by kind (personal, agency, citizen) and state."""
    console = open_console(lang)
    with open_books(console) as books, books.database.read() as tx:
        found = count_by_kind(tx)
    rows = [
        {"kind": kind.value, **{status.value.lower(): count for status, count in states.items()}}
        for kind, states in found.items()
    ]
    show_rows(console, rows, form=form)


@group.command("radar")
@anywhere
def show_radar(*, place: Place, form: Form = Format.TEXT, lang: Lang = None) -> None:
    """List the keys that end within 90, 30 or 7 days, or have ended; exit 31 when one has."""
    console = open_console(lang)
    with open_office(console, place) as office:
        rows = office.ending_keys()
    show_rows(console, rows, form=form)
    if any(row["band_days"] == 0 for row in rows):
        raise typer.Exit(Exit.CERTIFICATE_UNUSABLE)


@group.command("dry-run")
@anywhere
def dry_run_now(*, place: Place, form: Form = Format.TEXT, lang: Lang = None) -> None:
    """Walk every signing path without a person or a document: keys, chains, revocation, time-stamps; exit 32 if blocked."""
    console = open_console(lang)
    with open_office(console, place) as office:
        rows = office.walk_paths()
    show_rows(console, rows, form=form)
    if any(row["code"] != _WELL for row in rows):
        raise typer.Exit(Exit.SERVICE_UNREACHABLE)


@group.command("suspend")
@anywhere
def suspend(key_id: _KeyId, *, reason: _Reason = "SUSPENDED", place: Place, lang: Lang = None) -> None:
    """Stop a key at once, until `vidimus key resume`; for example while a token is being looked for."""
    _change(key_id, "suspend", reason=reason, place=place, lang=lang)


@group.command("resume")
@anywhere
def resume(key_id: _KeyId, *, reason: _Reason = "RESUMED", place: Place, lang: Lang = None) -> None:
    """Let a suspended key sign again."""
    _change(key_id, "resume", reason=reason, place=place, lang=lang)


@group.command("retire")
@anywhere
def retire(key_id: _KeyId, *, reason: _Reason = "RETIRED", place: Place, lang: Lang = None) -> None:
    """Take a key out of use for ever; what it signed stays valid."""
    _change(key_id, "retire", reason=reason, place=place, lang=lang)


@group.command("revoke")
@anywhere
def revoke(
    key_id: _KeyId,
    *,
    reason: Annotated[
        RevocationReason, typer.Option(help="Why (RFC 5280); for a compromise use `vidimus key compromise`.")
    ] = RevocationReason.UNSPECIFIED,
    place: Place,
    lang: Lang = None,
) -> None:
    """Stop a key for ever, here at once; its certification authority must be told as well."""
    console = open_console(lang)
    with open_office(console, place) as office:
        office.revoke_key(key_id, reason=reason.value)


@group.command("fault")
def fault(
    service: Annotated[AuthorityService, typer.Argument(help="Service of the embedded authority.")],
    kind: Annotated[Fault | None, typer.Argument(help="How it misbehaves; left out, it behaves again.")] = None,
    *,
    lang: Lang = None,
) -> None:
    """Let a service of the embedded authority misbehave, to rehearse it (demo and training only)."""
    console = open_console(lang)
    with open_books(console) as books:
        # A production home has no authority, and opening none says so.
        open_authority(books.home.authority, clock=books.clock, random_bytes=system_random)
        board = FaultBoard(books.home.authority)
        board.set(service, kind)
        console.result_json(dict(board.all()))


def _change(key_id: str, change: str, *, reason: str, place: Place, lang: Language | None) -> None:
    console = open_console(lang)
    with open_office(console, place) as office:
        status = office.change_key(key_id, change=change, reason=reason)
    console.tell("cli.key.changed", key_id=key_id, status=status)
