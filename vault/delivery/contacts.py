"""Where a holder or a member of staff wants to be told: an address under encryption, and the channels that are wanted."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.blobs import BlobVault
from vault.delivery.tables import contacts
from vault.errors import ContactChanged, ContactRefused, NotFound

_CONTACT: Final = "contact"
_LANGUAGES: Final = frozenset({"vi", "en", "fr"})
# ASCII only: what a mail server reads otherwise than we do is no address.
_EMAIL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{1,63}")
_EMAIL_LENGTH: Final = 254
_PHONE: Final = re.compile(r"\+?[0-9]{8,15}")
_BETWEEN_DIGITS: Final = re.compile(r"[ .()-]")


class PartyKind(StrEnum):
    """Who can be told of something."""

    HOLDER = "HOLDER"
    STAFF = "STAFF"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who can be told of something, by id."""

    kind: PartyKind
    party_id: str

    def __str__(self) -> str:
        """The party as a row names it."""
        return f"{self.kind.value}:{self.party_id}"


@dataclass(frozen=True, slots=True)
class Contact:
    """Where and how somebody wants to be told. Its `repr` shows no address, so that none can slip into a log."""

    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    language: str = "vi"
    by_email: bool = False
    by_sms: bool = False


@dataclass(frozen=True, slots=True)
class StoredContact:
    """A contact with its version and who entered it."""

    contact: Contact
    version: int
    set_by: str
    set_at: datetime


def read_party(text: str) -> Party:
    """Read a party as a row names it."""
    kind, _, party_id = text.partition(":")
    return Party(PartyKind(kind), party_id)


def tidy_contact(contact: Contact, *, email_field: str = "email") -> Contact:
    """Give a contact in the form in which it is kept; `email_field` is what a form calls the address.

    Raises:
        ContactRefused: what was given is no address, or a wanted channel has none; `field` names which.
    """
    email = contact.email.strip()
    phone = _BETWEEN_DIGITS.sub("", contact.phone.strip())
    if email and (len(email) > _EMAIL_LENGTH or not _EMAIL.fullmatch(email)):
        raise ContactRefused("this is no address for e-mail", field=email_field)
    if phone and not _PHONE.fullmatch(phone):
        raise ContactRefused("this is no telephone number", field="phone")
    if contact.by_email and not email:
        raise ContactRefused("e-mail is wanted, but no address is given", field="email")
    if contact.by_sms and not phone:
        raise ContactRefused("short messages are wanted, but no number is given", field="phone")
    if contact.language not in _LANGUAGES:
        raise ContactRefused("the language is one of vi, en, fr", field="language")
    return Contact(email, phone, contact.language, contact.by_email, contact.by_sms)


def set_contact(
    tx: Connection,
    party: Party,
    contact: Contact,
    *,
    vault: BlobVault,
    set_by: str,
    at: datetime,
    random_bytes: RandomBytes,
    expected_version: int | None = None,
) -> StoredContact:
    """Keep where somebody wants to be told; `expected_version` is that of the contact it replaces, 0 for none.

    Raises:
        ContactRefused: what was given is no address.
        ContactChanged: somebody changed it since it was read.
    """
    kept = tidy_contact(contact)
    row = tx.execute(sa.select(contacts).where(contacts.c.party == str(party)).with_for_update()).one_or_none()
    version = row.version if row is not None else 0
    if expected_version is not None and expected_version != version:
        raise ContactChanged(f"the contact of {party} is at version {version}; read it again")
    keyset_id = row.keyset_id if row is not None else _keyset_of(party, vault, at=at, random_bytes=random_bytes)
    values = {
        "keyset_id": keyset_id,
        "sealed_contact": vault.seal_value(keyset_id, _CONTACT, _encode(kept)),
        "by_email": kept.by_email,
        "by_sms": kept.by_sms,
        "version": version + 1,
        "set_by": set_by,
        "set_at": at,
    }
    try:
        with tx.begin_nested():
            if row is None:
                tx.execute(contacts.insert().values(party=str(party), **values))
            else:
                tx.execute(contacts.update().where(contacts.c.party == str(party)).values(**values))
    except sa.exc.IntegrityError as error:
        raise ContactChanged(f"the contact of {party} was set at the same moment; read it again") from error
    return StoredContact(kept, version + 1, set_by, at)


def read_contact(tx: Connection, party: Party, *, vault: BlobVault) -> StoredContact:
    """Decrypt where somebody wants to be told.

    Raises:
        NotFound: no contact was ever set.
        BlobShredded: its owner was erased.
    """
    row = tx.execute(sa.select(contacts).where(contacts.c.party == str(party))).one_or_none()
    if row is None:
        raise NotFound(f"{party} has given no contact")
    fields = json.loads(vault.open_value(row.keyset_id, _CONTACT, bytes(row.sealed_contact)))
    return StoredContact(Contact(**fields), row.version, row.set_by, row.set_at)


def wanted_channels(tx: Connection, party: Party) -> tuple[bool, bool]:
    """Say whether e-mail and whether short messages are wanted, without opening the address."""
    row = tx.execute(
        sa.select(contacts.c.by_email, contacts.c.by_sms).where(contacts.c.party == str(party))
    ).one_or_none()
    return (False, False) if row is None else (row.by_email, row.by_sms)


def _keyset_of(party: Party, vault: BlobVault, *, at: datetime, random_bytes: RandomBytes) -> str:
    if party.kind is PartyKind.HOLDER:
        return party.party_id
    keyset_id = new_ulid(at=at, random_bytes=random_bytes)
    vault.create_keyset(keyset_id)
    return keyset_id


def _encode(contact: Contact) -> bytes:
    return json.dumps(asdict(contact), sort_keys=True).encode()
