"""A land file of 300 pages and more than 200 MB becomes a certified copy, and no process ever holds much of it."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from guard import FilePayload
from ocr import check_pdfa
from tests.faults.heavy_file_driver import PAGES_A_PART, PARTS, write_scans
from tests.heard_logs import run_heard
from tests.journey_office import found_office

pytestmark = [pytest.mark.slow, pytest.mark.matrix]

PAGES = PARTS * PAGES_A_PART
LEAST_BYTES = 200 * 1000 * 1000
MOST_KIB = 600 * 1000 * 1000 // 1024
# What is held before a document goes on in a file, and room to breathe.
MOST_GROWTH_KIB = 64 * 1024
PATIENCE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Certified:
    """The copy on disk, the uploads it came from, and what the process told about itself."""

    copy: Path
    scans: tuple[Path, ...]
    told: dict[str, Any]


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    folder = tmp_path_factory.mktemp("heavy-file")
    scans = write_scans(folder)
    url = f"sqlite:///{folder / 'office.db'}"
    found_office(folder, url)
    copy = folder / "copy.pdf"
    command = [sys.executable, "-m", "tests.faults.heavy_file_driver", str(folder), url, str(copy), *map(str, scans)]
    ended = run_heard(command, timeout=PATIENCE_SECONDS)
    assert ended.returncode == 0, ended.stderr
    return Certified(copy, scans, json.loads(ended.stdout))


def test_six_heavy_scans_become_one_certified_copy(certified: Certified) -> None:
    assert sum(scan.stat().st_size for scan in certified.scans) >= LEAST_BYTES
    assert (certified.told["state"], certified.told["page_count"]) == ("CERTIFIED", PAGES)
    assert certified.copy.stat().st_size == certified.told["byte_count"] >= LEAST_BYTES
    with certified.copy.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == certified.told["sha256_hex"]


def test_no_process_takes_more_than_600_megabytes_at_any_stage(certified: Certified) -> None:
    peaks = {(stage, name): kib for stage, found in certified.told["peaks_kib"].items() for name, kib in found.items()}
    assert {stage for stage, _ in peaks} == {"upload", "read", "prepare", "certify", "renew", "hand_out"}
    assert {name for _, name in peaks} >= {"worker", "guard.child"}
    assert max(peaks.values()) < MOST_KIB, peaks


def test_the_copy_is_renewed_and_leaves_the_door_whole(certified: Certified) -> None:
    assert certified.told["renewed_bytes"] > certified.told["byte_count"]
    assert certified.told["sent_sha256_hex"] == certified.told["sha256_hex"]
    # The process that serves people has many readers at once: each takes what is held in memory, and no more.
    grown = certified.told["peaks_kib"]["hand_out"]["worker"] - certified.told["resident_before_sending_kib"]
    assert grown < MOST_GROWTH_KIB, certified.told["peaks_kib"]


def test_the_copy_is_pdfa_and_carries_every_page_as_it_was_scanned(certified: Certified) -> None:
    assert check_pdfa(FilePayload.of(certified.copy)).part == 2
    with pikepdf.open(certified.copy) as copy:
        assert len(copy.pages) == PAGES + 1
        kept = [hashlib.sha256(page.Resources.XObject.Im0.read_raw_bytes()).digest() for page in copy.pages[:PAGES]]
    scanned = []
    for scan in certified.scans:
        with pikepdf.open(scan) as part:
            scanned += [
                hashlib.sha256(next(iter(page.Resources.XObject.values())).read_raw_bytes()).digest()
                for page in part.pages
            ]
    assert kept == scanned
