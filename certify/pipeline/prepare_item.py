"""The workflow `prepare_item`: take a number, write the copy around it, fix its bytes."""

from __future__ import annotations

from certify.draft import words_of_ready
from certify.errors import CertifyError, RegisterError, StaffError
from certify.items import get_item, note
from certify.pipeline.chunks import ChunkedReading
from certify.pipeline.names import REQUESTER, ready_name, requester_in_book
from certify.pipeline.services import PipelineServices
from certify.pipeline.steps import NEXT, Job, Outcome, OutcomeKind, Step, Workflow
from certify.pipeline.voiding import void_outcome
from certify.prepare import ReadyCopy, VoidReason, mark_prepared, present_ready, reserve
from certify.staff import check_may_certify
from certify.statement import compose_copy
from certify.transitions import ItemState
from ocr.errors import PdfaError, PdfaViolation

NAME = "prepare_item"
# In an item's history: a number was asked for and could not be taken.
PREPARE_REFUSED = "PREPARE_REFUSED"


class PrepareItem:
    """The steps of preparing, on the services of the office."""

    def __init__(self, services: PipelineServices) -> None:
        self._services = services

    def workflow(self) -> Workflow:
        """The steps in their order."""
        return Workflow(
            NAME,
            (
                Step("reserve_number", self.reserve_number),
                Step("write_copy", self.write_copy),
                Step("mark_prepared", self.mark_prepared),
            ),
        )

    def reserve_number(self, job: Job) -> Outcome:
        """Take the next number for the officer named, and log the intent in the same transaction."""
        services = self._services
        try:
            with services.database.transaction() as tx:
                authority = check_may_certify(tx, job["officer_id"], at=services.clock.now())
                item = get_item(tx, job["item_id"])
                if item.state is ItemState.PREPARED:
                    return NEXT
                ready = reserve(
                    tx,
                    job["item_id"],
                    authority=authority,
                    law=services.law,
                    actor=services.actor,
                    random_bytes=services.random_bytes,
                )
                case_id = item.case_id
        except (StaffError, RegisterError) as exc:
            return self._refused(job, code=type(exc).__name__)
        except CertifyError as exc:
            return self._refused(job, code=str(getattr(exc, "code", "")) or type(exc).__name__)
        self._keep_requester(case_id, ready)
        return Outcome(OutcomeKind.NEXT, reference=ready.ready_id)

    def write_copy(self, job: Job) -> Outcome:
        """Write the copy and check that it is PDF/A; the first bytes written are the ones that count."""
        services = self._services
        with services.database.read() as tx:
            item = get_item(tx, job["item_id"])
            ready = present_ready(tx, item.item_id)
            if item.state is not ItemState.NUMBER_RESERVED:
                return NEXT
            words = words_of_ready(tx, ready, law=services.law, mode=services.mode, verify_url=services.verify_url)
        self._keep_requester(item.case_id, ready)
        template = services.law.template_version(ready.template_version)
        parts = compose_copy(words, law=services.law, template=template)
        reading = ChunkedReading(services, item)
        with services.spool.room() as room:
            try:
                document = services.crafts.write_copy(reading.pages(), images=reading.images(), parts=parts, room=room)
            except (PdfaViolation, PdfaError):
                return void_outcome(services, ready, VoidReason.COPY_NOT_PDFA)
            ref = services.blobs.keep(item.document_id, ready_name(ready), document.content)
            if ref.sha256_hex != document.sha256_hex:
                services.crafts.check_pdfa(services.blobs.fetch(item.document_id, ready_name(ready), room=room))
        return Outcome(OutcomeKind.NEXT, code=str(document.page_count), reference=ref.sha256_hex)

    def mark_prepared(self, job: Job) -> Outcome:
        """Fix the digest and start the officer's clock."""
        services = self._services
        with services.database.read() as tx:
            item = get_item(tx, job["item_id"])
            ready = present_ready(tx, item.item_id)
        ref = services.blobs.get_ref(item.document_id, ready_name(ready))
        with services.database.transaction() as tx:
            ready = mark_prepared(
                tx,
                ready,
                sha256_hex=ref.sha256_hex,
                # The statement is one page of its own after the pages of the original.
                page_count=(item.page_count or 0) + 1,
                law=services.law,
                actor=services.actor,
                at=services.clock.now(),
            )
        return Outcome(OutcomeKind.NEXT, reference=ready.ready_id)

    def _refused(self, job: Job, *, code: str) -> Outcome:
        """Note why no number was taken: the next try is another job, for a book that is opened or a fee that is paid."""
        services = self._services
        with services.database.transaction() as tx:
            note(
                tx,
                job["item_id"],
                event=PREPARE_REFUSED,
                actor=services.actor,
                at=services.clock.now(),
                detail_code=code,
            )
        return Outcome(OutcomeKind.NOT_ALLOWED, code=code)

    def _keep_requester(self, case_id: str, ready: ReadyCopy) -> None:
        # The register is a legal record: the name lies under the book's own key, so that erasing a case spares it.
        blobs = self._services.blobs
        book_id = ready.number.book_id
        blobs.create_keyset(book_id)
        blobs.put_first(book_id, requester_in_book(ready.number.seq_no), blobs.get(case_id, REQUESTER))
