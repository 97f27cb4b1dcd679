"""The text a scanner put under its pages never overrules the picture, and where it differs a person looks twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pypdfium2
import pytest

from ocr import LayerVerdict, Pages, Word, accept_scan, compare_layer, encode_pages, layers_of, write_pdfa
from ocr.pages_codec import decode_pages
from tests.reading_room import jpeg_image, pages_of, read_page, words_of
from tests.unit.ocr.in_process import InProcessSandbox

_LINES = ("Họ tên: Lê Thị Thí Dụ", "Số định danh: 000195012345", "Sinh ngày 02 tháng 3 năm 1995")


def reading(*lines: str) -> Pages:
    words: list[Word] = []
    for number, line in enumerate(lines, 1):
        words += words_of(line, top=60.0 * number, confidence=95.0, line=number)
    image = jpeg_image()
    return pages_of((read_page(image, words=tuple(words)), image))


@pytest.fixture
def page() -> Pages:
    return reading(*_LINES)


def test_layer_that_reads_the_same_is_kept(page: Pages) -> None:
    told = compare_layer(
        page.pages[0], "SỐ ĐỊNH DANH: 000195012345\nHọ tên: Lê Thị Thí Dụ Sinh ngày 02 tháng 3 năm 1995."
    )
    assert (told.verdict, told.agreement, told.disputed) == (LayerVerdict.KEPT, 1.0, ())


def test_layer_with_another_digit_changes_nothing_and_makes_the_number_doubtful(page: Pages) -> None:
    told = compare_layer(page.pages[0], " ".join(_LINES).replace("000195012345", "000195012346"))
    assert told.verdict is LayerVerdict.KEPT_IN_PART
    assert [page.pages[0].words[place].text for place in told.disputed] == ["000195012345"]


def test_word_that_the_layer_has_once_and_we_read_twice_is_doubtful_once(page: Pages) -> None:
    told = compare_layer(reading(*_LINES, "Thí Dụ").pages[0], " ".join(_LINES))
    assert len(told.disputed) == 2


@pytest.mark.parametrize("text", ["", "Lorem ipsum dolor sit amet", "l " * 30_000])
def test_layer_of_something_else_is_dropped_and_nothing_is_doubted(page: Pages, text: str) -> None:
    told = compare_layer(page.pages[0], text)
    assert (told.verdict, told.disputed) == (LayerVerdict.DROPPED, ())


def test_page_without_a_layer_is_not_compared(page: Pages) -> None:
    assert layers_of(page)[0].verdict is LayerVerdict.NONE


def test_layer_survives_the_way_through_the_vault_and_old_pages_have_none(page: Pages) -> None:
    (scanned,) = page.scan.pages
    with_layer = replace(page, scan=replace(page.scan, pages=(replace(scanned, layer_text="Thí Dụ"),)))
    assert decode_pages(encode_pages(with_layer)).scan.pages[0].layer_text == "Thí Dụ"
    assert decode_pages(encode_pages(page)).scan.pages[0].layer_text is None


def test_word_of_one_letter_is_found_by_the_reader_in_the_browser() -> None:
    # PDFium drops text objects that have no width; ours are drawn with blank glyphs.
    pages = reading("Ngày 2 tháng 3", "5")
    written = write_pdfa(
        pages, title="t", language="vi", created_at=datetime(2026, 11, 29, tzinfo=UTC), source_sha256_hex="0" * 64
    )
    document = pypdfium2.PdfDocument(written.pdf)
    assert document[0].get_textpage().get_text_range().split() == ["Ngày", "2", "tháng", "3", "5"]


def test_layer_of_a_scanned_pdf_is_taken_along_with_its_accents(page: Pages) -> None:
    written = write_pdfa(
        page, title="t", language="vi", created_at=datetime(2026, 11, 29, tzinfo=UTC), source_sha256_hex="0" * 64
    )
    scan = accept_scan(written.pdf, declared_type=None, sandbox=InProcessSandbox())
    again = replace(
        page, scan=replace(page.scan, pages=(replace(page.scan.pages[0], layer_text=scan.pages[0].layer_text),))
    )
    assert layers_of(again)[0].verdict is LayerVerdict.KEPT
