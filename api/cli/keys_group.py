"""`vidimus key`: what keys the office holds, in what state they are, when they end, and taking them out of use."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli import key_compromise, key_enrolment
from api.cli.books import open_books, show_rows
from api.cli.console import Format, Language, open_console
from api.cli.exits import Exit
from api.cli.revoking import revoke_everywhere
from api.clock import system_random
from certify import (
    CredentialEvent,
    InventoryEntry,
    change_credential,
    count_by_kind,
    list_entries,
    radar,
)
from keys import (
    AuthorityService,
    Credential,
    Fault,
    FaultBoard,
    RevocationReason,
    open_authority,
    read_certificate_facts,
)

group = typer.Typer(no_args_is_help=True)
_KeyId = Annotated[str, typer.Argument(help="Id of the key.")]
_Form = Annotated[Format, typer.Option("--format", help="Form of the result.")]
_Lang = Annotated[Language | None, typer.Option(help="Language of messages.")]
_Reason = Annotated[str, typer.Option(help="Why, as a code.")]

group.command("csr")(key_enrolment.csr)
group.command("install")(key_enrolment.install)
group.command("import")(key_enrolment.bring_in)
group.command("renew")(key_enrolment.renew)
group.command("dry-run")(key_compromise.dry_run_now)
group.command("compromise")(key_compromise.compromise)


@group.callback()
def keys_of_the_home() -> None:
    """Signing keys and their certificates."""


@group.command("list")
def list_keys(*, form: _Form = Format.TEXT, lang: _Lang = None) -> None:
    """List keys with their state, owner and end of validity; a key without a state is in no inventory."""
    console = open_console(lang)
    with open_books(console) as books:
        stored = {key_id: books.keystore.credential(key_id) for key_id in books.keystore.key_ids()}
        with books.database.read() as tx:
            entries = {entry.key_id: entry for entry in list_entries(tx)}
    known = sorted({*stored, *entries})
    show_rows(console, [_row(key_id, stored.get(key_id), entries.get(key_id)) for key_id in known], form=form)


@group.command("counts")
def counts(*, form: _Form = Format.TEXT, lang: _Lang = None) -> None:
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
def show_radar(*, form: _Form = Format.TEXT, lang: _Lang = None) -> None:
    """List the keys that end within 90, 30 or 7 days, or have ended; exit 31 when one has."""
    console = open_console(lang)
    with open_books(console) as books, books.database.read() as tx:
        lines = radar(tx, at=books.clock.now())
    rows = [
        {
            "key_id": line.key_id,
            "kind": line.kind.value,
            "owner": line.owner_id,
            "not_after": line.not_after.isoformat(),
            "days_left": line.days_left,
            "band_days": line.band_days,
        }
        for line in lines
    ]
    show_rows(console, rows, form=form)
    if any(line.band_days == 0 for line in lines):
        raise typer.Exit(Exit.CERTIFICATE_UNUSABLE)


@group.command("suspend")
def suspend(key_id: _KeyId, *, reason: _Reason = "SUSPENDED", lang: _Lang = None) -> None:
    """Stop a key at once, until `vidimus key resume`; for example while a token is being looked for."""
    _change(key_id, CredentialEvent.SUSPEND, reason=reason, lang=lang)


@group.command("resume")
def resume(key_id: _KeyId, *, reason: _Reason = "RESUMED", lang: _Lang = None) -> None:
    """Let a suspended key sign again."""
    _change(key_id, CredentialEvent.RESUME, reason=reason, lang=lang)


@group.command("retire")
def retire(key_id: _KeyId, *, reason: _Reason = "RETIRED", lang: _Lang = None) -> None:
    """Take a key out of use for ever; what it signed stays valid."""
    _change(key_id, CredentialEvent.RETIRE, reason=reason, lang=lang)


@group.command("revoke")
def revoke(
    key_id: _KeyId,
    *,
    reason: Annotated[
        RevocationReason, typer.Option(help="Why (RFC 5280); for a compromise use `vidimus key compromise`.")
    ] = RevocationReason.UNSPECIFIED,
    lang: _Lang = None,
) -> None:
    """Stop a key for ever, here at once; its certification authority must be told as well."""
    console = open_console(lang)
    with open_books(console) as books:
        revoke_everywhere(console, books, key_id, reason=reason)


@group.command("fault")
def fault(
    service: Annotated[AuthorityService, typer.Argument(help="Service of the embedded authority.")],
    kind: Annotated[Fault | None, typer.Argument(help="How it misbehaves; left out, it behaves again.")] = None,
    *,
    lang: _Lang = None,
) -> None:
    """Let a service of the embedded authority misbehave, to rehearse it (demo and training only)."""
    console = open_console(lang)
    with open_books(console) as books:
        # A production home has no authority, and opening none says so.
        open_authority(books.home.authority, clock=books.clock, random_bytes=system_random)
        board = FaultBoard(books.home.authority)
        board.set(service, kind)
        console.result_json(dict(board.all()))


def _change(key_id: str, event: CredentialEvent, *, reason: str, lang: Language | None) -> None:
    console = open_console(lang)
    with open_books(console) as books, books.database.transaction() as tx:
        entry = change_credential(tx, key_id, event=event, act=books.act(reason=reason))
    console.tell("cli.key.changed", key_id=key_id, status=entry.status.value)


def _row(key_id: str, stored: Credential | None, entry: InventoryEntry | None) -> dict[str, Any]:
    facts = read_certificate_facts(stored.certificate_der) if stored else None
    not_after = facts.not_after if facts else (entry.not_after if entry else None)
    return {
        "key_id": key_id,
        "algorithm": facts.algorithm.value if facts else (entry.algorithm if entry else None),
        "serial": f"{facts.serial:x}" if facts else (entry.serial_hex if entry else None),
        "not_after": not_after.isoformat() if not_after else None,
        "unattended": stored.unattended if stored else None,
        "status": entry.status.value if entry else None,
        "kind": entry.kind.value if entry else None,
        "owner": entry.owner_id if entry else None,
        "attestation": entry.attestation.value if entry else None,
        "place": entry.place.value if entry else None,
    }
