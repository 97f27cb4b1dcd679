"""The people of a case: who stands at the counter, who asks, whose vault it is, and whom the paper is about.

Any of them may differ. Names and numbers lie encrypted under the case's own key; the row says who by role, how the
identity was seen, and by which power somebody acts for another. Holding a paper gives no right to its subject's vault.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.desk_tables import case_people
from certify.errors import GuardRefused
from vault.blobs import BlobVault

_CARD_PARTS: Final = 4


class PersonRole(StrEnum):
    """What somebody is in a case."""

    PRESENTER = "PRESENTER"
    REQUESTER = "REQUESTER"
    HOLDER = "HOLDER"
    SUBJECT = "SUBJECT"


class SeenBy(StrEnum):
    """How an identity was seen; what came by post or online was not seen at the counter."""

    ID_CARD_QR = "ID_CARD_QR"
    ID_CARD = "ID_CARD"
    PASSPORT = "PASSPORT"
    NATIONAL_APP = "NATIONAL_APP"
    SIGNED_IN = "SIGNED_IN"
    BY_POST = "BY_POST"


# Nobody was looked at: these say how an account or a letter came, and not who stands at the counter.
_FROM_AFAR: Final = frozenset({SeenBy.SIGNED_IN, SeenBy.BY_POST})


class Power(StrEnum):
    """By what somebody acts for another."""

    POWER_OF_ATTORNEY = "POWER_OF_ATTORNEY"
    PARENT = "PARENT"
    GUARDIAN = "GUARDIAN"
    LEGAL_REPRESENTATIVE = "LEGAL_REPRESENTATIVE"
    COURT_DECISION = "COURT_DECISION"


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody as entered at the counter. Its `repr` shows no name and no number."""

    role: PersonRole
    name: str = field(repr=False)
    number: str = field(default="", repr=False)
    birth_date: date | None = field(default=None, repr=False)
    seen_by: SeenBy | None = None
    holder_id: str | None = None
    power: Power | None = None
    power_paper: str = field(default="", repr=False)
    """Number and date of the paper that gives the power."""
    power_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CasePerson:
    """Somebody of a case without a name."""

    position: int
    role: PersonRole
    seen_by: SeenBy | None
    holder_id: str | None
    number_digest: str | None
    number_last4: str | None
    power: Power | None
    power_until: datetime | None
    noted_by: str
    noted_at: datetime


@dataclass(frozen=True, slots=True)
class Card:
    """What the QR code of an identity card says. Its `repr` shows nothing."""

    number: str = field(repr=False)
    name: str = field(repr=False)
    birth_date: date | None = field(default=None, repr=False)


def read_card(text: str) -> Card:
    """Read the QR code of an identity card: number, old number, name, birth date, and what is not needed here.

    Raises:
        GuardRefused: `CARD_UNREADABLE`.
    """
    parts = [part.strip() for part in text.strip().split("|")]
    number = parts[0]
    if (
        len(parts) < _CARD_PARTS
        or not (number.isascii() and number.isdigit() and len(number) in {9, 12})
        or not parts[2]
    ):
        raise GuardRefused("CARD_UNREADABLE", "this is no code of an identity card; type the number")
    day = parts[3]
    try:
        born = date(int(day[4:8]), int(day[2:4]), int(day[:2]))
    except ValueError as exc:
        raise GuardRefused("CARD_UNREADABLE", "the birth date of this code is no date; type the number") from exc
    return Card(number, parts[2], born)


def add_people(
    tx: Connection,
    case_id: str,
    people: Sequence[NewPerson],
    *,
    blobs: BlobVault,
    digest_of: Callable[[str], str],
    staff_id: str,
    at: datetime,
) -> tuple[CasePerson, ...]:
    """Write who the people of a case are; the case's keyset exists.

    Raises:
        GuardRefused: nobody presented it, the presenter was not seen, or acts for another without a power that holds.
    """
    _check(people, at=at)
    taken = tx.execute(
        sa.select(sa.func.coalesce(sa.func.max(case_people.c.position), 0)).where(case_people.c.case_id == case_id)
    ).scalar_one()
    for position, person in enumerate(people, taken + 1):
        plain = "".join(person.number.split())
        tx.execute(
            case_people.insert().values(
                case_id=case_id,
                position=position,
                role=person.role.value,
                seen_by=person.seen_by.value if person.seen_by else None,
                holder_id=person.holder_id,
                number_digest=digest_of(plain) if plain else None,
                number_last4=plain[-4:] or None,
                power=person.power.value if person.power else None,
                power_until=person.power_until,
                noted_by=staff_id,
                noted_at=at,
            )
        )
        blobs.put_first(case_id, _blob(position), _encode(person))
    return people_of(tx, case_id)


def note_presenter(
    tx: Connection, case_id: str, seen_by: SeenBy | None, *, blobs: BlobVault, staff_id: str, at: datetime
) -> CasePerson:
    """Write that the one who asked online came with the paper, and how the identity was seen; the earlier line stays.

    Raises:
        GuardRefused: `PRESENTER_NOT_SEEN`, nobody at the counter was looked at.
    """
    if seen_by is None or seen_by in _FROM_AFAR:
        raise GuardRefused("PRESENTER_NOT_SEEN", "say how the identity of the person at the counter was seen")
    known = people_of(tx, case_id)
    online = next(one for one in known if one.role is PersonRole.PRESENTER)
    position = max(one.position for one in known) + 1
    tx.execute(
        case_people.insert().values(
            case_id=case_id,
            position=position,
            role=PersonRole.PRESENTER.value,
            seen_by=seen_by.value,
            holder_id=online.holder_id,
            number_digest=online.number_digest,
            number_last4=online.number_last4,
            noted_by=staff_id,
            noted_at=at,
        )
    )
    blobs.put_first(case_id, _blob(position), blobs.get(case_id, _blob(online.position)))
    return people_of(tx, case_id)[-1]


def people_of(tx: Connection, case_id: str) -> tuple[CasePerson, ...]:
    """Give the people of a case in their order."""
    rows = tx.execute(sa.select(case_people).where(case_people.c.case_id == case_id).order_by(case_people.c.position))
    return tuple(
        CasePerson(
            position=row.position,
            role=PersonRole(row.role),
            seen_by=SeenBy(row.seen_by) if row.seen_by else None,
            holder_id=row.holder_id,
            number_digest=row.number_digest,
            number_last4=row.number_last4,
            power=Power(row.power) if row.power else None,
            power_until=row.power_until,
            noted_by=row.noted_by,
            noted_at=row.noted_at,
        )
        for row in rows
    )


def read_person(case_id: str, person: CasePerson, *, blobs: BlobVault) -> NewPerson:
    """Decrypt who somebody of a case is, for a screen that may show it."""
    told = json.loads(blobs.get(case_id, _blob(person.position)))
    return NewPerson(
        role=person.role,
        name=told["name"],
        number=told["number"],
        birth_date=date.fromisoformat(told["birth_date"]) if told["birth_date"] else None,
        seen_by=person.seen_by,
        holder_id=person.holder_id,
        power=person.power,
        power_paper=told["power_paper"],
        power_until=person.power_until,
    )


def _check(people: Sequence[NewPerson], *, at: datetime) -> None:
    by_role = {person.role: person for person in people}
    presenter, requester = by_role.get(PersonRole.PRESENTER), by_role.get(PersonRole.REQUESTER)
    if presenter is None or requester is None or PersonRole.HOLDER not in by_role:
        raise GuardRefused("PEOPLE_INCOMPLETE", "name who presents the paper, who asks, and whose vault it is")
    if presenter.seen_by is None:
        raise GuardRefused("PRESENTER_NOT_SEEN", "say how the identity of the person at the counter was seen")
    acts_for_another = "".join(presenter.number.split()) != "".join(requester.number.split())
    if acts_for_another and (presenter.power is None or not presenter.power_paper.strip()):
        raise GuardRefused("POWER_MISSING", "who asks for another shows a power; enter its kind, number and date")
    if presenter.power_until is not None and at >= presenter.power_until:
        raise GuardRefused("POWER_ENDED", "the power of the person at the counter has ended; a new one is needed")


def _blob(position: int) -> str:
    return f"person-{position}"


def _encode(person: NewPerson) -> bytes:
    told = {
        "name": person.name,
        "number": person.number,
        "birth_date": person.birth_date.isoformat() if person.birth_date else None,
        "power_paper": person.power_paper,
    }
    return json.dumps(told, ensure_ascii=False).encode()
