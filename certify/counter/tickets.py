"""Numbers of a waiting room: given one after the other each day, called to a desk, and shown on a board. They name nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from certify.desk_tables import tickets
from certify.errors import GuardRefused

_MOST_A_DAY: Final = 999
# Two clerks may want the same number at once; one of them takes the next.
_TRIES: Final = 5
_ON_BOARD: Final = 5


class TicketState(StrEnum):
    """How far a number is."""

    WAITING = "WAITING"
    CALLED = "CALLED"
    SERVED = "SERVED"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A number of one day, with the desk it was called to."""

    number: int
    state: TicketState
    desk: str | None
    taken_at: datetime
    called_at: datetime | None


@dataclass(frozen=True, slots=True)
class Board:
    """What a waiting room sees: the numbers called last, newest first, and how many wait."""

    called: tuple[Ticket, ...]
    waiting: int


def take_ticket(tx: Connection, *, agency_code: str, day: date, at: datetime) -> Ticket:
    """Give the next number of the day.

    Raises:
        GuardRefused: `TICKETS_OUT`, there are no more numbers today.
    """
    of_day = _of_day(agency_code, day)
    for _ in range(_TRIES):
        last = tx.execute(sa.select(sa.func.max(tickets.c.number)).where(of_day)).scalar_one() or 0
        if last >= _MOST_A_DAY:
            break
        try:
            with tx.begin_nested():
                tx.execute(
                    tickets.insert().values(
                        agency_code=agency_code,
                        day=day.isoformat(),
                        number=last + 1,
                        state=TicketState.WAITING.value,
                        taken_at=at,
                    )
                )
        except sa.exc.IntegrityError:
            continue
        return Ticket(last + 1, TicketState.WAITING, None, at, None)
    raise GuardRefused("TICKETS_OUT", "there are no more numbers today; let people wait in line")


def call_next(tx: Connection, *, agency_code: str, day: date, desk: str, at: datetime) -> Ticket | None:
    """Call the number that has waited longest to a desk, whose earlier number is done then; None when nobody waits."""
    of_day = _of_day(agency_code, day)
    here = sa.and_(of_day, tickets.c.state == TicketState.CALLED.value, tickets.c.desk == desk)
    tx.execute(tickets.update().where(here).values(state=TicketState.SERVED.value))
    while True:
        waiting = sa.and_(of_day, tickets.c.state == TicketState.WAITING.value)
        number = tx.execute(sa.select(sa.func.min(tickets.c.number)).where(waiting)).scalar_one()
        if number is None:
            return None
        called = tx.execute(
            tickets.update()
            .where(waiting, tickets.c.number == number)
            .values(state=TicketState.CALLED.value, desk=desk, called_at=at)
        )
        # A colleague who was quicker has taken this one; the next is ours.
        if called.rowcount == 1:
            return _ticket(tx.execute(sa.select(tickets).where(of_day, tickets.c.number == number)).one())


def board_of(tx: Connection, *, agency_code: str, day: date) -> Board:
    """Give what the waiting room is shown."""
    of_day = _of_day(agency_code, day)
    called = tx.execute(
        sa.select(tickets)
        .where(of_day, tickets.c.called_at.is_not(None))
        .order_by(tickets.c.called_at.desc(), tickets.c.number.desc())
        .limit(_ON_BOARD)
    ).all()
    waiting = tx.execute(
        sa.select(sa.func.count()).select_from(tickets).where(of_day, tickets.c.state == TicketState.WAITING.value)
    ).scalar_one()
    return Board(tuple(_ticket(one) for one in called), waiting)


def _of_day(agency_code: str, day: date) -> sa.ColumnElement[bool]:
    return sa.and_(tickets.c.agency_code == agency_code, tickets.c.day == day.isoformat())


def _ticket(row: Row[tuple[object, ...]]) -> Ticket:
    return Ticket(row.number, TicketState(row.state), row.desk, row.taken_at, row.called_at)
