"""Looking into the population database before a person is asked for papers: recorded first, then asked, then recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.engine import Connection

from api.access import Principal
from api.errors import DoorFailed
from api.identity import count_attempt
from api.services import Services
from certify.outside import (
    LookUpOutcome,
    NewLookUp,
    PersonFound,
    PersonQuestion,
    begin_look_up,
    end_look_up,
)
from vault import HolderKind, NotFound, find_by_number

# In a quarter of an hour, by one person: more than any counter serves, less than a copy of the database needs.
_LOOK_UPS: Final = 60


@dataclass(frozen=True, slots=True)
class LookedUp:
    """How a look-up ended, and what was found; this is the only place where it stands."""

    look_up_id: str
    outcome: LookUpOutcome
    source: str
    basis_id: str
    person: PersonFound | None


def look_first(services: Services, principal: Principal, number: str) -> LookedUp:
    """Look a person up by number, for the counter.

    Raises:
        DoorFailed: no database is configured (`NOT_CONFIGURED`).
        TooManyRequests: this person looks up more than a counter does.
    """
    register = services.outside.population
    if register is None:
        raise DoorFailed("NOT_CONFIGURED", is_final=True)
    at, plain = services.clock.now(), "".join(number.split())
    basis = services.law.databases_first(at)
    with services.database.transaction() as tx:
        # A transaction of its own: what is counted stays counted.
        count_attempt(tx, subject=f"look-up:{principal.staff_id}", at=at, allowed=_LOOK_UPS)
    with services.database.transaction() as tx:
        new = NewLookUp(
            principal.agency_code, principal.staff_id, basis, register.source, _holder_of(services, tx, plain)
        )
        look_up_id = begin_look_up(tx, new, at=at, random_bytes=services.random_bytes)
    person, outcome = None, LookUpOutcome.UNAVAILABLE
    try:
        person = register.look_up(PersonQuestion(look_up_id, plain, basis))
        outcome = LookUpOutcome.FOUND if person else LookUpOutcome.NOT_FOUND
    except DoorFailed:
        # The counter goes on without it: the record says that the database did not answer.
        outcome = LookUpOutcome.UNAVAILABLE
    with services.database.transaction() as tx:
        end_look_up(tx, look_up_id, outcome, at=services.clock.now(), random_bytes=services.random_bytes)
    return LookedUp(look_up_id, outcome, register.source, basis, person)


def _holder_of(services: Services, tx: Connection, number: str) -> str | None:
    try:
        return find_by_number(tx, HolderKind.PERSON, number, index=services.number_index).holder_id
    except NotFound:
        return None
