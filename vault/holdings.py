"""Which vaults hold papers of an agency: ids only, for whoever then opens each of them with a reason."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vault.tables import records, renditions


def holders_with_papers_of(tx: Connection, agency_code: str) -> tuple[str, ...]:
    """Give the ids of the holders who have papers that an agency issued."""
    found = tx.execute(
        sa.select(records.c.holder_id)
        .where(records.c.agency_code == agency_code)
        .distinct()
        .order_by(records.c.holder_id)
    )
    return tuple(found.scalars())


def find_record_uri(tx: Connection, holder_id: str, *, sha256_hex: str) -> str | None:
    """Give the address of the holder's record that has this very file, to take nothing in twice."""
    found = tx.execute(
        sa.select(records.c.uri)
        .join(renditions, renditions.c.record_id == records.c.record_id)
        .where(records.c.holder_id == holder_id, renditions.c.sha256_hex == sha256_hex)
        .limit(1)
    )
    return found.scalar_one_or_none()
