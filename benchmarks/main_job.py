"""Measure the main job: seconds per scan, stage by stage, on the specimens, in an office made for the run.

Run `python -m benchmarks.main_job [--json] [--quick]`. One scan is at work at a time, so that the figures are the
waiting time of one officer; the officer's own time (comparing, typing the PIN) is not in them. Nobody else does the
whole job, so there is no peer to compare with.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from api.acts import staff
from api.acts.inspection import compare_and_prepare
from api.clock import SystemClock
from api.demo.office import OFFICER_PIN, DemoPeople, demo_people, found_office
from api.founding import found_home
from api.services import Services, open_services
from api.settings import read_settings, settings_for_home
from benchmarks.machine import describe_machine
from certify import ItemState
from certify.pipeline import OutcomeKind
from keys import Mode, Pin
from samples.cast import CAST
from samples.generate import SPECIMENS, Specimen, write_specimens

__all__ = ["describe_machine", "main", "measure", "p95"]

QUICK: Final = ("birth-certificate", "business-registration", "marriage-certificate")
# The pipeline's steps that make up a stage; `activate` is measured around the act, `between` is what is left.
STEPS: Final = {
    "read": ("read_pages", "write_scan_pdf", "record_reading"),
    "prepare": ("reserve_number", "write_copy", "mark_prepared"),
    "officer_sign": ("officer_sign",),
    "seal": ("seal",),
    "verify": ("verify",),
    "deposit": ("deposit",),
}
STAGES: Final = ("read", "prepare", "activate", "officer_sign", "seal", "verify", "deposit", "between")
_MEDIA_TYPES: Final = {"jpg": "image/jpeg", "png": "image/png", "tif": "image/tiff", "pdf": "application/pdf"}
_TIMEOUT_SECONDS: Final = 300.0


class MeasurementBroken(Exception):
    """A specimen was not certified, so its seconds mean nothing."""


@dataclass(frozen=True, slots=True)
class ScanSeconds:
    """One specimen: its pages, the seconds of each stage, and the whole from upload to deposit."""

    name: str
    pages: int
    stages: dict[str, float]
    whole: float


@dataclass(frozen=True, slots=True)
class Measurement:
    """A whole run with the machine it ran on."""

    machine: dict[str, str]
    scans: tuple[ScanSeconds, ...]

    def summary(self) -> dict[str, dict[str, float]]:
        """Give median and 95th percentile of each stage and of the whole, in seconds per scan."""
        columns = {stage: [scan.stages[stage] for scan in self.scans] for stage in STAGES}
        columns["whole"] = [scan.whole for scan in self.scans]
        columns["whole_per_page"] = [scan.whole / scan.pages for scan in self.scans]
        return {name: {"median": statistics.median(column), "p95": p95(column)} for name, column in columns.items()}

    def to_dict(self) -> dict[str, Any]:
        """Give the object that `--json` prints."""
        return {"machine": self.machine, "scans": [asdict(scan) for scan in self.scans], "summary": self.summary()}


def p95(values: Sequence[float]) -> float:
    """Give the 95th percentile by the nearest rank; of fewer than twenty values it is the largest."""
    return sorted(values)[max(0, -(-95 * len(values) // 100) - 1)]


def measure(specimens: Sequence[Specimen], *, folder: Path, tell: Callable[[str], None]) -> Measurement:
    """Found a demo office in the folder, certify the specimens one after the other, and give their seconds.

    Raises:
        MeasurementBroken: one of them did not become a certified copy.
    """
    machine = describe_machine()
    settings = settings_for_home(read_settings({}), folder / "home")
    tell("founding an office")
    found_home(settings.home, mode=Mode.DEMO, at=SystemClock().now(), database_url=settings.database_url)
    tell(f"printing and scanning {len(specimens)} specimens")
    write_specimens(folder / "scans", names=[specimen.name for specimen in specimens])
    with open_services(settings) as services:
        found_office(services)
        # The children are started first: an office opens once a day, and no scan should pay for it.
        tell("warming up")
        services.ocr_pool.warm()
        services.verify_pool.warm()
        people = demo_people(services)
        scans = []
        for specimen in specimens:
            scans.append(certify_one(services, people, specimen, folder=folder / "scans"))
            tell(f"{specimen.name}: {scans[-1].whole:.2f} s")
    # Other work on the machine makes every figure worse: the reader should know of it.
    return Measurement(machine | {"load_at_end": f"{os.getloadavg()[0]:.1f}"}, tuple(scans))


def certify_one(services: Services, people: DemoPeople, specimen: Specimen, *, folder: Path) -> ScanSeconds:
    """Bring one specimen from the upload to the vault and say how long each stage took.

    Raises:
        MeasurementBroken: it ended otherwise.
    """
    content = (folder / specimen.file_name).read_bytes()
    intake = staff.Intake(
        content=content,
        declared_type=_MEDIA_TYPES[specimen.suffix],
        holder_number=CAST[specimen.holder].id_number,
        doc_type=specimen.doc_type,
    )
    started = time.perf_counter()
    item = staff.take_in(services, people.officer, intake)
    services.pipeline.wait_read(item.item_id, timeout_seconds=_TIMEOUT_SECONDS)
    pages = services.pipeline.item(item.item_id).page_count or 0
    compare_and_prepare(services, people.officer, item.item_id, pages_compared=pages)
    ready = services.pipeline.ready_copy(item.item_id)
    form = staff.ApprovalForm(
        sha256_hex=ready.sha256_hex or "",
        checklist=tuple(line.code for line in services.law_now.checklist),
        pin=Pin(OFFICER_PIN),
    )
    asked = time.perf_counter()
    approval = staff.approve_copy(services, people.officer, item.item_id, form=form)
    activated = time.perf_counter() - asked
    outcome = services.pipeline.wait_certified(approval, timeout_seconds=_TIMEOUT_SECONDS)
    whole = time.perf_counter() - started
    state = services.pipeline.item(item.item_id).state
    if outcome.kind is not OutcomeKind.DONE or state is not ItemState.CERTIFIED:
        raise MeasurementBroken(f"{specimen.name} ended as {state.value} ({outcome.kind.value} {outcome.code})")
    progress = services.progress.of(item.item_id)
    by_step = dict(progress.seconds_by_step) if progress else {}
    stages = {stage: sum(by_step[step] for step in steps) for stage, steps in STEPS.items()} | {"activate": activated}
    stages["between"] = whole - sum(stages.values())
    return ScanSeconds(specimen.name, pages, stages, whole)


def as_table(measurement: Measurement) -> str:
    """Write a measurement as Markdown, seconds with two decimals."""
    head = ["specimen", "pages", *STAGES, "whole"]
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    for scan in measurement.scans:
        figures = [f"{seconds:.2f}" for seconds in (*(scan.stages[stage] for stage in STAGES), scan.whole)]
        lines.append(f"| {scan.name} | {scan.pages} | {' | '.join(figures)} |")
    summary = measurement.summary()
    for word in ("median", "p95"):
        figures = [f"{summary[column][word]:.2f}" for column in (*STAGES, "whole")]
        lines.append(f"| **{word}** | | {' | '.join(figures)} |")
    machine = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in measurement.machine.items())
    return "\n".join([*lines, "", machine])


def main(arguments: Sequence[str]) -> int:
    """Measure and print; progress goes to standard error."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.main_job", description="Seconds per scan by stage.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="three specimens only")
    chosen = parser.parse_args(arguments)
    specimens = [one for one in SPECIMENS if one.is_certifiable and (not chosen.quick or one.name in QUICK)]
    folder = Path(tempfile.mkdtemp(prefix="vidimus-benchmark-"))
    try:
        measurement = measure(
            specimens, folder=folder, tell=lambda text: print(f"  {text}", file=sys.stderr, flush=True)
        )
    finally:
        shutil.rmtree(folder)
    print(json.dumps(measurement.to_dict(), ensure_ascii=False) if chosen.json else as_table(measurement))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
