"""Records: deposited once, read only by their owner, level and status by rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tests.vault_town import AGENCY, Town
from vault import records as records_module
from vault.errors import BlobShredded, NotFound, RecordRefused
from vault.grants import NewConsent, give_consent, grant_reuse, revoke_grant
from vault.history import AccessAction, history_for_holder, open_staff_access
from vault.joint import hold_jointly
from vault.mandates import EnteredBy, MandateKind, NewMandate, give_mandate
from vault.owners import GrantAccess, HolderOwner, MandateAccess, Owner, StaffAccess
from vault.records import (
    NewRendition,
    add_rendition,
    deposit,
    get_authority_proof,
    get_by_uri,
    get_for_owner,
    list_for_holder,
    withdraw_record,
)
from vault.retention import erase_paper, replay_tombstones
from vault.shapes import Elaboration, RecordStatus, RegisterStatus, RenditionKind, Shelf
from vault.status import register_copy_status, set_status

# Each has a database, a service or keys of its own; the fast check leaves them out.
pytestmark = pytest.mark.slow

Reader = Callable[[Connection, Owner, records_module.Record], bool]
READERS: dict[str, Reader] = {
    "get_for_owner": lambda tx, owner, record: get_for_owner(tx, owner, record.record_id) == record,
    "get_by_uri": lambda tx, owner, record: get_by_uri(tx, owner, record.uri) == record,
    "get_authority_proof": lambda tx, owner, record: bool(get_authority_proof(tx, owner, record.record_id)),
    "list_for_holder": lambda tx, owner, record: record in list_for_holder(tx, owner) or _raise(),
    "add_rendition": lambda tx, owner, record: bool(
        add_rendition(
            tx,
            owner,
            record.record_id,
            new=NewRendition(record.renditions[0].blob, RenditionKind.SIGNED_PDF),
            at=record.deposited_at,
        )
    ),
    "withdraw_record": lambda tx, owner, record: bool(withdraw_record(tx, owner, record.record_id)),
}


CHANGING = {"add_rendition", "withdraw_record"}


def _raise() -> bool:
    raise NotFound("not listed")


def _owners(town: Town, kind: str) -> tuple[Owner, records_module.Record]:
    """Give an owner of that kind who may read the record, and the record."""
    holder, other = town.enrol(), town.enrol()
    record = town.deposit_copy(holder)
    with town.database.transaction() as tx:
        if kind == "staff":
            staff = open_staff_access(
                tx,
                staff_id="clerk-1",
                agency_code=AGENCY,
                holder_id=holder.holder_id,
                reason="case:7",
                at=town.at,
                random_bytes=town.random_bytes,
            )
            return staff, record
        if kind == "grant":
            consent = give_consent(
                tx,
                town.owner(holder),
                NewConsent(("enrol a child in school",), "school-1", (record.record_id,), town.at + timedelta(days=5)),
                at=town.at,
                random_bytes=town.random_bytes,
            )
            grant = grant_reuse(tx, town.owner(holder), consent.consent_id, at=town.at, random_bytes=town.random_bytes)
            return GrantAccess(grant.grant_id, "school-1", town.at), record
        if kind == "mandate":
            parent = NewMandate(holder.holder_id, other.holder_id, MandateKind.PARENT, "KS-1/2020")
            given = give_mandate(
                tx,
                parent,
                entered_by=EnteredBy("clerk-1", AGENCY),
                birth_date=date(2015, 1, 2),
                zone=ZoneInfo("Asia/Ho_Chi_Minh"),
                at=town.at,
                random_bytes=town.random_bytes,
            )
            return MandateAccess(given.mandate_id, other.holder_id, holder.holder_id, town.at), record
        if kind == "joint":
            hold_jointly(
                tx,
                record.record_id,
                holder_id=holder.holder_id,
                with_holders=(other.holder_id,),
                entered_by=EnteredBy("clerk-1", AGENCY),
                document_number="CN-1",
                at=town.at,
                random_bytes=town.random_bytes,
            )
            return HolderOwner(other.holder_id), record
    return HolderOwner(holder.holder_id), record


def test_matrix_names_every_function_that_reads_records() -> None:
    taking_owner = {
        name
        for name in records_module.__all__
        if "owner" in getattr(getattr(records_module, name), "__annotations__", {})
    }
    assert taking_owner == set(READERS)


@pytest.mark.parametrize("kind", ["holder", "staff", "grant", "mandate", "joint"])
@pytest.mark.parametrize("reader", READERS)
def test_owner_reads_the_own_record_and_never_another_vaults(town: Town, reader: str, kind: str) -> None:
    owner_a, record_a = _owners(town, kind)
    _, record_b = _owners(town, kind)
    with town.database.transaction() as tx:
        if kind in {"grant", "mandate", "joint"} and reader in CHANGING:
            with pytest.raises(NotFound):
                READERS[reader](tx, owner_a, record_a)
        else:
            assert READERS[reader](tx, owner_a, record_a)
    with town.database.transaction() as tx, pytest.raises(NotFound) as foreign:
        READERS[reader](tx, owner_a, record_b)
    missing = replace(record_b, record_id=town.new_id(), uri="vdm:x:y:z")
    with town.database.transaction() as tx, pytest.raises(NotFound) as absent:
        READERS[reader](tx, owner_a, missing)
    assert str(foreign.value).replace(record_b.record_id, "ID") == str(absent.value).replace(missing.record_id, "ID")


@pytest.mark.parametrize("change", ["staff_id", "agency_code", "access_id", "holder_id"])
def test_staff_access_that_was_not_logged_reads_nothing(town: Town, change: str) -> None:
    owner, record = _owners(town, "staff")
    assert isinstance(owner, StaffAccess)
    forged = StaffAccess(**{name: getattr(owner, name) for name in StaffAccess.__slots__} | {change: town.new_id()})
    with town.database.read() as tx:
        assert list_for_holder(tx, owner) == (record,)
        assert list_for_holder(tx, forged) == ()


def test_staff_access_needs_a_reason_and_is_seen_by_the_holder(town: Town) -> None:
    holder = town.enrol()
    with town.database.transaction() as tx:
        with pytest.raises(NotFound, match="reason"):
            open_staff_access(
                tx,
                staff_id="c",
                agency_code=AGENCY,
                holder_id=holder.holder_id,
                reason=" ",
                at=town.at,
                random_bytes=town.random_bytes,
            )
        open_staff_access(
            tx,
            staff_id="c",
            agency_code=AGENCY,
            holder_id=holder.holder_id,
            reason="case:8",
            at=town.at,
            random_bytes=town.random_bytes,
        )
        (entry,) = history_for_holder(tx, town.owner(holder))
    assert (entry.event.action, entry.event.actor_id, entry.event.reason) == (AccessAction.STAFF_ACCESS, "c", "case:8")


def test_grant_reads_nothing_for_another_agency_after_its_term_or_when_revoked(town: Town) -> None:
    owner, record = _owners(town, "grant")
    assert isinstance(owner, GrantAccess)
    holder = HolderOwner(record.holder_id)
    with town.database.transaction() as tx:
        assert list_for_holder(tx, replace(owner, recipient_agency="bank-1")) == ()
        assert list_for_holder(tx, replace(owner, at=town.at + timedelta(days=5))) == ()
        revoke_grant(tx, holder, owner.grant_id, at=town.at, random_bytes=town.random_bytes)
        assert list_for_holder(tx, owner) == ()


def test_deposited_copy_has_level_3_a_stable_address_and_its_proof(town: Town) -> None:
    holder = town.enrol()
    record = town.deposit_copy(holder)
    assert record.uri == f"vdm:{AGENCY}:VN.BIRTH_CERT:{record.record_id}"
    assert (record.assurance_level, record.status, record.shelf) == (3, RecordStatus.CURRENT, Shelf.CERTIFIED_COPIES)
    with town.database.read() as tx:
        assert get_authority_proof(tx, town.owner(holder), record.record_id).decision_number == "12/QĐ-UBND"


def test_deposit_repeated_after_a_crash_changes_nothing(town: Town) -> None:
    new = town.new_copy(town.enrol())
    with town.database.transaction() as tx:
        register_copy_status(tx, town.copy_status(new), at=town.at)
        first = deposit(tx, new)
    with town.database.transaction() as tx:
        assert deposit(tx, new) == first


def test_deposit_of_another_paper_under_the_same_id_or_code_is_refused(town: Town) -> None:
    holder = town.enrol()
    new, other = town.new_copy(holder), town.new_copy(holder)
    with town.database.transaction() as tx:
        register_copy_status(tx, town.copy_status(new), at=town.at)
        deposit(tx, new)
        with pytest.raises(RecordRefused):
            deposit(tx, replace(new, renditions=other.renditions))
        with pytest.raises(RecordRefused):
            deposit(tx, replace(other, code=new.code))
        with pytest.raises(RecordRefused):
            deposit(tx, replace(other, holder_id=town.new_id(), code=None, elaboration=Elaboration.BORN_DIGITAL))


def test_certified_copy_without_proof_or_final_register_row_is_refused(town: Town) -> None:
    new = town.new_copy(town.enrol())
    with town.database.transaction() as tx:
        with pytest.raises(RecordRefused, match="FINAL"):
            deposit(tx, new)
        register_copy_status(tx, town.copy_status(new), at=town.at)
        for missing in ({"authority_proof": None}, {"register_number": None}, {"renditions": ()}, {"code": None}):
            with pytest.raises(RecordRefused):
                deposit(tx, replace(new, **missing))
        with pytest.raises(RecordRefused, match="colon"):
            deposit(tx, replace(new, doc_type="VN:X"))


@pytest.mark.parametrize(
    ("elaboration", "level"),
    [
        (Elaboration.BORN_DIGITAL, 4),
        (Elaboration.AGENCY_COPY, 2),
        (Elaboration.DIGITISED_UNCERTIFIED, 1),
        (Elaboration.SELF_UPLOADED, 0),
    ],
)
def test_assurance_level_follows_from_how_the_document_was_made(
    town: Town, elaboration: Elaboration, level: int
) -> None:
    new = replace(town.new_copy(town.enrol()), elaboration=elaboration, code=None, register_number=None)
    with town.database.transaction() as tx:
        assert deposit(tx, new).assurance_level == level


def test_paper_past_its_last_day_is_expired_and_not_a_day_earlier(town: Town) -> None:
    new = replace(
        town.new_copy(town.enrol()), elaboration=Elaboration.BORN_DIGITAL, code=None, valid_until=date(2026, 11, 30)
    )
    with town.database.transaction() as tx:
        record = deposit(tx, new)
    assert record.status_on(date(2026, 11, 30)) is RecordStatus.CURRENT
    assert record.status_on(date(2026, 12, 1)) is RecordStatus.EXPIRED


def test_renewed_rendition_becomes_the_newest_and_the_old_one_stays(town: Town) -> None:
    holder = town.enrol()
    record = town.deposit_copy(holder)
    blob = town.vault.put(record.document_id, "renewed.pdf", b"%PDF renewed")
    for _ in range(2):
        with town.database.transaction() as tx:
            record = add_rendition(
                tx,
                town.owner(holder),
                record.record_id,
                new=NewRendition(blob, RenditionKind.SIGNED_PDF),
                at=town.at,
            )
    assert [rendition.position for rendition in record.renditions] == [0, 1]
    assert record.newest(RenditionKind.SIGNED_PDF).sha256_hex == blob.sha256_hex
    with pytest.raises(NotFound):
        record.newest(RenditionKind.PREVIEW)


def test_list_is_newest_first_by_shelf_and_type_and_in_pages(town: Town) -> None:
    holder = town.enrol()
    made = []
    for doc_type in ("VN.BIRTH_CERT", "VN.DIPLOMA", "VN.BIRTH_CERT"):
        town.clock.advance(timedelta(seconds=1))
        made.append(town.deposit_copy(holder, doc_type=doc_type))
    with town.database.read() as tx:
        owner = town.owner(holder)
        assert list_for_holder(tx, owner) == tuple(reversed(made))
        assert list_for_holder(tx, owner, doc_type="VN.DIPLOMA") == (made[1],)
        assert list_for_holder(tx, owner, shelf=Shelf.IDENTITY) == ()
        assert list_for_holder(tx, owner, limit=1, after_record_id=made[2].record_id) == (made[1],)


def test_annulled_copy_is_annulled_in_the_vault_too(town: Town) -> None:
    holder = town.enrol()
    record = town.deposit_copy(holder)
    assert record.code is not None
    with town.database.transaction() as tx:
        set_status(tx, record.code, at=town.at, register=RegisterStatus.ANNULLED, decision_number="9/QĐ")
        assert get_for_owner(tx, town.owner(holder), record.record_id).status is RecordStatus.ANNULLED


def test_erased_paper_stays_erased_after_a_restore(town: Town) -> None:
    holder = town.enrol()
    record = town.deposit_copy(holder)
    keysets = town.folder / "keysets"
    backup = {path: path.read_bytes() for path in keysets.rglob("*") if path.is_file()}
    erase_paper(
        town.database,
        town.owner(holder),
        record.record_id,
        vault=town.vault,
        reason="HOLDER_ASKED",
        at=town.at,
        random_bytes=town.random_bytes,
    )
    with pytest.raises(BlobShredded):
        town.vault.read(record.renditions[0].blob)
    assert replay_tombstones(town.database, vault=town.vault) == 0
    for path in keysets.rglob("*.shredded"):
        path.unlink()
    for path, content in backup.items():
        path.write_bytes(content)
    assert replay_tombstones(town.database, vault=town.vault) == 1
    with pytest.raises(BlobShredded):
        town.vault.read(record.renditions[0].blob)
    with town.database.read() as tx:
        assert history_for_holder(tx, town.owner(holder))[0].event.action is AccessAction.ERASED


def test_database_file_holds_no_name_number_or_text(town: Town) -> None:
    holder = town.enrol(name="Trần Văn Canh-Ry", number="000987654321")
    town.deposit_copy(holder)
    canaries = ("Canh-Ry", "000987654321")
    with town.database.read() as tx:
        for table in sa.inspect(tx).get_table_names():
            rows = tx.execute(sa.text(f'SELECT * FROM "{table}"')).all()
            for value in (cell for row in rows for cell in row):
                text = bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
                assert not any(canary in text for canary in canaries)
