"""Tables for spreadsheets: whatever a citizen's name begins with, no cell of the register becomes a formula."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree as ET

from api.spreadsheets import write_csv, write_xlsx

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ATTACK = '=HYPERLINK("http://evil.example","x")'


def cells(workbook: bytes) -> list[list[tuple[str, str]]]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as package:
        assert package.testzip() is None
        sheet = ET.fromstring(package.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own bytes
    assert sheet.findall(f".//{SHEET}f") == []
    return [
        [(cell.get("t", "n"), "".join(cell.itertext())) for cell in row.findall(f"{SHEET}c")]
        for row in sheet.iter(f"{SHEET}row")
    ]


def test_text_that_looks_like_a_formula_stays_text_in_a_workbook() -> None:
    for text in (ATTACK, "+1", "-1", "@SUM(A1)", "\t=1"):
        assert cells(write_xlsx([[text]], sheet="x")) == [[("inlineStr", text)]]


def test_numbers_stay_numbers_in_a_workbook() -> None:
    assert cells(write_xlsx([["phí", 4000]], sheet="x")) == [[("inlineStr", "phí"), ("n", "4000")]]


def test_letters_that_xml_does_not_know_do_not_break_a_workbook() -> None:
    assert cells(write_xlsx([["a\x00b<&>\x0bc\ufffe"]], sheet="x")) == [[("inlineStr", "a\ufffdb<&>\ufffdc\ufffd")]]


def test_sheet_takes_a_books_name_that_holds_a_slash() -> None:
    with zipfile.ZipFile(io.BytesIO(write_xlsx([["a"]], sheet="01/2026-SCTĐT/BS"))) as package:
        assert b'name="01-2026-SCT\xc4\x90T-BS"' in package.read("xl/workbook.xml")


def test_more_columns_than_letters_are_named() -> None:
    with zipfile.ZipFile(io.BytesIO(write_xlsx([["a"] * 28], sheet="x"))) as package:
        assert b'r="AB1"' in package.read("xl/worksheets/sheet1.xml")


def test_equal_tables_are_equal_workbooks() -> None:
    assert write_xlsx([["a", 1]], sheet="x") == write_xlsx([["a", 1]], sheet="x")


def test_csv_quotes_what_a_spreadsheet_would_run() -> None:
    assert write_csv([[ATTACK, 1, "bình thường"]]).decode("utf-8-sig").startswith("\"'=HYPERLINK")
