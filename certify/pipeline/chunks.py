"""Reads an original chunk by chunk, each kept as soon as it is read: memory stays flat and a restart goes on behind it.

An original may come in several scans; their pages are counted through. What was read stands under the scan's name as
one blob a chunk, and an index that is written last: only with it the original counts as read.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from certify.items import Item, history_of
from certify.pipeline.arrangement import PAGES_LEFT_OUT, Arrangement, Run, as_they_came
from certify.pipeline.kept_scans import count_parts, kept_arrangement
from certify.pipeline.names import chunk_name, declared_type_name, pages_name, upload_name
from certify.pipeline.services import Phase, PipelineServices, Progress
from certify.transitions import ItemState
from guard.wire import open_payload
from ocr.errors import IntakeCode, PagesUnreadable, ScanRefused
from ocr.intake import OpenedUpload, UploadFacts
from ocr.intake_limits import IntakeLimits
from ocr.pages import Pages
from ocr.scan import PageImage, Scan

CHUNK_PAGES: Final = 8
"""At most so many pages are read again after a restart, and so many page images are in memory at once."""
_CHUNK_BYTES: Final = 32 * 1024 * 1024
_VERSION: Final = 1
_STEP: Final = "read_pages"


@dataclass(frozen=True, slots=True)
class TakenRange:
    """Pages of one upload that are read together: `offset` leads from their index there to their place."""

    wanted: range
    offset: int
    turns: tuple[int, ...]


class ChunkedReading:
    """The pages of one item's present scan, as they are read and as they are found again."""

    def __init__(self, services: PipelineServices, item: Item) -> None:
        self._services = services
        self._item = item

    def read(self, *, workflow: str) -> None:
        """Read every page that was not read yet, and write the index.

        Raises:
            ScanRefused: a scan is refused, or all together are too large or have too many pages.
        """
        item = self._item
        # One scan is unpacked at a time: the first round keeps only what was found out about each.
        parts = [self._facts(number) for number in range(1, count_parts(self._services, item) + 1)]
        _check_totals(parts)
        kept = kept_arrangement(self._services, item)
        arrangement = kept or as_they_came(tuple(part.page_count for part in parts))
        _check_places(arrangement, parts)
        firsts: list[int] = []
        for run in arrangement.runs():
            firsts += self._read_run(run, parts[run.part - 1], total=len(arrangement.pages), workflow=workflow)
        index = self._index(parts, firsts=firsts, arrangement=kept)
        self._services.blobs.put_first(item.document_id, pages_name(item), index)

    def _read_run(self, run: Run, part: UploadFacts, *, total: int, workflow: str) -> list[int]:
        """Read pages that follow each other in one scan; gives the first of each chunk."""
        firsts: list[int] = []
        done, count = 0, len(run.turns)
        with contextlib.ExitStack() as stack:
            opened: OpenedUpload | None = None
            while done < count:
                first = run.place + done
                firsts.append(first)
                if self._services.blobs.exists(self._item.document_id, chunk_name(self._item, first)):
                    # It says itself how many pages it holds: another release may have cut otherwise.
                    done += len(self._chunk(first, with_images=False).pages)
                    continue
                opened = opened or stack.enter_context(self._open(run.part))
                stop = min(done + pages_at_once(part), count)
                taken = TakenRange(
                    range(run.start + done, run.start + stop), run.place - run.start, run.turns[done:stop]
                )
                self._keep(first, self._read_chunk(opened, taken, total=total, workflow=workflow))
                done = stop
        return firsts

    def fingerprint(self) -> str:
        """Give what is another whenever something else was read.

        Raises:
            NotFound: the scan was not read to its end.
        """
        return hashlib.sha256(self._stored_index).hexdigest()

    def pages(self) -> Pages:
        """Give everything that was read, without the bytes of the images: a few kilobytes a page.

        Raises:
            NotFound: the scan was not read to its end.
        """
        index = self._read_index()
        chunks = [self._chunk(first, with_images=False) for first in index["chunks"]]
        found = [code for chunk in chunks for code in chunk.scan.warnings]
        scan = Scan(
            sha256_hex=str(index["sha256_hex"]),
            media_type=str(index["media_type"]),
            byte_count=int(index["byte_count"]),
            pages=tuple(page for chunk in chunks for page in chunk.scan.pages),
            # An index of an older release knows no warnings of its own.
            warnings=tuple(dict.fromkeys([*found, *map(str, index.get("warnings", ()))])),
            part_sha256_hexes=tuple(str(digest) for digest in index["parts"]),
        )
        pages = tuple(page for chunk in chunks for page in chunk.pages)
        return replace(chunks[0], scan=scan, pages=pages)

    def images(self) -> Iterator[PageImage]:
        """Give the images page by page; those of one chunk are in memory at a time."""
        for first in self._read_index()["chunks"]:
            for page in self._chunk(first, with_images=True).scan.pages:
                yield page.image

    def chunk_of(self, page_index: int) -> tuple[Pages, int]:
        """Give the chunk in which a page stands, with its images, and the place of the page in it."""
        started = [first for first in self._read_index()["chunks"] if first <= page_index]
        first = max(started, default=0)
        return self._chunk(first, with_images=True), page_index - first

    def _facts(self, part: int) -> UploadFacts:
        with self._open(part) as opened:
            return opened.facts

    @contextlib.contextmanager
    def _open(self, part: int) -> Iterator[OpenedUpload]:
        """Decrypt an upload into a file without a name: a child reads it from there, and this process never holds it."""
        services, item = self._services, self._item
        declared_type = services.blobs.get(item.document_id, declared_type_name(item, part=part)).decode() or None
        with services.spool.file() as spooled:
            services.blobs.copy_to(item.document_id, upload_name(item, part=part), spooled.file)
            yield services.crafts.open_upload(spooled.payload(), declared_type=declared_type)

    def _keep(self, first: int, pages: Pages) -> None:
        services, document_id = self._services, self._item.document_id
        with services.spool.room() as room, open_payload(services.crafts.encode(pages, room=room)) as encoded:
            services.blobs.put_first_from(document_id, chunk_name(self._item, first), encoded)

    def _read_chunk(self, opened: OpenedUpload, taken: TakenRange, *, total: int, workflow: str) -> Pages:
        item, tell = self._item, self._services.on_progress
        done_before = taken.offset + taken.wanted.start
        pages = self._services.crafts.read_chunk(
            opened,
            wanted=taken.wanted,
            offset=taken.offset,
            turns=taken.turns,
            handed_in_at=self._handed_in_at(),
            on_page=lambda done, _all: tell(
                Progress(item.item_id, workflow, _STEP, Phase.PAGE_READ, done=done_before + done, total=total)
            ),
        )
        return replace(pages, scan=replace(pages.scan, sha256_hex=item.source_sha256_hex or ""))

    def _handed_in_at(self) -> datetime:
        """When the present scan came; what was turned or put in another order since came anew."""
        with self._services.database.read() as tx:
            steps = history_of(tx, self._item.item_id)
        came = [step.at for step in steps if step.to_state == ItemState.SCANNED.value]
        # Without such a step the scan is just coming in.
        return came[-1] if came else self._services.clock.now()

    def _index(self, parts: Sequence[UploadFacts], *, firsts: Sequence[int], arrangement: Arrangement | None) -> bytes:
        media_types = {part.media_type for part in parts}
        digests = [part.sha256_hex for part in parts] + ([arrangement.sha256_hex()] if arrangement else [])
        index = {
            "version": _VERSION,
            "sha256_hex": self._item.source_sha256_hex,
            "media_type": media_types.pop() if len(media_types) == 1 else "multipart/mixed",
            "byte_count": sum(part.byte_count for part in parts),
            "parts": digests if len(digests) > 1 else [],
            "warnings": [PAGES_LEFT_OUT] if arrangement and arrangement.left_out else [],
            "chunks": list(firsts),
        }
        return json.dumps(index, sort_keys=True).encode()

    @cached_property
    def _stored_index(self) -> bytes:
        # It is written once, so it is decrypted once.
        return self._services.blobs.get(self._item.document_id, pages_name(self._item))

    def _read_index(self) -> dict[str, Any]:
        try:
            index = json.loads(self._stored_index)
        except ValueError as exc:
            raise PagesUnreadable("the index of read pages does not decode; read the scan again") from exc
        if not isinstance(index, dict) or index.get("version") != _VERSION:
            raise PagesUnreadable(f"the index of read pages is not of version {_VERSION}; read the scan again")
        return index

    def _chunk(self, first: int, *, with_images: bool) -> Pages:
        services = self._services
        with services.spool.room() as room:
            stored = services.blobs.fetch(self._item.document_id, chunk_name(self._item, first), room=room)
            return services.crafts.decode(stored, with_images=with_images)


def pages_at_once(part: UploadFacts) -> int:
    """Say how many pages of an upload are read as one chunk: fewer when they are heavy, always the same for one upload."""
    return max(1, min(CHUNK_PAGES, _CHUNK_BYTES * part.page_count // part.byte_count))


def _check_totals(parts: Sequence[UploadFacts]) -> None:
    """Hold all scans of one original together to the limits of one."""
    limits = IntakeLimits()
    byte_count, page_count = sum(part.byte_count for part in parts), sum(part.page_count for part in parts)
    if byte_count > limits.max_bytes:
        raise ScanRefused(
            IntakeCode.TOO_LARGE, f"the scans have {byte_count} bytes together; {limits.max_bytes} are allowed"
        )
    if page_count > limits.max_pages:
        raise ScanRefused(
            IntakeCode.TOO_MANY_PAGES, f"the scans have {page_count} pages together; {limits.max_pages} are allowed"
        )


def _check_places(arrangement: Arrangement, parts: Sequence[UploadFacts]) -> None:
    """Hold an arrangement against the files it speaks of.

    Raises:
        PagesUnreadable: it names a page that no file has.
    """
    for one in arrangement.pages:
        if not (1 <= one.part <= len(parts) and one.page_index < parts[one.part - 1].page_count):
            raise PagesUnreadable("the order of the pages names one that no file has; scan the original again")
