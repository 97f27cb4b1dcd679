"""The keys of an office: what state they are in, which end soon, whether the signing paths work; and taking one out of use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from sqlalchemy.engine import Connection

from api.access import Principal
from api.services import Services
from certify import (
    Act,
    AgencyNotFound,
    CredentialEvent,
    CredentialUnknown,
    DryRunLine,
    DryRunServices,
    InventoryEntry,
    OwnerKind,
    RadarLine,
    StaffNotFound,
    change_credential,
    dry_run,
    get_entry,
    get_staff,
    is_within,
    list_entries,
    radar,
)
from keys import KeyNotFound, RevocationReason, SerialUnknown

VersionCheck: TypeAlias = Callable[[str], None]
"""Refuses a version that is not the one the caller saw (If-Match)."""
CHANGES: Final = {
    "suspend": CredentialEvent.SUSPEND,
    "resume": CredentialEvent.RESUME,
    "retire": CredentialEvent.RETIRE,
}


def version_of(entry: InventoryEntry) -> str:
    """What changes with every change of a key."""
    return f"{entry.status.value}-{entry.changed_at.timestamp():.6f}"


def inventory(services: Services, principal: Principal) -> tuple[InventoryEntry, ...]:
    """Give the keys of one's own agency and of those below it, by id."""
    with services.database.read() as tx:
        return tuple(entry for entry in list_entries(tx) if _is_own(tx, principal, entry))


def key(services: Services, principal: Principal, key_id: str) -> InventoryEntry:
    """Give one of them.

    Raises:
        CredentialUnknown: there is none, or elsewhere: nobody can tell the two apart.
    """
    with services.database.read() as tx:
        return _own_entry(tx, principal, key_id)


def signs_alone(services: Services, key_id: str) -> bool | None:
    """Whether a key of this machine's store opens without a person; None when it lies elsewhere."""
    try:
        return services.keystore.credential(key_id).unattended
    except KeyNotFound:
        return None


def ending_keys(services: Services, principal: Principal) -> tuple[RadarLine, ...]:
    """Give those of them that end within ninety days, soonest first."""
    with services.database.read() as tx:
        own = {entry.key_id for entry in list_entries(tx) if _is_own(tx, principal, entry)}
        return tuple(line for line in radar(tx, at=services.clock.now()) if line.key_id in own)


def change_key(
    services: Services,
    principal: Principal,
    key_id: str,
    *,
    event: CredentialEvent,
    reason: str,
    check_version: VersionCheck,
) -> InventoryEntry:
    """Suspend, resume or retire a key; a suspended one signs nothing from this instant on.

    Raises:
        CredentialUnknown: as `key`.
        CredentialStateConflict: its state does not allow this.
        PreconditionFailed: `check_version` says that the caller saw another version.
    """
    act = Act(principal.staff_id, services.clock.now(), services.random_bytes, reason=reason)
    with services.database.transaction() as tx:
        check_version(version_of(_own_entry(tx, principal, key_id)))
        return change_credential(tx, key_id, event=event, act=act)


def revoke_key(
    services: Services, principal: Principal, key_id: str, *, reason: RevocationReason, check_version: VersionCheck
) -> tuple[InventoryEntry, bool]:
    """Stop a key for ever, here and at the embedded authority; says whether another authority must be told.

    Raises:
        CredentialUnknown, CredentialStateConflict, PreconditionFailed: as `change_key`.
    """
    # Ours first: it stops the key at the next signature, whatever the authority's responder does.
    entry = change_key(
        services, principal, key_id, event=CredentialEvent.REVOKE, reason=reason.value, check_version=check_version
    )
    if services.authority is None or entry.serial_hex is None:
        return entry, True
    at = services.clock.now()
    try:
        services.authority.revoke(int(entry.serial_hex, 16), at=at, reason=reason)
    except SerialUnknown:
        return entry, True
    services.trust.refresh()
    return entry, False


def walk_paths(services: Services, principal: Principal) -> tuple[DryRunLine, ...]:
    """Walk every signing path without a person or a document, note how far each came, and tell one's own."""
    paths = DryRunServices(
        services.database, services.keystore, services.signing, services.clock, services.random_bytes
    )
    with services.database.read() as tx:
        others = {entry.key_id for entry in list_entries(tx) if not _is_own(tx, principal, entry)}
    return tuple(line for line in dry_run(paths) if line.path not in others)


def _own_entry(tx: Connection, principal: Principal, key_id: str) -> InventoryEntry:
    entry = get_entry(tx, key_id)
    if not _is_own(tx, principal, entry):
        raise CredentialUnknown(f"key {key_id} is not in the inventory")
    return entry


def _is_own(tx: Connection, principal: Principal, entry: InventoryEntry) -> bool:
    code = entry.owner_id
    if entry.kind is OwnerKind.CITIZEN:
        return False
    if entry.kind is OwnerKind.PERSONAL:
        try:
            code = get_staff(tx, entry.owner_id).agency_code
        except StaffNotFound:
            return False
    try:
        return is_within(tx, code, ancestor_code=principal.agency_code)
    except AgencyNotFound:
        return False
