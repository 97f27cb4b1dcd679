"""Withdraw a key: in the inventory at once, and at the embedded authority where that issued its certificate."""

from __future__ import annotations

from api.cli.books import Books
from api.cli.console import Console
from api.clock import system_random
from certify import CredentialEvent, InventoryEntry, change_credential
from keys import RevocationReason, SerialUnknown, open_authority


def revoke_everywhere(console: Console, books: Books, key_id: str, *, reason: RevocationReason) -> InventoryEntry:
    """Revoke a key here, then where its certificate comes from, or say who must be told.

    Raises:
        CredentialError: it is in no inventory, or its state does not allow it.
    """
    # Ours first: it stops the key at the next signature, whatever the authority's responder does.
    with books.database.transaction() as tx:
        act = books.act(reason=reason.value)
        entry = change_credential(tx, key_id, event=CredentialEvent.REVOKE, act=act)
    console.tell("cli.key.changed", key_id=key_id, status=entry.status.value)
    if not _revoke_at_authority(books, entry, reason=reason):
        console.tell("cli.key.tell_authority", serial=entry.serial_hex or "-")
    return entry


def _revoke_at_authority(books: Books, entry: InventoryEntry, *, reason: RevocationReason) -> bool:
    if not books.home.authority.exists() or entry.serial_hex is None:
        return False
    authority = open_authority(books.home.authority, clock=books.clock, random_bytes=system_random)
    at = books.clock.now()
    try:
        authority.revoke(int(entry.serial_hex, 16), at=at, reason=reason)
    except SerialUnknown:
        return False
    # Verifiers read lists, not the ledger: the new one must be there at once.
    authority.export_trust(books.home.trust, at=at)
    return True
