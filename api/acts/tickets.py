"""Numbers of the waiting room: give one, call the next to a desk, show the board."""

from __future__ import annotations

from typing import Final

from api.access import Principal
from api.errors import RequestInvalid
from api.services import Services
from certify import get_agency
from certify.counter import Board, Ticket, board_of, call_next, take_ticket

_LONGEST_DESK: Final = 40


def give(services: Services, principal: Principal) -> Ticket:
    """Give the next number of one's own agency.

    Raises:
        GuardRefused: `TICKETS_OUT`.
    """
    at = services.clock.now()
    with services.database.transaction() as tx:
        return take_ticket(tx, agency_code=principal.agency_code, day=services.law.local_date(at), at=at)


def call(services: Services, principal: Principal, desk: str) -> Ticket | None:
    """Call who has waited longest to a desk; None when nobody waits.

    Raises:
        RequestInvalid: the desk has no name, or a long one.
    """
    named = " ".join(desk.split())
    if not 1 <= len(named) <= _LONGEST_DESK:
        raise RequestInvalid("say to which desk, in at most 40 letters", field="desk")
    at = services.clock.now()
    with services.database.transaction() as tx:
        return call_next(tx, agency_code=principal.agency_code, day=services.law.local_date(at), desk=named, at=at)


def board(services: Services, agency_code: str) -> Board:
    """Give what the waiting room of an agency is shown today.

    Raises:
        AgencyNotFound: there is no such agency.
    """
    with services.database.read() as tx:
        agency = get_agency(tx, agency_code)
        return board_of(tx, agency_code=agency.code, day=services.law.local_date(services.clock.now()))
