"""A certification office for tests: agency, staff, delegation, open book, a holder, cases; no crafts yet."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import certify.tables  # noqa: F401 - registers the office's tables on the metadata
from certify.agencies import Agency, add_agency
from certify.case import Case, Channel, NewCase, add_item, open_case, present_original
from certify.items import Actor, ActorKind, Item, advance, get_item
from certify.law_data import load_law
from certify.register import Book, open_book
from certify.renewal_data import load_renewal_policy
from certify.rules import LawPack
from certify.staff import (
    CERTIFY_COPIES,
    Capacity,
    Delegation,
    Role,
    StaffMember,
    add_delegation,
    add_seal_policy,
    add_staff,
)
from certify.transitions import ItemEvent, transition_of
from guard.identifiers import new_ulid
from keys.kek import FileKek, create_file_kek, open_file_kek
from vault.blobs import BlobVault, open_blob_vault
from vault.database import Database
from vault.holders import Holder, HolderKind, Identity, NewHolder, enrol_holder, open_number_index
from vault.stores import FolderStore

AGENCY_CODE = "H99.01"
AGENCY_NAME = "UBND phường Thí Dụ"
HOLDER_NUMBER = "000190000001"
AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LAW = load_law("vn")
RENEWAL = load_renewal_policy("vn", timezone=LAW.timezone)


@dataclass
class Bureau:
    """A ready office; every method commits by itself."""

    database: Database
    blobs: BlobVault
    holder: Holder
    officer: StaffMember
    delegation: Delegation
    book: Book
    law: LawPack = LAW
    at: datetime = AT

    def random_bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)

    def new_id(self) -> str:
        return new_ulid(at=self.at, random_bytes=self.random_bytes)

    def add_officer(self, *, roles: frozenset[Role], key_id: str | None = "officer-2") -> StaffMember:
        member = StaffMember(self.new_id(), AGENCY_CODE, "Trần Văn Mẫu", "Phó Chủ tịch", roles, key_id)
        with self.database.transaction() as tx:
            return add_staff(tx, member)

    def open_case(self) -> Case:
        new = new_case(self.holder)
        with self.database.transaction() as tx:
            return open_case(tx, new, opened_by=self.officer.staff_id, at=self.at, random_bytes=self.random_bytes)

    def add_item(self, case: Case | None = None, *, doc_type: str = "VN.BIRTH_CERT") -> Item:
        case = case or self.open_case()
        with self.database.transaction() as tx:
            item = add_item(
                tx,
                case.case_id,
                doc_type=doc_type,
                title="Giấy khai sinh",
                copies=1,
                at=self.at,
                random_bytes=self.random_bytes,
            )
            return present_original(tx, item.item_id, staff_id=self.officer.staff_id, at=self.at)

    def extracted_item(self, *, pages: int = 2, verdict: str = "GOOD") -> Item:
        item = self.add_item()
        scanned = {"scan_number": 1, "source_sha256_hex": hashlib.sha256(item.item_id.encode()).hexdigest()}
        self.move(item, ItemEvent.SCAN, scanned)
        return self.move(item, ItemEvent.EXTRACT, {"page_count": pages, "quality_verdict": verdict})

    def move(self, item: Item, event: ItemEvent, changes: dict[str, object] | None = None) -> Item:
        may = transition_of(event).actors
        actor = Actor(ActorKind.STAFF if ActorKind.STAFF in may else ActorKind.WORKER, self.officer.staff_id)
        with self.database.transaction() as tx:
            return advance(tx, item.item_id, event=event, actor=actor, at=self.at, changes=changes)

    def item(self, item_id: str) -> Item:
        with self.database.read() as tx:
            return get_item(tx, item_id)


def new_case(holder: Holder) -> NewCase:
    return NewCase(
        agency_code=AGENCY_CODE,
        channel=Channel.COUNTER,
        holder_id=holder.holder_id,
        requester_digest=hashlib.sha256(b"requester").hexdigest(),
        requester_id_last4="0001",
        due_at=AT + timedelta(hours=8),
    )


def build_bureau(
    folder: Path, database: Database, *, officer_key_id: str = "officer-1", seal_key_id: str = "seal", at: datetime = AT
) -> Bureau:
    """Found an office on an empty database."""
    kek = open_kek(folder)
    keysets = folder / "keysets"
    blobs = open_blob_vault(folder / "blobs", keysets=keysets, kek=kek)
    index = open_number_index(FolderStore(keysets), kek=kek, random_bytes=secrets.token_bytes)

    def fresh() -> str:
        return new_ulid(at=at, random_bytes=secrets.token_bytes)

    start, end = at - timedelta(days=300), at + timedelta(days=300)
    agency = Agency(
        AGENCY_CODE,
        AGENCY_NAME,
        "Thi Du Ward",
        "Quartier Thi Du",
        "COMMUNE",
        None,
        seal_key_id,
        "SCTĐT/BS",
        start,
        None,
    )
    roles = frozenset({Role.COUNTER_CLERK, Role.CERTIFIER})
    officer = StaffMember(fresh(), AGENCY_CODE, "Nguyễn Thị Mẫu", "Phó Chủ tịch", roles, officer_key_id)
    delegation = Delegation(
        fresh(), officer.staff_id, Capacity.KT, "Chủ tịch", CERTIFY_COPIES, "12/QĐ-UBND", start, end
    )
    identity = Identity("Lê Thị Thí Dụ", HOLDER_NUMBER, date(1990, 1, 2))
    with database.transaction() as tx:
        add_agency(tx, agency)
        add_staff(tx, officer)
        add_delegation(tx, delegation)
        add_seal_policy(
            tx,
            policy_id=fresh(),
            agency_code=AGENCY_CODE,
            decision_number="13/QĐ-UBND",
            valid_from=start,
            valid_until=end,
        )
        book = open_book(tx, agency_code=AGENCY_CODE, law=LAW, at=at, random_bytes=secrets.token_bytes)
        holder = enrol_holder(
            tx,
            NewHolder(HolderKind.PERSON, identity, AGENCY_CODE),
            index=index,
            vault=blobs,
            at=at,
            random_bytes=secrets.token_bytes,
        )
    return Bureau(database, blobs, holder, officer, delegation, book, at=at)


def open_kek(folder: Path) -> FileKek:
    path = folder / "kek"
    if path.exists():
        return open_file_kek(path, random_bytes=secrets.token_bytes)
    return create_file_kek(path, random_bytes=secrets.token_bytes)
