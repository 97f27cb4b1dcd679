"""Moving house: scans of an earlier system come in at level 1 with their provenance; packages of another Vidimus keep their addresses.

Nothing is believed because a package says it: every digest is checked, and a paper keeps its level only when its
signatures are valid by this office's own trust anchors.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.engine import Connection

from api.errors import RequestInvalid
from api.services import Services
from guard import new_ulid
from signing.verify import Verdict, verify_in_child
from vault import (
    AccessAction,
    AccessEvent,
    ActorKind,
    AuthorityProof,
    BlobRef,
    Elaboration,
    HolderKind,
    Identity,
    NewCopyStatus,
    NewHolder,
    NewRecord,
    NewRendition,
    NotFound,
    OriginalStatus,
    Record,
    RegisterStatus,
    RenditionKind,
    Retention,
    Sensitivity,
    Shelf,
    Titles,
    deposit,
    enrol_holder,
    find_by_number,
    record_access,
    register_copy_status,
)
from vault.bags import Bag
from vault.details import PaperDetails, put_details
from vault.holdings import find_record_uri

_HOLDS: Final = frozenset({Verdict.VALID, Verdict.VALID_WITH_WARNING})


@dataclass(frozen=True, slots=True)
class EarlierScan:
    """One scan of an earlier system, as its list tells it."""

    holder_number: str = field(repr=False)
    holder_name: str = field(repr=False)
    doc_type: str
    issuer: str
    source: str
    content: bytes = field(repr=False)
    birth_date: date | None = field(default=None, repr=False)
    issued_on: date | None = None
    details: PaperDetails = field(default_factory=PaperDetails, repr=False)


@dataclass(frozen=True, slots=True)
class MovedIn:
    """What became of one paper: its address and level here, and why it stayed outside if it did."""

    uri: str
    assurance_level: int | None
    reason: str = ""


def import_scan(services: Services, scan: EarlierScan, *, agency_code: str) -> MovedIn:
    """Deposit an earlier scan at level 1; the same file of the same holder comes in once.

    Raises:
        RequestInvalid: the file is no PDF that can be read.
        DocTypeUnknown: no such type of paper.
    """
    doc_type, at = services.law.doc_type(scan.doc_type), services.clock.now()
    if _verdict(services, scan.content) is Verdict.MALFORMED:
        raise RequestInvalid("the scan is no PDF that can be read; convert it first", field="file")
    with services.database.transaction() as tx:
        identity = Identity(scan.holder_name, scan.holder_number, scan.birth_date)
        holder_id = _find_or_enrol(services, tx, identity, HolderKind.PERSON, agency_code=agency_code)
    record_id = new_ulid(at=at, random_bytes=services.random_bytes)
    services.blobs.create_keyset(record_id)
    blob = services.blobs.put(record_id, "scan.pdf", scan.content)
    with services.database.read() as tx:
        known = find_record_uri(tx, holder_id, sha256_hex=blob.sha256_hex)
    if known is not None:
        services.blobs.shred(record_id)
        return MovedIn(known, None, "ALREADY_HERE")
    record = NewRecord(
        record_id=record_id,
        holder_id=holder_id,
        document_id=record_id,
        agency_code=agency_code,
        doc_type=doc_type.code,
        titles=Titles(**{language: doc_type.title[language] for language in ("vi", "en", "fr")}),
        shelf=Shelf.DIGITISED_PAPERS,
        elaboration=Elaboration.DIGITISED_UNCERTIFIED,
        issuer=scan.issuer,
        renditions=(
            NewRendition(blob, RenditionKind.SIGNED_PDF),
            put_details(services.blobs, record_id, scan.details),
        ),
        deposited_at=at,
        provenance=f"import:{scan.source}"[:64],
        sensitivity=Sensitivity.SENSITIVE if doc_type.sensitive else Sensitivity.NORMAL,
        issued_on=scan.issued_on,
    )
    return _deposit(services, record, status=None, agency_code=agency_code)


def move_in(services: Services, bag: Bag, *, agency_code: str) -> tuple[MovedIn, ...]:
    """Take over a vault's package: the holder by number, each paper under its old address.

    Raises:
        RequestInvalid: the package is of another kind.
        BagInvalid: a file changed since the package was checked.
    """
    if "identity.json" not in bag.names:
        raise RequestInvalid("the package holds no vault; it lacks identity.json", field="package")
    who = json.loads(bag.read("identity.json"))
    identity = Identity(who["name"], who["number"], _day(who["birth_date"]))
    with services.database.transaction() as tx:
        holder_id = _find_or_enrol(services, tx, identity, HolderKind.PERSON, agency_code=agency_code)
    told = sorted(name for name in bag.names if name.startswith("records/") and name.endswith("/record.json"))
    return tuple(_move_record(services, bag, name, holder_id=holder_id, agency_code=agency_code) for name in told)


def _move_record(services: Services, bag: Bag, name: str, *, holder_id: str, agency_code: str) -> MovedIn:
    told = json.loads(bag.read(name))
    if told["status"] != "CURRENT":
        # What was annulled or superseded there is of no use here, and must not come back as something better.
        return MovedIn(told["uri"], None, told["status"])
    folder, record_id = name.removesuffix("/record.json"), told["record_id"]
    files = [(one, bag.read(f"{folder}/{one['name']}")) for one in told["files"]]
    signed = [content for one, content in files if one["kind"] == RenditionKind.SIGNED_PDF.value]
    holds = bool(signed) and _verdict(services, signed[-1]) in _HOLDS
    services.blobs.create_keyset(record_id)
    renditions = tuple(
        NewRendition(
            services.blobs.put(record_id, one["name"], content),
            RenditionKind(one["kind"]),
            media_type=one["media_type"],
        )
        for one, content in files
    )
    record = _record(told, renditions, holder_id=holder_id, at=services.clock.now(), holds=holds)
    first = next(one.blob for one in renditions if one.kind is RenditionKind.SIGNED_PDF)
    status = _status(told, record, first) if record.elaboration is Elaboration.CERTIFIED_COPY else None
    return _deposit(services, record, status=status, agency_code=agency_code)


def _record(
    told: Mapping[str, Any], renditions: tuple[NewRendition, ...], *, holder_id: str, at: datetime, holds: bool
) -> NewRecord:
    elaboration = Elaboration(told["elaboration"]) if holds else Elaboration.DIGITISED_UNCERTIFIED
    is_copy = elaboration is Elaboration.CERTIFIED_COPY
    return NewRecord(
        record_id=told["record_id"],
        holder_id=holder_id,
        document_id=told["record_id"],
        agency_code=told["agency_code"],
        doc_type=told["doc_type"],
        titles=Titles(**told["titles"]),
        shelf=Shelf(told["shelf"]),
        elaboration=elaboration,
        issuer=told["issuer"],
        renditions=renditions,
        deposited_at=at,
        provenance=f"moved:{told['provenance']}"[:64],
        sensitivity=Sensitivity(told["sensitivity"]),
        retention=Retention(told["retention"]),
        issued_on=_day(told["issued_on"]),
        valid_from=_day(told["valid_from"]),
        valid_until=_day(told["valid_until"]),
        code=told["code"] if is_copy else None,
        register_number=told["register_number"] if is_copy else None,
        certified_at=_moment(told["certified_at"]) if is_copy else None,
        authority_proof=_proof(told["authority"]) if is_copy else None,
    )


def _status(told: Mapping[str, Any], record: NewRecord, blob: BlobRef) -> NewCopyStatus:
    return NewCopyStatus(
        code=told["code"],
        register=RegisterStatus.FINAL,
        agency_code=record.agency_code,
        register_number=told["register_number"],
        doc_type=record.doc_type,
        sensitivity=record.sensitivity,
        certified_at=record.certified_at,
        page_count=told["pages"],
        sha256_hex=blob.sha256_hex,
        original=OriginalStatus(told["original"]),
    )


def _deposit(services: Services, record: NewRecord, *, status: NewCopyStatus | None, agency_code: str) -> MovedIn:
    at = services.clock.now()
    with services.database.transaction() as tx:
        if status is not None:
            register_copy_status(tx, status, at=at)
        stored: Record = deposit(tx, record)
        event = AccessEvent(
            holder_id=record.holder_id,
            action=AccessAction.IMPORTED,
            actor_kind=ActorKind.SYSTEM,
            actor_id="moving-house",
            agency_code=agency_code,
            at=at,
            reason="IMPORT",
            record_id=record.record_id,
        )
        record_access(tx, event, random_bytes=services.random_bytes)
    return MovedIn(stored.uri, stored.assurance_level)


def _verdict(services: Services, content: bytes) -> Verdict:
    report = verify_in_child(
        content, trust=services.trust.anchors(), at=services.clock.now(), sandbox=services.verify_pool
    )
    return report.verdict


def _find_or_enrol(
    services: Services, tx: Connection, identity: Identity, kind: HolderKind, *, agency_code: str
) -> str:
    try:
        return find_by_number(tx, kind, identity.number, index=services.number_index).holder_id
    except NotFound:
        return enrol_holder(
            tx,
            NewHolder(kind, identity, agency_code),
            index=services.number_index,
            vault=services.blobs,
            at=services.clock.now(),
            random_bytes=services.random_bytes,
        ).holder_id


def _proof(told: Mapping[str, Any]) -> AuthorityProof:
    ends = told["valid_until"]
    return AuthorityProof(
        **{name: told[name] for name in AuthorityProof.__slots__ if name not in {"valid_from", "valid_until"}},
        valid_from=datetime.fromisoformat(told["valid_from"]),
        valid_until=datetime.fromisoformat(ends) if ends else None,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
