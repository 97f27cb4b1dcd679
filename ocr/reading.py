"""Reads the pages of a scan in parallel over warm children and judges each one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from guard.errors import ChildFailed, ChildRefused
from guard.pool import SandboxPool
from guard.wire import Json
from ocr.errors import LanguageMissing, OcrEngineFailed
from ocr.image_wire import LANGUAGE_MISSING, image_header
from ocr.look import look_from_json
from ocr.pages import Pages, ReadPage, Word
from ocr.pages_codec import word_from_json
from ocr.quality import PageFacts, QualityPolicy, judge_page
from ocr.scan import Scan, ScanPage

READ_TASK = "read_page"

_A4_LONG_SIDE_INCHES = 11.69

OnPage = Callable[[int, int], None]
"""Called with (pages read, pages in all) after each page."""


def read_pages(
    scan: Scan,
    *,
    sandbox: SandboxPool,
    languages: tuple[str, ...] = ("vie",),
    on_page: OnPage | None = None,
    policy: QualityPolicy | None = None,
) -> Pages:
    """Return every page of the scan, read and judged; pages are read in parallel, as many as the pool has children.

    Raises:
        LanguageMissing: a model is not installed.
        OcrEngineFailed: a page could not be read; no partial result is returned.
        PoolBusy: the pool serves others; try again later.
    """
    read: dict[int, ReadPage] = {}
    with ThreadPoolExecutor(max_workers=max(1, sandbox.size), thread_name_prefix="read-page") as threads:
        open_work: set[Future[ReadPage]] = {
            threads.submit(_read_page, page, sandbox=sandbox, languages=languages, policy=policy) for page in scan.pages
        }
        try:
            while open_work:
                done, open_work = wait(open_work, return_when=FIRST_COMPLETED)
                for finished in done:
                    page = finished.result()
                    read[page.page_index] = page
                    if on_page is not None:
                        on_page(len(read), len(scan.pages))
        finally:
            for waiting in open_work:
                waiting.cancel()
    return Pages(scan=scan, pages=tuple(read[page.page_index] for page in scan.pages), languages=languages)


def _read_page(
    page: ScanPage, *, sandbox: SandboxPool, languages: tuple[str, ...], policy: QualityPolicy | None
) -> ReadPage:
    header: dict[str, Json] = {
        **image_header(page.image),
        "dpi": page.dpi,
        "quarter_turns": page.quarter_turns,
        "languages": list(languages),
    }
    try:
        reply = sandbox.call(READ_TASK, header, [page.image.image_bytes])
    except ChildRefused as exc:
        if exc.code == LANGUAGE_MISSING:
            raise LanguageMissing(exc.message) from exc
        raise OcrEngineFailed(f"page {page.page_index + 1} was not read: {exc.message}") from exc
    except ChildFailed as exc:
        raise OcrEngineFailed(f"page {page.page_index + 1} was not read: {exc}") from exc
    try:
        return _judged(page, reply.header, policy=policy)
    except (KeyError, TypeError, ValueError) as exc:
        # What a child says is checked like any stranger's word; its text is not repeated.
        raise OcrEngineFailed(f"the answer for page {page.page_index + 1} has not the agreed form") from exc


def _judged(page: ScanPage, answer: Mapping[str, Any], *, policy: QualityPolicy | None) -> ReadPage:
    added_turns = int(answer["added_turns"]) % 4
    quarter_turns = (page.quarter_turns + added_turns) % 4
    width, height = page.image.width_px, page.image.height_px
    if quarter_turns % 2:
        width, height = height, width
    words = tuple(_within(word_from_json(row), width=width, height=height) for row in answer["words"])
    ink_share = float(answer["ink_share"])
    look = look_from_json(answer["look"], word_count=len(words))
    quality = judge_page(
        PageFacts(
            words=words,
            ink_share=ink_share,
            dpi=page.dpi,
            is_colour=page.is_colour,
            added_turns=added_turns,
            skew_degrees=float(answer["found_skew_degrees"]),
            look=look,
        ),
        policy=policy,
    )
    skew_degrees = float(answer["skew_degrees"])
    if abs(skew_degrees) > 15:
        raise ValueError("no page is straightened by so much")
    return ReadPage(
        page_index=page.page_index,
        quarter_turns=quarter_turns,
        skew_degrees=skew_degrees,
        dpi=page.dpi or max(width, height) / _A4_LONG_SIDE_INCHES,
        width_px=width,
        height_px=height,
        ink_share=ink_share,
        words=words,
        quality=quality,
        look=look,
    )


def _within(word: Word, *, width: int, height: int) -> Word:
    left, top, right, bottom = word.box_px
    if left > right or top > bottom or not word.text.strip():
        raise ValueError("a word has no box or no letters")
    box = (_clamp(left, width), _clamp(top, height), _clamp(right, width), _clamp(bottom, height))
    return Word(text=word.text, box_px=box, confidence=word.confidence, block=word.block, line=word.line)


def _clamp(side: float, limit: int) -> float:
    return min(max(0.0, side), float(limit))
