"""A table on paper: PDF/A, headings on every page, long words cut, the same bytes each time."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pikepdf

from ocr import TableColumn, TableParts, check_pdfa, write_table

PARTS = TableParts(
    title="SỔ CHỨNG THỰC, QUYỂN SỐ 01/2026-SCTĐT/BS",
    language="vi",
    created_at=datetime(2026, 12, 31, 10, 0, tzinfo=UTC),
    lead=("UBND phường Thí Dụ",),
    columns=(TableColumn("Số", 1, to_the_right=True), TableColumn("Người yêu cầu", 3)),
    rows=tuple((str(number), "Nguyễn Thị Thí Dụ") for number in range(1, 121)),
    sums=("", "Cộng: 120 số"),
    closing=("Khóa sổ.",),
    foot="UBND phường Thí Dụ",
    page_label="Trang",
    specimen_text="MẪU – SPECIMEN",
)


def test_long_table_is_pdfa_on_several_pages() -> None:
    document = write_table(PARTS)
    check_pdfa(document.pdf)
    assert document.page_count > 3
    with pikepdf.open(io.BytesIO(document.pdf)) as pdf:
        assert len(pdf.pages) == document.page_count
        box = [float(side) for side in pdf.pages[0].MediaBox]
        assert box[2] > box[3]


def test_equal_tables_are_equal_files() -> None:
    assert write_table(PARTS).sha256_hex == write_table(PARTS).sha256_hex


def test_word_wider_than_its_column_is_cut_and_not_drawn_over_the_next() -> None:
    check_pdfa(write_table(replace(PARTS, rows=(("1", "x" * 400),))).pdf)
