"""The workflow `certify_item`: the officer signs, the agency seals, our own judge looks, the vault receives.

Intent is logged before each signature and its outcome after; a signature in effect is the first one stored under the
attempt's name, so a step that runs twice never makes a second. Whatever must not become a certified copy ends with a
voided number and a reason.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from certify.approve import Approval, get_approval
from certify.effects import log_event, once
from certify.errors import SealNotAllowed, StaffError
from certify.items import Item, advance, get_item, note
from certify.pipeline.deposit import DepositCopy
from certify.pipeline.judgement import is_signed_by_officer, is_valid_copy, serial_of_seal
from certify.pipeline.names import officer_signed_name, ready_name, sealed_name
from certify.pipeline.services import PipelineServices
from certify.pipeline.steps import NEXT, Job, Outcome, OutcomeKind, Step, Workflow
from certify.pipeline.voiding import void_outcome
from certify.prepare import ReadyCopy, VoidReason, expiry_reason, get_ready
from certify.staff import SealAuthority, check_may_certify, check_may_seal, get_staff
from certify.statement import agency_mark, officer_mark
from certify.transitions import ItemEvent, ItemState
from keys.activation import RawSigner
from keys.credentials import read_certificate_facts
from keys.errors import (
    ActivationError,
    CertificateError,
    KeyStoreError,
    RemoteKeyError,
    TokenError,
    TrustServiceError,
    WrongPin,
)
from ocr.errors import PdfaViolation
from signing import Mark
from signing.errors import SigningError

NAME = "certify_item"
_BEFORE_OFFICER = frozenset({ItemState.PREPARED, ItemState.AWAITING_ACTIVATION})


@dataclass(frozen=True, slots=True)
class _Work:
    """What a step of this workflow looks at."""

    item: Item
    ready: ReadyCopy
    approval: Approval

    @property
    def job(self) -> str:
        """Under which name effects of this attempt are claimed."""
        return self.item.copy_prefix


class CertifyItem:
    """The steps of certifying, on the services of the office."""

    def __init__(self, services: PipelineServices) -> None:
        self._services = services

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
        work = self._work(job)
        if work.item.state not in _BEFORE_OFFICER:
            return NEXT
        name = officer_signed_name(work.ready)
        if not self._services.blobs.exists(work.item.document_id, name):
            outcome = self._make_officer_signature(work, name=name)
            if outcome is not None:
                return outcome
        return self._record(work, name=name, event=ItemEvent.OFFICER_SIGN, kind="OFFICER_SIGNED")

    def seal(self, job: Job) -> Outcome:
        """Seal a file that carries a valid signature of an officer of the same agency, and no other file."""
        work = self._work(job)
        if work.item.state is not ItemState.OFFICER_SIGNED:
            return NEXT
        name = sealed_name(work.ready)
        if not self._services.blobs.exists(work.item.document_id, name):
            outcome = self._make_seal(work, name=name)
            if outcome is not None:
                return outcome
        return self._record(work, name=name, event=ItemEvent.SEAL, kind="SEALED")

    def verify(self, job: Job) -> Outcome:
        """Judge the final file as a stranger would, and that it is still PDF/A."""
        services = self._services
        work = self._work(job)
        if work.item.state is not ItemState.SEALED:
            return NEXT
        pdf = services.blobs.get(work.item.document_id, sealed_name(work.ready))
        at = services.clock.now()
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
                },
            )
        return Outcome(OutcomeKind.NEXT, code=report.verdict.value, reference=report.sha256_hex)

    def deposit(self, job: Job) -> Outcome:
        """Make it true everywhere at once: register, vault, status, history, log, outbox."""
        work = self._work(job)
        if work.item.state is ItemState.SEALED:
            DepositCopy(self._services).deposit(work.item, ready=work.ready, approval=work.approval)
        return Outcome(OutcomeKind.NEXT, reference=work.ready.ready_id)

    def _make_officer_signature(self, work: _Work, *, name: str) -> Outcome | None:
        services = self._services
        at = services.clock.now()
        # (1) the ready copy has not ended
        reason = expiry_reason(work.ready, law=services.law, at=at)
        if reason is not None:
            return void_outcome(services, work.ready, reason)
        # (2) the officer may certify at this instant, in the capacity printed on the page
        with services.database.read() as tx:
            try:
                authority = check_may_certify(tx, work.approval.officer_id, at=at)
            except StaffError:
                authority = None
        if authority is None or authority.delegation.delegation_id != work.ready.delegation_id:
            return void_outcome(services, work.ready, VoidReason.NOT_ALLOWED)
        # (3) the bytes are those that were approved
        pdf = services.blobs.get(work.item.document_id, ready_name(work.ready))
        if hashlib.sha256(pdf).hexdigest() != work.approval.sha256_hex:
            return void_outcome(services, work.ready, VoidReason.SIGNING_REFUSED)
        # (4) the key is activated for these bytes
        try:
            signer = services.activations.signer(
                work.approval.activation_id,
                key_id=authority.key_id,
                digest_hex=work.approval.sha256_hex,
                user_id=work.approval.officer_id,
            )
            # (5) the intent is in the log, then the key signs
            self._log_intent(work, kind="OFFICER_SIGN_INTENT", key_id=authority.key_id)
            signed = services.crafts.sign_as_officer(
                pdf,
                mark=Mark(lines=officer_mark(authority.member, agency=authority.agency, law=services.law, at=at)),
                reason=f"Số chứng thực {work.ready.number.display_no}, quyển {work.ready.number.book_display}",
                location=authority.agency.name_vi,
                signer=signer,
                signed_at=services.clock.now(),
            )
        except ActivationError as exc:
            return self._await_activation(work, code=type(exc).__name__)
        except TrustServiceError as exc:
            # The activation is spent, the number is not: the officer is asked again when the service answers.
            return self._await_activation(work, code=type(exc).__name__)
        except (TokenError, RemoteKeyError, WrongPin) as exc:
            # The key lies elsewhere and did not sign: pulled out, away, or its PIN refused there. The number is kept.
            return self._await_activation(work, code=type(exc).__name__)
        except (CertificateError, KeyStoreError, SigningError):
            return void_outcome(services, work.ready, VoidReason.SIGNING_REFUSED)
        # (6) statement date and time-stamp are the same day of the office
        stamped_at = signed.timestamp_at or services.clock.now()
        if services.law.local_date(stamped_at) != services.law.local_date(work.ready.reserved_at):
            return void_outcome(services, work.ready, VoidReason.DATE_CHANGED)
        services.blobs.put_first(work.item.document_id, name, signed.pdf)
        return None

    def _make_seal(self, work: _Work, *, name: str) -> Outcome | None:
        services = self._services
        at = services.clock.now()
        pdf = services.blobs.get(work.item.document_id, officer_signed_name(work.ready))
        # (1) the officer's signature holds, and it is this officer's of this agency
        with services.database.read() as tx:
            officer = get_staff(tx, work.approval.officer_id)
        if officer.key_id is None:
            return void_outcome(services, work.ready, VoidReason.SEAL_REFUSED)
        report = services.crafts.verify(pdf, at=at)
        if not is_signed_by_officer(report, mode=services.mode, serial_hex=self._serial_of(work)):
            return void_outcome(services, work.ready, VoidReason.SEAL_REFUSED)
        # (2) the agency may seal now
        try:
            seal = self._seal_authority(officer.agency_code)
            signer = services.activations.unattended_signer(seal.key_id)
        except (SealNotAllowed, ActivationError) as exc:
            return self._stop(work, kind=OutcomeKind.NOT_ALLOWED, code=type(exc).__name__)
        except (CertificateError, KeyStoreError) as exc:
            return self._stop(work, kind=OutcomeKind.SERVICE_UNAVAILABLE, code=type(exc).__name__)
        # (3) the intent is in the log, then the key seals
        self._log_intent(work, kind="SEAL_INTENT", key_id=seal.key_id)
        return self._seal_with(work, pdf=pdf, name=name, seal=seal, signer=signer)

    def _seal_with(
        self, work: _Work, *, pdf: bytes, name: str, seal: SealAuthority, signer: RawSigner
    ) -> Outcome | None:
        services = self._services
        try:
            sealed = services.crafts.seal(
                pdf,
                mark=Mark(lines=agency_mark(seal.agency, law=services.law, at=seal.checked_at)),
                reason=f"Số chứng thực {work.ready.number.display_no}, quyển {work.ready.number.book_display}",
                location=seal.agency.name_vi,
                signer=signer,
                signed_at=services.clock.now(),
            )
        except (TrustServiceError, KeyStoreError) as exc:
            # The officer has signed; the seal follows when the service or the token is back.
            return self._stop(work, kind=OutcomeKind.SERVICE_UNAVAILABLE, code=type(exc).__name__)
        except (CertificateError, SigningError):
            return void_outcome(services, work.ready, VoidReason.SEAL_REFUSED)
        services.blobs.put_first(work.item.document_id, name, sealed.pdf)
        return None

    def _seal_authority(self, agency_code: str) -> SealAuthority:
        with self._services.database.read() as tx:
            return check_may_seal(tx, agency_code, at=self._services.clock.now())

    def _serial_of(self, work: _Work) -> str:
        """The serial number of the officer's certificate, as the key store holds it."""
        with self._services.database.read() as tx:
            key_id = get_staff(tx, work.approval.officer_id).key_id or ""
        facts = read_certificate_facts(self._services.credential(key_id).certificate_der)
        return f"{facts.serial:x}"

    def _record(self, work: _Work, *, name: str, event: ItemEvent, kind: str) -> Outcome:
        services = self._services
        ref = services.blobs.get_ref(work.item.document_id, name)
        with services.database.transaction() as tx:
            at = services.clock.now()
            if once(tx, work.item.item_id, job=work.job, effect=kind, at=at, detail={"sha256": ref.sha256_hex}):
                item = advance(tx, work.item.item_id, event=event, actor=services.actor, at=at)
                log_event(
                    tx,
                    kind,
                    item=item,
                    payload={"sha256": ref.sha256_hex, "approval": work.approval.approval_id},
                    random_bytes=services.random_bytes,
                )
        return Outcome(OutcomeKind.NEXT, reference=ref.sha256_hex)

    def _log_intent(self, work: _Work, *, kind: str, key_id: str) -> None:
        services = self._services
        with services.database.transaction() as tx:
            at = services.clock.now()
            # Every activation is an intent of its own: the log shows each time a person was asked.
            effect = f"{kind}-{work.approval.run_number}"
            if once(tx, work.item.item_id, job=work.job, effect=effect, at=at):
                log_event(
                    tx,
                    kind,
                    item=get_item(tx, work.item.item_id),
                    payload={"key": key_id, "sha256": work.approval.sha256_hex, "run": work.approval.run_number},
                    random_bytes=services.random_bytes,
                )

    def _await_activation(self, work: _Work, *, code: str) -> Outcome:
        services = self._services
        with services.database.transaction() as tx:
            item = get_item(tx, work.item.item_id)
            if item.state is ItemState.PREPARED:
                advance(
                    tx,
                    item.item_id,
                    event=ItemEvent.AWAIT_ACTIVATION,
                    actor=services.actor,
                    at=services.clock.now(),
                    detail_code=code,
                )
            else:
                note(
                    tx,
                    item.item_id,
                    event="ASK_AGAIN",
                    actor=services.actor,
                    at=services.clock.now(),
                    detail_code=code,
                )
        return Outcome(OutcomeKind.AWAITING_ACTIVATION, code=code, reference=work.ready.ready_id)

    def _stop(self, work: _Work, *, kind: OutcomeKind, code: str) -> Outcome:
        services = self._services
        with services.database.transaction() as tx:
            note(
                tx,
                work.item.item_id,
                event="STOPPED",
                actor=services.actor,
                at=services.clock.now(),
                detail_code=code,
            )
        return Outcome(kind, code=code, reference=work.ready.ready_id)

    def _work(self, job: Job) -> _Work:
        with self._services.database.read() as tx:
            approval = get_approval(tx, job["approval_id"])
            ready = get_ready(tx, approval.ready_id)
            return _Work(item=get_item(tx, ready.item_id), ready=ready, approval=approval)
