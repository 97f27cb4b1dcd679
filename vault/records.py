"""The papers in a vault: deposit one, list and read them for an owner, add a rendition.

The bytes lie in `vault.blobs`; a record says what they are and who vouches for them. Blobs are put first, then the
record is deposited in one transaction: a crash between the two leaves unreachable ciphertext, never a record
without its paper.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vault.errors import NotFound, RecordRefused
from vault.owners import HolderOwner, Owner, StaffAccess, all_readable_by, may_read
from vault.papers import AuthorityProof, NewRecord, NewRendition, Record, Rendition, load_records
from vault.record_filter import RecordFilter
from vault.shapes import (
    ASSURANCE_LEVELS,
    Elaboration,
    OriginalStatus,
    RecordStatus,
    RegisterStatus,
    RenditionKind,
    Shelf,
)
from vault.status import add_known_rendition
from vault.tables import authority_proofs, copy_statuses, records, renditions

__all__ = [
    "AuthorityProof",
    "NewRecord",
    "NewRendition",
    "Record",
    "Rendition",
    "add_rendition",
    "deposit",
    "get_authority_proof",
    "get_by_uri",
    "get_for_owner",
    "list_for_holder",
    "withdraw_record",
]

_MAX_LISTED = 500


def deposit(tx: Connection, new: NewRecord) -> Record:
    """Put a paper into a vault; depositing the same record again changes nothing and returns the first.

    Raises:
        RecordRefused: the record contradicts itself, its holder or code is unknown, or its id holds another paper.
    """
    _check_new(tx, new)
    stored = load_records(tx, records.c.record_id == new.record_id)
    if stored:
        return _same_or_refused(stored[0], new)
    try:
        with tx.begin_nested():
            if new.supersedes is not None:
                _supersede(tx, new)
            tx.execute(records.insert().values(**_record_values(tx, new)))
    except sa.exc.IntegrityError as error:
        raise RecordRefused(
            f"record {new.record_id} cannot be deposited: its holder is unknown or its code is already deposited"
        ) from error
    positions: dict[RenditionKind, int] = {}
    for rendition in new.renditions:
        position = positions.get(rendition.kind, 0)
        positions[rendition.kind] = position + 1
        _insert_rendition(tx, new.record_id, rendition, position=position, added_at=new.deposited_at)
        if new.code is not None and rendition.kind is RenditionKind.SIGNED_PDF:
            add_known_rendition(tx, new.code, sha256_hex=rendition.blob.sha256_hex)
    if new.authority_proof is not None:
        _insert_proof(tx, new.record_id, new.authority_proof)
    return load_records(tx, records.c.record_id == new.record_id)[0]


def list_for_holder(
    tx: Connection,
    owner: Owner,
    *,
    shelf: Shelf | None = None,
    doc_type: str | None = None,
    wanted: RecordFilter | None = None,
    after_record_id: str | None = None,
    limit: int = 100,
) -> tuple[Record, ...]:
    """List the records this owner may see, newest first; an owner who may see nothing gets an empty list.

    `after_record_id` continues below that record.
    """
    condition = all_readable_by(tx, owner)
    if shelf is not None:
        condition = sa.and_(condition, records.c.shelf == shelf.value)
    if doc_type is not None:
        condition = sa.and_(condition, records.c.doc_type == doc_type)
    if wanted is not None:
        condition = sa.and_(condition, wanted.condition())
    if after_record_id is not None:
        condition = sa.and_(condition, records.c.record_id < after_record_id)
    return load_records(tx, condition, limit=min(limit, _MAX_LISTED))


def get_for_owner(tx: Connection, owner: Owner, record_id: str) -> Record:
    """Read one record.

    Raises:
        NotFound: there is no such record, or it is not this owner's: nobody can tell the two apart.
    """
    found = load_records(tx, sa.and_(may_read(owner), records.c.record_id == record_id))
    if not found:
        raise NotFound(f"record {record_id} is not in this vault")
    return found[0]


def get_by_uri(tx: Connection, owner: Owner, uri: str) -> Record:
    """Read one record by its stable address.

    Raises:
        NotFound: as `get_for_owner`.
    """
    found = load_records(tx, sa.and_(may_read(owner), records.c.uri == uri))
    if not found:
        raise NotFound("no record of this address is in this vault")
    return found[0]


def get_authority_proof(tx: Connection, owner: Owner, record_id: str) -> AuthorityProof:
    """Read by what authority a record was certified.

    Raises:
        NotFound: no such record for this owner, or it carries no proof.
    """
    row = tx.execute(
        sa.select(authority_proofs)
        .join(records, records.c.record_id == authority_proofs.c.record_id)
        .where(may_read(owner), records.c.record_id == record_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"record {record_id} with an authority proof is not in this vault")
    return AuthorityProof(**{name: value for name, value in row._mapping.items() if name != "record_id"})


def add_rendition(tx: Connection, owner: Owner, record_id: str, *, new: NewRendition, at: datetime) -> Record:
    """Add a newer form of the paper (a renewed time-stamp, for example); earlier digests stay known.

    Raises:
        NotFound: no such record for this owner, or the owner may only read.
    """
    record = _get_to_change(tx, owner, record_id)
    # Locks the record, so that two renewals cannot take one position.
    tx.execute(sa.select(records.c.record_id).where(records.c.record_id == record_id).with_for_update())
    if any(r.kind is new.kind and r.sha256_hex == new.blob.sha256_hex for r in record.renditions):
        return record
    position = tx.execute(
        sa.select(sa.func.coalesce(sa.func.max(renditions.c.position) + 1, 0)).where(
            renditions.c.record_id == record_id, renditions.c.kind == new.kind.value
        )
    ).scalar_one()
    _insert_rendition(tx, record_id, new, position=position, added_at=at)
    if record.code is not None and new.kind is RenditionKind.SIGNED_PDF:
        add_known_rendition(tx, record.code, sha256_hex=new.blob.sha256_hex)
    return get_for_owner(tx, owner, record_id)


def withdraw_record(tx: Connection, owner: Owner, record_id: str) -> Record:
    """Take a paper out of use in the vault (a misdelivery, or the holder's wish); its certification stays true.

    Raises:
        NotFound: no such record for this owner, or the owner may only read.
    """
    _get_to_change(tx, owner, record_id)
    # An annulled or superseded paper stays so: a withdrawal must not hide it.
    tx.execute(
        records.update()
        .where(records.c.record_id == record_id, records.c.status == RecordStatus.CURRENT.value)
        .values(status=RecordStatus.WITHDRAWN.value)
    )
    return get_for_owner(tx, owner, record_id)


def _get_to_change(tx: Connection, owner: Owner, record_id: str) -> Record:
    # Who looks by a grant or a mandate, or holds a paper of another vault jointly, reads and changes nothing.
    if isinstance(owner, HolderOwner | StaffAccess):
        record = get_for_owner(tx, owner, record_id)
        if record.holder_id == owner.holder_id:
            return record
    raise NotFound(f"record {record_id} is not in this vault")


def _supersede(tx: Connection, new: NewRecord) -> None:
    done = tx.execute(
        records.update()
        .where(
            records.c.record_id == new.supersedes,
            records.c.holder_id == new.holder_id,
            records.c.doc_type == new.doc_type,
            records.c.status == RecordStatus.CURRENT.value,
        )
        .values(status=RecordStatus.SUPERSEDED.value)
    ).rowcount
    if not done:
        raise RecordRefused(
            f"record {new.record_id} cannot supersede {new.supersedes}: it is no current paper of this type in this vault"
        )


def _check_new(tx: Connection, new: NewRecord) -> None:
    if not new.renditions:
        raise RecordRefused(f"record {new.record_id} has no rendition; put its blob first")
    if ":" in new.agency_code or ":" in new.doc_type:
        raise RecordRefused("an agency code or document type holds a colon, which separates the parts of an address")
    if new.elaboration is not Elaboration.CERTIFIED_COPY:
        return
    if new.code is None or new.register_number is None or new.certified_at is None or new.authority_proof is None:
        raise RecordRefused(
            f"record {new.record_id} claims to be a certified copy but lacks its code, register number, time or proof"
        )
    register = tx.execute(
        sa.select(copy_statuses.c.register).where(copy_statuses.c.code == new.code)
    ).scalar_one_or_none()
    if register != RegisterStatus.FINAL.value:
        raise RecordRefused(
            f"record {new.record_id}: its code is not FINAL in the register; register the copy's status first"
        )


def _same_or_refused(stored: Record, new: NewRecord) -> Record:
    digests = {rendition.sha256_hex for rendition in stored.renditions}
    wanted = {rendition.blob.sha256_hex for rendition in new.renditions}
    same = stored.holder_id == new.holder_id and stored.uri == new.uri and stored.code == new.code
    if not same or not wanted <= digests:
        raise RecordRefused(f"record {new.record_id} was already deposited with another content")
    return stored


def _record_values(tx: Connection, new: NewRecord) -> dict[str, object]:
    original = OriginalStatus.UNKNOWN.value
    if new.code is not None:
        known = tx.execute(
            sa.select(copy_statuses.c.original).where(copy_statuses.c.code == new.code)
        ).scalar_one_or_none()
        original = known or original
    return {
        "record_id": new.record_id,
        "uri": new.uri,
        "holder_id": new.holder_id,
        "document_id": new.document_id,
        "agency_code": new.agency_code,
        "doc_type": new.doc_type,
        "title_vi": new.titles.vi,
        "title_en": new.titles.en,
        "title_fr": new.titles.fr,
        "shelf": new.shelf.value,
        "elaboration": new.elaboration.value,
        "assurance_level": ASSURANCE_LEVELS[new.elaboration],
        "sensitivity": new.sensitivity.value,
        "issuer": new.issuer,
        "issued_on": new.issued_on,
        "valid_from": new.valid_from,
        "valid_until": new.valid_until,
        "status": RecordStatus.CURRENT.value,
        "original": original,
        "code": new.code,
        "register_number": new.register_number,
        "certified_at": new.certified_at,
        "deposited_at": new.deposited_at,
        "provenance": new.provenance,
        "retention": new.retention.value,
        "supersedes": new.supersedes,
    }


def _insert_rendition(tx: Connection, record_id: str, new: NewRendition, *, position: int, added_at: datetime) -> None:
    tx.execute(
        renditions.insert().values(
            record_id=record_id,
            kind=new.kind.value,
            position=position,
            document_id=new.blob.document_id,
            blob_name=new.blob.name,
            sha256_hex=new.blob.sha256_hex,
            byte_count=new.blob.byte_count,
            media_type=new.media_type,
            added_at=added_at,
        )
    )


def _insert_proof(tx: Connection, record_id: str, proof: AuthorityProof) -> None:
    tx.execute(
        authority_proofs.insert().values(
            record_id=record_id,
            staff_id=proof.staff_id,
            agency_code=proof.agency_code,
            delegation_id=proof.delegation_id,
            decision_number=proof.decision_number,
            capacity=proof.capacity,
            valid_from=proof.valid_from,
            valid_until=proof.valid_until,
            certificate_serial_hex=proof.certificate_serial_hex,
        )
    )
