"""Who stands in for an agency that was abolished: its successors, dated and by a numbered decision.

What an abolished agency left behind is nobody's secret and nobody's waste: its open cases go on at one successor with their
clocks, and the people of every successor may look at its finished ones as their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.agencies import acts_at, check_agency_at, get_agency
from certify.case_transitions import OPEN_STATES
from certify.errors import StaffConflict
from certify.tables import agencies, agency_successors, cases, items


def abolish(
    tx: Connection, code: str, *, successors: Sequence[str], decision_number: str, since: datetime, at: datetime
) -> int:
    """End an agency at `since` and name who follows; the first successor takes the open cases. Gives how many moved.

    Raises:
        AgencyNotFound: one of them is unknown, or a successor does not act.
        StaffConflict: it ended before, follows itself, nobody follows, or the day is still to come.
    """
    agency = get_agency(tx, code)
    if not acts_at(agency, at=at):
        raise StaffConflict(f"agency {code} does not act any more; its successors are named already")
    if since > at:
        raise StaffConflict("an agency is abolished on the day, not before; give this order again then")
    if not successors or code in successors or len(set(successors)) != len(successors):
        raise StaffConflict("name one or more other agencies that follow, each once")
    for successor in successors:
        check_agency_at(tx, successor, at=at)
    acting = sa.and_(agencies.c.agency_code == code, sa.or_(agencies.c.valid_to.is_(None), agencies.c.valid_to > at))
    # Two decisions at once: one of them ends it.
    if not tx.execute(agencies.update().where(acting).values(valid_to=since)).rowcount:
        raise StaffConflict(f"agency {code} was abolished meanwhile; its successors are named already")
    for successor in successors:
        tx.execute(
            agency_successors.insert().values(
                agency_code=code, successor_code=successor, since=since, decision_number=decision_number
            )
        )
    return _move_open_cases(tx, code, to=successors[0])


def stands_for(tx: Connection, code: str, *, agency_code: str) -> bool:
    """Whether what was an agency's is now this one's: it is the same, or follows it over any number of reforms."""
    seen: set[str] = set()
    waiting = [code]
    while waiting:
        current = waiting.pop()
        if current == agency_code:
            return True
        if current not in seen:
            seen.add(current)
            waiting += successors_of(tx, current)
    return False


def successors_of(tx: Connection, code: str) -> tuple[str, ...]:
    """Give who follows an agency, by code; nobody follows one that still acts."""
    chosen = sa.select(agency_successors.c.successor_code).where(agency_successors.c.agency_code == code)
    return tuple(tx.execute(chosen.order_by(agency_successors.c.successor_code)).scalars())


def _move_open_cases(tx: Connection, code: str, *, to: str) -> int:
    open_ones = sa.and_(cases.c.agency_code == code, cases.c.state.in_([state.value for state in OPEN_STATES]))
    tx.execute(
        items.update().where(items.c.case_id.in_(sa.select(cases.c.case_id).where(open_ones))).values(agency_code=to)
    )
    return tx.execute(cases.update().where(open_ones).values(agency_code=to)).rowcount
