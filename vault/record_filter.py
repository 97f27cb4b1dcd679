"""What a list of papers is narrowed to; never whose it is: that is the owner's part of the query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from vault.shapes import RecordStatus, Shelf
from vault.tables import records


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which papers are wanted; nothing said means all. `status` is as of `today`."""

    today: date
    shelf: Shelf | None = None
    doc_type: str | None = None
    status: RecordStatus | None = None
    least_level: int = 0
    valid_on: date | None = None
    record_ids: tuple[str, ...] | None = None

    def condition(self) -> sa.ColumnElement[bool]:
        """Write it as a condition over `vault_records`."""
        wanted: list[sa.ColumnElement[bool]] = [records.c.assurance_level >= self.least_level]
        if self.shelf is not None:
            wanted.append(records.c.shelf == self.shelf.value)
        if self.doc_type is not None:
            wanted.append(records.c.doc_type == self.doc_type)
        if self.status is not None:
            wanted.append(self._status())
        if self.valid_on is not None:
            wanted.append(sa.or_(records.c.valid_from.is_(None), records.c.valid_from <= self.valid_on))
            wanted.append(sa.or_(records.c.valid_until.is_(None), records.c.valid_until >= self.valid_on))
        if self.record_ids is not None:
            wanted.append(records.c.record_id.in_(self.record_ids))
        return sa.and_(*wanted)

    def _status(self) -> sa.ColumnElement[bool]:
        # EXPIRED is never stored: it follows from the last day of validity.
        is_over = sa.and_(records.c.valid_until.is_not(None), records.c.valid_until < self.today)
        is_current = records.c.status == RecordStatus.CURRENT.value
        if self.status is RecordStatus.EXPIRED:
            return sa.and_(is_current, is_over)
        if self.status is RecordStatus.CURRENT:
            return sa.and_(is_current, sa.not_(is_over))
        return records.c.status == self.status
