"""An original of several files is read piece by piece, and its images lie in a file: the result is that of reading it whole."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PIL import Image, ImageDraw

from guard import FilePayload, Isolation, Room, SandboxPool, Spool
from ocr import (
    OriginalPart,
    PagesUnreadable,
    ReadOriginal,
    accept_scan,
    decode_pages,
    encode_pages,
    join_scans,
    ocr_sandbox,
    read_codes,
    read_original,
    read_pages,
    write_pdfa,
)
from ocr.originals import PIECE_PAGES
from tests.reading_room import SOURCE_SHA256_HEX, WRITTEN_AT, one_page

# Reads real pages: runs in ./check, not before each commit.
pytestmark = pytest.mark.slow

COUNTS = (PIECE_PAGES + 2, 1)


def _scan(count: int, *, first: int) -> bytes:
    pages = []
    for number in range(first, first + count):
        page = Image.new("L", (260, 210), "white")
        ImageDraw.Draw(page).text((30, 30), f"Trang {number}", fill="black", font_size=36)
        pages.append(page)
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw", dpi=(200, 200))
    return out.getvalue()


@pytest.fixture(scope="module")
def scans() -> tuple[bytes, bytes]:
    return _scan(COUNTS[0], first=1), _scan(COUNTS[1], first=COUNTS[0] + 1)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxPool]:
    with ocr_sandbox(1, Isolation.RLIMITS) as pool:
        yield pool


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with Spool(tmp_path_factory.mktemp("spool"), held_bytes=0).room() as opened:
        yield opened


@pytest.fixture(scope="module")
def told() -> list[tuple[int, int]]:
    return []


@pytest.fixture(scope="module")
def original(scans: tuple[bytes, bytes], sandbox: SandboxPool, room: Room, told: list[tuple[int, int]]) -> ReadOriginal:
    parts = [OriginalPart(scan, "image/tiff") for scan in scans]
    return read_original(
        parts, sandbox=sandbox, room=room, languages=("vie",), on_page=lambda done, total: told.append((done, total))
    )


def test_pages_count_through_and_progress_tells_all_of_them(
    original: ReadOriginal, told: list[tuple[int, int]]
) -> None:
    total = sum(COUNTS)
    assert [page.page_index for page in original.pages.pages] == list(range(total))
    assert [page.page_index for page in original.pages.scan.pages] == list(range(total))
    assert len(original.pages.scan.part_sha256_hexes) == len(COUNTS)
    assert told == [(done, total) for done in range(1, total + 1)]


def test_document_is_that_of_an_original_read_whole(
    original: ReadOriginal, scans: tuple[bytes, bytes], sandbox: SandboxPool, room: Room
) -> None:
    scan = join_scans([accept_scan(part, declared_type="image/tiff", sandbox=sandbox) for part in scans])
    whole = read_codes(read_pages(scan, sandbox=sandbox), sandbox=sandbox)
    facts = {"title": "x", "language": "vi", "created_at": WRITTEN_AT, "source_sha256_hex": SOURCE_SHA256_HEX}
    written = write_pdfa(original.pages, images=original.images(), room=room, **facts)  # type: ignore[arg-type]
    assert isinstance(written.content, FilePayload)
    assert written.pdf == write_pdfa(whole, **facts).pdf  # type: ignore[arg-type]


def test_no_page_holds_its_image_until_it_is_asked_for(original: ReadOriginal) -> None:
    assert {page.image.image_bytes for page in original.pages.scan.pages} == {b""}
    shown = original.with_image(3).scan.pages
    assert [bool(page.image.image_bytes) for page in shown] == [index == 3 for index in range(len(shown))]


@pytest.mark.parametrize("with_images", [True, False])
def test_pages_are_read_from_a_file_as_from_memory(room: Room, *, with_images: bool) -> None:
    encoded = encode_pages(one_page())
    in_file = room.take(lambda file: file.write(encoded) and None)
    assert isinstance(in_file, FilePayload)
    assert decode_pages(in_file, with_images=with_images) == decode_pages(encoded, with_images=with_images)


@pytest.mark.parametrize("cut", [4, 40, -1])
def test_pages_cut_short_in_a_file_are_refused(room: Room, cut: int) -> None:
    encoded = encode_pages(one_page())
    in_file = room.take(lambda file: file.write(encoded[:cut]) and None)
    with pytest.raises(PagesUnreadable):
        decode_pages(in_file)
