"""Reads an original of one or several files piece by piece: its words are kept, its images as far as the room holds them.

What does not fit into memory lies in one file without a name, from which the writer of the document takes image by image.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Final

from guard.pool import SandboxPool
from guard.spool import Room
from guard.wire import Payload
from ocr.codes import read_codes
from ocr.intake import OpenedUpload, open_upload, take_scan
from ocr.pages import Pages, ReadPage
from ocr.reading import OnPage, read_pages
from ocr.scan import PageImage, Scan, ScanPage, join_scans

PIECE_PAGES: Final = 8
"""So many page images are in memory at once, or two for each child when that is more."""


@dataclass(frozen=True, slots=True)
class OriginalPart:
    """One file of an original, and what its sender says it is."""

    content: Payload = field(repr=False)
    declared_type: str | None


@dataclass(frozen=True, slots=True)
class ReadOriginal:
    """Every page as it was read, without the bytes of its image; these are given page by page while the room is open."""

    pages: Pages
    _kept: tuple[Callable[[], bytes], ...] = field(repr=False)

    def images(self) -> Iterator[PageImage]:
        """Give the images in their order, one in memory at a time."""
        for page, read in zip(self.pages.scan.pages, self._kept, strict=True):
            yield replace(page.image, image_bytes=read())

    def with_image(self, page_index: int) -> Pages:
        """Give the pages, this one with its image, to be drawn."""
        pages = list(self.pages.scan.pages)
        shown = pages[page_index]
        pages[page_index] = replace(shown, image=replace(shown.image, image_bytes=self._kept[page_index]()))
        return replace(self.pages, scan=replace(self.pages.scan, pages=tuple(pages)))


def read_original(
    parts: Sequence[OriginalPart],
    *,
    sandbox: SandboxPool,
    room: Room,
    languages: tuple[str, ...],
    on_page: OnPage | None = None,
) -> ReadOriginal:
    """Take all files in as one original, their pages counted through, and read them.

    Raises:
        AlreadySigned, ScanRefused, IntakeUnavailable: as `accept_scan`.
        LanguageMissing, OcrEngineFailed, PoolBusy: as `read_pages`.
    """
    opened = [open_upload(part.content, declared_type=part.declared_type, sandbox=sandbox) for part in parts]
    total = sum(one.facts.page_count for one in opened)
    images = _Images(room)
    scans: list[Scan] = []
    read: list[ReadPage] = []
    for one in opened:
        scanned: list[ScanPage] = []
        warnings: list[str] = []
        for wanted in _pieces(one, size=max(PIECE_PAGES, 2 * sandbox.size)):
            before, offset = len(read), len(read) - wanted.start
            scan = take_scan(one, wanted=wanted, sandbox=sandbox)
            found = read_pages(scan, sandbox=sandbox, languages=languages, on_page=_behind(on_page, before, total))
            found = read_codes(found, sandbox=sandbox)
            read += [replace(page, page_index=offset + page.page_index) for page in found.pages]
            scanned += [images.keep(page) for page in scan.pages]
            warnings += scan.warnings
        facts = one.facts
        scans.append(
            Scan(facts.sha256_hex, facts.media_type, facts.byte_count, tuple(scanned), tuple(dict.fromkeys(warnings)))
        )
    return ReadOriginal(Pages(join_scans(scans), tuple(read), languages), tuple(images.kept))


def _pieces(opened: OpenedUpload, *, size: int) -> Iterator[range]:
    count = opened.facts.page_count
    return (range(start, min(start + size, count)) for start in range(0, count, size))


def _behind(on_page: OnPage | None, before: int, total: int) -> OnPage | None:
    return None if on_page is None else lambda done, _all: on_page(before + done, total)


class _Images:
    """Keeps the bytes of images, the first ones in memory and the others in a file."""

    def __init__(self, room: Room) -> None:
        self.kept: list[Callable[[], bytes]] = []
        self._room = room
        self._left_bytes = room.held_bytes
        self._file: BinaryIO | None = None
        self._at = 0

    def keep(self, page: ScanPage) -> ScanPage:
        """Keep the image of a page, and give the page without it."""
        content = page.image.image_bytes
        self._left_bytes -= len(content)
        self.kept.append((lambda: content) if self._left_bytes >= 0 else self._put(content))
        return replace(page, image=replace(page.image, image_bytes=b""))

    def _put(self, content: bytes) -> Callable[[], bytes]:
        if self._file is None:
            self._file = self._room.file()
        start, length, descriptor = self._at, len(content), self._file.fileno()
        self._at += self._file.write(content)
        self._file.flush()
        return lambda: os.pread(descriptor, length, start)
