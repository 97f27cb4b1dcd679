"""A new seal on an old copy: the file with the officer's signature alone is sealed again, under the same number and code.

The seal that is replaced stays in the earlier rendition, whose digest stays known; the new file is judged like any other
before anybody sees it. Nothing of the officer's part changes, and no number is taken.
"""

from __future__ import annotations

from certify.case import get_case
from certify.compromise import AffectedCopy, RemedyOrder, effect_of, note_reseal
from certify.effects import log_event, once
from certify.errors import SealNotAllowed
from certify.items import Item, get_item
from certify.pipeline.judgement import is_signed_by_officer, is_valid_copy
from certify.pipeline.names import COPY
from certify.pipeline.services import PipelineServices
from certify.pipeline.steps import Outcome, OutcomeKind
from certify.pipeline.working_files import officer_signed_pdf
from certify.prepare import ReadyCopy, get_ready
from certify.register import get_number_detail
from certify.staff import check_may_seal
from guard.spool import Room
from keys.credentials import read_certificate_facts
from keys.errors import ActivationError, CertificateError, KeyStoreError, TrustServiceError
from ocr.errors import PdfaViolation
from signing.errors import SigningError
from vault.blobs import BlobRef
from vault.owners import HolderOwner
from vault.papers import NewRendition
from vault.records import add_rendition
from vault.shapes import RenditionKind


def reseal(services: PipelineServices, copy: AffectedCopy, *, order: RemedyOrder) -> Outcome:
    """Seal a copy again with the agency's present seal; done twice, it changes nothing.

    DONE, or the outcome that says why not: the seal is not allowed, a service is away, or the file does not pass.
    """
    with services.spool.room() as room:
        return _reseal(services, copy, order=order, room=room)


def _reseal(services: PipelineServices, copy: AffectedCopy, *, order: RemedyOrder, room: Room) -> Outcome:
    with services.database.read() as tx:
        item = get_item(tx, copy.item_id)
        ready = get_ready(tx, item_id=copy.item_id, attempt=copy.attempt)
        detail = get_number_detail(tx, book_id=copy.book_id, seq_no=copy.seq_no)
        agency_code, holder_id = get_case(tx, item.case_id).agency_code, get_case(tx, item.case_id).holder_id
    # (1) the agency has another seal now, and may use it
    try:
        with services.database.read() as tx:
            seal = check_may_seal(tx, agency_code, at=services.clock.now())
    except SealNotAllowed as exc:
        return _stopped(OutcomeKind.NOT_ALLOWED, exc)
    # (2) the officer's part is whole
    pdf = officer_signed_pdf(services, item, ready, room=room)
    report = services.crafts.verify(pdf, at=services.clock.now())
    if not is_signed_by_officer(report, mode=services.mode, serial_hex=str(detail["certificate_serial"])):
        return Outcome(OutcomeKind.NOT_ALLOWED, code="OFFICER_SIGNATURE_NOT_CONFIRMED", reference=ready.ready_id)
    # (3) the intent is in the log, then the key seals
    _log_intent(services, item, ready, key_id=seal.key_id, order=order)
    try:
        signer = services.activations.unattended_signer(seal.key_id)
        sealed = services.crafts.seal(
            pdf,
            mark=services.marks.of_seal(seal.agency, at=services.law.local_time(seal.checked_at)),
            reason=f"Số chứng thực {ready.number.display_no}, quyển {ready.number.book_display}",
            location=seal.agency.name_on_papers,
            signer=signer,
            signed_at=services.clock.now(),
            room=room,
        )
    except TrustServiceError as exc:
        return _stopped(OutcomeKind.SERVICE_UNAVAILABLE, exc)
    except (ActivationError, CertificateError, KeyStoreError, SigningError) as exc:
        return _stopped(OutcomeKind.NOT_ALLOWED, exc)
    # (4) our own judge passes it
    report = services.crafts.verify(sealed.content, at=services.clock.now())
    try:
        services.crafts.check_pdfa(sealed.content)
    except PdfaViolation as exc:
        return _stopped(OutcomeKind.NOT_ALLOWED, exc)
    if not is_valid_copy(report, mode=services.mode):
        return Outcome(OutcomeKind.NOT_ALLOWED, code="OWN_VERIFICATION_FAILED", reference=ready.ready_id)
    # (5) it is a rendition of the same paper
    name = f"{COPY}.resealed-{seal.key_id}"
    blob = services.blobs.keep(ready.ready_id, name, sealed.content)
    serial_hex = f"{read_certificate_facts(signer.credential.certificate_der).serial:x}"
    _finish(services, copy, ready=ready, blob=blob, holder_id=holder_id, serial_hex=serial_hex, order=order)
    return Outcome(OutcomeKind.DONE, reference=ready.ready_id)


def _finish(
    services: PipelineServices,
    copy: AffectedCopy,
    *,
    ready: ReadyCopy,
    blob: BlobRef,
    holder_id: str,
    serial_hex: str,
    order: RemedyOrder,
) -> None:
    with services.database.transaction() as tx:
        at = services.clock.now()
        if note_reseal(tx, copy, order=order, seal_serial_hex=serial_hex, at=at, random_bytes=services.random_bytes):
            new = NewRendition(blob, RenditionKind.SIGNED_PDF)
            add_rendition(tx, HolderOwner(holder_id), ready.ready_id, new=new, at=at)


def _log_intent(services: PipelineServices, item: Item, ready: ReadyCopy, *, key_id: str, order: RemedyOrder) -> None:
    with services.database.transaction() as tx:
        at = services.clock.now()
        if once(tx, item.item_id, job=f"copy-{ready.attempt}", effect=effect_of("RESEAL_INTENT", key_id=key_id), at=at):
            payload = {"key": key_id, "replaces": order.key_id, "code": ready.code}
            log_event(tx, "RESEAL_INTENT", item=item, payload=payload, random_bytes=services.random_bytes)


def _stopped(kind: OutcomeKind, error: Exception) -> Outcome:
    return Outcome(kind, code=type(error).__name__)
