"""That a refusal's notice was sealed, and with which bytes; its words lie under the case's key."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.desk_tables import refusal_notices
from certify.items import Item


def note_sealed(tx: Connection, item: Item, *, code: str, sha256_hex: str, at: datetime) -> None:
    """Write it once; a second sealing of the same notice finds the first."""
    known = tx.execute(sa.select(refusal_notices.c.item_id).where(refusal_notices.c.item_id == item.item_id))
    if known.one_or_none() is None:
        tx.execute(
            refusal_notices.insert().values(
                item_id=item.item_id, case_id=item.case_id, refusal_code=code, sha256_hex=sha256_hex, sealed_at=at
            )
        )
