"""The people, delegations, cases and agencies of an office, for those who look after them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from api.access import Principal
from api.services import Services
from certify import (
    Agency,
    AgencyNotFound,
    Capacity,
    Case,
    CaseNotFound,
    CaseState,
    Delegation,
    Item,
    StaffMember,
    StaffNotFound,
    add_delegation,
    end_delegation,
    get_agency,
    get_case,
    get_delegation,
    get_staff,
    is_within,
    list_agencies,
    list_agency_cases,
    list_delegations,
    list_items,
    list_staff,
    stands_for,
)
from guard import new_ulid


@dataclass(frozen=True, slots=True)
class DelegationForm:
    """What a decision says: who may certify, in which capacity, for whom, from when until when."""

    staff_id: str
    capacity: Capacity
    on_behalf_of: str
    scope: str
    decision_number: str
    valid_from: datetime
    valid_until: datetime


def cases_of_agency(
    services: Services,
    principal: Principal,
    *,
    state: CaseState | None = None,
    after_case_id: str | None = None,
    limit: int,
) -> tuple[Case, ...]:
    """So many cases of the agency, oldest first, behind the one already seen."""
    with services.database.read() as tx:
        return list_agency_cases(tx, principal.agency_code, state=state, after_case_id=after_case_id, limit=limit)


def view_case(services: Services, principal: Principal, case_id: str) -> tuple[Case, tuple[Item, ...]]:
    """Give a case of the agency with its items.

    Raises:
        CaseNotFound: there is none, or it is another agency's: nobody can tell the two apart.
    """
    with services.database.read() as tx:
        case = get_case(tx, case_id)
        if not stands_for(tx, case.agency_code, agency_code=principal.agency_code):
            raise CaseNotFound(f"case {case_id} does not exist")
        return case, list_items(tx, case_id=case_id)


def agencies(services: Services) -> tuple[Agency, ...]:
    """Give every agency, by code: their names stand on every copy."""
    with services.database.read() as tx:
        return tuple(sorted(list_agencies(tx), key=lambda agency: agency.code))


def agency(services: Services, code: str) -> Agency:
    """Give one agency.

    Raises:
        AgencyNotFound: no such code.
    """
    with services.database.read() as tx:
        return get_agency(tx, code)


def people(services: Services, principal: Principal, *, agency_code: str | None = None) -> tuple[StaffMember, ...]:
    """Give the people of one's own agency, or of one below it.

    Raises:
        AgencyNotFound: it is neither.
    """
    with services.database.read() as tx:
        code = agency_code or principal.agency_code
        _check_within(tx, principal, code)
        return tuple(sorted(list_staff(tx, agency_code=code), key=lambda member: member.staff_id))


def person(services: Services, principal: Principal, staff_id: str) -> StaffMember:
    """Give a person of one's own agency, or of one below it.

    Raises:
        StaffNotFound: there is none, or elsewhere: nobody can tell the two apart.
    """
    with services.database.read() as tx:
        return _own_person(tx, principal, staff_id)


def delegations(services: Services, principal: Principal, staff_id: str) -> tuple[Delegation, ...]:
    """Give the delegations of such a person, newest first.

    Raises:
        StaffNotFound: as `person`.
    """
    with services.database.read() as tx:
        _own_person(tx, principal, staff_id)
        return list_delegations(tx, staff_id)


def delegate(services: Services, principal: Principal, form: DelegationForm) -> Delegation:
    """Enter a delegation; it is never changed afterwards, only ended.

    Raises:
        StaffNotFound: as `person`.
        StaffConflict: it ends before it begins.
    """
    delegation_id = new_ulid(at=services.clock.now(), random_bytes=services.random_bytes)
    with services.database.transaction() as tx:
        _own_person(tx, principal, form.staff_id)
        entered = Delegation(
            delegation_id,
            form.staff_id,
            form.capacity,
            form.on_behalf_of,
            form.scope,
            form.decision_number,
            form.valid_from,
            form.valid_until,
        )
        return add_delegation(tx, entered)


def end_of_delegation(services: Services, principal: Principal, delegation_id: str) -> Delegation:
    """End a delegation now; a signature a moment later is refused. Ending it again changes nothing.

    Raises:
        StaffNotFound: there is none, or it is of a person elsewhere.
    """
    with services.database.transaction() as tx:
        found = get_delegation(tx, delegation_id)
        _own_person(tx, principal, found.staff_id)
        end_delegation(tx, delegation_id, at=services.clock.now())
        return get_delegation(tx, delegation_id)


def _own_person(tx: Connection, principal: Principal, staff_id: str) -> StaffMember:
    member = get_staff(tx, staff_id)
    if not is_within(tx, member.agency_code, ancestor_code=principal.agency_code):
        raise StaffNotFound(f"staff member {staff_id} does not exist")
    return member


def _check_within(tx: Connection, principal: Principal, code: str) -> None:
    if not is_within(tx, code, ancestor_code=principal.agency_code):
        raise AgencyNotFound(f"agency {code} does not exist")
