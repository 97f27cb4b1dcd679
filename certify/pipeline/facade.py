"""The pipeline as the doors see it: submit, look, prepare, approve, wait; everything else happens by itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from certify.approve import Approval, ApprovalRequest, activate_again, approve, run_again
from certify.case import Case, NewCase, open_case
from certify.compromise import AffectedCopy, RemedyOrder
from certify.draft import words_of_draft
from certify.errors import CopyNotReady
from certify.items import (
    Actor,
    ActorKind,
    Item,
    ItemStep,
    advance,
    get_item,
    history_of,
    list_items_in,
    lock_item,
    note,
)
from certify.pipeline.certify_item import NAME as CERTIFY
from certify.pipeline.certify_item import CertifyItem
from certify.pipeline.chunks import ChunkedReading
from certify.pipeline.engine import Engine, EngineSettings
from certify.pipeline.names import (
    REQUESTER,
    declared_type_name,
    ready_name,
    requester_in_book,
    scan_pdf_name,
    upload_name,
)
from certify.pipeline.prepare_item import NAME as PREPARE
from certify.pipeline.prepare_item import PrepareItem
from certify.pipeline.read_item import NAME as READ
from certify.pipeline.read_item import ReadItem
from certify.pipeline.renew_record import NAME as RENEW
from certify.pipeline.renew_record import RenewRecord, job_of_renewal, renew_id
from certify.pipeline.renewals import Renewals
from certify.pipeline.reseal import reseal
from certify.pipeline.services import Phase, PipelineServices, Progress
from certify.pipeline.steps import CrashPoints, Outcome, Workflow, crash_points
from certify.pipeline.store_issued import store_as_issued
from certify.pipeline.sweep import certify_id, job_of, read_id, stopped_items, unfinished_jobs
from certify.pipeline.token_signing import TokenSigning
from certify.pipeline.voiding import void_outcome
from certify.prepare import ReadyCopy, VoidReason, expiry_reason, list_expired, present_ready
from certify.register import find_number
from certify.renewal import ProtectedRecord
from certify.staff import Role, check_role
from certify.statement import compose_copy
from certify.transitions import AWAITING_OFFICER, ItemEvent, ItemState
from ocr.pages import Pages
from ocr.scan import joined_sha256_hex
from vault.errors import NotFound
from vault.papers import Record


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes as they came in, and what the sender said they are."""

    content: bytes
    declared_type: str | None


def workflows_of(services: PipelineServices) -> tuple[Workflow, ...]:
    """List the workflows of the office; crash points and engine registration follow from this list."""
    return (
        ReadItem(services).workflow(),
        PrepareItem(services).workflow(),
        CertifyItem(services).workflow(),
        RenewRecord(services).workflow(),
    )


class Pipeline:
    """Moves items from upload to deposited copy; survives being killed at any step."""

    def __init__(self, services: PipelineServices, *, engine: EngineSettings, crash_hook: CrashPoints) -> None:
        self._services = services
        self._renewals = Renewals(services)
        self._by_token = TokenSigning(services, submit=self._submit_certify)
        self._workflows = workflows_of(services)
        self._engine = Engine(engine, workflows=self._workflows, crash_points=crash_hook, on_step=self._step_done)

    @property
    def crash_points(self) -> tuple[str, ...]:
        """Every place at which the process may die, derived from the registered steps."""
        return crash_points(self._workflows)

    def start(self) -> None:
        """Start the engine, take up what a killed process left, and submit what was written but never enqueued."""
        self._engine.start()
        for workflow, workflow_id, job in unfinished_jobs(self._services.database):
            if not self._engine.exists(workflow_id):
                self._engine.submit(workflow, workflow_id=workflow_id, job=job)

    def stop(self) -> None:
        """Take no more jobs; what runs is taken up at the next start."""
        self._engine.stop()

    def open_case(self, new: NewCase, *, requester_name: str, opened_by: str) -> Case:
        """Open a case and keep the requester's name encrypted beside it."""
        services = self._services
        with services.database.transaction() as tx:
            case = open_case(tx, new, opened_by=opened_by, at=services.clock.now(), random_bytes=services.random_bytes)
            # Before the commit: a case without its requester could never be written into the register.
            services.blobs.create_keyset(case.case_id)
            services.blobs.put_first(case.case_id, REQUESTER, requester_name.encode())
        return case

    def submit_upload(self, item_id: str, *parts: Upload, staff_id: str) -> Item:
        """Store the scan of an item whose original was presented, or the several scans of it, and let it be read.

        Raises:
            TransitionRefused: the item does not wait for a scan.
        """
        services = self._services
        digests = [hashlib.sha256(part.content).hexdigest() for part in parts]
        with services.database.transaction() as tx:
            at = services.clock.now()
            check_role(tx, staff_id, role=Role.COUNTER_CLERK, at=at)
            item = lock_item(tx, item_id)
            actor = Actor(ActorKind.STAFF, staff_id)
            changes = {
                "scan_number": item.scan_number + 1,
                "source_sha256_hex": joined_sha256_hex(digests),
                "scanned_by": staff_id,
                "problem_code": None,
            }
            item = advance(tx, item_id, event=ItemEvent.SCAN, actor=actor, at=at, changes=changes)
            services.blobs.create_keyset(item.document_id)
            # All of them stand before the commit: who finds the item scanned finds every part.
            for number, part in enumerate(parts, start=1):
                declared_type = (part.declared_type or "").encode()
                services.blobs.put_first(item.document_id, declared_type_name(item, part=number), declared_type)
                services.blobs.put_first(item.document_id, upload_name(item, part=number), part.content)
        self._engine.submit(READ, workflow_id=read_id(item), job={"item_id": item_id})
        return item

    def wait_read(self, item_id: str, *, timeout_seconds: float) -> Outcome:
        """Wait until the present scan is read or refused."""
        return self._engine.wait(read_id(self.item(item_id)), timeout_seconds=timeout_seconds)

    def item(self, item_id: str) -> Item:
        """Give an item as it stands."""
        with self._services.database.read() as tx:
            return get_item(tx, item_id)

    def events(self, item_id: str, *, after_event_no: int = 0) -> tuple[ItemStep, ...]:
        """Give what happened to an item after the line already seen; the event stream of a page is fed from it."""
        with self._services.database.read() as tx:
            return history_of(tx, item_id, after_event_no=after_event_no)

    def pages(self, item_id: str) -> Pages:
        """Give the read pages with words and quality, without the bytes of their images."""
        return ChunkedReading(self._services, self.item(item_id)).pages()

    def preview_page(self, item_id: str, page_index: int, *, max_px: int) -> bytes:
        """Give a page of the scan as a JPEG."""
        chunk, place = ChunkedReading(self._services, self.item(item_id)).chunk_of(page_index)
        return self._services.crafts.preview(chunk, place, max_px=max_px)

    def scan_pdf(self, item_id: str) -> bytes:
        """Give the searchable PDF/A of the scan alone."""
        item = self.item(item_id)
        return self._services.blobs.get(item.document_id, scan_pdf_name(item))

    def upload_bytes(self, item_id: str) -> bytes:
        """Give the bytes as uploaded, for example of a PDF that is signed already and is stored as issued."""
        item = self.item(item_id)
        return self._services.blobs.get(item.document_id, upload_name(item))

    def store_as_issued(self, item_id: str, *, free_text: str, staff_id: str) -> Record:
        """Put a file another office signed unchanged into the holder's vault; it is refused as a paper original."""
        return store_as_issued(self._services, item_id, free_text=free_text, staff_id=staff_id)

    def preview_copy(self, item_id: str, *, officer_id: str) -> bytes:
        """Give the copy as it would look, with blanks for number and code; nothing is reserved."""
        services = self._services
        at = services.clock.now()
        with services.database.read() as tx:
            words = words_of_draft(
                tx,
                item_id,
                officer_id=officer_id,
                law=services.law,
                mode=services.mode,
                verify_url=services.verify_url,
                at=at,
            )
        parts = compose_copy(words, law=services.law, template=services.law.template(at))
        reading = ChunkedReading(services, self.item(item_id))
        return services.crafts.write_copy(reading.pages(), images=reading.images(), parts=parts).pdf

    def prepare(self, item_id: str, *, officer_id: str, timeout_seconds: float) -> Outcome:
        """Take a number and fix the bytes; an item whose ready copy has ended gets a new number."""
        services = self._services
        with services.database.transaction() as tx:
            item = lock_item(tx, item_id)
            if item.state is ItemState.VOIDED:
                actor = Actor(ActorKind.STAFF, officer_id)
                item = advance(tx, item_id, event=ItemEvent.RELEASE, actor=actor, at=services.clock.now())
        # A second call for the same attempt meets the first: it waits for it.
        attempt = item.attempt if item.state in (ItemState.NUMBER_RESERVED, ItemState.PREPARED) else item.attempt + 1
        workflow_id = f"prepare:{item_id}:{attempt}:{item.version}"
        self._engine.submit(PREPARE, workflow_id=workflow_id, job={"item_id": item_id, "officer_id": officer_id})
        return self._engine.wait(workflow_id, timeout_seconds=timeout_seconds)

    def ready_copy(self, item_id: str) -> ReadyCopy:
        """Give the ready copy to show and approve.

        Raises:
            CopyNotReady: the item is not prepared.
        """
        with self._services.database.read() as tx:
            ready = present_ready(tx, item_id)
        if ready.sha256_hex is None or ready.voided_at is not None:
            raise CopyNotReady(f"item {item_id} has no ready copy; prepare it first")
        return ready

    def ready_pdf(self, item_id: str) -> bytes:
        """Give the bytes the officer is asked to approve."""
        ready = self.ready_copy(item_id)
        return self._services.blobs.get(self.item(item_id).document_id, ready_name(ready))

    def ready_page(self, item_id: str, page_index: int, *, dpi: int) -> bytes:
        """Give a page of the ready copy as a PNG: what the officer sees is what is signed."""
        return self._services.crafts.render(self.ready_pdf(item_id), page_index, dpi=dpi)

    def approve_and_certify(self, request: ApprovalRequest) -> Approval:
        """Write the one approval and let the copy be signed, sealed, verified and deposited.

        Raises:
            AlreadyApproved: another officer or another window was first.
            ReadyCopyExpired: too late; the number is voided, prepare again.
            CopyError, StaffError: see `certify.approve.approve`.
        """
        services = self._services
        self.void_expired()
        with services.database.transaction() as tx:
            approval = approve(
                tx, request, law=services.law, at=services.clock.now(), random_bytes=services.random_bytes
            )
        self._submit_certify(approval)
        return approval

    def activate_again(self, item_id: str, *, officer_id: str, activation_id: str) -> Approval:
        """Go on with an item that lost its activation: same number, same bytes, fresh activation."""
        services = self._services
        self.void_expired()
        with services.database.transaction() as tx:
            approval = activate_again(
                tx,
                item_id,
                officer_id=officer_id,
                activation_id=activation_id,
                law=services.law,
                at=services.clock.now(),
            )
        self._submit_certify(approval)
        return approval

    def resume(self, item_id: str) -> Approval:
        """Go on with an approved item that stopped at a service that was away."""
        with self._services.database.transaction() as tx:
            approval = self._resume(tx, item_id)
        self._submit_certify(approval)
        return approval

    def resume_stopped(self) -> int:
        """Go on with every item whose service may be back; call it every minute or so. Gives how many were tried."""
        services = self._services
        with services.database.transaction() as tx:
            # In one transaction: of two processes that look at once, one finds an item that was taken up already.
            resumed = [self._resume(tx, item_id) for item_id in stopped_items(tx, at=services.clock.now())]
        for approval in resumed:
            self._submit_certify(approval)
        return len(resumed)

    def wait_certified(self, approval: Approval, *, timeout_seconds: float) -> Outcome:
        """Wait for the outcome of an approval's present run."""
        return self._engine.wait(certify_id(approval), timeout_seconds=timeout_seconds)

    def cancel(self, ready: ReadyCopy, *, reason: VoidReason = VoidReason.CANCELLED) -> Outcome:
        """Void the number of a copy that will not be signed; its item may be prepared again."""
        return void_outcome(self._services, ready, reason)

    def reseal(self, copy: AffectedCopy, *, order: RemedyOrder) -> Outcome:
        """Seal a certified copy again, after its seal's key fell into other hands."""
        return reseal(self._services, copy, order=order)

    def void_expired(self) -> int:
        """Void every ready copy that has ended; call it every minute or so. Gives how many were voided."""
        services = self._services
        with services.database.read() as tx:
            ended = list_expired(tx, law=services.law, at=services.clock.now())
        for ready in ended:
            reason = expiry_reason(ready, law=services.law, at=services.clock.now())
            void_outcome(services, ready, reason or VoidReason.DEADLINE_PASSED)
        return len(ended)

    def waiting_items(self) -> tuple[Item, ...]:
        """Give the approved items that wait for their officer: for an activation, or for a token's signature."""
        with self._services.database.read() as tx:
            return list_items_in(tx, states=tuple(AWAITING_OFFICER))

    def register_number(self, item_id: str) -> str | None:
        """Give the number of the item's present attempt as printed, or None when none was taken."""
        with self._services.database.read() as tx:
            item = get_item(tx, item_id)
            number = find_number(tx, item_id=item_id, attempt=item.attempt)
        return None if number is None else number.display_no

    def requester(self, book_id: str, seq_no: int) -> str:
        """Open the encrypted requester's name of a register line; empty when the line broke off before it was kept."""
        try:
            return self._services.blobs.get(book_id, requester_in_book(seq_no)).decode()
        except NotFound:
            return ""

    @property
    def by_token(self) -> TokenSigning:
        """What tokens in the officers' own machines have to sign, and their signatures."""
        return self._by_token

    @property
    def renewals(self) -> Renewals:
        """What is known of the copies' archive time-stamps."""
        return self._renewals

    def renew(self, record: ProtectedRecord, *, timeout_seconds: float) -> Outcome:
        """Renew one record now and wait for the outcome."""
        self._submit_renewal(record)
        return self._engine.wait(renew_id(record), timeout_seconds=timeout_seconds)

    def renew_due(self) -> int:
        """Submit what is due for renewal, most urgent first; call it every minute or so. Gives how many were new."""
        return sum(self._submit_renewal(record) for record in self._renewals.due_now())

    def _resume(self, tx: Connection, item_id: str) -> Approval:
        services = self._services
        note(tx, item_id, event="RESUME", actor=services.actor, at=services.clock.now())
        return run_again(tx, item_id)

    def _submit_renewal(self, record: ProtectedRecord) -> bool:
        workflow_id = renew_id(record)
        if self._engine.exists(workflow_id):
            if self._engine.has_failed(workflow_id):
                self._renewals.give_up_attempt(record)
            return False
        self._engine.submit(RENEW, workflow_id=workflow_id, job=job_of_renewal(record))
        return True

    def _submit_certify(self, approval: Approval) -> None:
        with self._services.database.read() as tx:
            job = job_of(tx, approval)
        self._engine.submit(CERTIFY, workflow_id=certify_id(approval), job=job)

    def _step_done(self, workflow: str, step: str, item_id: str, seconds: float) -> None:
        self._services.on_progress(Progress(item_id, workflow, step, Phase.STEP_DONE, seconds=seconds))
