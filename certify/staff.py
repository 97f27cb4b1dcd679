"""Staff, their delegations and keys, and the one question of every signature: may this person do this now?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.agencies import Agency, check_agency_at
from certify.credentials import check_usable
from certify.errors import (
    CredentialNotUsable,
    CredentialNotYours,
    DelegationMissing,
    RoleMissing,
    SealNotAllowed,
    StaffConflict,
    StaffNotFound,
)
from certify.tables import delegations, seal_policies, staff

CERTIFY_COPIES = "CERTIFY_COPIES"


class Role(StrEnum):
    """What a person does in the office (DOMAIN section 2)."""

    COUNTER_CLERK = "counter_clerk"
    CERTIFIER = "certifier"
    SEAL_KEEPER = "seal_keeper"
    AUDITOR = "auditor"
    ADMIN = "admin"
    HELPER = "helper"
    POSTAL_INTAKE = "postal_intake"


class Capacity(StrEnum):
    """In whose name a person signs: for the body, in place of, by order, by further delegation, acting."""

    TM = "TM"
    KT = "KT"
    TL = "TL"
    TUQ = "TUQ"
    Q = "Q"


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person of an agency; `key_id` names the signing key in the key store, if the person has one."""

    staff_id: str
    agency_code: str
    display_name: str
    position: str
    roles: frozenset[Role]
    key_id: str | None
    certificate_serial_hex: str | None = None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delegation:
    """An assignment by decision: who signs, in which capacity, for whom, within which window."""

    delegation_id: str
    staff_id: str
    capacity: Capacity
    on_behalf_of: str
    scope: str
    decision_number: str
    valid_from: datetime
    valid_until: datetime
    ended_at: datetime | None = None

    def covers(self, *, scope: str, at: datetime) -> bool:
        """Say whether the window and the scope hold the act."""
        ended = self.ended_at is not None and at >= self.ended_at
        return self.scope == scope and self.valid_from <= at < self.valid_until and not ended


@dataclass(frozen=True, slots=True)
class Authority:
    """The answer "yes": the person, the office and the delegation that covers the instant."""

    member: StaffMember
    agency: Agency
    delegation: Delegation
    key_id: str
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class SealAuthority:
    """The answer "yes" for an agency's seal: by a keeper, or automatically by a dated policy."""

    agency: Agency
    key_id: str
    decision_number: str
    checked_at: datetime


def add_staff(tx: Connection, member: StaffMember) -> StaffMember:
    """Write a member of staff into the inventory.

    Raises:
        StaffConflict: the id is taken.
    """
    if tx.execute(sa.select(staff.c.staff_id).where(staff.c.staff_id == member.staff_id)).one_or_none() is not None:
        raise StaffConflict(f"staff id {member.staff_id} is taken; make a new one")
    tx.execute(
        staff.insert().values(
            staff_id=member.staff_id,
            agency_code=member.agency_code,
            display_name=member.display_name,
            position=member.position,
            roles=sorted(role.value for role in member.roles),
            key_id=member.key_id,
            certificate_serial_hex=member.certificate_serial_hex,
            left_at=member.left_at,
        )
    )
    return member


def change_staff(tx: Connection, seen: StaffMember, changed: StaffMember) -> StaffMember:
    """Write another name, position or roles for a person as `seen`; the next question of any door meets the new ones.

    Raises:
        StaffNotFound: no such id.
        StaffConflict: the person was changed since, or has left.
    """
    tx.execute(sa.select(staff.c.staff_id).where(staff.c.staff_id == seen.staff_id).with_for_update())
    if get_staff(tx, seen.staff_id) != seen or seen.left_at is not None:
        raise StaffConflict(f"staff {seen.staff_id} was changed since or has left; read the entry again")
    tx.execute(
        staff.update()
        .where(staff.c.staff_id == seen.staff_id)
        .values(
            display_name=changed.display_name,
            position=changed.position,
            roles=sorted(role.value for role in changed.roles),
        )
    )
    return get_staff(tx, seen.staff_id)


def add_delegation(tx: Connection, delegation: Delegation) -> Delegation:
    """Write a delegation; it is never changed afterwards, only ended."""
    if delegation.valid_until <= delegation.valid_from:
        raise StaffConflict(f"delegation {delegation.delegation_id} ends before it begins; correct its dates")
    tx.execute(
        delegations.insert().values(
            delegation_id=delegation.delegation_id,
            staff_id=delegation.staff_id,
            capacity=delegation.capacity.value,
            on_behalf_of=delegation.on_behalf_of,
            scope=delegation.scope,
            decision_number=delegation.decision_number,
            valid_from=delegation.valid_from,
            valid_until=delegation.valid_until,
            ended_at=delegation.ended_at,
        )
    )
    return delegation


def end_delegation(tx: Connection, delegation_id: str, *, at: datetime) -> None:
    """End a delegation at this instant; a signature running a moment later is refused."""
    tx.execute(
        delegations.update()
        .where(delegations.c.delegation_id == delegation_id, delegations.c.ended_at.is_(None))
        .values(ended_at=at)
    )


def leave(tx: Connection, staff_id: str, *, at: datetime) -> None:
    """Let a person leave: the person and every delegation end at this instant."""
    get_staff(tx, staff_id)
    tx.execute(staff.update().where(staff.c.staff_id == staff_id).values(left_at=at))
    tx.execute(
        delegations.update()
        .where(delegations.c.staff_id == staff_id, delegations.c.ended_at.is_(None))
        .values(ended_at=at)
    )


def get_staff(tx: Connection, staff_id: str) -> StaffMember:
    """Give a member of staff.

    Raises:
        StaffNotFound: no such id.
    """
    row = tx.execute(sa.select(staff).where(staff.c.staff_id == staff_id)).one_or_none()
    if row is None:
        raise StaffNotFound(f"no member of staff has the id {staff_id}")
    fields = dict(row._mapping)
    roles = frozenset(Role(role) for role in fields.pop("roles"))
    return StaffMember(roles=roles, **fields)


def list_staff(tx: Connection, *, agency_code: str) -> tuple[StaffMember, ...]:
    """Give the staff of an agency, by id."""
    found = tx.execute(sa.select(staff.c.staff_id).where(staff.c.agency_code == agency_code).order_by(staff.c.staff_id))
    return tuple(get_staff(tx, row.staff_id) for row in found.all())


def names_of(tx: Connection, staff_ids: Iterable[str]) -> dict[str, str]:
    """Give the names of those of these ids that are staff, gone ones too."""
    known = tx.execute(sa.select(staff.c.staff_id, staff.c.display_name).where(staff.c.staff_id.in_(tuple(staff_ids))))
    return {row.staff_id: row.display_name for row in known}


def get_delegation(tx: Connection, delegation_id: str) -> Delegation:
    """Give a delegation of any time.

    Raises:
        DelegationMissing: no such id.
    """
    row = tx.execute(sa.select(delegations).where(delegations.c.delegation_id == delegation_id)).one_or_none()
    if row is None:
        raise DelegationMissing(f"delegation {delegation_id} does not exist")
    fields = dict(row._mapping)
    return Delegation(capacity=Capacity(fields.pop("capacity")), **fields)


def list_delegations(tx: Connection, staff_id: str) -> tuple[Delegation, ...]:
    """Give the delegations of a person, newest first, also those that have ended."""
    found = tx.execute(
        sa.select(delegations.c.delegation_id)
        .where(delegations.c.staff_id == staff_id)
        .order_by(delegations.c.valid_from.desc(), delegations.c.delegation_id)
    )
    return tuple(get_delegation(tx, row.delegation_id) for row in found.all())


def check_role(tx: Connection, staff_id: str, *, role: Role, at: datetime) -> StaffMember:
    """Give a person who is still in office and has the role.

    Raises:
        StaffNotFound: unknown or left.
        RoleMissing: the role was not given.
    """
    member = get_staff(tx, staff_id)
    if member.left_at is not None and at >= member.left_at:
        raise StaffNotFound(f"staff {staff_id} left on {member.left_at:%Y-%m-%d}; hand the work to somebody else")
    if role not in member.roles:
        raise RoleMissing(f"staff {staff_id} has no role {role.value}; an administrator can give it")
    return member


def check_one_role(tx: Connection, staff_id: str, *, roles: frozenset[Role], at: datetime) -> StaffMember:
    """Give a person who is still in office and has one of these roles.

    Raises:
        StaffNotFound, RoleMissing: as `check_role`.
    """
    member = get_staff(tx, staff_id)
    held = sorted(roles & member.roles) or sorted(roles)
    return check_role(tx, staff_id, role=held[0], at=at)


def check_may_certify(tx: Connection, staff_id: str, *, at: datetime, scope: str = CERTIFY_COPIES) -> Authority:
    """Answer who may certify at this very instant, and by what.

    Raises:
        StaffNotFound: unknown or left.
        RoleMissing: no certifier.
        AgencyNotFound: the agency does not act at this instant.
        CredentialNotYours: the person has no signing key.
        CredentialNotUsable: the office has suspended, retired or revoked it.
        DelegationMissing: no delegation covers the instant.
    """
    # (1) the person and the role
    member = check_role(tx, staff_id, role=Role.CERTIFIER, at=at)
    # (2) the agency exists at this instant
    agency = check_agency_at(tx, member.agency_code, at=at)
    # (3) an own key that is in use
    if member.key_id is None:
        raise CredentialNotYours(f"staff {staff_id} has no signing key; enrol one with `vidimus key`")
    check_usable(tx, member.key_id)
    # (4) a delegation whose window holds this instant
    for delegation in list_delegations(tx, staff_id):
        if delegation.covers(scope=scope, at=at):
            return Authority(member=member, agency=agency, delegation=delegation, key_id=member.key_id, checked_at=at)
    raise DelegationMissing(
        f"no delegation of staff {staff_id} covers {scope} at {at:%Y-%m-%d %H:%M}Z; enter the decision first"
    )


def add_seal_policy(
    tx: Connection,
    *,
    policy_id: str,
    agency_code: str,
    decision_number: str,
    valid_from: datetime,
    valid_until: datetime,
) -> None:
    """Let an agency seal automatically within a window, by a numbered decision."""
    if not decision_number.strip() or valid_until <= valid_from:
        raise SealNotAllowed("an automatic seal needs a decision number and a window; enter both")
    tx.execute(
        seal_policies.insert().values(
            policy_id=policy_id,
            agency_code=agency_code,
            decision_number=decision_number,
            valid_from=valid_from,
            valid_until=valid_until,
        )
    )


def check_may_seal(tx: Connection, agency_code: str, *, at: datetime) -> SealAuthority:
    """Answer whether the agency may seal automatically at this instant, and by which decision.

    Raises:
        AgencyNotFound: the agency does not act at this instant.
        SealNotAllowed: no seal key in use, or no policy holds.
    """
    agency = check_agency_at(tx, agency_code, at=at)
    if agency.seal_key_id is None:
        raise SealNotAllowed(f"agency {agency_code} has no seal key; enrol one with `vidimus key`")
    try:
        check_usable(tx, agency.seal_key_id)
    except CredentialNotUsable as exc:
        raise SealNotAllowed(f"the seal key of agency {agency_code} is out of use; install another") from exc
    row = tx.execute(
        sa.select(seal_policies.c.decision_number)
        .where(
            seal_policies.c.agency_code == agency_code,
            seal_policies.c.valid_from <= at,
            seal_policies.c.valid_until > at,
        )
        .order_by(seal_policies.c.valid_from.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise SealNotAllowed(f"no decision lets agency {agency_code} seal automatically now; a seal keeper must act")
    return SealAuthority(agency=agency, key_id=agency.seal_key_id, decision_number=row.decision_number, checked_at=at)
