"""A long document is written from file to file: the bytes are those it would have had in memory, and few images are held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from guard.spool import Room, Spool
from guard.wire import FilePayload
from ocr import PdfaViolation, check_pdfa, write_copy, write_pdfa
from ocr.pages import Pages
from ocr.pdfa import PdfaDocument
from ocr.scan import ImageEncoding, PageImage
from tests.reading_room import (
    SOURCE_SHA256_HEX,
    WRITTEN_AT,
    copy_parts,
    flate_image,
    jpeg_image,
    pages_of,
    read_page,
    words_of,
)

SENTENCE = "Họ và tên: Lê Thị Thí Dụ"


@pytest.fixture
def original() -> Pages:
    """Three pages, one in each coding that a document carries."""
    # A strip of end-of-block codes is enough: nobody decodes a page to write it.
    fax = PageImage(ImageEncoding.CCITT_G4, b"\x00\x10\x01" * 40, 200, 100, bits_per_component=1, components=1)
    images = (jpeg_image(), flate_image(), fax)
    return pages_of(
        *((read_page(image, page_index=index, words=words_of(SENTENCE)), image) for index, image in enumerate(images))
    )


@pytest.fixture(params=[0, 200, 4096], ids=["all on disk", "some on disk", "one on disk"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    with Spool(tmp_path / "spool", held_bytes=request.param).room() as opened:
        yield opened


def _scan(pages: Pages, room: Room | None) -> PdfaDocument:
    return write_pdfa(
        pages,
        title="Giấy khai sinh",
        language="vi",
        created_at=WRITTEN_AT,
        source_sha256_hex=SOURCE_SHA256_HEX,
        room=room,
    )


def test_a_scan_written_from_file_to_file_has_the_bytes_it_would_have_in_memory(original: Pages, room: Room) -> None:
    on_disk, in_memory = _scan(original, room), _scan(original, None)
    assert isinstance(on_disk.content, FilePayload)
    assert isinstance(in_memory.content, bytes)
    assert on_disk.pdf == in_memory.pdf
    assert on_disk.sha256_hex == in_memory.sha256_hex


def test_a_copy_written_from_file_to_file_has_the_bytes_it_would_have_in_memory(original: Pages, room: Room) -> None:
    on_disk, in_memory = write_copy(original, parts=copy_parts(), room=room), write_copy(original, parts=copy_parts())
    assert isinstance(on_disk.content, FilePayload)
    assert (on_disk.pdf, on_disk.sha256_hex) == (in_memory.pdf, in_memory.sha256_hex)


def test_a_small_document_stays_in_memory_also_in_a_room(original: Pages, tmp_path: Path) -> None:
    with Spool(tmp_path / "spool").room() as room:
        assert isinstance(_scan(original, room).content, bytes)


def test_a_document_in_a_file_is_checked_where_it_lies(original: Pages, room: Room) -> None:
    document = _scan(original, room)
    assert check_pdfa(document.content) == check_pdfa(document.pdf)


def test_a_document_in_a_file_that_is_no_pdfa_any_more_is_refused(original: Pages, room: Room) -> None:
    spoilt = _scan(original, room).pdf.replace(b"/GTS_PDFA1", b"/GTS_PDFA9")
    content = room.take(lambda file: file.write(spoilt) and None)
    with pytest.raises(PdfaViolation, match="output intents"):
        check_pdfa(content)


def test_nothing_of_a_document_lies_in_the_folder_under_a_name(original: Pages, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", held_bytes=0)
    with spool.room() as room:
        _scan(original, room)
        assert list(spool.folder.iterdir()) == []
