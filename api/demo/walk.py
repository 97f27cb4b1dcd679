"""The five-minute walk for whoever decides: each scene is really done, and stops the walk when it does not come out."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from api.acts import citizen, item_pages, staff, verifier
from api.acts.inspection import compare_and_prepare
from api.acts.proofs import proof_of_code
from api.clock import stopwatch
from api.comparison import differing_pages
from api.demo.forgery import change_one_byte, replace_page_content
from api.demo.month import report_month, write_month
from api.demo.office import OFFICER_LOGIN, OFFICER_PIN, DemoPeople
from api.demo.story import StoryBroken, StoryOptions, Telling, begin_telling
from api.demo.summary import CertifiedCopy
from api.figures.words import figure_picture
from api.publication import publish_site
from api.services import Services, open_services
from api.settings import Settings
from certify import AlreadyApproved, ItemState, export_rows, gaps, the_open_book
from certify.pipeline import OutcomeKind
from keys import Pin
from samples.generate import SPECIMENS
from signing.verify import Verdict

PAPER: Final = "birth-certificate"
BLURRED: Final = "student-confirmation-blurred"
BATCH: Final = ("id-card", "diploma", "residence-confirmation")
PLUG: Final = "certify_item.seal:before"
_KILLED: Final = -9
_LOOK_EVERY_SECONDS: Final = 0.2
_WAIT_SECONDS: Final = 180.0
_SITE_LIVES: Final = timedelta(days=7)
Pause = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Walk:
    """Who walks, where files go, and how to wait between two scenes."""

    settings: Settings
    options: StoryOptions
    pause: Pause

    @property
    def folder(self) -> Path:
        """Where pictures, forgeries and the site of the walk are kept."""
        return self.options.folder / "walk"


def run_walk(walk: Walk) -> dict[str, Any]:
    """Walk through all scenes; gives what each of them showed.

    Raises:
        StoryBroken: a scene had another outcome than it must have.
    """
    started = stopwatch()
    walk.folder.mkdir(parents=True, exist_ok=True)
    shown: dict[str, Any] = {}
    with open_services(walk.settings) as services:
        telling = begin_telling(services, walk.options)
        scenes = _Scenes(services, telling, walk)
        for name, scene in (
            ("sealed", scenes.seal_a_birth_certificate),
            ("refused", scenes.refuse_a_blurred_page_and_a_forgery),
            ("once_only", scenes.ask_for_nothing_twice),
            ("bank", scenes.publish_for_the_bank),
            ("month", scenes.count_the_month),
            ("batch", scenes.prepare_a_batch),
        ):
            shown[name] = scene()
            walk.pause()
    # Nobody serves and nothing is open now: the bank asks the published folder, and nobody else.
    shown["bank"] |= _ask_as_the_bank(walk, shown["bank"])
    shown["plug"] = _pull_the_plug(walk, shown.pop("batch"))
    shown["seconds"] = round(stopwatch() - started, 1)
    return shown


class _Scenes:
    """The scenes that need the office to be open."""

    def __init__(self, services: Services, telling: Telling, walk: Walk) -> None:
        self._services = services
        self._telling = telling
        self._walk = walk
        self._people: DemoPeople = telling.people

    def seal_a_birth_certificate(self) -> dict[str, Any]:
        """A paper becomes a sealed copy, in the register and in the vault."""
        self._telling.certify_specimens(names=(PAPER,))
        copy = self._paper()
        answer = verifier.verify_file(self._services, Path(copy.path).read_bytes(), file_name=PAPER)
        if answer.verdict not in {Verdict.VALID, Verdict.VALID_WITH_WARNING}:
            raise StoryBroken(f"the sealed copy is {answer.verdict.value}")
        self._say("walk.sealed", number=copy.register_number, code=copy.code, path=copy.path)
        return {"path": copy.path, "register_number": copy.register_number, "code": copy.code}

    def refuse_a_blurred_page_and_a_forgery(self) -> dict[str, Any]:
        """The line that cannot be read is shown; a changed byte is caught; what a forger drew is boxed."""
        services, folder = self._services, self._walk.folder
        item_id = self._blurred_item()
        line = item_pages.worst_line(services, self._people.officer, item_id, page_index=0, line_index=0)
        crop = folder / "blurred-line.png"
        crop.write_bytes(line)
        genuine = Path(self._paper().path).read_bytes()
        flipped = verifier.verify_file(services, change_one_byte(genuine), file_name="flipped.pdf")
        drawn = replace_page_content(genuine)
        (folder / "forged.pdf").write_bytes(drawn)
        answer = verifier.verify_file(services, drawn, file_name="forged.pdf")
        pages = differing_pages(answer, drawn, pool=services.public_pool)
        if flipped.verdict is not Verdict.INVALID or answer.verdict is not Verdict.INVALID or not pages:
            raise StoryBroken(f"the forgeries were {flipped.verdict.value} and {answer.verdict.value}")
        boxed = folder / "forged-page-boxed.jpg"
        boxed.write_bytes(pages[0].after_jpeg or b"")
        boxes = len(pages[0].marked)
        self._say("walk.refused", crop=crop, boxed=boxed, boxes=boxes)
        return {
            "blurred": "BLURRED",
            "crop": str(crop),
            "flipped": flipped.verdict.value,
            "forged": answer.verdict.value,
            "boxed": str(boxed),
            "boxes": boxes,
        }

    def ask_for_nothing_twice(self) -> dict[str, Any]:
        """A second procedure takes the paper from the vault; the citizen sees who looked."""
        self._telling.reuse_one()
        history = citizen.history(self._services, self._people.citizen("an"), limit=20)
        actions = [entry.event.action.value for entry in history]
        reused = [paper for paper in self._telling.summary.reused if paper.fetched_by]
        if not reused or "FETCHED" not in actions:
            raise StoryBroken(f"nothing was reused, or the citizen does not see it: {actions}")
        self._say("walk.once_only", count=len(reused), actions=", ".join(dict.fromkeys(actions)))
        return {"uploads": 0, "reused": len(reused), "history": actions}

    def publish_for_the_bank(self) -> dict[str, Any]:
        """Write the static site and the copy's proof, as the office does every night."""
        services, copy = self._services, self._paper()
        site = publish_site(services, self._walk.folder / "site", lives=_SITE_LIVES)
        proof = self._walk.folder / "giay-khai-sinh.proof"
        proof.write_bytes(proof_of_code(services, copy.code))
        self._say("walk.published", folder=site.folder)
        return {"site": str(site.folder), "proof": str(proof), "path": copy.path}

    def count_the_month(self) -> dict[str, Any]:
        """Show last month's figures of a ward, of a centre, and of the province."""
        services, folder = self._services, self._walk.folder
        officer = self._people.officer.staff_id
        month = write_month(services, opened_by=officer, holder_id=self._people.holders["an"])
        told: dict[str, Any] = {}
        for code in (*month.agencies, month.province):
            report = report_month(services, month, agency_code=code)
            channels, states = report.figure("requests_by_channel"), report.figure("requests_by_state")
            told[code] = {
                "requests": int(channels.value or 0),
                "by_channel": {cell.group: int(cell.value or 0) for cell in channels.cells},
                "by_state": {cell.group: int(cell.value or 0) for cell in states.cells},
            }
            picture = figure_picture(channels, services.messages, services.settings.language)
            (folder / f"month-{code}.svg").write_text(picture, encoding="utf-8")
            by_channel = " + ".join(str(count) for count in told[code]["by_channel"].values())
            self._say("walk.month", agency=code, requests=told[code]["requests"], by_channel=by_channel)
        return told

    def prepare_a_batch(self) -> dict[str, Any]:
        """Bring three papers to where one PIN approves them all; nothing is signed yet."""
        scans = self._telling.write_scans(BATCH)
        ready: dict[str, str] = {}
        for specimen in (one for one in SPECIMENS if one.name in BATCH):
            item = self._telling.submit(specimen, scans)
            self._services.pipeline.wait_read(item.item_id, timeout_seconds=_WAIT_SECONDS)
            view = staff.view_item(self._services, self._people.officer, item.item_id)
            pages = view.item.page_count or 0
            compare_and_prepare(self._services, self._people.officer, item.item_id, pages_compared=pages)
            ready[item.item_id] = self._services.pipeline.ready_copy(item.item_id).sha256_hex or ""
        self._say("walk.batch", count=len(ready))
        return ready

    def _blurred_item(self) -> str:
        services, officer = self._services, self._people.officer
        for item in staff.originals(services, officer, states={ItemState.EXTRACTED}, limit=100):
            if item.doc_type == "VN.STUDENT_STATUS" and item.quality_verdict == "REFUSE":
                return item.item_id
        scans = self._telling.write_scans((BLURRED,))
        specimen = next(one for one in SPECIMENS if one.name == BLURRED)
        item = self._telling.submit(specimen, scans)
        services.pipeline.wait_read(item.item_id, timeout_seconds=_WAIT_SECONDS)
        if services.pipeline.item(item.item_id).quality_verdict != "REFUSE":
            raise StoryBroken("the blurred page was not refused")
        return item.item_id

    def _paper(self) -> CertifiedCopy:
        return next(copy for copy in self._telling.summary.certified if copy.name == PAPER)

    def _say(self, key: str, **values: object) -> None:
        self._walk.options.tell(key, **values)


def _ask_as_the_bank(walk: Walk, published: dict[str, Any]) -> dict[str, Any]:
    """Judge the copy in a process that has no home, no server and no network to ask, only the published folder."""
    bundle = Path(published["site"]) / "trust-bundle.json"
    done = _command(
        walk, "verify", "--trust", str(bundle), "--format", "json", published["path"], home="no-office-here"
    )
    told = json.loads(done.stdout)
    verdict = (told if isinstance(told, dict) else told[0])["verdict"]
    if verdict not in {"VALID", "VALID_WITH_WARNING"}:
        raise StoryBroken(f"the bank was told {verdict}")
    walk.options.tell("walk.bank", verdict=verdict)
    return {"verdict": verdict}


def _pull_the_plug(walk: Walk, ready: dict[str, str]) -> dict[str, Any]:
    """Kill the process that signs a batch before it seals, open the office again, and count."""
    pin = walk.folder / "pin"
    pin.write_text(f"{OFFICER_PIN}\n", encoding="utf-8")
    pin.chmod(0o600)
    pairs = [f"{item_id}={digest}" for item_id, digest in ready.items()]
    killed = _command(
        walk, "batch", "approve", *pairs, "--as", OFFICER_LOGIN, "--pin-file", str(pin), "--yes", crash_at=PLUG
    )
    pin.unlink()
    if killed.returncode != _KILLED:
        raise StoryBroken(f"the plug was not pulled: {killed.returncode} {killed.stderr[-500:]}")
    walk.options.tell("walk.plug")
    with open_services(walk.settings) as services:
        telling = begin_telling(services, walk.options)
        numbers = [_finish(services, telling.people, item_id, ready[item_id]) for item_id in ready]
        with services.database.read() as tx:
            book = the_open_book(
                tx, agency_code=telling.people.officer.agency_code, law=services.law, at=services.clock.now()
            )
            missing = gaps(tx, book.book_id)
            rows = export_rows(
                tx, book.book_id, law=services.law, requester_of=services.pipeline.requesters(book.book_id)
            )
    if missing or len(set(numbers)) != len(numbers):
        raise StoryBroken(f"numbers were lost or given twice: {numbers}, missing {missing}")
    walk.options.tell("walk.nothing_lost", numbers=", ".join(numbers), lines=len(rows))
    return {"killed_at": PLUG, "numbers": numbers, "missing": list(missing), "lines": len(rows)}


def _finish(services: Services, people: DemoPeople, item_id: str, digest: str) -> str:
    """Let an item of the batch go on: by itself where it was signed, by a fresh PIN where it was not."""
    officer = people.officer
    started = stopwatch()
    while services.pipeline.item(item_id).state is not ItemState.CERTIFIED:
        if stopwatch() - started > _WAIT_SECONDS:
            raise StoryBroken(f"item {item_id} stopped as {services.pipeline.item(item_id).state.value}")
        state = services.pipeline.item(item_id).state
        if state in {ItemState.PREPARED, ItemState.AWAITING_ACTIVATION}:
            codes = tuple(line.code for line in services.law_now.checklist)
            form = staff.ApprovalForm(digest, codes, Pin(OFFICER_PIN))
            try:
                approval = staff.approve_copy(services, officer, item_id, form=form)
            except AlreadyApproved:
                # The yes was written before the plug was pulled; its job is about to ask for the PIN again.
                time.sleep(_LOOK_EVERY_SECONDS)
                continue
            outcome = services.pipeline.wait_certified(approval, timeout_seconds=_WAIT_SECONDS)
            if outcome.kind is not OutcomeKind.DONE:
                raise StoryBroken(f"item {item_id} was not certified: {outcome.code}")
        time.sleep(_LOOK_EVERY_SECONDS)
    return services.pipeline.register_number(item_id) or ""


def _command(
    walk: Walk, *words: str, home: str | None = None, crash_at: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, with nothing of this one but where programs lie."""
    where = walk.folder / home if home is not None else walk.settings.home
    environment = {
        "PATH": walk.settings.tool_path,
        "HOME": str(walk.folder),
        "LANG": "C.UTF-8",
        "VIDIMUS_HOME": str(where),
        "VIDIMUS_PORT": str(walk.settings.port),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    if crash_at is not None:
        environment["VIDIMUS_CRASH_AT"] = crash_at
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *words],
        cwd=walk.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
