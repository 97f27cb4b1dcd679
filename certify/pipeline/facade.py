"""The pipeline as the doors see it: submit, look, prepare, approve, wait; everything else happens by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy.engine import Connection

from certify.approve import Approval, ApprovalRequest, activate_again, approve
from certify.case import Case, NewCase, open_case
from certify.compromise import AffectedCopy, RemedyOrder
from certify.draft import words_of_draft
from certify.errors import CopyNotReady, TransitionRefused
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
)
from certify.pipeline.arrangement import Arrangement
from certify.pipeline.certify_item import CertifyItem
from certify.pipeline.chunks import ChunkedReading
from certify.pipeline.engine import Engine, EngineSettings
from certify.pipeline.jobs import NO_LIMITS, Jobs, QueueLimits, agency_of, check_room
from certify.pipeline.kept_scans import KeptScans, digest_of_scan
from certify.pipeline.names import REQUESTER, ready_name, scan_pdf_name, upload_name
from certify.pipeline.prepare_item import PREPARE_REFUSED, PrepareItem
from certify.pipeline.read_item import ReadItem
from certify.pipeline.readings import Readings
from certify.pipeline.renew_record import RenewRecord, renew_id
from certify.pipeline.renewals import Renewals
from certify.pipeline.requesters import read_requesters
from certify.pipeline.reseal import reseal
from certify.pipeline.services import Phase, PipelineServices, Progress
from certify.pipeline.steps import CrashPoints, Outcome, Workflow, crash_points
from certify.pipeline.store_issued import store_as_issued
from certify.pipeline.sweep import read_id
from certify.pipeline.token_signing import TokenSigning
from certify.pipeline.upload import Upload
from certify.pipeline.voiding import void_all_expired, void_outcome
from certify.pipeline.working_files import purge_due
from certify.prepare import ReadyCopy, VoidReason, present_ready
from certify.register import find_number
from certify.renewal import ProtectedRecord
from certify.staff import Role, check_role
from certify.statement import compose_copy
from certify.transitions import AWAITING_OFFICER, ItemEvent, ItemState
from certify.urgency import Urgency
from guard.spool import Room
from guard.wire import Payload
from ocr.pages import Pages
from vault.papers import Record


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

    def __init__(
        self,
        services: PipelineServices,
        *,
        engine: EngineSettings,
        crash_hook: CrashPoints,
        limits: QueueLimits = NO_LIMITS,
    ) -> None:
        self._services, self.readings = services, Readings(services)
        self._renewals = Renewals(services)
        self._workflows = workflows_of(services)
        self._engine = Engine(engine, workflows=self._workflows, crash_points=crash_hook, on_step=self._step_done)
        self._jobs, self._limits = Jobs(services, engine=self._engine), limits
        self._by_token = TokenSigning(services, submit=self._jobs.put_certify)

    @property
    def services(self) -> PipelineServices:
        """The office behind the steps, for what is written beside them."""
        return self._services

    @property
    def crash_points(self) -> tuple[str, ...]:
        """Every place at which the process may die, derived from the registered steps."""
        return crash_points(self._workflows)

    def start(self) -> None:
        """Start the engine, take up what a killed process left, and submit what was written but never enqueued."""
        self._engine.start()
        self._jobs.put_missing()

    def open_door(self) -> None:
        """Put jobs into the queue for workers elsewhere, and take none."""
        self._engine.open_door()

    def drain(self, worker_name: str, *, is_over: Callable[[], bool], every_seconds: float = 0.5) -> bool:
        """Do what a dead worker of this name left behind, and nothing else; False when `is_over` came first."""
        self._engine.start(only_left_behind=True)
        while self._engine.left_behind(worker_name):
            if is_over():
                return False
            time.sleep(every_seconds)
        return True

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

    def submit_upload(
        self, item_id: str, *parts: Upload, staff_id: str, arrangement: Arrangement | None = None
    ) -> Item:
        """Store the scan of an item whose original was presented, or the several scans of it, and let it be read.

        With an arrangement its pages stand as a person put them.

        Raises:
            TransitionRefused: the item does not wait for a scan.
            QueueFull: too many scans wait, in all or of its agency; nothing was taken in.
        """
        services = self._services
        digest = digest_of_scan(parts, arrangement)
        with services.database.read() as tx:
            check_role(tx, staff_id, role=Role.COUNTER_CLERK, at=services.clock.now())
            seen = get_item(tx, item_id)
            check_room(tx, agency_of(tx, seen), limits=self._limits)
        number = seen.scan_number + 1
        done = "+".join(arrangement.acts) or None if arrangement else None
        # All of them stand before the commit: who finds the item scanned finds every part. And they are written before
        # the transaction begins: a small office has one writer at a time, who must not wait for a disk.
        kept = replace(seen, scan_number=number, source_sha256_hex=digest)
        self.scans.keep(kept, parts, arrangement=arrangement)
        with services.database.transaction() as tx:
            at = services.clock.now()
            check_role(tx, staff_id, role=Role.COUNTER_CLERK, at=at)
            item = lock_item(tx, item_id)
            if (item.document_id, item.scan_number) != (seen.document_id, seen.scan_number):
                raise TransitionRefused(
                    f"item {item_id} got another scan meanwhile; look at it, then send this one again"
                )
            actor = Actor(ActorKind.STAFF, staff_id)
            changes = {
                "scan_number": number,
                "source_sha256_hex": digest,
                "scanned_by": staff_id,
                "problem_code": None,
            }
            item = advance(tx, item_id, event=ItemEvent.SCAN, actor=actor, at=at, changes=changes, detail_code=done)
            self._jobs.put_read(tx, item)
        return item

    def check_room(self, agency_code: str) -> None:
        """Refuse before anything is written when too many scans wait.

        Raises:
            QueueFull: too many scans wait, in all or of this agency.
        """
        with self._services.database.read() as tx:
            check_room(tx, agency_code, limits=self._limits)

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
        return self.readings.of(self.item(item_id)).pages

    def preview_page(self, item_id: str, page_index: int, *, max_px: int) -> bytes:
        """Give a page of the scan as a JPEG."""
        chunk, place = ChunkedReading(self._services, self.item(item_id)).chunk_of(page_index)
        return self._services.crafts.preview(chunk, place, max_px=max_px)

    def worst_line(self, item_id: str, page_index: int, line_index: int, *, max_px: int) -> bytes:
        """Give one of the lines of a page that were read least surely (0: the worst), as a PNG.

        Raises:
            RenderFailed: the page has no such line.
        """
        chunk, place = ChunkedReading(self._services, self.item(item_id)).chunk_of(page_index)
        return self._services.crafts.crop_line(chunk, place, line_index, max_px=max_px)

    def scan_pdf(self, item_id: str, *, room: Room) -> Payload:
        """Give the searchable PDF/A of the scan alone."""
        item = self.item(item_id)
        return self._services.blobs.fetch(item.document_id, scan_pdf_name(item), room=room)

    def uploaded_file(self, item_id: str, *, room: Room) -> Payload:
        """Give the bytes as uploaded, for example of a PDF that is signed already and is stored as issued."""
        item = self.item(item_id)
        return self._services.blobs.fetch(item.document_id, upload_name(item), room=room)

    def store_as_issued(self, item_id: str, *, free_text: str, staff_id: str) -> Record:
        """Put a file another office signed unchanged into the holder's vault; it is refused as a paper original."""
        return store_as_issued(self._services, item_id, free_text=free_text, staff_id=staff_id)

    def preview_copy(self, item_id: str, *, officer_id: str, room: Room) -> Payload:
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
        return services.crafts.write_copy(reading.pages(), images=reading.images(), parts=parts, room=room).content

    def prepare(self, item_id: str, *, officer_id: str, timeout_seconds: float) -> Outcome:
        """Take a number and fix the bytes; an item whose ready copy has ended gets a new number."""
        services = self._services
        with services.database.transaction() as tx:
            item = lock_item(tx, item_id)
            if item.state is ItemState.VOIDED:
                actor = Actor(ActorKind.STAFF, officer_id)
                item = advance(tx, item_id, event=ItemEvent.RELEASE, actor=actor, at=services.clock.now())
            refused = sum(step.event == PREPARE_REFUSED for step in history_of(tx, item_id))
        # A second call for the same attempt meets the first: it waits for it.
        attempt = item.attempt if item.state in (ItemState.NUMBER_RESERVED, ItemState.PREPARED) else item.attempt + 1
        workflow_id = f"prepare:{item_id}:{attempt}:{item.version}" + (f":{refused}" if refused else "")
        self._jobs.put_prepare(workflow_id, item_id=item_id, officer_id=officer_id)
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

    def ready_pdf(self, item_id: str, *, room: Room) -> Payload:
        """Give the bytes the officer is asked to approve."""
        ready = self.ready_copy(item_id)
        return self._services.blobs.fetch(self.item(item_id).document_id, ready_name(ready), room=room)

    def ready_page(self, item_id: str, page_index: int, *, dpi: int) -> bytes:
        """Give a page of the ready copy as a PNG: what the officer sees is what is signed."""
        with self._services.spool.room() as room:
            return self._services.crafts.render(self.ready_pdf(item_id, room=room), page_index, dpi=dpi)

    def approve_and_certify(self, request: ApprovalRequest, *, urgency: Urgency = Urgency.COUNTER) -> Approval:
        """Write the one approval and let the copy be signed, sealed, verified and deposited.

        Raises:
            AlreadyApproved: another officer or another window was first.
            ReadyCopyExpired: too late; the number is voided, prepare again.
            CopyError, StaffError: see `certify.approve.approve`.
        """
        services = self._services
        self.void_expired()

        def write(tx: Connection) -> Approval:
            at = services.clock.now()
            return approve(tx, request, law=services.law, at=at, random_bytes=services.random_bytes)

        return self._jobs.carry_out(write, urgency=urgency)

    def activate_again(
        self, item_id: str, *, officer_id: str, activation_id: str, urgency: Urgency = Urgency.COUNTER
    ) -> Approval:
        """Go on with an item that lost its activation: same number, same bytes, fresh activation."""
        services = self._services
        self.void_expired()

        def write(tx: Connection) -> Approval:
            at = services.clock.now()
            return activate_again(
                tx, item_id, officer_id=officer_id, activation_id=activation_id, law=services.law, at=at
            )

        return self._jobs.carry_out(write, urgency=urgency)

    def resume(self, item_id: str) -> Approval:
        """Go on with an approved item that stopped at a service that was away."""
        return self._jobs.resume(item_id)

    def resume_stopped(self) -> int:
        """Go on with every item whose service may be back; call it every minute or so. Gives how many were tried."""
        return self._jobs.resume_stopped()

    def put_forgotten(self) -> int:
        """Take up approvals whose process ended before their job was in the queue; call it every minute or so."""
        return self._jobs.put_forgotten()

    def wait_certified(self, approval: Approval, *, timeout_seconds: float) -> Outcome:
        """Wait for the outcome of an approval's present run."""
        return self._jobs.wait_certified(approval, timeout_seconds=timeout_seconds)

    def cancel(self, ready: ReadyCopy, *, reason: VoidReason = VoidReason.CANCELLED) -> Outcome:
        """Void the number of a copy that will not be signed; its item may be prepared again."""
        return void_outcome(self._services, ready, reason)

    def reseal(self, copy: AffectedCopy, *, order: RemedyOrder) -> Outcome:
        """Seal a certified copy again, after its seal's key fell into other hands."""
        return reseal(self._services, copy, order=order)

    def void_expired(self) -> int:
        """Void every ready copy that has ended; call it every minute or so. Gives how many were voided."""
        return void_all_expired(self._services)

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

    def requesters(self, book_id: str) -> Callable[[int], str]:
        """Give who opens the encrypted requesters' names of a book's lines, one by one."""
        return read_requesters(self._services.blobs, book_id)

    @property
    def scans(self) -> KeptScans:
        """The files of scans, as they came."""
        return KeptScans(self._services)

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

    def purge_due(self) -> int:
        """Destroy working files that have served their time; call it every minute or so. Gives of how many items."""
        return purge_due(self._services)

    def _submit_renewal(self, record: ProtectedRecord) -> bool:
        workflow_id = renew_id(record)
        if self._engine.exists(workflow_id):
            if self._engine.has_failed(workflow_id):
                self._renewals.give_up_attempt(record)
            return False
        self._jobs.put_renewal(record)
        return True

    def _step_done(self, workflow: str, step: str, item_id: str, seconds: float) -> None:
        self._services.on_progress(Progress(item_id, workflow, step, Phase.STEP_DONE, seconds=seconds))
