"""Agencies and people entered, changed and ended by an administrator, in the own tree only."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection

from api.access import Principal
from api.errors import Forbidden, RequestInvalid
from api.identity import Door, accounts_of, create_account, create_login_link, is_login_taken
from api.identity.invitations import came_in_before, drop_unused_links
from api.services import Services
from certify import (
    Agency,
    AgencyNotFound,
    Role,
    StaffConflict,
    StaffMember,
    StaffNotFound,
    abolish,
    acts_at,
    add_agency,
    add_seal_policy,
    add_staff,
    change_staff,
    get_agency,
    get_staff,
    is_within,
)
from guard import RandomBytes, new_ulid

VersionCheck = Callable[[str], None]
_INVITATION_LIFETIME: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Abolition:
    """What a decision says that ends an agency: who follows (the first takes the open cases), its number, its day."""

    successors: Sequence[str]
    decision_number: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class SealPolicy:
    """A decision that lets an agency seal by itself within a window."""

    decision_number: str
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class PersonForm:
    """Somebody who comes to the office: the name to sign in with, and what stands under a signature."""

    login: str
    agency_code: str
    display_name: str
    position: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What becomes of an entry; None leaves a thing as it is."""

    display_name: str | None = None
    position: str | None = None
    roles: frozenset[Role] | None = None


def version_of(entry: Agency | StaffMember) -> str:
    """Name the state of an entry: another one has another name."""
    fields = {name: getattr(entry, name) for name in entry.__dataclass_fields__}
    if isinstance(entry, StaffMember):
        fields["roles"] = sorted(entry.roles)
    return hashlib.sha256(repr(sorted(fields.items())).encode()).hexdigest()[:16]


def found_agency(services: Services, principal: Principal, agency: Agency) -> Agency:
    """Enter an agency below one's own, or below one that stands there already.

    Raises:
        AgencyNotFound: the one above is not in one's own tree, or is not named.
        StaffConflict: the code is taken.
    """
    with services.database.transaction() as tx:
        if agency.parent_code is None:
            raise AgencyNotFound("name the agency above; only the machine's console enters one that stands alone")
        _own_agency(tx, principal, agency.parent_code)
        return add_agency(tx, agency)


def abolish_agency(
    services: Services, principal: Principal, code: str, asked: Abolition, *, check_version: VersionCheck
) -> tuple[Agency, int]:
    """End an agency below one's own; gives it and how many open cases went on at the first successor.

    Raises:
        AgencyNotFound: it, or one that follows, is not in one's own tree.
        Forbidden: it is one's own: that is decided above.
        StaffConflict: it ended before, or the decision cannot be meant.
        PreconditionFailed: `check_version` says that the caller saw another version.
    """
    at = services.clock.now()
    with services.database.transaction() as tx:
        found = _own_agency(tx, principal, code)
        check_version(version_of(found))
        if code == principal.agency_code:
            raise Forbidden("an agency is abolished by an administrator of the one above")
        for successor in asked.successors:
            # Who follows sees what was left: nobody gives that away to another tree.
            _own_agency(tx, principal, successor)
        moved = abolish(
            tx,
            code,
            successors=asked.successors,
            decision_number=asked.decision_number,
            since=asked.since or at,
            at=at,
        )
        return get_agency(tx, code), moved


def allow_sealing(services: Services, principal: Principal, code: str, asked: SealPolicy) -> str:
    """Let an agency of one's own tree seal by itself within a window; gives the id of the policy.

    Raises:
        AgencyNotFound: it is not in one's own tree.
        SealNotAllowed: no number, or the window ends before it begins.
    """
    policy_id = new_ulid(at=services.clock.now(), random_bytes=services.random_bytes)
    with services.database.transaction() as tx:
        _own_agency(tx, principal, code)
        add_seal_policy(
            tx,
            policy_id=policy_id,
            agency_code=code,
            decision_number=asked.decision_number,
            valid_from=asked.valid_from,
            valid_until=asked.valid_until,
        )
    return policy_id


def take_on(services: Services, principal: Principal, form: PersonForm) -> StaffMember:
    """Enter a person with an account that nothing opens yet; `invite` gives the first way in.

    Raises:
        AgencyNotFound: the agency is not in one's own tree, or does not act.
        RequestInvalid: the name is taken.
    """
    at = services.clock.now()
    with services.database.transaction() as tx:
        if not acts_at(_own_agency(tx, principal, form.agency_code), at=at):
            raise AgencyNotFound(f"agency {form.agency_code} does not act now")
        return enter_person(tx, form, at=at, random_bytes=services.random_bytes)


def enter_person(tx: Connection, form: PersonForm, *, at: datetime, random_bytes: RandomBytes) -> StaffMember:
    """Write the person and the account.

    Raises:
        RequestInvalid: the name is taken.
    """
    if is_login_taken(tx, form.login):
        raise RequestInvalid(f"the name {form.login} is taken; choose another", field="login")
    staff_id = new_ulid(at=at, random_bytes=random_bytes)
    member = add_staff(tx, StaffMember(staff_id, form.agency_code, form.display_name, form.position, form.roles, None))
    create_account(
        tx,
        door=Door.STAFF,
        subject_id=staff_id,
        login=form.login,
        password=None,
        at=at,
        random_bytes=random_bytes,
    )
    return member


def change_person(
    services: Services, principal: Principal, staff_id: str, asked: PersonChange, *, check_version: VersionCheck
) -> StaffMember:
    """Change name, position or roles of a person in one's own tree; the next call of theirs is judged by the new ones.

    Raises:
        StaffNotFound: there is none, or elsewhere.
        Forbidden: one's own roles: another administrator gives those.
        StaffConflict: the person has left.
        PreconditionFailed: `check_version` says that the caller saw another version.
    """
    with services.database.transaction() as tx:
        seen = _own_person(tx, principal, staff_id)
        check_version(version_of(seen))
        if staff_id == principal.staff_id and asked.roles not in {None, seen.roles}:
            raise Forbidden("nobody changes the own roles; another administrator does")
        return change_staff(tx, seen, with_change(seen, asked))


def with_change(seen: StaffMember, asked: PersonChange) -> StaffMember:
    """A person as the change would have it."""
    return replace(
        seen,
        display_name=seen.display_name if asked.display_name is None else asked.display_name,
        position=seen.position if asked.position is None else asked.position,
        roles=seen.roles if asked.roles is None else asked.roles,
    )


def invite(services: Services, principal: Principal, staff_id: str) -> str:
    """Give the token of a link that signs a person in for the first time; an earlier one that nobody used ends.

    Raises:
        StaffNotFound: there is none, or elsewhere.
        StaffConflict: the person came in before. Then two administrators recover the account: one alone would
            otherwise come in as anybody.
    """
    at = services.clock.now()
    with services.database.transaction() as tx:
        _own_person(tx, principal, staff_id)
        found = accounts_of(tx, door=Door.STAFF, subject_id=staff_id)
        if not found or any(came_in_before(tx, account) for account in found):
            raise StaffConflict("this person came in before; ask for a recovery, which a second administrator confirms")
        drop_unused_links(tx, found[0].account_id)
        return create_login_link(
            tx,
            account_id=found[0].account_id,
            at=at,
            lifetime=_INVITATION_LIFETIME,
            random_bytes=services.random_bytes,
        )


def _own_agency(tx: Connection, principal: Principal, code: str) -> Agency:
    found = get_agency(tx, code)
    if not is_within(tx, code, ancestor_code=principal.agency_code):
        raise AgencyNotFound(f"agency {code} does not exist")
    return found


def _own_person(tx: Connection, principal: Principal, staff_id: str) -> StaffMember:
    member = get_staff(tx, staff_id)
    if not is_within(tx, member.agency_code, ancestor_code=principal.agency_code):
        raise StaffNotFound(f"staff member {staff_id} does not exist")
    return member
