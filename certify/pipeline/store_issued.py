"""A file that another office signed is no paper original: it is verified and stored as issued, byte for byte."""

from __future__ import annotations

from certify.case import get_case, refuse_item
from certify.errors import CopyNotReady, GuardRefused
from certify.items import get_item
from certify.pipeline.names import upload_name
from certify.pipeline.services import PipelineServices
from certify.staff import Role, check_role
from guard.identifiers import new_ulid
from ocr.errors import IntakeCode
from signing.verify import Verdict, VerificationReport
from vault.history import AccessAction, AccessEvent, ActorKind, record_access
from vault.papers import NewRecord, NewRendition, Record
from vault.records import deposit
from vault.shapes import Elaboration, RenditionKind, Sensitivity, Shelf, Titles

REFUSAL_CODE = "BORN_DIGITAL"
ISSUED = "issued.pdf"


def store_as_issued(services: PipelineServices, item_id: str, *, free_text: str, staff_id: str) -> Record:
    """Refuse to certify a signed PDF, and put it unchanged into the holder's vault instead.

    Raises:
        CopyNotReady: the item's upload was not found to be signed.
        GuardRefused: its signatures do not verify; such a file is not stored as issued.
        StaffError: the person is no clerk of this moment.
    """
    at = services.clock.now()
    with services.database.read() as tx:
        item = get_item(tx, item_id)
    if item.problem_code != IntakeCode.ALREADY_SIGNED.value:
        raise CopyNotReady(f"item {item_id} holds no signed file; scan the paper original instead")
    with services.spool.room() as room:
        issued = services.blobs.fetch(item.document_id, upload_name(item), room=room)
        report = services.crafts.verify(issued, at=at)
        if report.verdict not in (Verdict.VALID, Verdict.VALID_WITH_WARNING):
            code = report.verdict.value
            raise GuardRefused(code, f"the signed file of item {item_id} does not verify; ask its issuer")
        record_id = new_ulid(at=at, random_bytes=services.random_bytes)
        services.blobs.create_keyset(record_id)
        blob = services.blobs.keep(record_id, ISSUED, issued)
    with services.database.transaction() as tx:
        check_role(tx, staff_id, role=Role.COUNTER_CLERK, at=at)
        refuse_item(tx, item_id, law=services.law, code=REFUSAL_CODE, free_text=free_text, staff_id=staff_id, at=at)
        case = get_case(tx, item.case_id)
        doc_type = services.law.doc_type(item.doc_type)
        record = deposit(
            tx,
            NewRecord(
                record_id=record_id,
                holder_id=case.holder_id,
                document_id=record_id,
                agency_code=case.agency_code,
                doc_type=doc_type.code,
                titles=Titles(**{language: doc_type.title[language] for language in ("vi", "en", "fr")}),
                shelf=Shelf.RESULTS,
                elaboration=Elaboration.BORN_DIGITAL,
                issuer=_issuer(report),
                renditions=(NewRendition(blob, RenditionKind.SIGNED_PDF),),
                deposited_at=at,
                provenance=f"issued:{item.item_id}",
                sensitivity=Sensitivity.SENSITIVE if doc_type.sensitive else Sensitivity.NORMAL,
            ),
        )
        record_access(
            tx,
            AccessEvent(
                holder_id=case.holder_id,
                action=AccessAction.DEPOSITED,
                actor_kind=ActorKind.STAFF,
                actor_id=staff_id,
                at=at,
                reason=REFUSAL_CODE,
                record_id=record_id,
                agency_code=case.agency_code,
                case_id=case.case_id,
            ),
            random_bytes=services.random_bytes,
        )
    return record


def _issuer(report: VerificationReport) -> str:
    """Name the office of the last signature, as its certificate does."""
    signers = [signature.signer for signature in report.signatures if signature.signer is not None]
    return signers[-1].organisation or signers[-1].common_name
