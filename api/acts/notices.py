"""What people are told, and where they want to be told: each for oneself, and the counter for a holder it serves."""

from __future__ import annotations

import contextlib
from typing import Final

from sqlalchemy.engine import Connection

from api.access import Principal, Role
from api.acts.own_items import own_item
from api.errors import Forbidden
from api.services import Services
from vault import NotFound
from vault.delivery import (
    Audience,
    Contact,
    NewNotice,
    Notice,
    Party,
    PartyKind,
    Receiver,
    StoredContact,
    add_notice,
    list_notices,
    read_contact,
    set_contact,
)

_HIMSELF: Final = "HOLDER"


def notices(
    services: Services, principal: Principal, *, before_notice_id: str | None = None, limit: int = 50
) -> tuple[Notice, ...]:
    """Give what the one who asks was told, newest first."""
    with services.database.read() as tx:
        return list_notices(tx, _receivers(principal), before_notice_id=before_notice_id, limit=limit)


def my_contact(services: Services, principal: Principal) -> StoredContact | None:
    """Give where the one who asks wants to be told, or None when nothing was ever entered."""
    with services.database.read() as tx:
        return _contact(services, tx, _party(principal))


def change_my_contact(
    services: Services, principal: Principal, contact: Contact, *, expected_version: int
) -> StoredContact:
    """Keep where the one who asks wants to be told, from the next message on.

    Raises:
        ContactRefused: what was given is no address.
        ContactChanged: it changed since it was read.
    """
    party = _party(principal)
    set_by = _HIMSELF if party.kind is PartyKind.HOLDER else principal.staff_id
    with services.database.transaction() as tx:
        kept = _set(services, tx, party, contact, set_by=set_by, expected_version=expected_version)
        receiver = Receiver(Audience(party.kind.value), party.party_id)
        _tell_change(services, tx, receiver, kept)
    return kept


def offer_contact(services: Services, principal: Principal, item_id: str, contact: Contact) -> None:
    """Keep the address given with a scan, unless the holder has set one: the scan is taken in either way."""
    with contextlib.suppress(Forbidden):
        enter_contact(services, principal, item_id, contact)


def is_by_office(stored: StoredContact) -> bool:
    """Whether somebody of the office entered it, and not a holder."""
    return stored.set_by != _HIMSELF


def enter_contact(services: Services, principal: Principal, item_id: str, contact: Contact) -> StoredContact:
    """Keep the address that the holder of a case gives at the counter; what a holder set alone is left alone.

    Raises:
        ItemNotFound: there is no such item in the agency.
        ContactRefused: what was given is no address.
        Forbidden: the holder has set a contact already.
    """
    _item, case = own_item(services, principal, item_id)
    party = Party(PartyKind.HOLDER, case.holder_id)
    with services.database.transaction() as tx:
        before = _contact(services, tx, party)
        if before is not None and before.set_by == _HIMSELF:
            raise Forbidden("the holder has set where to be told; only the holder changes it")
        kept = _set(services, tx, party, contact, set_by=principal.staff_id, expected_version=None)
        _tell_change(services, tx, Receiver(Audience.HOLDER, case.holder_id), kept)
    return kept


def _receivers(principal: Principal) -> tuple[Receiver, ...]:
    if Role.CITIZEN in principal.roles:
        return (Receiver(Audience.HOLDER, principal.holder_id),)
    mine = (Receiver(Audience.STAFF, principal.staff_id), Receiver(Audience.OFFICE, principal.agency_code))
    if Role.ADMIN in principal.roles:
        return (*mine, Receiver(Audience.ADMINS, principal.agency_code))
    return mine


def _party(principal: Principal) -> Party:
    if Role.CITIZEN in principal.roles:
        return Party(PartyKind.HOLDER, principal.holder_id)
    return Party(PartyKind.STAFF, principal.staff_id)


def _contact(services: Services, tx: Connection, party: Party) -> StoredContact | None:
    try:
        return read_contact(tx, party, vault=services.blobs)
    except NotFound:
        return None


def _set(
    services: Services, tx: Connection, party: Party, contact: Contact, *, set_by: str, expected_version: int | None
) -> StoredContact:
    return set_contact(
        tx,
        party,
        contact,
        vault=services.blobs,
        set_by=set_by,
        at=services.clock.now(),
        random_bytes=services.random_bytes,
        expected_version=expected_version,
    )


def _tell_change(services: Services, tx: Connection, receiver: Receiver, kept: StoredContact) -> None:
    # On the page only: the new address is not who must be warned, and the old one is gone.
    new = NewNotice(receiver, "CONTACT_CHANGED", f"contact.changed:{receiver.receiver_id}:{kept.version}", {})
    add_notice(tx, new, at=services.clock.now(), random_bytes=services.random_bytes)
