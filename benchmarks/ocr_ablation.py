"""Leaves each step of the preparation out in turn, on the same pages: what a step is worth is what its absence costs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from multiprocessing import get_context
from typing import Any, Final

from PIL import Image

from benchmarks.ocr_pages import MeasuredFile
from benchmarks.ocr_scoring import Score, score, total
from guard import SandboxPool
from ocr import ImageEncoding, PageImage, Scan, accept_scan
from ocr.image_wire import image_header
from ocr.prepare import EVERY_STEP, Step
from ocr.reading_child import PageReader

NOTHING: Final = "nothing"
PERSPECTIVE: Final = "perspective"
"""Done at intake, to the page itself: a photo is laid flat along the outline of its sheet."""


@dataclass(frozen=True, slots=True)
class AblationRow:
    """The errors without one step, over all pages and by split."""

    left_out: str
    segcer: float
    splits: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Job:
    left_out: str
    file: MeasuredFile
    scan: Scan


def ablate(files: Sequence[MeasuredFile], *, sandbox: SandboxPool) -> list[AblationRow]:
    """Read every file with all steps, then with each one left out."""
    scans = {file.path: accept_scan(file.path.read_bytes(), declared_type=None, sandbox=sandbox) for file in files}
    # Two engines at work, each with one thread, as in the office.
    os.environ["OMP_THREAD_LIMIT"] = "1"
    rows = []
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as workers:
        for left_out in (NOTHING, *(step.value for step in Step), PERSPECTIVE):
            jobs = [_Job(left_out, file, _seen(file, scans[file.path], left_out=left_out)) for file in files]
            scores = list(workers.map(_score_job, jobs))
            splits = {
                split: round(
                    total(one for file, one in zip(files, scores, strict=True) if file.split == split).segcer, 4
                )
                for split in dict.fromkeys(file.split for file in files)
            }
            rows.append(AblationRow(left_out, round(total(scores).segcer, 4), splits))
    return rows


def _seen(file: MeasuredFile, scan: Scan, *, left_out: str) -> Scan:
    """Give the scan, or for photos the picture as it was taken."""
    page = scan.pages[0]
    if left_out != PERSPECTIVE or not page.outline_rectified:
        return scan
    with Image.open(file.path) as photo:
        width, height = photo.size
    image = PageImage(ImageEncoding.JPEG, file.path.read_bytes(), width, height, 8, 3)
    return Scan(
        scan.sha256_hex,
        scan.media_type,
        scan.byte_count,
        (replace(page, image=image, dpi=None, outline_rectified=False),),
    )


@lru_cache(maxsize=2)
def _reader(left_out: str) -> PageReader:
    steps = frozenset(step for step in EVERY_STEP if step.value != left_out)
    return PageReader(steps=steps)


def _score_job(job: _Job) -> Score:
    reader = _reader(job.left_out)
    texts = []
    for page in job.scan.pages:
        header: dict[str, Any] = {
            **image_header(page.image),
            "dpi": page.dpi,
            "quarter_turns": page.quarter_turns,
            "languages": list(job.file.languages),
        }
        rows: Any = reader.read_page(header, (page.image.image_bytes,)).header["words"]
        lines = groupby(rows, key=lambda row: (row[6], row[7]))
        texts.append("\n".join(" ".join(str(row[0]) for row in line) for _, line in lines))
    return score(job.file.lines, "\n".join(texts))
