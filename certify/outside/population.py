"""Databases first: before a paper is asked for, the office looks into the population database; that it did is on record.

What is written is the fact: who asked, by which law, in which source, how it ended. The number that was asked for and
what came back stand nowhere; a person who has a vault here sees the look-up in the history.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.outside.tables import look_ups
from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.history import AccessAction, AccessEvent, record_access
from vault.history import ActorKind as HistoryActor
from vault.log import Leaf, Tree, append

REASON: Final = "DATABASES_FIRST"


class LookUpOutcome(StrEnum):
    """How a look-up ended; ASKED is one whose end was never written."""

    ASKED = "ASKED"
    FOUND = "FOUND"
    NOT_FOUND = "NOT_FOUND"
    UNAVAILABLE = "UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class PersonQuestion:
    """Whom the office asks about. Its `repr` shows no number."""

    look_up_id: str
    number: str = field(repr=False)
    basis_id: str = ""


@dataclass(frozen=True, slots=True)
class PersonFound:
    """What the database says of a person. Its `repr` shows nothing, so that it cannot slip into a log."""

    name: str = field(repr=False)
    birth_date: date | None = field(default=None, repr=False)


class PopulationRegister(Protocol):
    """The population database, or a sandbox in its place."""

    @property
    def source(self) -> str:
        """What is asked, as it stands on record; a sandbox says that it is one."""
        ...

    def look_up(self, question: PersonQuestion) -> PersonFound | None:
        """Give what is known of a person; None says that nobody has this number.

        Raises:
            An error of the one who implements it, when there was no answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class NewLookUp:
    """Who looks, for which agency, by which law, where, and whose vault it is when the person has one."""

    agency_code: str
    staff_id: str
    basis_id: str
    source: str
    holder_id: str | None = None


def begin_look_up(tx: Connection, new: NewLookUp, *, at: datetime, random_bytes: RandomBytes) -> str:
    """Write that a look-up is about to happen, before it does: no record, no question. Gives its id."""
    look_up_id = new_ulid(at=at, random_bytes=random_bytes)
    tx.execute(
        look_ups.insert().values(
            look_up_id=look_up_id,
            agency_code=new.agency_code,
            staff_id=new.staff_id,
            basis_id=new.basis_id,
            source=new.source,
            outcome=LookUpOutcome.ASKED.value,
            asked_at=at,
        )
    )
    _log(tx, "population.asked", look_up_id, {"basis": new.basis_id, "source": new.source}, random_bytes)
    if new.holder_id is not None:
        event = AccessEvent(
            holder_id=new.holder_id,
            action=AccessAction.LOOKED_UP,
            actor_kind=HistoryActor.STAFF,
            actor_id=new.staff_id,
            at=at,
            reason=REASON,
            agency_code=new.agency_code,
            case_id=look_up_id,
        )
        record_access(tx, event, random_bytes=random_bytes)
    return look_up_id


def end_look_up(
    tx: Connection, look_up_id: str, outcome: LookUpOutcome, *, at: datetime, random_bytes: RandomBytes
) -> None:
    """Write how it ended."""
    tx.execute(look_ups.update().where(look_ups.c.look_up_id == look_up_id).values(outcome=outcome.value, ended_at=at))
    _log(tx, "population.answered", look_up_id, {"outcome": outcome.value}, random_bytes)


def count_look_ups(tx: Connection, *, agency_code: str) -> dict[LookUpOutcome, int]:
    """Count an agency's look-ups by how they ended."""
    rows = tx.execute(
        sa.select(look_ups.c.outcome, sa.func.count())
        .where(look_ups.c.agency_code == agency_code)
        .group_by(look_ups.c.outcome)
    )
    return {LookUpOutcome(outcome): count for outcome, count in rows}


def _log(tx: Connection, kind: str, look_up_id: str, payload: dict[str, str], random_bytes: RandomBytes) -> None:
    leaf = Leaf(kind, {"look_up": look_up_id, **payload})
    append(tx, leaf, tree=Tree.ACCESS, random_bytes=random_bytes)
