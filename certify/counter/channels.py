"""What makes a channel more than a word: what came by post and goes back by it, and who helped a citizen with whose yes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.case import Channel, Delivery
from certify.counter.handover import IN_PERSON, Receiver
from certify.counter.people import SeenBy
from certify.desk_tables import assistance, postal_notes
from certify.errors import GuardRefused
from certify.staff import Role, check_role

_LANGUAGES: Final = frozenset({"vi", "en", "fr"})


class AgreedBy(StrEnum):
    """How a citizen without a device of their own agreed to be helped."""

    COUNTER_SCREEN = "COUNTER_SCREEN"
    SIGNED_SLIP = "SIGNED_SLIP"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A letter with an original: who brought it, under which number, and on which day."""

    carrier: str
    tracking_id: str
    arrived_on: date


@dataclass(frozen=True, slots=True)
class Assistance:
    """Who helped, in which language it was read aloud, and how the citizen agreed."""

    helper_id: str
    agreed_by: AgreedBy
    language: str = "vi"


@dataclass(frozen=True, slots=True)
class PostalNote:
    """What came by post, and under which number it went back."""

    arrival: Arrival
    returned: Receiver | None
    returned_at: datetime | None


def check_channel(
    channel: Channel, *, seen_by: SeenBy | None, delivery: Delivery, arrival: Arrival | None, helped: Assistance | None
) -> None:
    """Refuse a case of the counter whose channel and facts do not go together.

    Raises:
        GuardRefused: `CHANNEL_ONLINE`, `ARRIVAL_MISSING`, `NOBODY_AT_COUNTER`, `ASSISTANCE_MISSING` or `CHANNEL_MISMATCH`.
    """
    if channel is Channel.ONLINE:
        raise GuardRefused("CHANNEL_ONLINE", "a request online is made by the citizen at their own door")
    if channel is Channel.POSTAL:
        if arrival is None or not (arrival.carrier.strip() and arrival.tracking_id.strip()):
            raise GuardRefused("ARRIVAL_MISSING", "what came by post has a carrier, a number and a day; enter them")
        if seen_by is not SeenBy.BY_POST or delivery in IN_PERSON:
            raise GuardRefused(
                "NOBODY_AT_COUNTER",
                "who wrote was not seen, and nobody takes copies at the counter; choose another way",
            )
    elif arrival is not None or seen_by is SeenBy.BY_POST:
        raise GuardRefused("CHANNEL_MISMATCH", "only a case by post has a letter")
    if channel is Channel.ASSISTED and helped is None:
        raise GuardRefused("ASSISTANCE_MISSING", "say who helps and how the citizen agreed to it")
    if channel is not Channel.ASSISTED and helped is not None:
        raise GuardRefused("CHANNEL_MISMATCH", "a case with a helper is an assisted one")


def note_arrival(tx: Connection, case_id: str, arrival: Arrival, *, staff_id: str, at: datetime) -> None:
    """Write under which number the post brought an original."""
    tx.execute(
        postal_notes.insert().values(
            case_id=case_id,
            carrier=arrival.carrier.strip(),
            tracking_id=arrival.tracking_id.strip(),
            arrived_on=arrival.arrived_on,
            noted_by=staff_id,
            noted_at=at,
        )
    )


def note_returned(tx: Connection, case_id: str, receiver: Receiver, *, staff_id: str, at: datetime) -> None:
    """Write that the original and the copies went back, when they came by post; the first time counts."""
    tx.execute(
        postal_notes.update()
        .where(postal_notes.c.case_id == case_id, postal_notes.c.returned_at.is_(None))
        .values(
            returned_carrier=receiver.carrier.strip(),
            returned_tracking_id=receiver.tracking_id.strip(),
            returned_by=staff_id,
            returned_at=at,
        )
    )


def postal_note(tx: Connection, case_id: str) -> PostalNote | None:
    """Give what came by post, or None."""
    row = tx.execute(sa.select(postal_notes).where(postal_notes.c.case_id == case_id)).one_or_none()
    if row is None:
        return None
    went = None
    if row.returned_at is not None:
        went = Receiver(carrier=row.returned_carrier, tracking_id=row.returned_tracking_id)
    return PostalNote(Arrival(row.carrier, row.tracking_id, row.arrived_on), went, row.returned_at)


def note_assistance(tx: Connection, case_id: str, helped: Assistance, *, staff_id: str, at: datetime) -> None:
    """Write who helps; it is never the one alone who takes the case in.

    Raises:
        StaffNotFound, RoleMissing: there is no such helper in office.
        GuardRefused: `HELPER_ALONE`, or the language is none that is read aloud here.
    """
    check_role(tx, helped.helper_id, role=Role.HELPER, at=at)
    if helped.helper_id == staff_id:
        raise GuardRefused("HELPER_ALONE", "who takes a case in does not help with it alone; name somebody else")
    if helped.language not in _LANGUAGES:
        raise GuardRefused("CHOICE_UNKNOWN", "the language read aloud is one of vi, en, fr")
    tx.execute(
        assistance.insert().values(
            case_id=case_id,
            helper_id=helped.helper_id,
            agreed_by=helped.agreed_by.value,
            language=helped.language,
            noted_by=staff_id,
            noted_at=at,
        )
    )


def assistance_of(tx: Connection, case_id: str) -> Assistance | None:
    """Give who helped with a case, or None."""
    row = tx.execute(sa.select(assistance).where(assistance.c.case_id == case_id)).one_or_none()
    return None if row is None else Assistance(row.helper_id, AgreedBy(row.agreed_by), row.language)
