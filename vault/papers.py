"""The values a paper in a vault is described with, and how they are read from their rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from vault.blobs import BlobRef
from vault.errors import NotFound
from vault.shapes import Elaboration, OriginalStatus, RecordStatus, RenditionKind, Retention, Sensitivity, Shelf, Titles
from vault.tables import records, renditions

URI_SCHEME: Final = "vdm"


@dataclass(frozen=True, slots=True)
class AuthorityProof:
    """Who certified, in which capacity and by which delegation, and that it covered that instant."""

    staff_id: str
    agency_code: str
    delegation_id: str
    decision_number: str
    capacity: str
    valid_from: datetime
    valid_until: datetime | None
    certificate_serial_hex: str


@dataclass(frozen=True, slots=True)
class NewRendition:
    """A stored blob that shall be a rendition of the record."""

    blob: BlobRef
    kind: RenditionKind
    media_type: str = "application/pdf"


@dataclass(frozen=True, slots=True)
class NewRecord:
    """What a deposit needs; the assurance level follows from the elaboration and cannot be claimed."""

    record_id: str
    holder_id: str
    document_id: str
    agency_code: str
    doc_type: str
    titles: Titles
    shelf: Shelf
    elaboration: Elaboration
    issuer: str
    renditions: tuple[NewRendition, ...]
    deposited_at: datetime
    provenance: str
    sensitivity: Sensitivity = Sensitivity.NORMAL
    retention: Retention = Retention.HOLDER
    supersedes: str | None = None
    issued_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    code: str | None = None
    register_number: str | None = None
    certified_at: datetime | None = None
    authority_proof: AuthorityProof | None = None

    @property
    def uri(self) -> str:
        """The address that stays when agencies merge: an opaque issuing label, the type, the record."""
        return f"{URI_SCHEME}:{self.agency_code}:{self.doc_type}:{self.record_id}"


@dataclass(frozen=True, slots=True)
class Rendition:
    """One form of the paper; the highest position of a kind is the newest."""

    kind: RenditionKind
    position: int
    blob: BlobRef
    media_type: str
    added_at: datetime

    @property
    def sha256_hex(self) -> str:
        """The digest of the plain bytes."""
        return self.blob.sha256_hex


@dataclass(frozen=True, slots=True)
class Record:
    """A paper in a vault, without its text and without names."""

    record_id: str
    uri: str
    holder_id: str
    document_id: str
    agency_code: str
    doc_type: str
    titles: Titles
    shelf: Shelf
    elaboration: Elaboration
    assurance_level: int
    sensitivity: Sensitivity
    issuer: str
    issued_on: date | None
    valid_from: date | None
    valid_until: date | None
    status: RecordStatus
    original: OriginalStatus
    code: str | None
    register_number: str | None
    certified_at: datetime | None
    deposited_at: datetime
    provenance: str
    renditions: tuple[Rendition, ...]
    retention: Retention = Retention.HOLDER
    supersedes: str | None = None

    def status_on(self, day: date) -> RecordStatus:
        """Say how the record stands on a local day: a current paper past its last day is expired."""
        if self.status is RecordStatus.CURRENT and self.valid_until is not None and self.valid_until < day:
            return RecordStatus.EXPIRED
        return self.status

    def newest(self, kind: RenditionKind) -> Rendition:
        """Give the newest rendition of a kind.

        Raises:
            NotFound: the record has no rendition of this kind.
        """
        of_kind = [rendition for rendition in self.renditions if rendition.kind is kind]
        if not of_kind:
            raise NotFound(f"record {self.record_id} has no rendition of kind {kind.value}")
        return max(of_kind, key=lambda rendition: rendition.position)


def load_records(tx: Connection, condition: sa.ColumnElement[bool], *, limit: int = 1) -> tuple[Record, ...]:
    """Read records with their renditions, newest first; the condition carries the permission."""
    rows = tx.execute(sa.select(records).where(condition).order_by(records.c.record_id.desc()).limit(limit)).all()
    by_record: dict[str, list[Rendition]] = {row.record_id: [] for row in rows}
    found = tx.execute(
        sa.select(renditions).where(renditions.c.record_id.in_(by_record)).order_by(renditions.c.position)
    )
    for row in found:
        by_record[row.record_id].append(_rendition(row))
    return tuple(_record(row, by_record[row.record_id]) for row in rows)


def _rendition(row: Row[tuple[object, ...]]) -> Rendition:
    blob = BlobRef(row.document_id, row.blob_name, row.sha256_hex, row.byte_count)
    return Rendition(RenditionKind(row.kind), row.position, blob, row.media_type, row.added_at)


def _record(row: Row[tuple[object, ...]], found: Sequence[Rendition]) -> Record:
    return Record(
        record_id=row.record_id,
        uri=row.uri,
        holder_id=row.holder_id,
        document_id=row.document_id,
        agency_code=row.agency_code,
        doc_type=row.doc_type,
        titles=Titles(vi=row.title_vi, en=row.title_en, fr=row.title_fr),
        shelf=Shelf(row.shelf),
        elaboration=Elaboration(row.elaboration),
        assurance_level=row.assurance_level,
        sensitivity=Sensitivity(row.sensitivity),
        issuer=row.issuer,
        issued_on=row.issued_on,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        status=RecordStatus(row.status),
        original=OriginalStatus(row.original),
        code=row.code,
        register_number=row.register_number,
        certified_at=row.certified_at,
        deposited_at=row.deposited_at,
        provenance=row.provenance,
        renditions=tuple(found),
        retention=Retention(row.retention),
        supersedes=row.supersedes,
    )
