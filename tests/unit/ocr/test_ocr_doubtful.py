"""Words that Vietnamese cannot spell are marked, and every word of a rightly read paper is left in peace."""

from __future__ import annotations

import pytest

from ocr import Doubt, doubtful_words
from tests.reading_room import jpeg_image, read_page, words_of


def _doubts(line: str) -> dict[str, Doubt]:
    words = words_of(line)
    return {words[one.place].text: one.doubt for one in doubtful_words(read_page(jpeg_image(), words=words))}


@pytest.mark.parametrize(
    "line",
    [
        "Họ, chữ đệm, tên: NGUYỄN THỊ HOÀI AN, sinh ngày 14/03/1995",
        "Số: 214/2026/XN-UBND của UBND phường Thí Dụ, tỉnh Đắk Lắk",
        "Diện tích 152,6 m2, thửa số MH-KS 004217, ông Thuý khoẻ",
        "LE NGOC CHAU",
        "Bản mẫu, không có giá trị pháp lý - Specimen, not a valid document",
        "Thư điện tử: ben.mau@vi-du.example",
        "Minh Hoa Foreign Language Centre hereby certifies that",
        "Độc lập - Tự do - Hạnh phúc",
        "a) b) 1. 2/ §",
    ],
)
def test_rightly_read_line_is_left_in_peace(line: str) -> None:
    assert _doubts(line) == {}


@pytest.mark.parametrize(
    ("line", "word", "doubt"),
    [
        ("Giấy chứng nhâṇn được cấp", "nhâṇn", Doubt.NO_SYLLABLE),
        ("Ngành kỹ thuậtx của trường", "thuậtx", Doubt.NO_SYLLABLE),
        ("Giấy chứng nhan được cấp", "nhan", None),
        ("Giấy chưng nhạn cho ngươì", "ngươì", Doubt.NO_SYLLABLE),
        ("Nguyễn Thị HOAI Bac sinh", "Bac", Doubt.MARKS_MISSING),
        ("phường Th1 Dụ, tỉnh", "Th1", Doubt.LETTERS_AND_DIGITS),
    ],
)
def test_word_that_cannot_be_is_marked_with_its_reason(line: str, word: str, doubt: Doubt | None) -> None:
    assert _doubts(line).get(word) == doubt


def test_marking_changes_no_word() -> None:
    page = read_page(jpeg_image(), words=words_of("phường Th1 Dụ"))
    doubtful_words(page)
    assert page.text == "phường Th1 Dụ"
