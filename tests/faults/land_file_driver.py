"""One process of an office that reads a land file of 300 pages in six scans, and dies at the page it is told.

`python -m tests.faults.land_file_driver FOLDER DATABASE_URL JOURNAL [PAGE]`: each page that was read becomes a line of JOURNAL;
with PAGE the process kills itself when it has read that page.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from pathlib import Path

from PIL import Image, ImageDraw

from certify.pipeline import NoCrashPoints, Phase, Progress, Upload
from tests.journey_office import JourneyOffice

PARTS, PAGES_A_PART = 6, 50
_SIZE, _DPI = (260, 200), 200
_PATIENCE_SECONDS = 300
_KIB = 1024


class Journal:
    """Writes down each page as it is read, with the memory of this process at that time."""

    def __init__(self, path: Path, *, dies_at: int | None) -> None:
        self._path = path
        self._dies_at = dies_at

    def note(self, progress: Progress) -> None:
        if progress.phase is not Phase.PAGE_READ:
            return
        with self._path.open("a") as journal:
            journal.write(f"{progress.done} {progress.total} {resident_kib()}\n")
        if progress.done == self._dies_at:
            os.kill(os.getpid(), signal.SIGKILL)


def land_file() -> tuple[Upload, ...]:
    """Six scans of fifty small pages, each page with its number on it."""
    return tuple(Upload(_scan(first), "image/tiff") for first in range(0, PARTS * PAGES_A_PART, PAGES_A_PART))


def resident_kib() -> int:
    """What this process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // _KIB


def _scan(first: int) -> bytes:
    pages = []
    for number in range(first + 1, first + PAGES_A_PART + 1):
        page = Image.new("RGB", _SIZE, "white")
        ImageDraw.Draw(page).text((30, 80), f"Trang {number}", fill="black", font_size=36)
        pages.append(page)
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw", dpi=(_DPI, _DPI))
    return out.getvalue()


def main(arguments: list[str]) -> int:
    """Submit the land file unless it was, and wait until it is read."""
    folder, database_url, journal, *page = arguments
    office = JourneyOffice(
        Path(folder),
        database_url,
        crash_hook=NoCrashPoints(),
        on_progress=Journal(Path(journal), dies_at=int(page[0]) if page else None).note,
    )
    try:
        office.pipeline.start()
        item = office.the_only_item()
        if item is None:
            item = office.pipeline.submit_upload(
                office.declare_item().item_id, *land_file(), staff_id=office.facts.officer_id
            )
        outcome = office.pipeline.wait_read(item.item_id, timeout_seconds=_PATIENCE_SECONDS)
        pages = office.pipeline.pages(item.item_id)
        told = {
            "outcome": outcome.kind.value,
            "page_count": office.item(item.item_id).page_count,
            "parts": len(pages.scan.part_sha256_hexes),
            "indexes": [page.page_index for page in pages.pages],
            "text": pages.text,
            "scan_pdf_bytes": len(office.pipeline.scan_pdf(item.item_id, room=office.room)),
        }
        sys.stdout.write(json.dumps(told))
        return 0
    finally:
        office.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
