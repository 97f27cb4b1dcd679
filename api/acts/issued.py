"""A file that another office signed is no paper original: verify it, and store it in the vault as it was issued."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from api.access import Principal
from api.acts import staff
from api.errors import RequestInvalid
from api.services import Services
from api.verdict import Answer, judge
from certify import refuse_item
from guard import new_ulid
from signing.verify import Verdict, verify_in_child
from vault import (
    AccessAction,
    AccessEvent,
    ActorKind,
    Elaboration,
    NewRecord,
    NewRendition,
    Record,
    RenditionKind,
    Sensitivity,
    Shelf,
    Titles,
    deposit,
    record_access,
)

ALREADY_SIGNED = "ALREADY_SIGNED"
_BORN_DIGITAL = "BORN_DIGITAL"
_COPY = "issued.pdf"
_STANDING = frozenset({Verdict.VALID, Verdict.VALID_WITH_WARNING})


@dataclass(frozen=True, slots=True)
class IssuedFile:
    """The untouched bytes of an upload that was signed elsewhere, with the answer about them."""

    content: bytes
    answer: Answer


def look_at_issued(services: Services, principal: Principal, item_id: str) -> IssuedFile:
    """Verify an upload that intake found to be signed already.

    Raises:
        ItemNotFound: no such item for this agency.
        RequestInvalid: the item's upload is not such a file.
    """
    item, _case = staff.own_item(services, principal, item_id)
    if item.problem_code != ALREADY_SIGNED:
        raise RequestInvalid(f"item {item_id} holds no file that was signed elsewhere", field="item_id")
    content = services.pipeline.upload_bytes(item_id)
    report = verify_in_child(
        content, trust=services.trust.anchors(), at=services.clock.now(), sandbox=services.verify_pool
    )
    return IssuedFile(content, judge(report, status=None, agency_name=None))


def store_as_issued(services: Services, principal: Principal, item_id: str) -> Record:
    """Put the file into the holder's vault, byte for byte, and end the item: it needs no certification.

    Raises:
        RequestInvalid: the item's upload is not such a file, or its signatures are not confirmed.
    """
    issued = look_at_issued(services, principal, item_id)
    if issued.answer.verdict not in _STANDING:
        raise RequestInvalid(f"the signatures of item {item_id} are not confirmed; ask the issuer", field="item_id")
    item, case = staff.own_item(services, principal, item_id)
    at = services.clock.now()
    record_id = new_ulid(at=at, random_bytes=services.random_bytes)
    services.blobs.create_keyset(record_id)
    blob = services.blobs.put(record_id, _COPY, issued.content)
    doc_type = services.law.doc_type(item.doc_type)
    new = NewRecord(
        record_id=record_id,
        holder_id=case.holder_id,
        document_id=record_id,
        agency_code=principal.agency_code,
        doc_type=doc_type.code,
        titles=Titles(vi=doc_type.title["vi"], en=doc_type.title["en"], fr=doc_type.title["fr"]),
        shelf=Shelf.RESULTS,
        elaboration=Elaboration.BORN_DIGITAL,
        issuer=str(issued.answer.values["signer"]),
        renditions=(NewRendition(blob, RenditionKind.SIGNED_PDF),),
        deposited_at=at,
        provenance=f"issued:{item_id}",
        sensitivity=Sensitivity.SENSITIVE if doc_type.sensitive else Sensitivity.NORMAL,
    )
    event = AccessEvent(
        holder_id=case.holder_id,
        action=AccessAction.DEPOSITED,
        actor_kind=ActorKind.STAFF,
        actor_id=principal.staff_id,
        at=at,
        reason="STORED_AS_ISSUED",
        record_id=record_id,
        agency_code=principal.agency_code,
        case_id=case.case_id,
    )
    with services.database.transaction() as tx:
        record = deposit(tx, new)
        record_access(tx, event, random_bytes=services.random_bytes)
        refuse_item(
            tx,
            item_id,
            law=services.law,
            code=_BORN_DIGITAL,
            free_text=hashlib.sha256(issued.content).hexdigest(),
            staff_id=principal.staff_id,
            at=at,
        )
    return record
