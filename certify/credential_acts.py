"""What changes with a credential besides its entry: whose signing key it is, and which key it replaces."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.agencies import get_agency
from certify.credentials import (
    Act,
    CredentialEvent,
    CredentialStatus,
    InventoryEntry,
    NewCredential,
    OwnerKind,
    change_credential,
    find_entry,
    install_credential,
)
from certify.errors import CredentialStateConflict
from certify.staff import get_staff
from certify.tables import agencies, staff


def enrol_key(tx: Connection, new: NewCredential, *, certificate_der: bytes, act: Act) -> InventoryEntry:
    """Note an installed key, make it the signing key of its owner, and retire the key it replaces.

    Raises:
        StaffNotFound, AgencyNotFound: the owner does not exist.
        CredentialStateConflict: the owner has another key in use that this one does not replace.
        CredentialError: as `install_credential`.
    """
    present = present_key(tx, new.kind, new.owner_id)
    if present not in (None, new.key_id, new.replaces_key_id):
        entry = find_entry(tx, present or "")
        if entry is None or entry.status in (CredentialStatus.ACTIVE, CredentialStatus.SUSPENDED):
            raise CredentialStateConflict(
                f"the owner signs with key {present}; renew that key, or retire it before another is installed"
            )
    entry = install_credential(tx, new, certificate_der=certificate_der, act=act)
    _hand_over(tx, entry)
    if new.replaces_key_id is not None:
        replaced = find_entry(tx, new.replaces_key_id)
        # A revoked or retired key stays what it is; its successor is installed all the same.
        if replaced is not None and replaced.status in (CredentialStatus.ACTIVE, CredentialStatus.SUSPENDED):
            change_credential(tx, new.replaces_key_id, event=CredentialEvent.RETIRE, act=act)
    return entry


def present_key(tx: Connection, kind: OwnerKind, owner_id: str) -> str | None:
    """Give the key an owner signs with at present; a citizen's key is known by the inventory alone.

    Raises:
        StaffNotFound, AgencyNotFound: the owner does not exist.
    """
    if kind is OwnerKind.PERSONAL:
        return get_staff(tx, owner_id).key_id
    return get_agency(tx, owner_id).seal_key_id if kind is OwnerKind.AGENCY else None


def _hand_over(tx: Connection, entry: InventoryEntry) -> None:
    if entry.kind is OwnerKind.PERSONAL:
        values = {"key_id": entry.key_id, "certificate_serial_hex": entry.serial_hex}
        tx.execute(sa.update(staff).where(staff.c.staff_id == entry.owner_id).values(**values))
    elif entry.kind is OwnerKind.AGENCY:
        tx.execute(sa.update(agencies).where(agencies.c.agency_code == entry.owner_id).values(seal_key_id=entry.key_id))
