"""The inventory of signing credentials: whose key it is, what state it is in, and what happened to it.

The key store holds keys; this inventory says which of them may sign. A change of state, its event, its notice and its
leaf in the public log are one transaction, so a key that was suspended is refused by the next look of any process.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.credential_tables import credential_events, credentials
from certify.errors import CredentialNotUsable, CredentialStateConflict, CredentialUnknown
from certify.notices import add_notice, lift_notice
from guard.clock import RandomBytes
from keys.credentials import read_certificate_facts
from vault.log import Leaf, Tree, append


class OwnerKind(StrEnum):
    """For whom a key signs."""

    PERSONAL = "PERSONAL"
    AGENCY = "AGENCY"
    CITIZEN = "CITIZEN"


class KeyPlace(StrEnum):
    """Where the private key is."""

    PKCS12 = "PKCS12"
    PKCS11 = "PKCS11"
    CSC = "CSC"
    USB = "USB"


class Attestation(StrEnum):
    """What is known about where the private key was made: nothing more than this may be claimed."""

    NONE = "NONE"
    SOFTWARE = "SOFTWARE"
    DEVICE_CLAIMED = "DEVICE_CLAIMED"


class CredentialStatus(StrEnum):
    """The state of a credential; only ACTIVE signs."""

    REQUESTED = "REQUESTED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    RETIRED = "RETIRED"
    REVOKED = "REVOKED"


class CredentialEvent(StrEnum):
    """What may happen to a credential."""

    REQUEST = "REQUEST"
    INSTALL = "INSTALL"
    SUSPEND = "SUSPEND"
    RESUME = "RESUME"
    RETIRE = "RETIRE"
    REVOKE = "REVOKE"


_S: Final = CredentialStatus
# A retired key may still be found out: it can be revoked, so that nobody relies on it.
_MOVES: Final[Mapping[CredentialEvent, tuple[frozenset[CredentialStatus], CredentialStatus]]] = MappingProxyType(
    {
        CredentialEvent.INSTALL: (frozenset({_S.REQUESTED}), _S.ACTIVE),
        CredentialEvent.SUSPEND: (frozenset({_S.ACTIVE}), _S.SUSPENDED),
        CredentialEvent.RESUME: (frozenset({_S.SUSPENDED}), _S.ACTIVE),
        CredentialEvent.RETIRE: (frozenset({_S.REQUESTED, _S.ACTIVE, _S.SUSPENDED}), _S.RETIRED),
        CredentialEvent.REVOKE: (frozenset({_S.ACTIVE, _S.SUSPENDED, _S.RETIRED}), _S.REVOKED),
    }
)


@dataclass(frozen=True, slots=True)
class NewCredential:
    """What is known when a key is asked for or brought in."""

    key_id: str
    kind: OwnerKind
    owner_id: str
    place: KeyPlace = KeyPlace.PKCS12
    attestation: Attestation = Attestation.NONE
    attestation_sha256_hex: str | None = None
    replaces_key_id: str | None = None


@dataclass(frozen=True, slots=True)
class InventoryEntry:
    """A credential as the office knows it; the facts of the certificate are missing while it is only requested."""

    key_id: str
    kind: OwnerKind
    owner_id: str
    status: CredentialStatus
    place: KeyPlace
    attestation: Attestation
    attestation_sha256_hex: str | None
    algorithm: str | None
    serial_hex: str | None
    certificate_sha256_hex: str | None
    not_before: datetime | None
    not_after: datetime | None
    replaces_key_id: str | None
    enrolled_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Act:
    """Who changes a credential, when and why; `reason` is a code."""

    actor_id: str
    at: datetime
    random_bytes: RandomBytes
    reason: str | None = None
    decision_number: str | None = None


def request_credential(tx: Connection, new: NewCredential, *, act: Act) -> InventoryEntry:
    """Note that a key was made and its certificate asked for.

    Raises:
        CredentialStateConflict: the key id is in the inventory already.
    """
    _insert(tx, new, status=CredentialStatus.REQUESTED, act=act)
    _write(tx, new.key_id, event=CredentialEvent.REQUEST, source=None, target=CredentialStatus.REQUESTED, act=act)
    return get_entry(tx, new.key_id)


def install_credential(tx: Connection, new: NewCredential, *, certificate_der: bytes, act: Act) -> InventoryEntry:
    """Note that a key with its certificate stands in the key store and may sign from now on.

    Raises:
        CredentialStateConflict: the key id is in the inventory already, other than as requested.
        CertificateUnusable: the certificate cannot be read.
    """
    facts = read_certificate_facts(certificate_der)
    source: CredentialStatus | None = None
    if find_entry(tx, new.key_id) is None:
        _insert(tx, new, status=CredentialStatus.ACTIVE, act=act)
    else:
        source = _check_move(tx, new.key_id, CredentialEvent.INSTALL).status
    if new.replaces_key_id is not None:
        replaced = {"replaces_key_id": new.replaces_key_id}
        tx.execute(credentials.update().where(credentials.c.key_id == new.key_id).values(**replaced))
    tx.execute(
        credentials.update()
        .where(credentials.c.key_id == new.key_id)
        .values(
            status=CredentialStatus.ACTIVE.value,
            algorithm=facts.algorithm.value,
            serial_hex=f"{facts.serial:x}",
            certificate_sha256_hex=hashlib.sha256(certificate_der).hexdigest(),
            not_before=facts.not_before,
            not_after=facts.not_after,
            changed_at=act.at,
        )
    )
    _write(tx, new.key_id, event=CredentialEvent.INSTALL, source=source, target=CredentialStatus.ACTIVE, act=act)
    return get_entry(tx, new.key_id)


def change_credential(tx: Connection, key_id: str, *, event: CredentialEvent, act: Act) -> InventoryEntry:
    """Suspend, resume, retire or revoke a credential; a suspension and a revocation are notices at once.

    Raises:
        CredentialUnknown: no such key in the inventory.
        CredentialStateConflict: its state does not allow this.
    """
    entry = _check_move(tx, key_id, event)
    target = _MOVES[event][1]
    tx.execute(
        credentials.update().where(credentials.c.key_id == key_id).values(status=target.value, changed_at=act.at)
    )
    _write(tx, key_id, event=event, source=entry.status, target=target, act=act)
    if entry.certificate_sha256_hex is None or entry.serial_hex is None:
        return get_entry(tx, key_id)
    if event in (CredentialEvent.SUSPEND, CredentialEvent.REVOKE):
        add_notice(
            tx,
            certificate_sha256_hex=entry.certificate_sha256_hex,
            serial_hex=entry.serial_hex,
            reason=act.reason or event.value,
            noticed_by=act.actor_id,
            at=act.at,
        )
    elif event is CredentialEvent.RESUME:
        lift_notice(tx, entry.certificate_sha256_hex, at=act.at)
    return get_entry(tx, key_id)


def check_usable(tx: Connection, key_id: str) -> None:
    """Refuse a key that the office itself has taken out of use.

    A key without an entry is not held against its owner: the key store and the certificate decide then.

    Raises:
        CredentialNotUsable: requested, suspended, retired or revoked.
    """
    entry = find_entry(tx, key_id)
    if entry is not None and entry.status is not CredentialStatus.ACTIVE:
        raise CredentialNotUsable(
            f"key {key_id} is {entry.status.value} in the inventory and signs nothing; `vidimus key list` shows another"
        )


def find_entry(tx: Connection, key_id: str) -> InventoryEntry | None:
    """Give an entry, or None when the key is not in the inventory."""
    row = tx.execute(sa.select(credentials).where(credentials.c.key_id == key_id)).one_or_none()
    return None if row is None else _entry(dict(row._mapping))


def get_entry(tx: Connection, key_id: str) -> InventoryEntry:
    """Give an entry.

    Raises:
        CredentialUnknown: no such key in the inventory.
    """
    entry = find_entry(tx, key_id)
    if entry is None:
        raise CredentialUnknown(f"key {key_id} is not in the inventory; `vidimus key list` shows what is")
    return entry


def list_entries(tx: Connection) -> tuple[InventoryEntry, ...]:
    """Give the whole inventory, by key id."""
    return tuple(_entry(dict(row._mapping)) for row in tx.execute(sa.select(credentials).order_by("key_id")))


def count_by_kind(tx: Connection) -> Mapping[OwnerKind, Mapping[CredentialStatus, int]]:
    """Count the credentials by kind and state; every kind and state is there, also with none."""
    counts = {kind: dict.fromkeys(CredentialStatus, 0) for kind in OwnerKind}
    grouped = sa.select(credentials.c.kind, credentials.c.status, sa.func.count()).group_by("kind", "status")
    for kind, status, count in tx.execute(grouped):
        counts[OwnerKind(kind)][CredentialStatus(status)] = count
    return counts


def _check_move(tx: Connection, key_id: str, event: CredentialEvent) -> InventoryEntry:
    tx.execute(sa.select(credentials.c.key_id).where(credentials.c.key_id == key_id).with_for_update())
    entry = get_entry(tx, key_id)
    sources, target = _MOVES[event]
    if entry.status not in sources:
        raise CredentialStateConflict(f"key {key_id} is {entry.status.value} and cannot become {target.value}")
    return entry


def _insert(tx: Connection, new: NewCredential, *, status: CredentialStatus, act: Act) -> None:
    values: dict[str, Any] = {
        "key_id": new.key_id,
        "kind": new.kind.value,
        "owner_id": new.owner_id,
        "status": status.value,
        "store": new.place.value,
        "attestation": new.attestation.value,
        "attestation_sha256_hex": new.attestation_sha256_hex,
        "replaces_key_id": new.replaces_key_id,
        "enrolled_at": act.at,
        "changed_at": act.at,
    }
    try:
        with tx.begin_nested():
            tx.execute(credentials.insert().values(**values))
    except sa.exc.IntegrityError as exc:
        raise CredentialStateConflict(f"key {new.key_id} is in the inventory already; choose another id") from exc


def _write(
    tx: Connection,
    key_id: str,
    *,
    event: CredentialEvent,
    source: CredentialStatus | None,
    target: CredentialStatus,
    act: Act,
) -> None:
    tx.execute(
        credential_events.insert().values(
            key_id=key_id,
            event=event.value,
            from_status=None if source is None else source.value,
            to_status=target.value,
            reason=act.reason,
            decision_number=act.decision_number,
            actor_id=act.actor_id,
            at=act.at,
        )
    )
    entry = get_entry(tx, key_id)
    payload = {"key": key_id, "status": target.value, "serial": entry.serial_hex or "", "reason": act.reason or ""}
    append(tx, Leaf(f"CREDENTIAL_{event.value}", payload), tree=Tree.CERTIFICATIONS, random_bytes=act.random_bytes)


def _entry(fields: dict[str, Any]) -> InventoryEntry:
    return InventoryEntry(
        kind=OwnerKind(fields.pop("kind")),
        status=CredentialStatus(fields.pop("status")),
        place=KeyPlace(fields.pop("store")),
        attestation=Attestation(fields.pop("attestation")),
        **fields,
    )
