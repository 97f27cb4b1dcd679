"""What the matching sees of a vault: one candidate per record, with the names that were read on the paper."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from dossiers.matching import Candidate
from vault import BlobVault, Elaboration, HolderOwner, NotFound, Record, RenditionKind, list_for_holder, status

# The fields of the machine-readable twin that say whom a paper is about.
_SUBJECT_FIELDS = frozenset({"holder_name", "wife_name", "husband_name"})


def read_candidates(
    tx: Connection,
    owner: HolderOwner,
    *,
    doc_types: Iterable[str] | None = None,
    blobs: BlobVault,
    at: datetime,
    zone: ZoneInfo,
) -> tuple[Candidate, ...]:
    """Read the records of these types (all when none are named), with their status asked anew at the register."""
    today = at.astimezone(zone).date()
    found: list[Record] = []
    for doc_type in sorted(set(doc_types)) if doc_types is not None else (None,):
        last: str | None = None
        while page := list_for_holder(tx, owner, doc_type=doc_type, after_record_id=last):
            found.extend(page)
            last = page[-1].record_id
    newest_first = sorted(found, key=lambda record: record.record_id, reverse=True)
    return tuple(
        _candidate(record, _status_now(tx, record, at=at, today=today), blobs=blobs, zone=zone)
        for record in newest_first
    )


def _status_now(tx: Connection, record: Record, *, at: datetime, today: date) -> tuple[str, str]:
    """How the record and the paper behind it stand: the worse of what the vault and what the register say."""
    own, original = record.status_on(today).value, record.original.value
    if record.code is None:
        return own, original
    known = status(tx, at=at, code=record.code)
    registered = known.register.value
    return (own if registered in {"FINAL", "UNKNOWN"} else registered), known.original.value


def _candidate(
    record: Record,
    now: tuple[str, str],
    *,
    blobs: BlobVault,
    zone: ZoneInfo,
) -> Candidate:
    signed = record.newest(RenditionKind.SIGNED_PDF)
    certified_on = (record.certified_at or record.deposited_at).astimezone(zone).date()
    return Candidate(
        record_id=record.record_id,
        uri=record.uri,
        sha256_hex=signed.sha256_hex,
        doc_type=record.doc_type,
        assurance_level=record.assurance_level,
        issuer_agency=record.agency_code,
        status=now[0],
        original=now[1],
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
