"""Who acts for a vault: parents until 18, representatives until replaced, heirs after a death, holders of one paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.engine import Connection

from tests.vault_town import AGENCY, Town
from vault.consents import NewConsent, give_consent, list_consents
from vault.deaths import note_death
from vault.errors import HolderFrozen, MandateRefused, NotFound, ShareClosed
from vault.history import AccessAction, ActorKind, history_for_holder
from vault.holders import Holder, HolderKind, Identity, NewHolder, claim_vault, enrol_holder
from vault.joint import hold_jointly, let_others_share_alone
from vault.mandates import (
    Covers,
    EnteredBy,
    Mandate,
    MandateKind,
    NewMandate,
    appoint_user,
    comes_of_age,
    dismiss_user,
    end_mandate,
    give_mandate,
    list_mandates_of_vault,
    list_vaults_open_to,
    open_by_mandate,
)
from vault.owners import HolderOwner
from vault.records import get_for_owner, list_for_holder
from vault.shares import NewShare, create_share, list_shares, open_share

# Each has a database, a service or keys of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
CLERK = EnteredBy("clerk-1", AGENCY)
BORN = date(2015, 3, 9)


def give(
    tx: Connection, town: Town, new: NewMandate, *, at: datetime | None = None, born: date | None = BORN
) -> Mandate:
    return give_mandate(
        tx, new, entered_by=CLERK, birth_date=born, zone=ZONE, at=at or town.at, random_bytes=town.random_bytes
    )


def share(tx: Connection, town: Town, owner: object, record_id: str) -> str:
    _, token = create_share(
        tx,
        owner,  # type: ignore[arg-type]
        NewShare(record_id, "Xin học", "Trường Hoa Phượng"),
        vault=town.vault,
        at=town.at,
        random_bytes=town.random_bytes,
    )
    return token


def enrol_company(town: Town) -> Holder:
    new = NewHolder(HolderKind.ORGANISATION, Identity("Công ty Thí Dụ", "000-111"), AGENCY)
    with town.database.transaction() as tx:
        return enrol_holder(tx, new, index=town.index, vault=town.vault, at=town.at, random_bytes=town.random_bytes)


def test_each_parent_has_an_own_access_that_ends_by_itself_at_eighteen(town: Town) -> None:
    child, mother, father = town.enrol(), town.enrol(), town.enrol()
    record = town.deposit_copy(child)
    with town.database.transaction() as tx:
        for parent in (mother, father):
            give(tx, town, NewMandate(child.holder_id, parent.holder_id, MandateKind.PARENT, "KS-7/2015"))
        adult = datetime(2033, 3, 9, tzinfo=ZONE)
        for parent in (mother, father):
            access = open_by_mandate(tx, person_id=parent.holder_id, holder_id=child.holder_id, at=town.at)
            assert list_for_holder(tx, access) == (record,)
            late = replace(access, at=adult - timedelta(seconds=1))
            assert list_for_holder(tx, late) == (record,)
            assert list_for_holder(tx, replace(access, at=adult)) == ()
            with pytest.raises(NotFound):
                open_by_mandate(tx, person_id=parent.holder_id, holder_id=child.holder_id, at=adult)
        # The child is told of both, and so is each parent.
        told = [one.event.action for one in history_for_holder(tx, town.owner(child))]
        assert told.count(AccessAction.MANDATE_GIVEN) == 2


def test_court_ends_the_access_of_one_divorced_parent_and_leaves_the_other(town: Town) -> None:
    child, mother, father = town.enrol(), town.enrol(), town.enrol()
    record = town.deposit_copy(child)
    with town.database.transaction() as tx:
        give(tx, town, NewMandate(child.holder_id, mother.holder_id, MandateKind.PARENT, "KS-7"))
        his = give(tx, town, NewMandate(child.holder_id, father.holder_id, MandateKind.PARENT, "KS-7"))
        his_access = open_by_mandate(tx, person_id=father.holder_id, holder_id=child.holder_id, at=town.at)
        with pytest.raises(MandateRefused, match="document"):
            end_mandate(
                tx, his.mandate_id, document_number=" ", entered_by=CLERK, at=town.at, random_bytes=town.random_bytes
            )
        for _ in range(2):
            ended = end_mandate(
                tx,
                his.mandate_id,
                document_number="45/2026/QĐST-HNGĐ",
                entered_by=CLERK,
                at=town.at,
                random_bytes=town.random_bytes,
            )
        assert (ended.ended_at, ended.ended_by_document) == (town.at, "45/2026/QĐST-HNGĐ")
        assert list_for_holder(tx, his_access) == ()
        with pytest.raises(NotFound):
            share(tx, town, his_access, record.record_id)
        hers = open_by_mandate(tx, person_id=mother.holder_id, holder_id=child.holder_id, at=town.at)
        assert list_for_holder(tx, hers) == (record,)


def test_parent_of_an_adult_or_of_a_child_without_birth_date_gets_nothing(town: Town) -> None:
    child, parent = town.enrol(), town.enrol()
    new = NewMandate(child.holder_id, parent.holder_id, MandateKind.GUARDIAN, "GH-1")
    with town.database.transaction() as tx:
        with pytest.raises(MandateRefused, match="ended"):
            give(tx, town, new, born=date(1990, 1, 2))
        with pytest.raises(MandateRefused, match="birth date"):
            give(tx, town, new, born=None)
        for wrong in (
            replace(new, document_number=" "),
            replace(new, person_id=child.holder_id),
            replace(new, covers=Covers.TYPES),
            replace(new, kind=MandateKind.LEGAL_REPRESENTATIVE),
            replace(new, kind=MandateKind.APPOINTED_USER),
            replace(new, kind=MandateKind.HEIR),
        ):
            with pytest.raises(MandateRefused):
                give(tx, town, wrong)
        assert list_mandates_of_vault(tx, child.holder_id) == ()
    assert comes_of_age(date(2008, 2, 29), zone=ZONE) == datetime(2026, 3, 1, tzinfo=ZONE)


def test_what_a_parent_shares_names_the_parent_in_the_childs_history(town: Town) -> None:
    child, parent = town.enrol(), town.enrol()
    record = town.deposit_copy(child)
    with town.database.transaction() as tx:
        give(tx, town, NewMandate(child.holder_id, parent.holder_id, MandateKind.PARENT, "KS-7"))
        access = open_by_mandate(tx, person_id=parent.holder_id, holder_id=child.holder_id, at=town.at)
        share(tx, town, access, record.record_id)
        newest = history_for_holder(tx, town.owner(child))[0].event
    assert (newest.action, newest.actor_kind, newest.actor_id) == (
        AccessAction.SHARED,
        ActorKind.REPRESENTATIVE,
        parent.holder_id,
    )


def test_change_of_representative_ends_the_old_one_and_whom_they_appointed_at_once(town: Town) -> None:
    company, old, new, user = enrol_company(town), town.enrol(), town.enrol(), town.enrol()
    record, secret = town.deposit_copy(company), town.deposit_copy(company, doc_type="VN.TAX")
    chief = NewMandate(company.holder_id, old.holder_id, MandateKind.LEGAL_REPRESENTATIVE, "ĐKKD-1")
    term = town.at + timedelta(days=90)
    with town.database.transaction() as tx:
        give(tx, town, chief, born=None)
        old_access = open_by_mandate(tx, person_id=old.holder_id, holder_id=company.holder_id, at=town.at)
        clerk = NewMandate(
            company.holder_id,
            user.holder_id,
            MandateKind.APPOINTED_USER,
            "GUQ-3",
            Covers.TYPES,
            (record.doc_type,),
            may_act=False,
            ends_at=term,
        )
        with pytest.raises(MandateRefused, match="end"):
            appoint_user(tx, old_access, replace(clerk, ends_at=None), at=town.at, random_bytes=town.random_bytes)
        appoint_user(tx, old_access, clerk, at=town.at, random_bytes=town.random_bytes)
        user_access = open_by_mandate(tx, person_id=user.holder_id, holder_id=company.holder_id, at=town.at)
        # (1) scope and term
        assert list_for_holder(tx, user_access) == (record,)
        with pytest.raises(NotFound):
            get_for_owner(tx, user_access, secret.record_id)
        assert list_for_holder(tx, replace(user_access, at=term)) == ()
        with pytest.raises(MandateRefused, match="read"):
            share(tx, town, user_access, record.record_id)
        with pytest.raises(MandateRefused, match="representative"):
            appoint_user(tx, user_access, clerk, at=town.at, random_bytes=town.random_bytes)
        # (2) the change
        give(tx, town, replace(chief, person_id=new.holder_id, document_number="ĐKKD-2"), born=None)
        assert list_for_holder(tx, old_access) == list_for_holder(tx, user_access) == ()
        assert list_vaults_open_to(tx, user.holder_id, at=town.at) == ()
        with pytest.raises(NotFound):
            appoint_user(tx, old_access, clerk, at=town.at, random_bytes=town.random_bytes)
        # (3) the new one appoints and dismisses
        new_access = open_by_mandate(tx, person_id=new.holder_id, holder_id=company.holder_id, at=town.at)
        again = appoint_user(tx, new_access, clerk, at=town.at, random_bytes=town.random_bytes)
        dismiss_user(tx, new_access, again.mandate_id, at=town.at, random_bytes=town.random_bytes)
        assert list_vaults_open_to(tx, user.holder_id, at=town.at) == ()


def test_death_freezes_the_vault_ends_what_it_gave_and_lets_heirs_read_what_is_theirs(town: Town) -> None:
    dead, heir, child = town.enrol(), town.enrol(), town.enrol()
    will, diary = town.deposit_copy(dead), town.deposit_copy(dead)
    with town.database.transaction() as tx:
        give(tx, town, NewMandate(child.holder_id, dead.holder_id, MandateKind.PARENT, "KS-7"))
        token = share(tx, town, town.owner(dead), will.record_id)
        give_consent(
            tx,
            town.owner(dead),
            NewConsent(("pension",), "bhxh", (will.record_id,), town.at + timedelta(days=5)),
            at=town.at,
            random_bytes=town.random_bytes,
        )
        for _ in range(2):
            note_death(
                tx,
                dead.holder_id,
                document_number="KT-9/2026",
                entered_by=CLERK,
                at=town.at,
                random_bytes=town.random_bytes,
            )
        assert list_shares(tx, town.owner(dead), vault=town.vault)[0].revoked_at == town.at
        assert list_consents(tx, town.owner(dead))[0].withdrawn_at == town.at
        assert list_vaults_open_to(tx, dead.holder_id, at=town.at) == ()
        with pytest.raises(ShareClosed, match="deceased"):
            share(tx, town, town.owner(dead), will.record_id)
        with pytest.raises(HolderFrozen):
            claim_vault(tx, dead.holder_id, account_id="a", at=town.at)
        with pytest.raises(MandateRefused, match="heirs"):
            give(tx, town, NewMandate(dead.holder_id, heir.holder_id, MandateKind.GUARDIAN, "x"))
        with pytest.raises(HolderFrozen):
            give(tx, town, NewMandate(child.holder_id, dead.holder_id, MandateKind.PARENT, "KS-7"))
        scope = NewMandate(
            dead.holder_id, heir.holder_id, MandateKind.HEIR, "VBTK-1", Covers.RECORDS, (will.record_id,)
        )
        give(tx, town, scope, born=None)
        access = open_by_mandate(tx, person_id=heir.holder_id, holder_id=dead.holder_id, at=town.at)
        assert [one.record_id for one in list_for_holder(tx, access)] == [will.record_id]
        with pytest.raises(NotFound):
            get_for_owner(tx, access, diary.record_id)
        with pytest.raises(MandateRefused, match="read"):
            share(tx, town, access, will.record_id)
    with pytest.raises(ShareClosed):
        open_share(town.database, token, vault=town.vault, at=town.at, random_bytes=town.random_bytes)


def test_each_spouse_sees_and_shares_the_joint_paper_until_one_says_only_together(town: Town) -> None:
    wife, husband, stranger = town.enrol(), town.enrol(), town.enrol()
    land = town.deposit_copy(wife)
    with town.database.transaction() as tx:
        with pytest.raises(NotFound):
            get_for_owner(tx, town.owner(husband), land.record_id)
        hold_jointly(
            tx,
            land.record_id,
            holder_id=wife.holder_id,
            with_holders=(husband.holder_id,),
            entered_by=CLERK,
            document_number="GCN-5",
            at=town.at,
            random_bytes=town.random_bytes,
        )
        assert list_for_holder(tx, town.owner(husband)) == list_for_holder(tx, town.owner(wife)) == (land,)
        assert list_for_holder(tx, town.owner(stranger)) == ()
        assert history_for_holder(tx, town.owner(husband))[0].event.action is AccessAction.JOINT_HELD
        token = share(tx, town, town.owner(husband), land.record_id)
    opened = open_share(town.database, token, vault=town.vault, at=town.at, random_bytes=town.random_bytes)
    assert opened.record.record_id == land.record_id
    with town.database.transaction() as tx:
        let_others_share_alone(tx, town.owner(wife), land.record_id, allowed=False)
        with pytest.raises(ShareClosed, match="together"):
            share(tx, town, town.owner(husband), land.record_id)
        share(tx, town, town.owner(wife), land.record_id)
        with pytest.raises(NotFound):
            let_others_share_alone(tx, HolderOwner(stranger.holder_id), land.record_id, allowed=True)
