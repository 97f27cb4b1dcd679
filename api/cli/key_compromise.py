"""`vidimus key dry-run` and `vidimus key compromise`: walk every signing path; and put right what a lost key signed."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from api.cli.books import COMMAND_LINE, Books, open_books, show_rows
from api.cli.console import Console, Format, Language, open_console
from api.cli.exits import Exit
from api.cli.revoking import revoke_everywhere
from api.errors import RequestInvalid
from api.services import open_services
from api.trust_services import open_signing_services
from certify import (
    AffectedCopy,
    CredentialStatus,
    DryRunServices,
    OwnerKind,
    Remedy,
    RemedyOrder,
    annul_copy,
    copies_signed_by,
    dry_run,
    get_agency,
    get_entry,
)
from certify.pipeline import OutcomeKind
from keys import Mode, RevocationReason, load_trust_folder, open_authority

_KeyId = Annotated[str, typer.Argument(help="Id of the key.")]
_Form = Annotated[Format, typer.Option("--format", help="Form of the result.")]
_Lang = Annotated[Language | None, typer.Option(help="Language of messages.")]


def dry_run_now(*, form: _Form = Format.TEXT, lang: _Lang = None) -> None:
    """Walk every signing path without a person or a document: keys, chains, revocation, time-stamps; exit 32 if blocked."""
    console = open_console(lang)
    with open_books(console) as books:
        lines = dry_run(_paths(console, books))
    show_rows(console, [{"path": line.path, "step": line.step, "code": line.code} for line in lines], form=form)
    if not all(line.is_well for line in lines):
        raise typer.Exit(Exit.SERVICE_UNREACHABLE)


def _paths(console: Console, books: Books) -> DryRunServices:
    settings, home = console.settings, books.home
    authority = None
    if home.mode is not Mode.PRODUCTION:
        authority = open_authority(home.authority, clock=books.clock, random_bytes=books.random_bytes)
    is_configured = settings.tsa_urls or settings.revocation_urls
    signing = open_signing_services(
        settings,
        home,
        authority=authority,
        database=books.database,
        clock=books.clock,
        anchors=load_trust_folder(home.trust, mode=home.mode) if is_configured else None,
    )
    return DryRunServices(
        database=books.database,
        keystore=books.keystore,
        signing=signing,
        clock=books.clock,
        random_bytes=books.random_bytes,
    )


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
    form: _Form = Format.TEXT,
    lang: _Lang = None,
) -> None:
    """Revoke a key at once, list every copy it signed, and annul or reseal them; their holders are told.

    Without --annul or --reseal the key is revoked and the copies are listed. Cut short, it is run again.
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


def _row(copy: AffectedCopy, remedy: str) -> dict[str, Any]:
    return {
        "number": copy.number,
        "code": copy.code,
        "certified_at": copy.certified_at.isoformat(),
        "item_id": copy.item_id,
        "outcome": remedy or None,
    }
