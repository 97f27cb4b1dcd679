"""A small town for vault tests: a database, blobs, a number index, people, and papers deposited for them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guard.identifiers import new_ulid
from keys.kek import FileKek
from vault.blobs import BlobVault, open_blob_vault
from vault.codes import new_code
from vault.database import Database
from vault.holders import Holder, HolderKind, Identity, NewHolder, NumberIndex, enrol_holder, open_number_index
from vault.owners import HolderOwner
from vault.records import AuthorityProof, NewRecord, NewRendition, Record, deposit
from vault.shapes import Elaboration, RegisterStatus, RenditionKind, Sensitivity, Shelf, Titles
from vault.status import NewCopyStatus, register_copy_status
from vault.stores import FolderStore

AGENCY = "thi-du"
AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
TITLES = Titles(vi="Giấy khai sinh", en="Birth certificate", fr="Acte de naissance")


class LogSigner:
    """A log key held in memory."""

    def __init__(self, name: str = "log.thi-du.example") -> None:
        self.name = name
        self._key = Ed25519PrivateKey.generate()
        self.public_key = self._key.public_key().public_bytes_raw()
        self.signed: list[bytes] = []

    def sign(self, message: bytes) -> bytes:
        self.signed.append(message)
        return self._key.sign(message)


@dataclass
class TownClock:
    """A clock that moves only when told."""

    at: datetime = AT

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


@dataclass
class Town:
    """Everything a vault test needs."""

    folder: Path
    database: Database
    vault: BlobVault
    index: NumberIndex
    clock: TownClock = field(default_factory=TownClock)
    people: int = 0
    papers: int = 0

    @property
    def at(self) -> datetime:
        return self.clock.at

    def random_bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)

    def new_id(self) -> str:
        return new_ulid(at=self.at, random_bytes=self.random_bytes)

    def enrol(self, *, name: str = "Nguyễn Thị Thí Dụ", number: str | None = None) -> Holder:
        self.people += 1
        number = number or f"000{self.people:09d}"
        new = NewHolder(HolderKind.PERSON, Identity(name, number, date(1990, 1, 2)), AGENCY)
        with self.database.transaction() as tx:
            return enrol_holder(tx, new, index=self.index, vault=self.vault, at=self.at, random_bytes=self.random_bytes)

    def owner(self, holder: Holder) -> HolderOwner:
        return HolderOwner(holder.holder_id)

    def new_copy(
        self, holder: Holder, *, content: bytes = b"%PDF-1.7 copy", doc_type: str = "VN.BIRTH_CERT"
    ) -> NewRecord:
        self.papers += 1
        record_id = self.new_id()
        self.vault.create_keyset(record_id)
        blob = self.vault.put(record_id, "sealed.pdf", content + str(self.papers).encode())
        return NewRecord(
            record_id=record_id,
            holder_id=holder.holder_id,
            document_id=record_id,
            agency_code=AGENCY,
            doc_type=doc_type,
            titles=TITLES,
            shelf=Shelf.CERTIFIED_COPIES,
            elaboration=Elaboration.CERTIFIED_COPY,
            issuer="UBND xã Minh Họa",
            renditions=(NewRendition(blob, RenditionKind.SIGNED_PDF),),
            deposited_at=self.at,
            provenance="certified-here",
            issued_on=date(2001, 5, 6),
            code=new_code(self.random_bytes),
            register_number=f"{self.papers}/01-2026",
            certified_at=self.at,
            authority_proof=AuthorityProof(
                staff_id="officer-1",
                agency_code=AGENCY,
                delegation_id="delegation-1",
                decision_number="12/QĐ-UBND",
                capacity="TUQ",
                valid_from=self.at - timedelta(days=1),
                valid_until=None,
                certificate_serial_hex="0a1b",
            ),
        )

    def copy_status(self, new: NewRecord, *, sensitivity: Sensitivity = Sensitivity.NORMAL) -> NewCopyStatus:
        assert new.code is not None
        assert new.register_number is not None
        return NewCopyStatus(
            code=new.code,
            register=RegisterStatus.FINAL,
            agency_code=new.agency_code,
            register_number=new.register_number,
            doc_type=new.doc_type,
            sensitivity=sensitivity,
            certified_at=new.certified_at,
            page_count=2,
            sha256_hex=new.renditions[0].blob.sha256_hex,
        )

    def deposit_copy(self, holder: Holder, *, doc_type: str = "VN.BIRTH_CERT") -> Record:
        new = self.new_copy(holder, doc_type=doc_type)
        with self.database.transaction() as tx:
            register_copy_status(tx, self.copy_status(new), at=self.at)
            return deposit(tx, new)


def build_town(folder: Path, database: Database) -> Town:
    """Furnish a town in a folder."""
    kek = FileKek("test", key=secrets.token_bytes(32), random_bytes=secrets.token_bytes)
    vault = open_blob_vault(folder / "blobs", keysets=folder / "keysets", kek=kek)
    index = open_number_index(FolderStore(folder / "keysets"), kek=kek, random_bytes=secrets.token_bytes)
    return Town(folder, database, vault, index)
