"""What the matching sees of a vault: one candidate per record, with the names that were read on the paper."""

from __future__ import annotations

import json
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from dossiers.matching import Candidate
from vault import BlobVault, Elaboration, HolderOwner, NotFound, Record, RenditionKind, list_for_holder

# The fields of the machine-readable twin that say whom a paper is about.
_SUBJECT_FIELDS = frozenset({"holder_name", "wife_name", "husband_name"})


def read_candidates(
    tx: Connection, owner: HolderOwner, *, blobs: BlobVault, at: datetime, zone: ZoneInfo
) -> tuple[Candidate, ...]:
    """Read every record of the holder as the matching needs it, with its status as of now."""
    today = at.astimezone(zone).date()
    found: list[Record] = []
    while True:
        page = list_for_holder(tx, owner, after_record_id=found[-1].record_id if found else None)
        found.extend(page)
        if not page:
            break
    return tuple(_candidate(record, blobs=blobs, today=today, zone=zone) for record in found)


def _candidate(record: Record, *, blobs: BlobVault, today: date, zone: ZoneInfo) -> Candidate:
    signed = record.newest(RenditionKind.SIGNED_PDF)
    certified_on = (record.certified_at or record.deposited_at).astimezone(zone).date()
    return Candidate(
        record_id=record.record_id,
        uri=record.uri,
        sha256_hex=signed.sha256_hex,
        doc_type=record.doc_type,
        assurance_level=record.assurance_level,
        issuer_agency=record.agency_code,
        status=record.status_on(today).value,
        original=record.original.value,
        dated_on=record.issued_on or certified_on,
        valid_until=record.valid_until,
        subject_names=_subject_names(record, blobs),
        is_data_source=record.elaboration is Elaboration.EXTRACT_FROM_REGISTER,
    )


def _subject_names(record: Record, blobs: BlobVault) -> tuple[str, ...]:
    try:
        twin = record.newest(RenditionKind.FIELDS_JSON)
    except NotFound:
        return ()
    fields = json.loads(blobs.read(twin.blob))["fields"]
    return tuple(
        dict.fromkeys(field["value"] for field in fields if field["name"] in _SUBJECT_FIELDS and field["value"])
    )
