"""What a message about a paper must know to be told: whose it is, where it was made, who fetched it; ids only."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vault.errors import NotFound
from vault.history import AccessAction, AccessOutcome
from vault.tables import history, records


@dataclass(frozen=True, slots=True)
class PaperPlace:
    """A paper by ids: its holder, the agency that made it, and its code when it has one."""

    record_id: str
    holder_id: str
    agency_code: str
    code: str | None


def place_of_record(tx: Connection, record_id: str) -> PaperPlace:
    """Say whose paper it is and who made it.

    Raises:
        NotFound: no such paper.
    """
    return _place(tx, records.c.record_id == record_id, record_id)


def place_of_code(tx: Connection, code: str) -> PaperPlace:
    """Say whose paper carries this code and who made it.

    Raises:
        NotFound: no paper in a vault carries it.
    """
    return _place(tx, records.c.code == code, code)


def agencies_that_fetched(tx: Connection, record_id: str) -> tuple[str, ...]:
    """Name the agencies that fetched a paper at least once, by code."""
    found = tx.execute(
        sa.select(history.c.agency_code)
        .where(
            history.c.record_id == record_id,
            history.c.action == AccessAction.FETCHED.value,
            history.c.outcome == AccessOutcome.DONE.value,
            history.c.agency_code.is_not(None),
        )
        .distinct()
        .order_by(history.c.agency_code)
    )
    return tuple(found.scalars())


def _place(tx: Connection, condition: sa.ColumnElement[bool], named: str) -> PaperPlace:
    columns = (records.c.record_id, records.c.holder_id, records.c.agency_code, records.c.code)
    row = tx.execute(sa.select(*columns).where(condition)).one_or_none()
    if row is None:
        raise NotFound(f"no paper in a vault is {named}")
    return PaperPlace(row.record_id, row.holder_id, row.agency_code, row.code)
