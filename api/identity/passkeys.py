"""The passkeys of staff and citizens by the digest of their credential id, and the challenges they answer once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.errors import LoginRefused, NotFound, RequestInvalid
from api.identity.accounts import Account, Door, accounts_of, find_account_by_id
from api.identity.tables import challenges, passkeys
from guard import RandomBytes
from keys import Passkey, PasskeyReason, PasskeyRefused

MAX_PASSKEYS: Final = 10
CHALLENGE_LIFETIME: Final = timedelta(minutes=5)
_CHALLENGE_BYTES: Final = 32


class Purpose(StrEnum):
    """What a challenge was given for; an answer to one is no answer to another."""

    SIGN_IN = "sign_in"
    CONFIRM = "confirm"
    REGISTER = "register"


@dataclass(frozen=True, slots=True)
class OwnPasskey:
    """A passkey as its owner sees it in a list."""

    passkey_id: str
    created_at: datetime
    last_used_at: datetime | None


def new_challenge(
    tx: Connection, purpose: Purpose, *, account_id: str | None, at: datetime, random_bytes: RandomBytes
) -> bytes:
    """Make a challenge that is answered once and soon; only its digest is kept, and what nobody answered is forgotten."""
    challenge = random_bytes(_CHALLENGE_BYTES)
    tx.execute(sa.delete(challenges).where(challenges.c.ends_at <= at))
    tx.execute(
        challenges.insert().values(
            challenge_sha256_hex=_key(challenge),
            purpose=purpose.value,
            account_id=account_id,
            ends_at=at + CHALLENGE_LIFETIME,
        )
    )
    return challenge


def use_challenge(tx: Connection, challenge: bytes, purpose: Purpose, *, account_id: str | None, at: datetime) -> None:
    """Use a challenge up.

    Raises:
        PasskeyRefused: it was answered before, is too old, was given to somebody else, for something else, or never.
    """
    owner = challenges.c.account_id == account_id if account_id is not None else challenges.c.account_id.is_(None)
    used = tx.execute(
        sa.delete(challenges).where(
            challenges.c.challenge_sha256_hex == _key(challenge),
            challenges.c.purpose == purpose.value,
            challenges.c.ends_at > at,
            owner,
        )
    )
    if used.rowcount != 1:
        raise PasskeyRefused("this question was answered before, or is too old", reason=PasskeyReason.CHALLENGE)


def account_of_passkey(tx: Connection, credential_id: bytes) -> Account:
    """Give the open account that a passkey signs in to.

    Raises:
        LoginRefused: it is closed.
    """
    row = tx.execute(
        sa.select(passkeys.c.account_id, passkeys.c.user_id).where(
            passkeys.c.credential_sha256_hex == _key(credential_id)
        )
    ).one_or_none()
    if row is None:
        raise LoginRefused("nobody registered this passkey here")
    if row.account_id is not None:
        found = find_account_by_id(tx, row.account_id)
    else:
        # Registered before passkeys signed in: only staff had them.
        found = next(iter(accounts_of(tx, door=Door.STAFF, subject_id=row.user_id)), None)
    if found is None:
        raise LoginRefused("the account of this passkey is closed")
    return found


def own_passkeys(tx: Connection, user_id: str) -> tuple[OwnPasskey, ...]:
    """List the passkeys of a person, the newest first."""
    rows = tx.execute(passkeys.select().where(passkeys.c.user_id == user_id).order_by(passkeys.c.created_at.desc()))
    return tuple(OwnPasskey(row.credential_sha256_hex, row.created_at, row.last_used_at) for row in rows.all())


def remove_passkey(tx: Connection, user_id: str, passkey_id: str) -> None:
    """Forget one's own passkey.

    Raises:
        NotFound: there is none of this id, or it is somebody else's.
    """
    gone = tx.execute(
        sa.delete(passkeys).where(passkeys.c.user_id == user_id, passkeys.c.credential_sha256_hex == passkey_id)
    )
    if gone.rowcount != 1:
        raise NotFound("no passkey of yours has this id")


def add_passkey(tx: Connection, passkey: Passkey, *, at: datetime, account_id: str | None = None) -> None:
    """Keep a passkey that was just made.

    Raises:
        RequestInvalid: it is known already, or its owner has ten.
    """
    if len(passkeys_of(tx, passkey.user_id)) >= MAX_PASSKEYS:
        raise RequestInvalid(f"a person has at most {MAX_PASSKEYS} passkeys; remove one first", field="passkey")
    try:
        with tx.begin_nested():
            tx.execute(
                passkeys.insert().values(
                    credential_sha256_hex=_key(passkey.credential_id),
                    credential_id=passkey.credential_id,
                    public_key=passkey.public_key,
                    user_id=passkey.user_id,
                    sign_count=passkey.sign_count,
                    created_at=at,
                    account_id=account_id,
                )
            )
    except sa.exc.IntegrityError as exc:
        raise RequestInvalid("this passkey is registered already", field="passkey") from exc


def passkeys_of(tx: Connection, user_id: str) -> tuple[Passkey, ...]:
    """Give the passkeys of a person, oldest first."""
    rows = tx.execute(passkeys.select().where(passkeys.c.user_id == user_id).order_by(passkeys.c.created_at))
    return tuple(Passkey(row.credential_id, row.public_key, row.user_id, row.sign_count) for row in rows.all())


def get_passkey(tx: Connection, credential_id: bytes) -> Passkey:
    """Give a passkey.

    Raises:
        PasskeyRefused: nobody registered it here.
    """
    row = tx.execute(passkeys.select().where(passkeys.c.credential_sha256_hex == _key(credential_id))).one_or_none()
    if row is None:
        raise PasskeyRefused("nobody registered this passkey here", reason=PasskeyReason.UNKNOWN_PASSKEY)
    return Passkey(row.credential_id, row.public_key, row.user_id, row.sign_count)


def note_use(tx: Connection, used: Passkey, *, at: datetime) -> None:
    """Remember how far the passkey's counter is."""
    tx.execute(
        passkeys.update()
        .where(passkeys.c.credential_sha256_hex == _key(used.credential_id), passkeys.c.sign_count <= used.sign_count)
        .values(sign_count=used.sign_count, last_used_at=at)
    )


def remove_passkeys_of(tx: Connection, user_id: str) -> int:
    """Forget every passkey of a person; gives how many there were."""
    return tx.execute(sa.delete(passkeys).where(passkeys.c.user_id == user_id)).rowcount


def _key(credential_id: bytes) -> str:
    return hashlib.sha256(credential_id).hexdigest()
