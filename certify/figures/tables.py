"""The one table that figures need besides the work's own: how surely each original was read."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from vault.database import ULID_LENGTH, UtcDateTime, metadata

readings: Final = sa.Table(
    "certify_readings",
    metadata,
    sa.Column("item_id", sa.String(ULID_LENGTH), sa.ForeignKey("certify_items.item_id"), primary_key=True),
    sa.Column("scan_number", sa.Integer, primary_key=True),
    # Hundredths of a per cent, so that sums are exact; empty when no word was read.
    sa.Column("mean_confidence", sa.Integer, nullable=True),
    sa.Column("read_at", UtcDateTime, nullable=False, index=True),
)
