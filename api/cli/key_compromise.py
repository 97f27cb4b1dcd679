"""`vidimus key dry-run` and `vidimus key compromise`: walk every signing path; and put right what a lost key signed."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from api.cli.books import COMMAND_LINE, Books, open_books, show_rows
from api.cli.console import Console, Form, Format, Lang, open_console
from api.cli.exits import Exit
from api.cli.notice_group import post_room, told_counts
from api.cli.revoking import revoke_everywhere
from api.delivery.opening import open_spread
from api.errors import RequestInvalid
from api.services import open_services
from certify import (
    AffectedCopy,
    CredentialStatus,
    OwnerKind,
    Remedy,
    RemedyOrder,
    annul_copy,
    copies_signed_by,
    get_agency,
    get_entry,
)
from certify.compromise import TOPIC as COMPROMISE_TOPIC
from certify.pipeline import OutcomeKind
from keys import RevocationReason
from vault.delivery import count_notices

_KeyId = Annotated[str, typer.Argument(help="Id of the key.")]


def compromise(
    key_id: _KeyId,
    *,
    since: Annotated[str | None, typer.Option(help="Only copies certified from this day or instant on.")] = None,
    annul: Annotated[bool, typer.Option("--annul", help="Annul every copy the key signed.")] = False,
    reseal: Annotated[
        bool, typer.Option("--reseal", help="Seal every copy again with the agency's new seal (seal keys only).")
    ] = False,
    decision: Annotated[str | None, typer.Option(help="Number of the decision; needed to annul or reseal.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    form: Form = Format.TEXT,
    lang: Lang = None,
) -> None:
    """Revoke a key at once, list every copy it signed, and annul or reseal them; their holders are told.

    Without --annul or --reseal the key is revoked and the copies are listed. Cut short, it is run again; each time it
    says how many holders were told, and how many mails are parked.
    """
    if annul and reseal:
        raise RequestInvalid("a copy is annulled or sealed again, not both", field="annul")
    if (annul or reseal) and not decision:
        raise RequestInvalid("name the decision by which copies are annulled or sealed again", field="decision")
    console = open_console(lang)
    if not yes and not _is_meant(console, key_id):
        raise typer.Exit(Exit.SIGNING_REFUSED)
    with open_books(console) as books:
        _revoke(console, books, key_id)
        start = books.moment(since, field="since") if since else None
        with books.database.read() as tx:
            entry = get_entry(tx, key_id)
            found = copies_signed_by(tx, entry, since=start)
            is_replaced = entry.kind is not OwnerKind.AGENCY or get_agency(tx, entry.owner_id).seal_key_id != key_id
        console.tell("cli.key.copies_found", count=len(found), key_id=key_id)
        if reseal and entry.kind is not OwnerKind.AGENCY:
            raise RequestInvalid("only a seal can be put on again; what an officer signed is annulled", field="reseal")
        if reseal and not is_replaced:
            console.tell("cli.key.no_new_seal", agency=entry.owner_id, key_id=key_id)
            raise typer.Exit(Exit.SIGNING_REFUSED)
        order = RemedyOrder(key_id, decision or "", COMMAND_LINE)
        codes = _annul_all(books, found, order=order) if annul else dict.fromkeys((copy.code for copy in found), "")
    if reseal:
        codes = _reseal_all(console, found, order=order)
    if annul or reseal:
        _tell_holders(console, key_id)
    show_rows(console, [_row(copy, codes[copy.code]) for copy in found], form=form)
    if any(code not in ("", *Remedy) for code in codes.values()):
        raise typer.Exit(Exit.SERVICE_UNREACHABLE)


def _is_meant(console: Console, key_id: str) -> bool:
    if not sys.stdin.isatty():
        console.tell("cli.key.nobody_to_ask")
        return False
    return typer.confirm(console.messages.text("cli.key.compromise_ask", console.language, key_id=key_id), err=True)


def _revoke(console: Console, books: Books, key_id: str) -> None:
    with books.database.read() as tx:
        entry = get_entry(tx, key_id)
    if entry.status is not CredentialStatus.REVOKED:
        revoke_everywhere(console, books, key_id, reason=RevocationReason.KEY_COMPROMISE)


def _annul_all(books: Books, found: tuple[AffectedCopy, ...], *, order: RemedyOrder) -> dict[str, str]:
    for copy in found:
        with books.database.transaction() as tx:
            annul_copy(tx, copy, order=order, at=books.clock.now(), random_bytes=books.random_bytes)
    return dict.fromkeys((copy.code for copy in found), Remedy.ANNULLED.value)


def _reseal_all(console: Console, found: tuple[AffectedCopy, ...], *, order: RemedyOrder) -> dict[str, str]:
    codes = {}
    with open_services(console.settings, with_worker=False) as services:
        for copy in found:
            outcome = services.pipeline.reseal(copy, order=order)
            codes[copy.code] = Remedy.RESEALED.value if outcome.kind is OutcomeKind.DONE else outcome.code
    return codes


def _tell_holders(console: Console, key_id: str) -> None:
    """Put the notices on the holders' pages now, and say how far their mails are; the worker carries these."""
    prefix = f"{COMPROMISE_TOPIC}:{key_id}:"
    with open_books(console) as books:
        open_spread(post_room(console, books)).run_once()
        with books.database.read() as tx:
            told = count_notices(tx, event_prefix=prefix)
        counts = told_counts(books, event_prefix=prefix)
    console.tell("cli.key.holders_told", count=told, **counts)
    if counts["parked"]:
        console.tell("cli.key.notices_parked")


def _row(copy: AffectedCopy, remedy: str) -> dict[str, Any]:
    return {
        "number": copy.number,
        "code": copy.code,
        "certified_at": copy.certified_at.isoformat(),
        "item_id": copy.item_id,
        "outcome": remedy or None,
    }
