"""Chunks of read pages: eight pages, fewer when they are heavy, and what an earlier life cut otherwise is gone on with."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from certify.items import Item
from certify.pipeline.chunks import CHUNK_PAGES, ChunkedReading, pages_at_once
from certify.pipeline.names import chunk_name, declared_type_name, upload_name
from ocr.intake import UploadFacts
from tests.journey_office import JourneyOffice, working_office

MIB = 1024 * 1024


def facts(byte_count: int, page_count: int) -> UploadFacts:
    return UploadFacts("application/pdf", "0" * 64, byte_count=byte_count, page_count=page_count)


@pytest.mark.parametrize(
    ("byte_count", "page_count", "at_once"),
    [
        (1, 1, 8),
        (100_000, 2, 8),
        (200 * MIB, 300, 8),
        (40 * MIB, 10, 8),
        (50 * MIB, 10, 6),
        (256 * MIB, 8, 1),
        (256 * MIB, 1, 1),
    ],
)
def test_chunk_holds_eight_pages_or_what_weighs_32_mebibytes(byte_count: int, page_count: int, at_once: int) -> None:
    assert pages_at_once(facts(byte_count, page_count)) == at_once <= CHUNK_PAGES


@pytest.fixture
def office(tmp_path: Path) -> Iterator[JourneyOffice]:
    with working_office(tmp_path / "home", held_bytes=0) as opened:
        yield opened


def three_pages() -> bytes:
    out = io.BytesIO()
    pages = [Image.new("L", (210, 210), shade) for shade in (255, 250, 245)]
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw", dpi=(200, 200))
    return out.getvalue()


def scanned(office: JourneyOffice, content: bytes) -> Item:
    """An item whose upload is stored, and that no workflow reads."""
    digest = hashlib.sha256(content).hexdigest()
    item = replace(office.declare_item(), scan_number=1, source_sha256_hex=digest)
    office.blobs.create_keyset(item.document_id)
    office.blobs.put_first(item.document_id, declared_type_name(item, part=1), b"image/tiff")
    office.blobs.put_first(item.document_id, upload_name(item, part=1), content)
    return item


@pytest.mark.slow
def test_chunk_that_was_cut_otherwise_is_gone_on_with_behind_its_last_page(office: JourneyOffice) -> None:
    item = scanned(office, three_pages())
    crafts = office.services.crafts
    opened = crafts.open_upload(three_pages(), declared_type="image/tiff")
    first = crafts.read_chunk(
        opened, wanted=range(1), offset=0, on_page=lambda _done, _all: None, handed_in_at=office.clock.now()
    )
    with office.services.spool.room() as room:
        office.blobs.keep(item.document_id, chunk_name(item, 0), crafts.encode(first, room=room))
    reading = ChunkedReading(office.services, item)
    reading.read(workflow="read_item")
    assert office.blobs.exists(item.document_id, chunk_name(item, 1))
    assert [page.page_index for page in reading.pages().pages] == [0, 1, 2]
    assert len({image.image_bytes for image in reading.images()}) == 3
