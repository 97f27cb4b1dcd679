"""The workflow `renew_record`: a copy in the vault gets a fresh archive time-stamp, and a newer rendition.

The bytes of every earlier rendition stay where they are and stay known; whatever must not take their place ends with
a code and a time at which it is tried again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from certify.pipeline.judgement import is_valid_copy
from certify.pipeline.services import PipelineServices
from certify.pipeline.steps import NEXT, Job, Outcome, OutcomeKind, Step, Workflow
from certify.renewal import ProtectedRecord, get_protected, note_problem, note_protection
from guard.spool import Room
from keys.errors import KeysError, TrustServiceError
from ocr.errors import PdfaViolation
from signing import read_protection
from signing.errors import SigningError
from vault.errors import BlobShredded, NotFound
from vault.history import AccessAction, AccessEvent, ActorKind, record_access
from vault.log import Leaf, Tree, append
from vault.owners import HolderOwner
from vault.papers import NewRendition, Record
from vault.records import add_rendition, get_for_owner
from vault.shapes import RenditionKind

NAME: Final = "renew_record"
_SERVICE_RETRY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Work:
    """A record with what it rests on."""

    known: ProtectedRecord
    record: Record
    blob_name: str


class RenewRecord:
    """The steps of renewing, on the services of the office."""

    def __init__(self, services: PipelineServices) -> None:
        self._services = services

    def workflow(self) -> Workflow:
        """The steps in their order."""
        return Workflow(
            NAME,
            (Step("extend", self.extend), Step("verify_renewed", self.verify), Step("add_rendition", self.add)),
        )

    def extend(self, job: Job) -> Outcome:
        """Add evidence and a time-stamp over everything, as the first file stored under this attempt's name."""
        services = self._services
        work = self._work(job)
        if work is None or services.blobs.exists(work.record.document_id, work.blob_name):
            return NEXT
        with services.spool.room() as room:
            return self._extend(work, room=room)

    def _extend(self, work: _Work, *, room: Room) -> Outcome:
        services = self._services
        try:
            pdf = services.blobs.fetch_recorded(work.record.newest(RenditionKind.SIGNED_PDF).blob, room=room)
            renewed = services.crafts.renew(pdf, at=services.clock.now(), room=room)
            before = services.renewal.deadline(ends_at=work.known.ends_at, algorithms=work.known.algorithms)
            protection = read_protection(renewed.content)
        except TrustServiceError as exc:
            return self._stop(work, OutcomeKind.SERVICE_UNAVAILABLE, type(exc).__name__, after=_SERVICE_RETRY)
        except (SigningError, KeysError, BlobShredded) as exc:
            return self._stop(work, OutcomeKind.NOT_ALLOWED, type(exc).__name__)
        after = services.renewal.deadline(ends_at=protection.ends_at, algorithms=protection.algorithms)
        if after <= before:
            # A time-stamp that ends no later than the present one protects nothing: another service is needed.
            return self._stop(work, OutcomeKind.NOT_ALLOWED, "TIMESTAMP_ENDS_NO_LATER")
        services.blobs.keep(work.record.document_id, work.blob_name, renewed.content)
        return NEXT

    def verify(self, job: Job) -> Outcome:
        """Judge the renewed file as a stranger would, and that it is still PDF/A."""
        services = self._services
        work = self._work(job)
        if work is None:
            return NEXT
        with services.spool.room() as room:
            pdf = services.blobs.fetch(work.record.document_id, work.blob_name, room=room)
            report = services.crafts.verify(pdf, at=services.clock.now())
            if not is_valid_copy(report, mode=services.mode):
                return self._stop(work, OutcomeKind.NOT_ALLOWED, "OWN_VERIFICATION_FAILED")
            try:
                services.crafts.check_pdfa(pdf)
            except PdfaViolation:
                return self._stop(work, OutcomeKind.NOT_ALLOWED, "PDFA_BROKEN")
        return Outcome(OutcomeKind.NEXT, reference=report.sha256_hex)

    def add(self, job: Job) -> Outcome:
        """Make the renewed file the newest rendition, in the vault, in the status, in the history and in the log."""
        services = self._services
        work = self._work(job)
        if work is None:
            return Outcome(OutcomeKind.NEXT, reference=job["item_id"])
        document_id, holder_id = work.record.document_id, work.known.holder_id
        ref = services.blobs.get_ref(document_id, work.blob_name)
        with services.spool.room() as room:
            protection = read_protection(services.blobs.fetch_recorded(ref, room=room))
        with services.database.transaction() as tx:
            at = services.clock.now()
            known = get_protected(tx, work.known.record_id)
            if known is None or known.sha256_hex != job["sha256"]:
                return Outcome(OutcomeKind.NEXT, reference=work.known.record_id)
            new = NewRendition(ref, RenditionKind.SIGNED_PDF)
            add_rendition(tx, HolderOwner(holder_id), work.known.record_id, new=new, at=at)
            note_protection(
                tx,
                replace(
                    known,
                    sha256_hex=ref.sha256_hex,
                    algorithms=protection.algorithms,
                    ends_at=protection.ends_at,
                    renewed=known.renewed + 1,
                    problem_code=None,
                    retry_at=None,
                ),
                at=at,
            )
            record_access(
                tx,
                AccessEvent(
                    holder_id=holder_id,
                    action=AccessAction.DEPOSITED,
                    actor_kind=ActorKind.SYSTEM,
                    actor_id=services.worker_name,
                    at=at,
                    reason="RENEWAL",
                    record_id=work.known.record_id,
                    agency_code=work.record.agency_code,
                ),
                random_bytes=services.random_bytes,
            )
            payload = {"record": work.known.record_id, "before": known.sha256_hex, "sha256": ref.sha256_hex}
            append(
                tx,
                Leaf(kind="COPY_RENEWED", payload=payload),
                tree=Tree.CERTIFICATIONS,
                random_bytes=services.random_bytes,
            )
        return Outcome(OutcomeKind.NEXT, reference=work.known.record_id)

    def _work(self, job: Job) -> _Work | None:
        """Read the record; None when its newest rendition is no longer the one this job began with."""
        services = self._services
        with services.database.read() as tx:
            known = get_protected(tx, job["item_id"])
            if known is None or known.sha256_hex != job["sha256"]:
                return None
            try:
                record = get_for_owner(tx, HolderOwner(known.holder_id), known.record_id)
            except NotFound:
                return None
        return _Work(known, record, f"renewed-{known.renewed + 1}-{job['attempt']}.pdf")

    def _stop(self, work: _Work, kind: OutcomeKind, code: str, *, after: timedelta | None = None) -> Outcome:
        services = self._services
        with services.database.transaction() as tx:
            retry_at = services.clock.now() + (after or services.renewal.retry)
            note_problem(tx, work.known.record_id, code=code, retry_at=retry_at)
        return Outcome(kind, code=code, reference=work.known.record_id)


def job_of_renewal(record: ProtectedRecord) -> Job:
    """Give the ids and digest the workflow runs on."""
    return {"item_id": record.record_id, "sha256": record.sha256_hex, "attempt": str(record.attempts)}


def renew_id(record: ProtectedRecord) -> str:
    """Name one attempt to renew one rendition; the same attempt is never run twice."""
    return f"renew:{record.record_id}:{record.sha256_hex[:16]}:{record.attempts}"
