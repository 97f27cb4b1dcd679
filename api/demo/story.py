"""The story: certify the specimens, refuse what must be refused, reuse a copy, verify it all, catch the forgeries."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from api.acts import citizen, issued, recipient, staff, verifier
from api.acts.inspection import compare_and_prepare
from api.acts.procedures import view_procedure
from api.clock import stopwatch
from api.demo.forgery import change_one_byte, replace_page_content
from api.demo.office import OFFICER_PIN, DemoPeople, demo_people, found_office
from api.demo.outside import sign_elsewhere
from api.demo.summary import CaughtForgery, CertifiedCopy, RefusedScan, ReusedPaper, Summary, load_summary, save_summary
from api.services import Services
from certify import Item, ItemState
from certify.pipeline import OutcomeKind
from dossiers import Answer, Step
from dossiers import OutcomeKind as MatchKind
from guard import sha256_hex_of, write_payload
from keys import Pin
from samples.cast import CAST
from samples.generate import SPECIMENS, write_specimens
from samples.truth import Specimen
from signing.verify import Verdict
from vault import RenditionKind

_READ_TIMEOUT_SECONDS: Final = 180.0
_CERTIFY_TIMEOUT_SECONDS: Final = 120.0
_MEDIA_TYPES: Final = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "tif": "image/tiff",
    "pdf": "application/pdf",
}
_GOOD: Final = frozenset({Verdict.VALID, Verdict.VALID_WITH_WARNING})
_REUSE: Final = "SAMPLE-CIVIL-STATUS-EXTRACT"
_LOOK_AT: Final = (("an", "SAMPLE-KINDERGARTEN"), ("chau", "SAMPLE-JOB-REGISTER"))


class StoryBroken(Exception):
    """The demonstration did not go as it must; the message says where."""


@dataclass(frozen=True, slots=True)
class StoryOptions:
    """Where the story keeps its files, and how it tells how far it is.

    `tell(key, **values)` says a sentence of `messages/demo.yaml`.
    """

    folder: Path
    tell: Callable[..., None]
    workers: int = 2


def run_story(services: Services, options: StoryOptions) -> Summary:
    """Tell the story, or what is left of it; a finished one is verified again and told at once.

    Raises:
        StoryBroken: a step had another outcome than it must have.
    """
    started = stopwatch()
    told = begin_telling(services, options)
    told.certify_specimens()
    told.reuse_one()
    services.publish_log()
    told.verify_back()
    told.catch_forgeries()
    whole = replace(told.summary, seconds=round(stopwatch() - started, 1))
    save_summary(options.folder, whole)
    return whole


def begin_telling(services: Services, options: StoryOptions) -> Telling:
    """Found the office unless it stands, and give a telling that knows what was told before.

    Raises:
        StoryBroken: the home has no certification authority of its own.
    """
    options.folder.mkdir(parents=True, exist_ok=True)
    people = _people(services, options)
    summary = load_summary(options.folder)
    trust_dir = options.folder / "trust"
    if services.authority is None:
        raise StoryBroken("the demonstration needs its own certification authority")
    services.authority.export_trust(trust_dir, at=services.clock.now())
    fingerprint = hashlib.sha256(services.authority.root_der).hexdigest()
    summary = replace(summary, trust_dir=str(trust_dir), root_sha256_hex=fingerprint)
    options.tell("demo.authority", fingerprint=fingerprint[:16])
    return Telling(services, options, people, summary)


def _people(services: Services, options: StoryOptions) -> DemoPeople:
    marker = options.folder / "office-founded"
    if not marker.exists():
        options.tell("demo.office")
        found_office(services)
        marker.touch()
    return demo_people(services)


class Telling:
    """One telling of the story: the services, the people, and the summary as it grows."""

    def __init__(self, services: Services, options: StoryOptions, people: DemoPeople, summary: Summary) -> None:
        self._services = services
        self._options = options
        self.people = people
        self.summary = summary

    def certify_specimens(self, *, names: Collection[str] | None = None) -> None:
        """Bring every specimen (or those named) not seen yet to its end: certified, or refused with its code."""
        seen = {copy.name for copy in self.summary.certified} | {scan.name for scan in self.summary.refused}
        wanted = [specimen for specimen in SPECIMENS if names is None or specimen.name in names]
        left = [specimen for specimen in wanted if specimen.name not in seen]
        if not left:
            return
        scans = self.write_scans([specimen.name for specimen in left])
        running = []
        for specimen in left:
            running.append((specimen, self.submit(specimen, scans), stopwatch()))
            # Two scans are read at a time; a third waits in the queue, and nobody waits for it.
            if len(running) > self._options.workers:
                self._finish(*running.pop(0))
        for waiting in running:
            self._finish(*waiting)

    def write_scans(self, names: Collection[str]) -> Path:
        """Print and scan specimens; gives the folder they lie in."""
        scans = self._options.folder / "scans"
        self._options.tell("demo.specimens", count=len(names))
        write_specimens(
            scans,
            names=list(names),
            workers=self._options.workers,
            on_progress=lambda name: self._options.tell("demo.specimen", name=name),
        )
        return scans

    def submit(self, specimen: Specimen, scans: Path) -> Item:
        """Hand a scan in at the counter."""
        content = (scans / specimen.file_name).read_bytes()
        if specimen.to_be_signed:
            content = sign_elsewhere(self._services, content)
            (scans / specimen.file_name).write_bytes(content)
        intake = staff.Intake(
            content=content,
            declared_type=_MEDIA_TYPES[specimen.suffix],
            holder_number=CAST[specimen.holder].id_number,
            doc_type=specimen.doc_type,
        )
        return staff.take_in(self._services, self.people.officer, intake)

    def _finish(self, specimen: Specimen, item: Item, started: float) -> None:
        services, officer = self._services, self.people.officer
        services.pipeline.wait_read(item.item_id, timeout_seconds=_READ_TIMEOUT_SECONDS)
        view = staff.view_item(services, officer, item.item_id)
        code = view.item.problem_code
        if code is not None or view.item.quality_verdict == "REFUSE":
            self._note_refused(specimen, view, code)
            return
        compare_and_prepare(services, officer, item.item_id, pages_compared=view.item.page_count or 0)
        ready = services.pipeline.ready_copy(item.item_id)
        form = staff.ApprovalForm(
            sha256_hex=ready.sha256_hex or "",
            checklist=tuple(line.code for line in services.law_now.checklist),
            pin=Pin(OFFICER_PIN),
        )
        approval = staff.approve_copy(services, officer, item.item_id, form=form)
        outcome = services.pipeline.wait_certified(approval, timeout_seconds=_CERTIFY_TIMEOUT_SECONDS)
        if outcome.kind is not OutcomeKind.DONE:
            raise StoryBroken(f"{specimen.name} was not certified: {outcome.kind.value} {outcome.code}")
        self._note_certified(specimen, item.item_id, seconds=stopwatch() - started)

    def _note_refused(self, specimen: Specimen, view: staff.ItemView, problem_code: str | None) -> None:
        reasons = (
            [reason.code.value for page in view.pages.pages for reason in page.quality.reasons] if view.pages else []
        )
        expected = (specimen.expected, *specimen.also_expected)
        code = problem_code or next(
            (code for code in expected if code in reasons), reasons[0] if reasons else "REFUSED"
        )
        if code not in expected:
            raise StoryBroken(f"{specimen.name} was refused with {code}, not with {specimen.expected}")
        self._options.tell("demo.refused", name=specimen.name, code=code)
        if code == issued.ALREADY_SIGNED:
            self._store_as_issued(view.item)
        self._keep(replace(self.summary, refused=(*self.summary.refused, RefusedScan(specimen.name, code))))

    def _store_as_issued(self, item: Item) -> None:
        record = issued.store_as_issued(self._services, self.people.officer, item.item_id)
        with self._services.spool.room() as room:
            uploaded = sha256_hex_of(self._services.pipeline.uploaded_file(item.item_id, room=room))
        if record.newest(RenditionKind.SIGNED_PDF).sha256_hex != uploaded:
            raise StoryBroken("the file signed elsewhere was not kept byte for byte")
        self._options.tell("demo.stored_as_issued")

    def _note_certified(self, specimen: Specimen, item_id: str, *, seconds: float) -> None:
        services = self._services
        if not specimen.is_certifiable:
            raise StoryBroken(f"{specimen.name} was certified, though it must be refused with {specimen.expected}")
        item = services.pipeline.item(item_id)
        if item.state is not ItemState.CERTIFIED or item.record_id is None:
            raise StoryBroken(f"{specimen.name} ended as {item.state.value}")
        holder = self.people.citizen(specimen.holder)
        record = citizen.record(services, holder, item.record_id)
        path = self._options.folder / "copies" / f"{specimen.name}.pdf"
        path.parent.mkdir(exist_ok=True)
        with services.spool.room() as room, path.open("wb") as file:
            newest = services.blobs.fetch_recorded(record.newest(RenditionKind.SIGNED_PDF).blob, room=room)
            write_payload(newest, file)
        progress = services.progress.of(item_id)
        stages = {step: round(took, 3) for step, took in progress.seconds_by_step} if progress else {}
        copy = CertifiedCopy(
            specimen.name,
            str(path),
            record.record_id,
            record.register_number or "",
            record.code or "",
            round(seconds, 2),
            stages,
        )
        self._options.tell("demo.certified", name=specimen.name, number=copy.register_number, seconds=f"{seconds:.1f}")
        self._keep(replace(self.summary, certified=(*self.summary.certified, copy)))

    def reuse_one(self) -> None:
        """File one dossier from the vault, let its recipient fetch and accept the paper, and look at two others."""
        if self.summary.reused:
            return
        services, an = self._services, self.people.citizen("an")
        view = view_procedure(services, an, _REUSE)
        chosen = {
            outcome.requirement_id: outcome.candidates[0].record_id for outcome in view.outcomes if outcome.candidates
        }
        form = citizen.FilingForm(_REUSE, chosen, frozenset(), has_consented=True)
        filed = citizen.file_dossier(services, an, form)
        reused = []
        clerk = self.people.recipient
        recipient.move_on(services, clerk, filed.submission_id, to=Step.RECEIVE)
        for item in filed.items:
            wanted = item.requirement_id
            with services.spool.room() as room:
                fetched = recipient.fetch_paper(services, clerk, filed.submission_id, requirement_id=wanted, room=room)
            if fetched.rendition.sha256_hex != item.sha256_hex:
                raise StoryBroken(f"the paper fetched for {item.requirement_id} is not the one that was granted")
            version = recipient.view_received(services, clerk, filed.submission_id)[0].version
            recipient.answer(
                services,
                clerk,
                filed.submission_id,
                requirement_id=item.requirement_id,
                decision=Answer.ACCEPTED,
                reason="",
                expected_version=version,
            )
            reused.append(
                ReusedPaper(_REUSE, item.requirement_id, MatchKind.SATISFIED.value, item.record_id, clerk.agency_code)
            )
            self._options.tell("demo.reused", agency=clerk.agency_code, procedure=_REUSE)
        for key, procedure_id in _LOOK_AT:
            for outcome in view_procedure(services, self.people.citizen(key), procedure_id).outcomes:
                reused.append(ReusedPaper(procedure_id, outcome.requirement_id, outcome.kind.value))
                self._options.tell(
                    "demo.matched",
                    procedure=procedure_id,
                    requirement=outcome.requirement_id,
                    outcome=outcome.kind.value,
                )
        self._keep(replace(self.summary, reused=tuple(reused)))

    def verify_back(self) -> None:
        """Verify every copy by its file and by its code, as a stranger would."""
        services = self._services
        for copy in self.summary.certified:
            answer = verifier.verify_file(services, Path(copy.path).read_bytes(), file_name=Path(copy.path).name)
            by_code = verifier.answer_code(services, copy.code, channel="PAGE")
            if answer.verdict not in _GOOD or by_code.status is None or by_code.sentence_key != "verdict.code_known":
                raise StoryBroken(f"{copy.name} does not verify: {answer.verdict.value} {answer.reasons}")
        self._options.tell("demo.verified", count=len(self.summary.certified))

    def catch_forgeries(self) -> None:
        """Forge a copy in two ways, now, and show that neither passes."""
        original = Path(self.summary.certified[0].path)
        forgeries = {
            "one-byte-changed": change_one_byte(original.read_bytes()),
            "page-replaced": replace_page_content(original.read_bytes()),
        }
        caught = []
        for name, forged in forgeries.items():
            path = self._options.folder / "forged" / f"{name}.pdf"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(forged)
            verdict = verifier.verify_file(self._services, forged, file_name=path.name).verdict
            if verdict is not Verdict.INVALID:
                raise StoryBroken(f"the forgery {name} was not caught: {verdict.value}")
            caught.append(CaughtForgery(name, verdict.value))
            self._options.tell("demo.caught", name=name, verdict=verdict.value)
        self._keep(replace(self.summary, caught=tuple(caught)))

    def _keep(self, summary: Summary) -> None:
        self.summary = summary
        save_summary(self._options.folder, summary)
