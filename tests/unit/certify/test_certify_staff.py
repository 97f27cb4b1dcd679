"""Who may certify, and when: role, key, delegation and agency, all at the very instant."""

from __future__ import annotations

from datetime import timedelta

import pytest

from certify.agencies import Agency, add_agency, check_agency_at, get_agency, list_agencies
from certify.errors import (
    AgencyNotFound,
    CredentialNotYours,
    DelegationMissing,
    RoleMissing,
    SealNotAllowed,
    StaffConflict,
    StaffNotFound,
)
from certify.staff import (
    CERTIFY_COPIES,
    Capacity,
    Delegation,
    Role,
    add_delegation,
    add_seal_policy,
    add_staff,
    check_may_certify,
    check_may_seal,
    end_delegation,
    leave,
    list_staff,
)
from tests.bureau import AGENCY_CODE, AT, Bureau

# Each has an office of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

CERTIFIER = frozenset({Role.CERTIFIER})


def delegate(bureau: Bureau, staff_id: str, *, scope: str = CERTIFY_COPIES) -> Delegation:
    start, end = AT, AT + timedelta(hours=1)
    return Delegation(bureau.new_id(), staff_id, Capacity.TUQ, "Chủ tịch", scope, "20/QĐ-UBND", start, end)


def test_officer_with_role_key_and_delegation_may_certify(bureau: Bureau) -> None:
    with bureau.database.read() as tx:
        authority = check_may_certify(tx, bureau.officer.staff_id, at=AT)
    assert (authority.key_id, authority.delegation, authority.agency.code) == (
        "officer-1",
        bureau.delegation,
        AGENCY_CODE,
    )


def test_signer_without_delegation_at_that_instant_is_refused(bureau: Bureau) -> None:
    officer = bureau.add_officer(roles=CERTIFIER)
    with bureau.database.transaction() as tx:
        add_delegation(tx, delegate(bureau, officer.staff_id))
        check_may_certify(tx, officer.staff_id, at=AT)
        check_may_certify(tx, officer.staff_id, at=AT + timedelta(minutes=59, seconds=59))
        for at in (AT - timedelta(seconds=1), AT + timedelta(hours=1)):
            with pytest.raises(DelegationMissing):
                check_may_certify(tx, officer.staff_id, at=at)


def test_delegation_for_another_matter_does_not_help(bureau: Bureau) -> None:
    officer = bureau.add_officer(roles=CERTIFIER)
    with bureau.database.transaction() as tx:
        add_delegation(tx, delegate(bureau, officer.staff_id, scope="CERTIFY_SIGNATURES"))
        with pytest.raises(DelegationMissing):
            check_may_certify(tx, officer.staff_id, at=AT)


def test_ended_delegation_stops_at_that_moment(bureau: Bureau) -> None:
    with bureau.database.transaction() as tx:
        end_delegation(tx, bureau.delegation.delegation_id, at=AT)
        check_may_certify(tx, bureau.officer.staff_id, at=AT - timedelta(microseconds=1))
        with pytest.raises(DelegationMissing):
            check_may_certify(tx, bureau.officer.staff_id, at=AT)


def test_person_who_left_may_do_nothing(bureau: Bureau) -> None:
    with bureau.database.transaction() as tx:
        leave(tx, bureau.officer.staff_id, at=AT)
        with pytest.raises(StaffNotFound, match="left"):
            check_may_certify(tx, bureau.officer.staff_id, at=AT)


def test_clerk_who_is_no_certifier_may_not_certify(bureau: Bureau) -> None:
    clerk = bureau.add_officer(roles=frozenset({Role.COUNTER_CLERK}))
    with bureau.database.read() as tx, pytest.raises(RoleMissing, match="certifier"):
        check_may_certify(tx, clerk.staff_id, at=AT)


def test_certifier_without_a_key_may_not_certify(bureau: Bureau) -> None:
    officer = bureau.add_officer(roles=CERTIFIER, key_id=None)
    with bureau.database.read() as tx, pytest.raises(CredentialNotYours):
        check_may_certify(tx, officer.staff_id, at=AT)


def test_unknown_person_may_do_nothing(bureau: Bureau) -> None:
    with bureau.database.read() as tx, pytest.raises(StaffNotFound):
        check_may_certify(tx, bureau.new_id(), at=AT)


def test_delegation_that_ends_before_it_begins_is_refused(bureau: Bureau) -> None:
    backwards = Delegation(
        bureau.new_id(), bureau.officer.staff_id, Capacity.TL, "x", CERTIFY_COPIES, "1", AT, AT - timedelta(days=1)
    )
    with bureau.database.transaction() as tx, pytest.raises(StaffConflict):
        add_delegation(tx, backwards)


def test_staff_id_is_given_once(bureau: Bureau) -> None:
    with bureau.database.transaction() as tx:
        with pytest.raises(StaffConflict):
            add_staff(tx, bureau.officer)
        assert [member.staff_id for member in list_staff(tx, agency_code=AGENCY_CODE)] == [bureau.officer.staff_id]


def test_automatic_seal_needs_a_decision_that_holds_now(bureau: Bureau) -> None:
    with bureau.database.transaction() as tx:
        assert check_may_seal(tx, AGENCY_CODE, at=AT).decision_number == "13/QĐ-UBND"
        with pytest.raises(SealNotAllowed, match="seal keeper"):
            check_may_seal(tx, AGENCY_CODE, at=AT + timedelta(days=301))
        with pytest.raises(SealNotAllowed):
            add_seal_policy(
                tx,
                policy_id=bureau.new_id(),
                agency_code=AGENCY_CODE,
                decision_number=" ",
                valid_from=AT,
                valid_until=AT + timedelta(days=1),
            )


def test_agency_acts_only_within_its_time(bureau: Bureau) -> None:
    old = Agency("H99.02", "Xã cũ", "Old", "Ancien", "COMMUNE", None, None, "BS", AT - timedelta(days=9), AT)
    with bureau.database.transaction() as tx:
        add_agency(tx, old)
        assert add_agency(tx, old) == old
        assert get_agency(tx, "H99.02") == old
        assert len(list_agencies(tx)) == 2
        check_agency_at(tx, "H99.02", at=AT - timedelta(seconds=1))
        with pytest.raises(AgencyNotFound, match="successor"):
            check_agency_at(tx, "H99.02", at=AT)
        with pytest.raises(AgencyNotFound):
            get_agency(tx, "H99.03")
        with pytest.raises(SealNotAllowed, match="no seal key"):
            check_may_seal(tx, "H99.02", at=AT - timedelta(seconds=1))
