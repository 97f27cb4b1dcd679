"""Who acts for a vault that is not their own: parents, guardians, representatives, users, heirs; each by a dated row.

A mandate is never deleted: it ends, by its term or by a document, and the next query no longer passes. Whatever is done
under it names the person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from guard.clock import RandomBytes
from guard.identifiers import new_ulid
from vault.errors import HolderFrozen, MandateRefused, NotFound
from vault.history import AccessAction, AccessEvent, ActorKind, record_access
from vault.holder_tables import mandate_covers, mandates
from vault.holders import HolderKind, get_holder, is_frozen
from vault.owners import MandateAccess

_ADULT_AT: Final = 18


class MandateKind(StrEnum):
    """By what right somebody acts for a vault."""

    PARENT = "PARENT"
    GUARDIAN = "GUARDIAN"
    LEGAL_REPRESENTATIVE = "LEGAL_REPRESENTATIVE"
    APPOINTED_USER = "APPOINTED_USER"
    HEIR = "HEIR"


class Covers(StrEnum):
    """Which papers a mandate covers: all of them, those of some types, or some by name."""

    EVERYTHING = "EVERYTHING"
    TYPES = "TYPES"
    RECORDS = "RECORDS"


_OF_MINORS: Final = frozenset({MandateKind.PARENT, MandateKind.GUARDIAN})
_OF_ORGANISATIONS: Final = frozenset({MandateKind.LEGAL_REPRESENTATIVE, MandateKind.APPOINTED_USER})


@dataclass(frozen=True, slots=True)
class EnteredBy:
    """Who entered a mandate or ended it: a member of staff of an agency."""

    staff_id: str
    agency_code: str


@dataclass(frozen=True, slots=True)
class NewMandate:
    """What a mandate needs: whose vault, who acts, by which document; its scope and term."""

    holder_id: str
    person_id: str
    kind: MandateKind
    document_number: str
    covers: Covers = Covers.EVERYTHING
    covered: tuple[str, ...] = ()
    may_act: bool = True
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mandate:
    """A mandate as it stands in the books."""

    mandate_id: str
    holder_id: str
    person_id: str
    kind: MandateKind
    may_act: bool
    covers: Covers
    covered: tuple[str, ...]
    document_number: str
    agency_code: str | None
    appointed_by: str | None
    starts_at: datetime
    ends_at: datetime | None
    ended_at: datetime | None
    ended_by_document: str | None

    def is_in_force(self, at: datetime) -> bool:
        """Say whether it opens the vault at `at`."""
        return self.starts_at <= at and self.ended_at is None and (self.ends_at is None or at < self.ends_at)


def comes_of_age(birth_date: date, *, zone: ZoneInfo) -> datetime:
    """Give the first moment at which a person is an adult; who was born on 29 February is one on 1 March."""
    year = birth_date.year + _ADULT_AT
    try:
        day = birth_date.replace(year=year)
    except ValueError:
        day = date(year, 3, 1)
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def give_mandate(
    tx: Connection,
    new: NewMandate,
    *,
    entered_by: EnteredBy,
    birth_date: date | None,
    zone: ZoneInfo,
    at: datetime,
    random_bytes: RandomBytes,
) -> Mandate:
    """Enter a mandate by a document an agency has seen; one of a minor's ends by itself at 18.

    `birth_date` is the holder's. A new legal representative ends the earlier one, and every user that one appointed, in
    this transaction.

    Raises:
        MandateRefused: the kind does not fit the holder, its scope contradicts itself, or its term is over.
        NotFound: no such holder or person.
    """
    if new.kind is MandateKind.APPOINTED_USER:
        raise MandateRefused("a user is appointed by the legal representative, not entered by an agency")
    if new.kind in _OF_MINORS:
        if birth_date is None:
            raise MandateRefused("the birth date of the holder is not known; note the identity first")
        new = _until(new, comes_of_age(birth_date, zone=zone))
    _check(tx, new, at=at)
    if new.kind is MandateKind.LEGAL_REPRESENTATIVE:
        for earlier in list_mandates_of_vault(tx, new.holder_id):
            if earlier.kind in _OF_ORGANISATIONS and earlier.is_in_force(at):
                _end(tx, earlier, document_number=new.document_number, at=at)
    return _insert(tx, new, staff=entered_by, appointed_by=None, at=at, random_bytes=random_bytes)


def appoint_user(
    tx: Connection, owner: MandateAccess, new: NewMandate, *, at: datetime, random_bytes: RandomBytes
) -> Mandate:
    """Let an organisation's legal representative give a person access, with a scope and a term.

    Raises:
        MandateRefused: the one who appoints is no legal representative, or the appointment has no term.
        NotFound: no such person, or the mandate of the one who appoints is over.
    """
    own = mandate_in_force(tx, owner)
    if own.kind is not MandateKind.LEGAL_REPRESENTATIVE or new.kind is not MandateKind.APPOINTED_USER:
        raise MandateRefused("only the legal representative of an organisation appoints users")
    if new.ends_at is None or new.holder_id != own.holder_id:
        raise MandateRefused("a user is appointed for this organisation and with an end; give the end of the term")
    _check(tx, new, at=at)
    return _insert(tx, new, staff=None, appointed_by=own, at=at, random_bytes=random_bytes)


def end_mandate(
    tx: Connection,
    mandate_id: str,
    *,
    document_number: str,
    entered_by: EnteredBy,
    at: datetime,
    random_bytes: RandomBytes,
) -> Mandate:
    """End a mandate by a document (a court's decision, a revocation); ending it twice changes nothing.

    Raises:
        NotFound: no such mandate.
        MandateRefused: no document is named.
    """
    if not document_number.strip():
        raise MandateRefused("a mandate ends by a document; name its number")
    mandate = _get(tx, mandate_id)
    if mandate.ended_at is None:
        _end_with_appointed(tx, mandate, document_number=document_number, at=at)
        _note(tx, mandate, AccessAction.MANDATE_ENDED, actor=_staff(entered_by), at=at, random_bytes=random_bytes)
    return _get(tx, mandate_id)


def dismiss_user(
    tx: Connection, owner: MandateAccess, mandate_id: str, *, at: datetime, random_bytes: RandomBytes
) -> Mandate:
    """Let the legal representative end an appointment.

    Raises:
        NotFound: this organisation has no such user, or the representative's own mandate is over.
    """
    own, mandate = mandate_in_force(tx, owner), _get(tx, mandate_id)
    is_theirs = mandate.kind is MandateKind.APPOINTED_USER and mandate.holder_id == own.holder_id
    if own.kind is not MandateKind.LEGAL_REPRESENTATIVE or not is_theirs:
        raise NotFound(f"mandate {mandate_id} is not of this organisation")
    if mandate.ended_at is None:
        _end(tx, mandate, document_number=own.document_number, at=at)
        actor = (ActorKind.REPRESENTATIVE, own.person_id, None)
        _note(tx, mandate, AccessAction.MANDATE_ENDED, actor=actor, at=at, random_bytes=random_bytes)
    return _get(tx, mandate_id)


def end_mandates_around(tx: Connection, holder_id: str, *, document_number: str, at: datetime) -> int:
    """End every mandate over a vault and every one its holder had over others: the holder died."""
    around = sa.or_(mandates.c.holder_id == holder_id, mandates.c.person_id == holder_id)
    return tx.execute(
        mandates.update()
        .where(around, mandates.c.ended_at.is_(None))
        .values(ended_at=at, ended_by_document=document_number)
    ).rowcount


def mandate_in_force(tx: Connection, owner: MandateAccess) -> Mandate:
    """Read the mandate an access rests on.

    Raises:
        NotFound: it is over, or not this person's.
    """
    found = [one for one in list_vaults_open_to(tx, owner.person_id, at=owner.at) if one.mandate_id == owner.mandate_id]
    if not found or found[0].holder_id != owner.holder_id:
        raise NotFound("this vault is not open to this person")
    return found[0]


def open_by_mandate(tx: Connection, *, person_id: str, holder_id: str, at: datetime) -> MandateAccess:
    """Give the access a person has to a vault of somebody else, the one that may act first.

    Raises:
        NotFound: there is none now; whether there is such a vault is not told.
    """
    found = [one for one in list_vaults_open_to(tx, person_id, at=at) if one.holder_id == holder_id]
    if not found:
        raise NotFound(f"vault {holder_id} is not open to this person")
    best = max(found, key=lambda one: (one.may_act, one.covers is Covers.EVERYTHING, one.mandate_id))
    return MandateAccess(best.mandate_id, person_id, holder_id, at)


def list_vaults_open_to(tx: Connection, person_id: str, *, at: datetime) -> tuple[Mandate, ...]:
    """List the mandates a person has in force, newest first."""
    return tuple(one for one in _load(tx, mandates.c.person_id == person_id) if one.is_in_force(at))


def list_mandates_of_vault(tx: Connection, holder_id: str) -> tuple[Mandate, ...]:
    """List every mandate there ever was over a vault, newest first."""
    return _load(tx, mandates.c.holder_id == holder_id)


def _check(tx: Connection, new: NewMandate, *, at: datetime) -> None:
    holder, person = get_holder(tx, new.holder_id), get_holder(tx, new.person_id)
    of_organisation = holder.kind is HolderKind.ORGANISATION
    if (new.kind in _OF_ORGANISATIONS) is not of_organisation or person.kind is not HolderKind.PERSON:
        raise MandateRefused(
            f"{new.kind.value} does not fit this holder; an organisation has representatives and users"
        )
    if new.person_id == new.holder_id:
        raise MandateRefused("nobody needs a mandate over the own vault")
    if not new.document_number.strip():
        raise MandateRefused("a mandate stands on a document; name its number")
    if (new.covers is Covers.EVERYTHING) is bool(new.covered):
        raise MandateRefused("name the types or papers that are covered, or cover everything")
    if (new.kind is MandateKind.HEIR) is not is_frozen(tx, new.holder_id):
        raise MandateRefused("heirs are entered after a death, and after it nobody else; note the death first")
    if is_frozen(tx, new.person_id):
        raise HolderFrozen("this person is noted as deceased and gets no mandate")
    if new.ends_at is not None and new.ends_at <= at:
        raise MandateRefused(f"the term of this mandate ended on {new.ends_at:%Y-%m-%d}; nothing was entered")


def _until(new: NewMandate, of_age: datetime) -> NewMandate:
    ends_at = of_age if new.ends_at is None else min(of_age, new.ends_at)
    return NewMandate(
        new.holder_id, new.person_id, new.kind, new.document_number, new.covers, new.covered, new.may_act, ends_at
    )


def _insert(
    tx: Connection,
    new: NewMandate,
    *,
    staff: EnteredBy | None,
    appointed_by: Mandate | None,
    at: datetime,
    random_bytes: RandomBytes,
) -> Mandate:
    mandate_id = new_ulid(at=at, random_bytes=random_bytes)
    tx.execute(
        mandates.insert().values(
            mandate_id=mandate_id,
            holder_id=new.holder_id,
            person_id=new.person_id,
            kind=new.kind.value,
            # An heir settles an estate: reads, and shares nothing in the name of the dead.
            may_act=new.may_act and new.kind is not MandateKind.HEIR,
            covers=new.covers.value,
            document_number=new.document_number.strip(),
            agency_code=staff.agency_code if staff else None,
            staff_id=staff.staff_id if staff else None,
            appointed_by=appointed_by.mandate_id if appointed_by else None,
            starts_at=at,
            ends_at=new.ends_at,
        )
    )
    rows = [{"mandate_id": mandate_id, "covered": one} for one in dict.fromkeys(new.covered)]
    if rows:
        tx.execute(mandate_covers.insert(), rows)
    mandate = _get(tx, mandate_id)
    actor = _staff(staff) if staff else (ActorKind.REPRESENTATIVE, appointed_by.person_id if appointed_by else "", None)
    _note(tx, mandate, AccessAction.MANDATE_GIVEN, actor=actor, at=at, random_bytes=random_bytes)
    return mandate


def _end(tx: Connection, mandate: Mandate, *, document_number: str, at: datetime) -> None:
    tx.execute(
        mandates.update()
        .where(mandates.c.mandate_id == mandate.mandate_id, mandates.c.ended_at.is_(None))
        .values(ended_at=at, ended_by_document=document_number)
    )


def _end_with_appointed(tx: Connection, mandate: Mandate, *, document_number: str, at: datetime) -> None:
    # Whoever was appointed by this mandate has no more right than it has.
    for one in list_mandates_of_vault(tx, mandate.holder_id):
        if one.mandate_id == mandate.mandate_id or one.appointed_by == mandate.mandate_id:
            _end(tx, one, document_number=document_number, at=at)


def _staff(entered_by: EnteredBy) -> tuple[ActorKind, str, str | None]:
    return ActorKind.STAFF, entered_by.staff_id, entered_by.agency_code


def _note(
    tx: Connection,
    mandate: Mandate,
    action: AccessAction,
    *,
    actor: tuple[ActorKind, str, str | None],
    at: datetime,
    random_bytes: RandomBytes,
) -> None:
    kind, actor_id, agency_code = actor
    for holder_id in (mandate.holder_id, mandate.person_id):
        event = AccessEvent(
            holder_id=holder_id,
            action=action,
            actor_kind=kind,
            actor_id=actor_id,
            agency_code=agency_code,
            at=at,
            reason=mandate.kind.value,
        )
        record_access(tx, event, random_bytes=random_bytes)


def _get(tx: Connection, mandate_id: str) -> Mandate:
    found = _load(tx, mandates.c.mandate_id == mandate_id)
    if not found:
        raise NotFound(f"there is no mandate {mandate_id}")
    return found[0]


def _load(tx: Connection, condition: sa.ColumnElement[bool]) -> tuple[Mandate, ...]:
    rows = tx.execute(sa.select(mandates).where(condition).order_by(mandates.c.mandate_id.desc())).all()
    covered = _covered(tx, (row.mandate_id for row in rows if row.covers != Covers.EVERYTHING.value))
    return tuple(_mandate(row, tuple(covered.get(row.mandate_id, ()))) for row in rows)


def _covered(tx: Connection, mandate_ids: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    wanted = list(mandate_ids)
    if wanted:
        rows = tx.execute(
            sa.select(mandate_covers).where(mandate_covers.c.mandate_id.in_(wanted)).order_by(mandate_covers.c.covered)
        )
        for row in rows:
            found.setdefault(row.mandate_id, []).append(row.covered)
    return found


def _mandate(row: Row[Any], covered: tuple[str, ...]) -> Mandate:
    return Mandate(
        mandate_id=row.mandate_id,
        holder_id=row.holder_id,
        person_id=row.person_id,
        kind=MandateKind(row.kind),
        may_act=row.may_act,
        covers=Covers(row.covers),
        covered=covered,
        document_number=row.document_number,
        agency_code=row.agency_code,
        appointed_by=row.appointed_by,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        ended_at=row.ended_at,
        ended_by_document=row.ended_by_document,
    )
