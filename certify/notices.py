"""The office's own notices of withdrawal: written once, obeyed by every process at its next look, no cache between."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.credential_tables import revocation_notices
from vault.database import Database


def add_notice(
    tx: Connection, *, certificate_sha256_hex: str, serial_hex: str, reason: str, noticed_by: str, at: datetime
) -> None:
    """Hold a certificate for withdrawn from now on; a second notice replaces the reason and stands again."""
    values = {
        "serial_hex": serial_hex,
        "reason": reason,
        "noticed_by": noticed_by,
        "noticed_at": at,
        "lifted_at": None,
    }
    known = revocation_notices.c.certificate_sha256_hex == certificate_sha256_hex
    if not tx.execute(revocation_notices.update().where(known).values(**values)).rowcount:
        tx.execute(revocation_notices.insert().values(certificate_sha256_hex=certificate_sha256_hex, **values))


def lift_notice(tx: Connection, certificate_sha256_hex: str, *, at: datetime) -> None:
    """Let a certificate be used again; that there was a notice stays on record."""
    tx.execute(
        revocation_notices.update()
        .where(
            revocation_notices.c.certificate_sha256_hex == certificate_sha256_hex,
            revocation_notices.c.lifted_at.is_(None),
        )
        .values(lifted_at=at)
    )


def is_noticed(tx: Connection, certificate_sha256_hex: str) -> bool:
    """Say whether a notice names this certificate and was not lifted."""
    found = tx.execute(
        sa.select(revocation_notices.c.serial_hex).where(
            revocation_notices.c.certificate_sha256_hex == certificate_sha256_hex,
            revocation_notices.c.lifted_at.is_(None),
        )
    ).one_or_none()
    return found is not None


class SqlNotices:
    """`keys.RevocationNotices` on the database: each question is a look, so a notice holds within one signature."""

    __slots__ = ("_database",)

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_withdrawn(self, certificate_sha256_hex: str) -> bool:
        """Say whether a notice names this certificate now."""
        with self._database.read() as tx:
            return is_noticed(tx, certificate_sha256_hex)
