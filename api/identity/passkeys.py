"""The passkeys of members of staff, by the digest of their credential id."""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.errors import RequestInvalid
from api.identity.tables import passkeys
from keys import Passkey, PasskeyReason, PasskeyRefused

MAX_PASSKEYS = 10


def add_passkey(tx: Connection, passkey: Passkey, *, at: datetime) -> None:
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


def _key(credential_id: bytes) -> str:
    return hashlib.sha256(credential_id).hexdigest()
