"""Columns are read one after the other; tables, forms and headings stay row by row."""

from __future__ import annotations

from ocr.columns import in_reading_order
from ocr.engine import RecognisedWord


def _line(number: int, *parts: tuple[int, int, str], block: int = 1) -> list[RecognisedWord]:
    """Words of one line: each part has words of equal width from x to x, 20 px high."""
    words = []
    for left, right, text in parts:
        texts = text.split()
        width = (right - left) / len(texts)
        for index, one in enumerate(texts):
            box = (round(left + index * width), 40 * number, round(left + (index + 1) * width) - 6, 40 * number + 20)
            words.append(RecognisedWord(text=one, box=box, confidence=95.0, block=block, line=number))
    return words


def _texts(words: list[RecognisedWord]) -> list[str]:
    return [word.text for word in in_reading_order(words)]


def _columns(count: int) -> list[RecognisedWord]:
    lines = [
        _line(number, (0, 400, f"l{number}a l{number}b l{number}c l{number}d"),
              (450, 850, f"r{number}a r{number}b r{number}c r{number}d"))
        for number in range(count)
    ]  # fmt: skip
    return [word for line in lines for word in line]


def test_two_columns_are_read_one_after_the_other() -> None:
    texts = _texts(_columns(8))
    assert texts[:4] == ["l0a", "l0b", "l0c", "l0d"]
    assert texts.index("l7d") == 31
    assert texts[32] == "r0a"


def test_lines_of_the_two_columns_are_lines_of_different_blocks() -> None:
    ordered = in_reading_order(_columns(8))
    assert len({(word.block, word.line) for word in ordered}) == 16
    assert len({word.block for word in ordered}) == 2


def test_heading_across_and_text_below_keep_their_places() -> None:
    heading = _line(-1, (100, 700, "THÔNG BÁO CHUNG CHO CẢ HAI CỘT"), block=0)
    below = _line(20, (0, 850, "Người nào cần biết thêm xin đến quầy số bảy"), block=2)
    texts = _texts([*heading, *_columns(8), *below])
    assert texts[0] == "THÔNG"
    assert texts[-1] == "bảy"
    assert texts[7:11] == ["l0a", "l0b", "l0c", "l0d"]


def test_short_last_line_of_a_column_belongs_to_it() -> None:
    words = [*_columns(8), *_line(8, (450, 560, "hết"))]
    assert _texts(words)[-1] == "hết"
    assert _texts(words)[32] == "r0a"


def test_table_of_four_columns_is_read_row_by_row() -> None:
    rows = [
        _line(n, (0, 60, f"{n}"), (120, 400, "Tên giấy tờ nộp"), (460, 520, "01"), (600, 660, "00")) for n in range(9)
    ]
    words = [word for row in rows for word in row]
    assert _texts(words) == [word.text for word in words]


def test_form_with_two_short_fields_on_a_line_is_read_line_by_line() -> None:
    rows = [_line(n, (0, 200, "Năm sinh: 1990"), (450, 650, "Dân tộc: Kinh")) for n in range(9)]
    words = [word for row in rows for word in row]
    assert _texts(words) == [word.text for word in words]


def test_letterhead_of_five_lines_stays_as_it_is() -> None:
    words = _columns(5)
    assert _texts(words) == [word.text for word in words]


def test_page_without_words_is_no_error() -> None:
    assert in_reading_order(()) == ()
