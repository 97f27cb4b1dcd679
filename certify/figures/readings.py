"""How surely an original was read, kept as a number when it is read; its words are not."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.figures.tables import readings


def note_reading(
    tx: Connection, item_id: str, *, scan_number: int, mean_confidence: float | None, at: datetime
) -> None:
    """Keep the mean confidence of a scan's words (0 to 100), once."""
    known = sa.select(readings.c.item_id).where(readings.c.item_id == item_id, readings.c.scan_number == scan_number)
    if tx.execute(known).one_or_none() is None:
        hundredths = None if mean_confidence is None else round(mean_confidence * 100)
        row = {"item_id": item_id, "scan_number": scan_number, "mean_confidence": hundredths, "read_at": at}
        tx.execute(readings.insert().values(row))
