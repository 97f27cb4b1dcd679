"""Whose vault it is: persons and organisations, found by a keyed digest of their number, named only under encryption.

Without the index key a thief of the database cannot test a list of citizen numbers against it. The key has an id, so
that it can be rotated: a holder is then found under the new key and the old ones.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from keys.kek import KeyEncryptionKey
from vault.blobs import BlobVault
from vault.errors import HolderConflict, HolderFrozen, NotFound
from vault.holder_tables import past_identities
from vault.stores import AlreadyStored, ObjectStore
from vault.tables import holder_numbers, holders

_KEY_BYTES: Final = 32
_INDEX_FOLDER: Final = "holder-index"
_IDENTITY: Final = "identity"


class HolderKind(StrEnum):
    """A natural person or an organisation."""

    PERSON = "PERSON"
    ORGANISATION = "ORGANISATION"


class ClaimState(StrEnum):
    """Whether the holder has taken the vault over, or it waits for its claim."""

    UNCLAIMED = "UNCLAIMED"
    CLAIMED = "CLAIMED"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the holder is. Its `repr` shows nothing, so that it cannot slip into a log."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    birth_date: date | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Holder:
    """A vault's owner, without a name."""

    holder_id: str
    kind: HolderKind
    state: ClaimState
    claimed_by: str | None
    enrolled_at: datetime
    enrolled_by_agency: str
    frozen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PastIdentity:
    """Who a holder was until a day, and by which document that changed."""

    identity: Identity
    until: datetime
    document_number: str


@dataclass(frozen=True, slots=True)
class NewHolder:
    """What an enrolment needs: an identity seen by an agency."""

    kind: HolderKind
    identity: Identity
    agency_code: str


@dataclass(frozen=True, slots=True)
class IndexKey:
    """One key of the number index."""

    key_id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NumberIndex:
    """The keys a number is looked up with: the first one writes, all of them find."""

    keys: tuple[IndexKey, ...]

    def digests(self, kind: HolderKind, number: str) -> tuple[tuple[str, str], ...]:
        """Give (key id, keyed digest) of a number, current key first; blanks and dots in it do not count."""
        plain = "".join(symbol for symbol in number.upper() if symbol.isalnum())
        message = f"vidimus-holder-1\n{kind.value}\n{plain}".encode()
        return tuple((key.key_id, hmac.new(key.secret, message, hashlib.sha256).hexdigest()) for key in self.keys)


def open_number_index(
    store: ObjectStore, *, kek: KeyEncryptionKey, random_bytes: RandomBytes, key_ids: tuple[str, ...] = ("n1",)
) -> NumberIndex:
    """Open the index keys from the keyset store, making those that do not exist yet.

    To rotate, name the new key first: `("n2", "n1")`; `reindex_holder` then moves holders one by one.
    """
    keys = []
    for key_id in key_ids:
        path, binding = f"{_INDEX_FOLDER}/{key_id}", f"vidimus-holder-index-1\n{key_id}".encode()
        if not store.exists(path):
            with suppress(AlreadyStored):
                store.put_new(path, base64.b64encode(kek.wrap(random_bytes(_KEY_BYTES), associated_data=binding)))
        secret = kek.unwrap(base64.b64decode(store.get(path)), associated_data=binding)
        keys.append(IndexKey(key_id, secret))
    return NumberIndex(tuple(keys))


def rewrap_number_index(store: ObjectStore, *, kek: KeyEncryptionKey) -> None:
    """Wrap the index keys anew with the current key-encryption key; whatever is interrupted is done again."""
    for path in store.list_paths(_INDEX_FOLDER):
        binding = f"vidimus-holder-index-1\n{path.rpartition('/')[2]}".encode()
        secret = kek.unwrap(base64.b64decode(store.get(path)), associated_data=binding)
        store.replace(path, base64.b64encode(kek.wrap(secret, associated_data=binding)))


def enrol_holder(
    tx: Connection, new: NewHolder, *, index: NumberIndex, vault: BlobVault, at: datetime, random_bytes: RandomBytes
) -> Holder:
    """Open an unclaimed vault for a person or organisation seen at the counter.

    Raises:
        HolderConflict: the number already has a vault; find it with `find_by_number`.
    """
    digests = index.digests(new.kind, new.identity.number)
    if _holder_id_of(tx, digests) is not None:
        raise HolderConflict("this number already has a vault; find it instead of enrolling again")
    holder_id = new_ulid(at=at, random_bytes=random_bytes)
    vault.create_keyset(holder_id)
    sealed = vault.seal_value(holder_id, _IDENTITY, _encode(new.identity))
    try:
        with tx.begin_nested():
            tx.execute(
                holders.insert().values(
                    holder_id=holder_id,
                    kind=new.kind.value,
                    state=ClaimState.UNCLAIMED.value,
                    sealed_identity=sealed,
                    enrolled_at=at,
                    enrolled_by_agency=new.agency_code,
                )
            )
            _insert_number(tx, holder_id, digests[0])
    except sa.exc.IntegrityError as error:
        raise HolderConflict("this number got a vault at the same moment; find it instead") from error
    return get_holder(tx, holder_id)


def find_by_number(tx: Connection, kind: HolderKind, number: str, *, index: NumberIndex) -> Holder:
    """Find a holder by the citizen number (or the organisation's number).

    Raises:
        NotFound: nobody with this number has a vault here.
    """
    holder_id = _holder_id_of(tx, index.digests(kind, number))
    if holder_id is None:
        raise NotFound("nobody with this number has a vault here; enrol the holder first")
    return get_holder(tx, holder_id)


def get_holder(tx: Connection, holder_id: str) -> Holder:
    """Read a holder by id.

    Raises:
        NotFound: no such holder.
    """
    return _holder(_row(tx, holder_id))


def read_identity(tx: Connection, holder_id: str, *, vault: BlobVault) -> Identity:
    """Decrypt who the holder is, for a screen that may show it.

    Raises:
        NotFound: no such holder.
        BlobShredded: the holder's identity was erased.
    """
    return _decode(vault.open_value(holder_id, _IDENTITY, bytes(_row(tx, holder_id).sealed_identity)))


def read_past_identities(tx: Connection, holder_id: str, *, vault: BlobVault) -> tuple[PastIdentity, ...]:
    """Decrypt who the holder was before, the latest first.

    Raises:
        BlobShredded: the holder's identity was erased.
    """
    rows = tx.execute(
        sa.select(past_identities)
        .where(past_identities.c.holder_id == holder_id)
        .order_by(past_identities.c.position.desc())
    ).all()
    return tuple(
        PastIdentity(
            _decode(vault.open_value(holder_id, _past(row.position), bytes(row.sealed_identity))),
            row.until,
            row.document_number,
        )
        for row in rows
    )


def change_identity(
    tx: Connection,
    holder_id: str,
    identity: Identity,
    *,
    document_number: str,
    index: NumberIndex,
    vault: BlobVault,
    at: datetime,
) -> Holder:
    """Note a new name or number of the same holder, dated; the old number still leads here, so nobody gets two vaults.

    Raises:
        NotFound: no such holder.
        HolderConflict: the new number belongs to another holder.
    """
    tx.execute(sa.select(holders.c.holder_id).where(holders.c.holder_id == holder_id).with_for_update())
    holder, before = get_holder(tx, holder_id), read_identity(tx, holder_id, vault=vault)
    digest, *_ = digests = index.digests(holder.kind, identity.number)
    if _holder_id_of(tx, digests) not in (None, holder_id):
        raise HolderConflict(f"the new number of holder {holder_id} belongs to another vault; have both checked")
    position = tx.execute(
        sa.select(sa.func.count()).select_from(past_identities).where(past_identities.c.holder_id == holder_id)
    ).scalar_one()
    tx.execute(
        past_identities.insert().values(
            holder_id=holder_id,
            position=position,
            sealed_identity=vault.seal_value(holder_id, _past(position), _encode(before)),
            until=at,
            document_number=document_number,
        )
    )
    sealed = vault.seal_value(holder_id, _IDENTITY, _encode(identity))
    tx.execute(holders.update().where(holders.c.holder_id == holder_id).values(sealed_identity=sealed))
    if _holder_id_of(tx, (digest,)) is None:
        _insert_number(tx, holder_id, digest)
    return holder


def freeze_holder(tx: Connection, holder_id: str, *, document_number: str, at: datetime) -> bool:
    """Note that the holder died; False when it was noted before.

    Raises:
        NotFound: no such holder.
    """
    get_holder(tx, holder_id)
    return bool(
        tx.execute(
            holders.update()
            .where(holders.c.holder_id == holder_id, holders.c.frozen_at.is_(None))
            .values(frozen_at=at, frozen_by_document=document_number)
        ).rowcount
    )


def is_frozen(tx: Connection, holder_id: str) -> bool:
    """Say whether the holder is noted as deceased.

    Raises:
        NotFound: no such holder.
    """
    return _row(tx, holder_id).frozen_at is not None


def claim_vault(tx: Connection, holder_id: str, *, account_id: str, at: datetime) -> Holder:
    """Hand an unclaimed vault to the account of a sufficiently identified holder; claiming twice changes nothing.

    Raises:
        NotFound: no such holder.
        HolderConflict: another account has claimed it, or the account holds another vault.
        HolderFrozen: the holder is noted as deceased.
    """
    if is_frozen(tx, holder_id):
        raise HolderFrozen(
            f"the vault of holder {holder_id} is frozen and cannot be claimed; heirs are entered instead"
        )
    try:
        with tx.begin_nested():
            claimed = tx.execute(
                holders.update()
                .where(holders.c.holder_id == holder_id, holders.c.state == ClaimState.UNCLAIMED.value)
                .values(state=ClaimState.CLAIMED.value, claimed_by=account_id, claimed_at=at)
            ).rowcount
    except sa.exc.IntegrityError as error:
        raise HolderConflict(f"account {account_id} already holds another vault") from error
    holder = get_holder(tx, holder_id)
    if not claimed and holder.claimed_by != account_id:
        raise HolderConflict(f"the vault of holder {holder_id} was already claimed by another account")
    return holder


def find_by_account(tx: Connection, account_id: str) -> Holder:
    """Find the vault an account has claimed.

    Raises:
        NotFound: the account has claimed none.
    """
    row = tx.execute(sa.select(holders).where(holders.c.claimed_by == account_id)).one_or_none()
    if row is None:
        raise NotFound(f"account {account_id} has claimed no vault")
    return _holder(row)


def reindex_holder(tx: Connection, holder_id: str, *, index: NumberIndex, vault: BlobVault) -> None:
    """Move a holder under the current index key after a rotation, with every number there ever was."""
    holder = get_holder(tx, holder_id)
    numbers = [read_identity(tx, holder_id, vault=vault).number]
    numbers += [one.identity.number for one in read_past_identities(tx, holder_id, vault=vault)]
    tx.execute(holder_numbers.delete().where(holder_numbers.c.holder_id == holder_id))
    for digest in dict.fromkeys(index.digests(holder.kind, number)[0] for number in numbers):
        _insert_number(tx, holder_id, digest)


def _holder_id_of(tx: Connection, digests: tuple[tuple[str, str], ...]) -> str | None:
    key = sa.tuple_(holder_numbers.c.index_key_id, holder_numbers.c.number_hmac_hex)
    found = tx.execute(sa.select(holder_numbers.c.holder_id).where(key.in_(digests)).limit(1))
    return found.scalar_one_or_none()


def _insert_number(tx: Connection, holder_id: str, digest: tuple[str, str]) -> None:
    key_id, number_hmac_hex = digest
    tx.execute(
        holder_numbers.insert().values(index_key_id=key_id, number_hmac_hex=number_hmac_hex, holder_id=holder_id)
    )


def _row(tx: Connection, holder_id: str) -> Row[tuple[object, ...]]:
    row = tx.execute(sa.select(holders).where(holders.c.holder_id == holder_id)).one_or_none()
    if row is None:
        raise NotFound(f"holder {holder_id} has no vault here")
    return row


def _holder(row: Row[tuple[object, ...]]) -> Holder:
    return Holder(
        holder_id=row.holder_id,
        kind=HolderKind(row.kind),
        state=ClaimState(row.state),
        claimed_by=row.claimed_by,
        enrolled_at=row.enrolled_at,
        enrolled_by_agency=row.enrolled_by_agency,
        frozen_at=row.frozen_at,
    )


def _encode(identity: Identity) -> bytes:
    birth_date = identity.birth_date.isoformat() if identity.birth_date else None
    fields = {"name": identity.name, "number": identity.number, "birth_date": birth_date}
    return json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()


def _decode(sealed: bytes) -> Identity:
    fields = json.loads(sealed)
    birth_date = date.fromisoformat(fields["birth_date"]) if fields["birth_date"] else None
    return Identity(name=fields["name"], number=fields["number"], birth_date=birth_date)


def _past(position: int) -> str:
    return f"{_IDENTITY}/{position}"
