"""One process of an office that certifies a land file of 300 pages and more than 200 MB, and tells what memory it took.

`python -m tests.faults.heavy_file_driver FOLDER DATABASE_URL RESULT SCAN…` brings the scans to a certified copy, writes the copy to
RESULT, and prints a JSON object with the greatest resident memory of every process that took part, stage by stage.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import sys
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from api.documents import document_response
from certify.pipeline import NoCrashPoints, OutcomeKind, Upload
from guard.wire import FilePayload
from tests.faults.land_file_driver import resident_kib
from tests.journey_office import JourneyOffice
from vault.blobs import BlobRef
from vault.owners import HolderOwner
from vault.papers import Record
from vault.records import get_for_owner
from vault.shapes import RenditionKind

PARTS, PAGES_A_PART = 6, 50
_SIZE, _DPI = (640, 480), 200
_PALEST, _DARKEST_NOISE = 255, 205
_PATIENCE_SECONDS = 600
_LOOK_SECONDS = 0.02


def write_scans(folder: Path) -> tuple[Path, ...]:
    """Write six scans of fifty pages: few pixels, but noisy ones, so that a page has as many bytes as one of 300 dpi."""
    noise = Image.frombytes("RGB", _SIZE, random.Random(1).randbytes(_SIZE[0] * _SIZE[1] * 3))
    paper = noise.point([_PALEST - value * (_PALEST - _DARKEST_NOISE) // 255 for value in range(256)] * 3)
    paths = []
    for part in range(PARTS):
        first = part * PAGES_A_PART
        pages = [_page(paper, number) for number in range(first + 1, first + PAGES_A_PART + 1)]
        path = folder / f"scan-{part + 1}.pdf"
        pages[0].save(path, "PDF", save_all=True, append_images=pages[1:], resolution=_DPI, quality=100, subsampling=0)
        paths.append(path)
    return tuple(paths)


def _page(paper: Image.Image, number: int) -> Image.Image:
    page = paper.copy()
    ImageDraw.Draw(page).text((60, 250), f"Trang {number}", fill="black", font_size=72)
    return page


class MemoryWatch:
    """Looks at this process and its children all the time; each stage begins anew."""

    def __init__(self) -> None:
        self.stages: dict[str, dict[str, int]] = {}
        self._peaks: dict[str, int] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Give the peaks of what is done meanwhile a name."""
        for pid in (os.getpid(), *_descendants(os.getpid())):
            # 5: the high-water mark begins again at what is resident now.
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        self._peaks = {}
        yield
        self._look()
        self.stages[name] = self._peaks

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(_LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        peaks = self._peaks
        for pid in (os.getpid(), *_descendants(os.getpid())):
            name, kib = _high_water(pid)
            peaks[name] = max(peaks.get(name, 0), kib)


def _descendants(pid: int) -> tuple[int, ...]:
    try:
        lines = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return ()
    children = [int(child) for line in lines for child in line.split()]
    return (*children, *(below for child in children for below in _descendants(child)))


def _high_water(pid: int) -> tuple[str, int]:
    name = "worker"
    try:
        if pid != os.getpid():
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            name = next((part.decode() for part in command if part.endswith(b"child") and b"." in part), "other")
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return name, 0
    marks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return name, int(marks[0]) if marks else 0


def _certify(office: JourneyOffice, scans: list[Path], watch: MemoryWatch) -> str:
    with watch.stage("upload"):
        uploads = [Upload(FilePayload.of(path), "application/pdf") for path in scans]
        item = office.pipeline.submit_upload(office.declare_item().item_id, *uploads, staff_id=office.facts.officer_id)
    with watch.stage("read"):
        outcome = office.pipeline.wait_read(item.item_id, timeout_seconds=_PATIENCE_SECONDS)
        assert outcome.kind is OutcomeKind.DONE, outcome
    item = office.compare(office.item(item.item_id))
    with watch.stage("prepare"):
        outcome = office.pipeline.prepare(
            item.item_id, officer_id=office.facts.officer_id, timeout_seconds=_PATIENCE_SECONDS
        )
        assert outcome.kind is OutcomeKind.DONE, outcome
    with watch.stage("certify"):
        approval = office.pipeline.approve_and_certify(office.approval_request(item.item_id))
        outcome = office.pipeline.wait_certified(approval, timeout_seconds=_PATIENCE_SECONDS)
        assert outcome.kind is OutcomeKind.DONE, outcome
    return item.item_id


def _renew(office: JourneyOffice, blob: BlobRef) -> int:
    """Extend the copy and judge it, as the step of a renewal does; gives the length of the result."""
    services = office.services
    with services.spool.room() as room:
        renewed = services.crafts.renew(
            services.blobs.fetch_recorded(blob, room=room), at=services.clock.now(), room=room
        )
        services.crafts.verify(renewed.content, at=services.clock.now()).require_passed()
        return len(renewed.content)


def _hand_out(office: JourneyOffice, record: Record) -> str:
    """Send the copy as the doors do; gives the digest of what arrived."""
    seen = hashlib.sha256()

    async def send(message: MutableMapping[str, Any]) -> None:
        seen.update(message.get("body", b""))

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    blob = record.newest(RenditionKind.SIGNED_PDF).blob
    response = document_response(office.services.spool, lambda room: (office.blobs.fetch_recorded(blob, room=room), {}))
    asyncio.run(response({"type": "http"}, receive, send))
    return seen.hexdigest()


def main(arguments: list[str]) -> int:
    """Certify the scans and tell about it."""
    folder, database_url, result, *scans = arguments
    office = JourneyOffice(Path(folder), database_url, crash_hook=NoCrashPoints())
    watch = MemoryWatch()
    try:
        office.pipeline.start()
        item = office.item(_certify(office, [Path(scan) for scan in scans], watch))
        with office.database.read() as tx:
            record = get_for_owner(tx, HolderOwner(office.facts.holder_id), item.record_id or "")
        blob = record.newest(RenditionKind.SIGNED_PDF).blob
        with Path(result).open("wb") as copy:
            office.blobs.copy_to(blob.document_id, blob.name, copy)
        with watch.stage("renew"):
            renewed_bytes = _renew(office, blob)
        resident_before_kib = resident_kib()
        with watch.stage("hand_out"):
            sent_sha256_hex = _hand_out(office, record)
        told = {
            "state": item.state.value,
            "page_count": item.page_count,
            "sha256_hex": blob.sha256_hex,
            "byte_count": blob.byte_count,
            "renewed_bytes": renewed_bytes,
            "sent_sha256_hex": sent_sha256_hex,
            "resident_before_sending_kib": resident_before_kib,
            "peaks_kib": watch.stages,
        }
        sys.stdout.write(json.dumps(told))
        return 0
    finally:
        watch.stop()
        office.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
