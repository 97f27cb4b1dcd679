"""The workflow `certify_item`: the officer signs, the agency seals, our own judge looks, the vault receives.

Intent is logged before each signature and its outcome after; a signature in effect is the first one stored under the
attempt's name, so a step that runs twice never makes a second. Whatever must not become a certified copy ends with a
voided number and a reason.
"""

from __future__ import annotations

from certify.effects import once
from certify.errors import AgencyNotFound, StaffError
from certify.pipeline.agency_seal import open_seal
from certify.pipeline.copy_work import CopyBooks, CopyWork
from certify.pipeline.deposit import DepositCopy
from certify.pipeline.judgement import is_signed_by_officer, is_valid_copy, levels_of, serial_of_seal
from certify.pipeline.names import officer_signed_name, sealed_name
from certify.pipeline.officer_signature import OfficerSignature, signing_reason
from certify.pipeline.services import PipelineServices
from certify.pipeline.steps import NEXT, Job, Outcome, OutcomeKind, Step, Workflow
from certify.pipeline.voiding import void_outcome
from certify.prepare import VoidReason
from certify.staff import SealAuthority, get_staff
from certify.transitions import BEFORE_OFFICER_SIGNED, ItemEvent, ItemState
from guard.spool import Room
from guard.wire import Payload, sha256_hex_of
from keys.activation import RawSigner
from keys.credentials import read_certificate_facts
from keys.errors import (
    ActivationError,
    CertificateError,
    KeyStoreError,
    TrustServiceError,
)
from ocr.errors import PdfaViolation
from signing.errors import SigningError

NAME = "certify_item"


class CertifyItem:
    """The steps of certifying, on the services of the office."""

    def __init__(self, services: PipelineServices) -> None:
        self._services = services
        self._books = CopyBooks(services)
        self._officer = OfficerSignature(services, self._books)

    def workflow(self) -> Workflow:
        """The steps in their order."""
        return Workflow(
            NAME,
            (
                Step("officer_sign", self.officer_sign),
                Step("seal", self.seal),
                Step("verify", self.verify),
                Step("deposit", self.deposit),
            ),
        )

    def officer_sign(self, job: Job) -> Outcome:
        """Sign the approved bytes with the officer's activated key."""
        work = self._books.work(job)
        if work.item.state not in BEFORE_OFFICER_SIGNED:
            return NEXT
        name = officer_signed_name(work.ready)
        if not self._services.blobs.exists(work.item.document_id, name):
            outcome = self._officer.make(work, name=name)
            if outcome is not None:
                return outcome
        return self._books.record(work, name=name, event=ItemEvent.OFFICER_SIGN, kind="OFFICER_SIGNED")

    def seal(self, job: Job) -> Outcome:
        """Seal a file that carries a valid signature of an officer of the same agency, and no other file."""
        work = self._books.work(job)
        if work.item.state is not ItemState.OFFICER_SIGNED:
            return NEXT
        name = sealed_name(work.ready)
        if not self._services.blobs.exists(work.item.document_id, name):
            with self._services.spool.room() as room:
                outcome = self._make_seal(work, name=name, room=room)
            if outcome is not None:
                return outcome
        return self._books.record(work, name=name, event=ItemEvent.SEAL, kind="SEALED")

    def verify(self, job: Job) -> Outcome:
        """Judge the final file as a stranger would, and that it is still PDF/A."""
        services = self._services
        work = self._books.work(job)
        if work.item.state is not ItemState.SEALED:
            return NEXT
        at = services.clock.now()
        with services.spool.room() as room:
            pdf = services.blobs.fetch(work.item.document_id, sealed_name(work.ready), room=room)
            report = services.crafts.verify(pdf, at=at)
            if not is_valid_copy(report, mode=services.mode):
                return void_outcome(services, work.ready, VoidReason.OWN_VERIFICATION_FAILED)
            try:
                services.crafts.check_pdfa(pdf)
            except PdfaViolation:
                return void_outcome(services, work.ready, VoidReason.OWN_VERIFICATION_FAILED)
        with services.database.transaction() as tx:
            once(
                tx,
                work.item.item_id,
                job=work.job,
                effect="VERIFIED",
                at=at,
                detail={
                    "sha256": report.sha256_hex,
                    "verdict": report.verdict.value,
                    "seal_serial": serial_of_seal(report),
                    "levels": levels_of(report),
                },
            )
        return Outcome(OutcomeKind.NEXT, code=report.verdict.value, reference=report.sha256_hex)

    def deposit(self, job: Job) -> Outcome:
        """Make it true everywhere at once: register, vault, status, history, log, outbox."""
        work = self._books.work(job)
        if work.item.state is ItemState.SEALED:
            DepositCopy(self._services).deposit(work.item, ready=work.ready, approval=work.approval)
        return Outcome(OutcomeKind.NEXT, reference=work.ready.ready_id)

    def _make_seal(self, work: CopyWork, *, name: str, room: Room) -> Outcome | None:
        services = self._services
        at = services.clock.now()
        pdf = services.blobs.fetch(work.item.document_id, officer_signed_name(work.ready), room=room)
        # (1) the officer's signature holds, and it is this officer's of this agency
        with services.database.read() as tx:
            officer = get_staff(tx, work.approval.officer_id)
        if officer.key_id is None:
            return void_outcome(services, work.ready, VoidReason.SEAL_REFUSED)
        report = services.crafts.verify(pdf, at=at)
        if not is_signed_by_officer(report, mode=services.mode, serial_hex=self._serial_of(work)):
            return void_outcome(services, work.ready, VoidReason.SEAL_REFUSED)
        # (2) a keeper has said yes to this file, or a dated policy lets the agency seal now
        try:
            seal, signer = open_seal(
                services, work.approval, agency_code=officer.agency_code, sha256_hex=sha256_hex_of(pdf)
            )
        except (StaffError, AgencyNotFound, ActivationError) as exc:
            return self._books.stop(work, kind=OutcomeKind.NOT_ALLOWED, code=type(exc).__name__)
        except (CertificateError, KeyStoreError) as exc:
            return self._books.stop(work, kind=OutcomeKind.SERVICE_UNAVAILABLE, code=type(exc).__name__)
        # (3) the intent is in the log, then the key seals
        self._books.log_intent(work, kind="SEAL_INTENT", key_id=seal.key_id)
        return self._seal_with(work, pdf=pdf, name=name, seal=seal, signer=signer, room=room)

    def _seal_with(
        self, work: CopyWork, *, pdf: Payload, name: str, seal: SealAuthority, signer: RawSigner, room: Room
    ) -> Outcome | None:
        services = self._services
        try:
            sealed = services.crafts.seal(
                pdf,
                mark=services.marks.of_seal(seal.agency, at=services.law.local_time(seal.checked_at)),
                reason=signing_reason(work.ready),
                location=seal.agency.name_on_papers,
                signer=signer,
                signed_at=services.clock.now(),
                room=room,
            )
        except (TrustServiceError, KeyStoreError) as exc:
            # The officer has signed; the seal follows when the service or the token is back.
            return self._books.stop(work, kind=OutcomeKind.SERVICE_UNAVAILABLE, code=type(exc).__name__)
        except (CertificateError, SigningError):
            return void_outcome(services, work.ready, VoidReason.SEAL_REFUSED)
        services.blobs.keep(work.item.document_id, name, sealed.content)
        return None

    def _serial_of(self, work: CopyWork) -> str:
        """The serial number of the officer's certificate, as the key store holds it."""
        with self._services.database.read() as tx:
            key_id = get_staff(tx, work.approval.officer_id).key_id or ""
        facts = read_certificate_facts(self._services.credential(key_id).certificate_der)
        return f"{facts.serial:x}"
