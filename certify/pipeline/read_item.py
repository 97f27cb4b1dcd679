"""The workflow `read_item`: a stored upload becomes read pages, a searchable PDF/A, and a verdict on its quality."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from certify.effects import once
from certify.figures.readings import note_reading
from certify.items import Item, advance, get_item
from certify.pipeline.chunks import ChunkedReading
from certify.pipeline.names import pages_name, scan_pdf_name
from certify.pipeline.services import PipelineServices
from certify.pipeline.steps import NEXT, Job, Outcome, OutcomeKind, Step, Workflow
from certify.tables import items
from certify.transitions import ItemEvent, ItemState
from guard.identifiers import new_ulid
from ocr.errors import AlreadySigned, PdfaViolation, ScanRefused
from ocr.pages import Pages

NAME = "read_item"
DUPLICATE = "DUPLICATE"


class ReadItem:
    """The steps of reading, on the services of the office."""

    def __init__(self, services: PipelineServices) -> None:
        self._services = services

    def workflow(self) -> Workflow:
        """The steps in their order."""
        return Workflow(
            NAME,
            (
                Step("read_pages", self.read_pages),
                Step("write_scan_pdf", self.write_scan_pdf),
                Step("record_reading", self.record_reading),
            ),
        )

    def read_pages(self, job: Job) -> Outcome:
        """Take the uploads in and read them, going on behind what was read before; a refused one leaves nothing."""
        services = self._services
        item = self._item(job)
        if item.state is not ItemState.SCANNED or services.blobs.exists(item.document_id, pages_name(item)):
            return NEXT
        try:
            ChunkedReading(services, item).read(workflow=NAME)
        except AlreadySigned as exc:
            # A signed PDF is no paper original: its bytes are kept, so that it can be verified and stored as issued.
            return self._reject(item, code=exc.code.value, keep=True)
        except ScanRefused as exc:
            return self._reject(item, code=exc.code.value, keep=False)
        return NEXT

    def write_scan_pdf(self, job: Job) -> Outcome:
        """Write the searchable PDF/A of the scan alone."""
        services = self._services
        item = self._item(job)
        if services.blobs.exists(item.document_id, scan_pdf_name(item)):
            return NEXT
        reading = ChunkedReading(services, item)
        title = services.law.paper_title(item.doc_type)
        with services.spool.room() as room:
            try:
                document = services.crafts.write_scan(
                    reading.pages(),
                    images=reading.images(),
                    title=title,
                    language=services.law.language,
                    created_at=services.clock.now(),
                    room=room,
                )
            except PdfaViolation:
                return self._reject(item, code="SCAN_NOT_PDFA", keep=False)
            ref = services.blobs.keep(item.document_id, scan_pdf_name(item), document.content)
        return Outcome(OutcomeKind.NEXT, reference=ref.sha256_hex)

    def record_reading(self, job: Job) -> Outcome:
        """Write pages, verdict and warnings into the item's row."""
        services = self._services
        item = self._item(job)
        if item.state is not ItemState.SCANNED:
            return NEXT
        pages = ChunkedReading(services, item).pages()
        quality = services.crafts.judge(pages)
        scan_pdf = services.blobs.get_ref(item.document_id, scan_pdf_name(item))
        with services.database.transaction() as tx:
            note_reading(
                tx,
                item.item_id,
                scan_number=item.scan_number,
                mean_confidence=_mean_confidence(pages),
                at=services.clock.now(),
            )
            warnings = {*pages.scan.warnings, *(reason.code.value for reason in quality.reasons)}
            if earlier_copies(tx, item):
                warnings.add(DUPLICATE)
            advance(
                tx,
                item.item_id,
                event=ItemEvent.EXTRACT,
                actor=services.actor,
                at=services.clock.now(),
                changes={
                    "page_count": len(pages.pages),
                    "quality_verdict": quality.verdict.value,
                    "scan_pdf_sha256_hex": scan_pdf.sha256_hex,
                    "problem_code": None,
                    "pages_compared": None,
                    "warnings": sorted(warnings),
                },
                detail_code=quality.verdict.value,
            )
        return NEXT

    def _reject(self, item: Item, *, code: str, keep: bool) -> Outcome:
        services = self._services
        at = services.clock.now()
        changes: dict[str, object] = {"problem_code": code}
        if not keep:
            changes |= {
                "source_sha256_hex": None,
                "document_id": new_ulid(at=at, random_bytes=services.random_bytes),
            }
        with services.database.transaction() as tx:
            if once(tx, item.item_id, job=item.scan_prefix, effect="REJECT", at=at):
                advance(
                    tx,
                    item.item_id,
                    event=ItemEvent.REJECT_SCAN,
                    actor=services.actor,
                    at=at,
                    changes=changes,
                    detail_code=code,
                )
        if not keep:
            services.blobs.shred(item.document_id)
        return Outcome(OutcomeKind.SCAN_REFUSED, code=code)

    def _item(self, job: Job) -> Item:
        with self._services.database.read() as tx:
            return get_item(tx, job["item_id"])


def earlier_copies(tx: Connection, item: Item) -> tuple[str, ...]:
    """Give the items whose certified copy was made from the very same scan."""
    query = (
        sa.select(items.c.item_id)
        .where(
            items.c.source_sha256_hex == item.source_sha256_hex,
            items.c.item_id != item.item_id,
            items.c.state == ItemState.CERTIFIED.value,
        )
        .order_by(items.c.item_id)
    )
    return tuple(tx.execute(query).scalars())


def _mean_confidence(pages: Pages) -> float | None:
    """The mean over the words of all pages; a page without words says nothing about how surely words were read."""
    found = [word.confidence for page in pages.pages for word in page.words]
    return sum(found) / len(found) if found else None
