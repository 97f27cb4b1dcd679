"""The deposit: one transaction in which a sealed file becomes a certified copy everywhere, or nowhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from certify.approve import Approval
from certify.case import get_case
from certify.effects import log_event, once
from certify.errors import ReadyCopyChanged
from certify.free_copies import find_free_copy, note_done
from certify.items import Item, advance
from certify.pipeline.chunks import ChunkedReading
from certify.pipeline.names import COPY, FIELDS, TEXT, sealed_name
from certify.pipeline.services import PipelineServices
from certify.prepare import ReadyCopy, full_number
from certify.register import NumberStatus, finalise
from certify.registry.corrections import CorrectionOrder, find_line, supersede
from certify.registry.full_rows import BY_DECISION, final_facts, keep_original
from certify.registry.seal_queue import find_seal_approval
from certify.rules import DocType, fee
from certify.staff import Delegation, StaffMember, get_delegation, get_staff
from certify.tables import job_effects
from certify.transitions import ItemEvent
from keys.credentials import CertificateFacts, read_certificate_facts
from ocr.fields import DocumentFields
from vault.blobs import BlobRef
from vault.history import AccessAction, AccessEvent, record_access
from vault.history import ActorKind as HistoryActor
from vault.log.certified import name_leaf
from vault.outbox import Message
from vault.outbox import put as put_message
from vault.papers import AuthorityProof, NewRecord, NewRendition
from vault.records import deposit
from vault.shapes import Elaboration, RegisterStatus, RenditionKind, Sensitivity, Shelf, Titles
from vault.status import NewCopyStatus, register_copy_status

TOPIC = "copy.certified"


class DepositCopy:
    """Deposits sealed copies with the services of the office."""

    def __init__(self, services: PipelineServices) -> None:
        self._services = services

    def deposit(self, item: Item, *, ready: ReadyCopy, approval: Approval) -> None:
        """Put the copy into the holder's vault and everything that follows from it, in one transaction.

        Raises:
            ReadyCopyChanged: the stored file is not the one our own judge passed.
        """
        services = self._services
        copy, twins = self._store(item, ready, officer_id=approval.officer_id)
        at = services.clock.now()
        with services.database.transaction() as tx:
            # (1) this very file was verified
            verified = verified_detail(tx, item)
            if verified.get("sha256") != copy.sha256_hex:
                raise ReadyCopyChanged(f"the sealed file of item {item.item_id} is not the one that was verified")
            officer = get_staff(tx, approval.officer_id)
            delegation = get_delegation(tx, ready.delegation_id)
            case = get_case(tx, item.case_id)
            doc_type = services.law.doc_type(item.doc_type)
            # (2) the item, once
            if not once(tx, item.item_id, job=item.copy_prefix, effect="CERTIFIED", at=at):
                return
            item = advance(
                tx,
                item.item_id,
                event=ItemEvent.CERTIFY,
                actor=services.actor,
                at=at,
                changes={"record_id": ready.ready_id},
            )
            # (3) the register
            certificate = self._certificate(officer)
            serial_hex = f"{certificate.serial:x}"
            sealed_by = find_seal_approval(tx, approval.approval_id)
            finalise(
                tx,
                book_id=ready.number.book_id,
                seq_no=ready.number.seq_no,
                signer_text=f"{officer.display_name}, {officer.position}",
                detail={
                    **final_facts(
                        officer=officer,
                        delegation=delegation,
                        certificate=certificate,
                        # Without a keeper's yes a dated decision let the agency seal by itself.
                        sealer=sealed_by.keeper_id if sealed_by else BY_DECISION,
                        pades_levels=tuple(verified.get("levels", ())),
                        currency=fee(
                            services.law, pages=item.page_count or 1, copies=item.copies, at=ready.reserved_at
                        ).currency,
                        basis_id=services.law.template_version(ready.template_version).basis_id,
                    ),
                    "certificate_serial": serial_hex,
                    "seal_serial": verified.get("seal_serial"),
                    "code": ready.code,
                    "sha256": copy.sha256_hex,
                    "source_sha256": item.source_sha256_hex,
                    "pages": ready.page_count,
                    "template": ready.template_version,
                    "holder": case.holder_id,
                },
                at=at,
            )
            # (4) status, vault, history
            register_copy_status(
                tx, self._status(item, ready=ready, copy=copy, agency_code=case.agency_code, at=at), at=at
            )
            deposit(
                tx,
                NewRecord(
                    record_id=ready.ready_id,
                    holder_id=case.holder_id,
                    document_id=ready.ready_id,
                    agency_code=case.agency_code,
                    doc_type=doc_type.code,
                    titles=Titles(**{language: doc_type.title[language] for language in ("vi", "en", "fr")}),
                    shelf=Shelf.CERTIFIED_COPIES,
                    elaboration=Elaboration.CERTIFIED_COPY,
                    issuer=case.agency_code,
                    renditions=(NewRendition(copy, RenditionKind.SIGNED_PDF), *twins),
                    deposited_at=at,
                    provenance=f"certify:{item.item_id}",
                    sensitivity=_sensitivity(doc_type),
                    code=ready.code,
                    register_number=full_number(ready.number),
                    certified_at=at,
                    authority_proof=_proof(officer, delegation=delegation, serial_hex=serial_hex),
                ),
            )
            record_access(
                tx,
                AccessEvent(
                    holder_id=case.holder_id,
                    action=AccessAction.DEPOSITED,
                    actor_kind=HistoryActor.STAFF,
                    actor_id=officer.staff_id,
                    at=at,
                    reason="CERTIFICATION",
                    record_id=ready.ready_id,
                    agency_code=case.agency_code,
                    case_id=case.case_id,
                ),
                random_bytes=services.random_bytes,
            )
            # (5) the log, and whoever waits for the news
            leaf = log_event(
                tx,
                "COPY_CERTIFIED",
                item=item,
                payload={
                    "book": ready.number.book_display,
                    "number": ready.number.seq_no,
                    "code": ready.code,
                    "sha256": copy.sha256_hex,
                    "record": ready.ready_id,
                },
                random_bytes=services.random_bytes,
            )
            name_leaf(tx, ready.code, leaf)
            put_message(tx, Message(TOPIC, ready.ready_id, {"record": ready.ready_id, "item": item.item_id}), at=at)
            self._supersede_corrected(tx, item, code=ready.code, at=at)

    def _supersede_corrected(self, tx: Connection, item: Item, *, code: str, at: datetime) -> None:
        """A copy that was made anew at no fee takes the place of the one with our mistake, in the same instant."""
        free = find_free_copy(tx, item.item_id)
        if free is None:
            return
        # Whoever annulled the old copy meanwhile said more about it: it stays annulled, and the new one is true by itself.
        if find_line(tx, free.corrects_code).status is NumberStatus.FINAL:
            order = CorrectionOrder(free.opened_by, at, self._services.random_bytes, free.reason)
            supersede(tx, free.corrects_code, by_code=code, order=order)
        note_done(tx, item.item_id, at=at)

    def _store(
        self, item: Item, ready: ReadyCopy, *, officer_id: str
    ) -> tuple[BlobRef, tuple[NewRendition, NewRendition]]:
        # The record has a keyset of its own: erasing it leaves the case, erasing the case leaves it.
        blobs = self._services.blobs
        pages = ChunkedReading(self._services, item).pages()
        blobs.create_keyset(ready.ready_id)
        with self._services.spool.room() as room:
            sealed = blobs.fetch(item.document_id, sealed_name(ready), room=room)
            copy = blobs.keep(ready.ready_id, COPY, sealed)
        read = self._services.crafts.read_fields(pages)
        found = fields_twin(read, compared_by=officer_id)
        fields, _ = blobs.put_first(ready.ready_id, FIELDS, found)
        keep_original(blobs, ready.number.book_id, ready.number.seq_no, _first_values(read))
        text, _ = blobs.put_first(ready.ready_id, TEXT, pages.text.encode())
        return copy, (
            NewRendition(fields, RenditionKind.FIELDS_JSON, media_type="application/json"),
            NewRendition(text, RenditionKind.TEXT, media_type="text/plain; charset=utf-8"),
        )

    def _status(self, item: Item, *, ready: ReadyCopy, copy: BlobRef, agency_code: str, at: datetime) -> NewCopyStatus:
        doc_type = self._services.law.doc_type(item.doc_type)
        return NewCopyStatus(
            code=ready.code,
            register=RegisterStatus.FINAL,
            agency_code=agency_code,
            register_number=full_number(ready.number),
            doc_type=doc_type.code,
            sensitivity=_sensitivity(doc_type),
            certified_at=at,
            page_count=ready.page_count,
            sha256_hex=copy.sha256_hex,
        )

    def _certificate(self, officer: StaffMember) -> CertificateFacts:
        return read_certificate_facts(self._services.credential(officer.key_id or "").certificate_der)


def _first_values(read: DocumentFields) -> dict[str, str]:
    """The first value of each field, as it was read."""
    told: dict[str, str] = {}
    for one in read.fields:
        told.setdefault(one.name, one.value)
    return told


def fields_twin(found: DocumentFields, *, compared_by: str) -> bytes:
    """Write the machine-readable twin of a copy: what was read, how surely, and whose comparison stands behind it."""
    whole = found.as_json()
    # The officer compared the pages, not each field: none of them is confirmed, and each says so.
    whole["fields"] = [one | {"verified_by": None} for one in whole["fields"]]
    twin = {"version": 2, "compared_by": compared_by, **whole}
    return json.dumps(twin, ensure_ascii=False, sort_keys=True).encode()


def verified_digest(tx: Connection, item: Item) -> str | None:
    """Give the digest of the file that our own judge passed in this attempt, or None when none passed."""
    digest = verified_detail(tx, item).get("sha256")
    return None if digest is None else str(digest)


def verified_detail(tx: Connection, item: Item) -> Mapping[str, Any]:
    """Give what was written when our own judge passed the file of this attempt; empty when none passed."""
    detail = tx.execute(
        select(job_effects.c.detail).where(
            job_effects.c.item_id == item.item_id,
            job_effects.c.job == item.copy_prefix,
            job_effects.c.effect == "VERIFIED",
        )
    ).scalar_one_or_none()
    return detail or {}


def _sensitivity(doc_type: DocType) -> Sensitivity:
    return Sensitivity.SENSITIVE if doc_type.sensitive else Sensitivity.NORMAL


def _proof(officer: StaffMember, *, delegation: Delegation, serial_hex: str) -> AuthorityProof:
    return AuthorityProof(
        staff_id=officer.staff_id,
        agency_code=officer.agency_code,
        delegation_id=delegation.delegation_id,
        decision_number=delegation.decision_number,
        capacity=delegation.capacity.value,
        valid_from=delegation.valid_from,
        valid_until=delegation.valid_until,
        certificate_serial_hex=serial_hex,
    )
