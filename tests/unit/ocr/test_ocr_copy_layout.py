"""What stands beside the scan on a certified copy: a code that reads, and a statement page that looks intended."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
import zxingcpp
from PIL import Image

from guard import SandboxPool
from ocr import BAND_HEIGHT_PT, Align, BandWords, StatementLine, StatementPage, render_page, write_copy
from ocr.pdfa_band import Band, draw_band
from ocr.pdfa_drawing import BLACK, Drawing, Rectangle, Typesetter
from ocr.pdfa_statement import PAGE_HEIGHT_PT, PAGE_WIDTH_PT, StatementSheet, set_statement
from tests.reading_room import copy_parts, one_page
from tests.unit.ocr.in_process import InProcessSandbox

_ADDRESSES = (
    "http://a.vn",
    "https://tracuu.example.vn/c/K7PM3QWX9DHT5",
    "https://chungthuc.tinh-minh-hoa.example.vn/tra-cuu-ban-sao-dien-tu/c/K7PM3QWX9DHT5",
)
_NARROWEST_PT, _A4_PT = 280.0, PAGE_WIDTH_PT
_MM_PT = 72 / 25.4


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxPool]:
    with InProcessSandbox() as pool:
        yield pool


def _band(address: str, *, width_pt: float) -> Drawing:
    band = Band(
        code="K7PM-3QWX-9DHT-5",
        lookup_url=address,
        lines=(
            "UBND phường Thí Dụ",
            "Bản sao điện tử được chứng thực số 1, quyển số 01/2026",
            "Tra cứu tại example.vn",
        ),
        specimen_text="MẪU – SPECIMEN",
        words=BandWords(),
    )
    return draw_band(band, width_pt=width_pt, page_number=1, page_count=2, typesetter=Typesetter())


def _symbol(drawing: Drawing) -> Rectangle:
    boxes = [box for fill in drawing.fills if fill.colour == BLACK for box in fill.boxes]
    left, bottom = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, top = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return (left, bottom, right - left, top - bottom)


def _quiet_zone_pt(drawing: Drawing) -> float:
    return 4 * min(box[3] for fill in drawing.fills if fill.colour == BLACK for box in fill.boxes)


@pytest.mark.parametrize("address", _ADDRESSES)
@pytest.mark.parametrize("width_pt", [_NARROWEST_PT, _A4_PT])
def test_code_square_has_sixteen_millimetres_and_four_modules_of_white(address: str, width_pt: float) -> None:
    drawing = _band(address, width_pt=width_pt)
    left, bottom, width, height = _symbol(drawing)
    quiet = _quiet_zone_pt(drawing)
    assert width == pytest.approx(16 * _MM_PT, abs=0.01)
    assert height == pytest.approx(16 * _MM_PT, abs=0.01)
    # (1) within the band, which ends at the page's left and lower edges and at the scan above
    assert left >= quiet
    assert bottom + BAND_HEIGHT_PT >= quiet
    assert -(bottom + height) >= quiet
    # (2) clear of the rule and of every word
    others = [box for fill in drawing.fills if fill.colour != BLACK for box in fill.boxes]
    assert all(box[0] >= left + width + quiet for box in others)
    assert all(run.x >= left + width + quiet for run in drawing.runs)


@pytest.mark.parametrize("width_pt", [_NARROWEST_PT, _A4_PT])
def test_words_of_the_band_stay_inside_it_and_apart(width_pt: float) -> None:
    drawing = _band(_ADDRESSES[1], width_pt=width_pt)
    setter = Typesetter()
    ends = {run: run.x + setter.width(run.text, face=run.face, size_pt=run.size_pt) for run in drawing.runs}
    assert all(end <= width_pt - 10 for end in ends.values())
    assert all(-BAND_HEIGHT_PT + 8 < run.y < -run.size_pt * 0.7 for run in drawing.runs)
    for run in drawing.runs:
        beside = [other for other in drawing.runs if other is not run and abs(other.y - run.y) < 5 and other.x > run.x]
        assert all(other.x >= ends[run] - 0.01 for other in beside)


@pytest.mark.parametrize("page_index", [0, 1])
@pytest.mark.parametrize("dpi", [200, 150])
@pytest.mark.parametrize("address", _ADDRESSES)
@pytest.mark.slow
def test_code_square_reads_on_a_grey_rescan_of_every_page(
    address: str, dpi: int, page_index: int, sandbox: SandboxPool
) -> None:
    copy = write_copy(one_page(), parts=copy_parts(lookup_url=address)).pdf
    drawn = Image.open(io.BytesIO(render_page(copy, page_index, dpi=dpi, sandbox=sandbox))).convert("L")
    rescan = io.BytesIO()
    drawn.save(rescan, "JPEG", quality=60)
    assert [code.text for code in zxingcpp.read_barcodes(Image.open(rescan))] == [address]


def _sheet(lines: tuple[StatementLine, ...]) -> StatementSheet:
    statement = StatementPage(
        heading="CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH",
        lines=lines,
        officer_caption=("NGƯỜI THỰC HIỆN CHỨNG THỰC", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"),
        seal_caption=("CHỮ KÝ SỐ CỦA CƠ QUAN", "UBND phường Thí Dụ"),
    )
    return set_statement(statement, conversion_note="Chuyển đổi từ văn bản giấy.", typesetter=Typesetter())


_SHORT = (StatementLine("Số chứng thực: 1", bold=True, align=Align.CENTRE), StatementLine("Ngày 22 tháng 11"))
_LONG = tuple(StatementLine("Bản sao này đúng với bản chính đã được đối chiếu tại quầy. " * 3) for _ in range(6))


@pytest.mark.parametrize("lines", [(), _SHORT, _LONG])
def test_signatures_stand_between_the_words_and_the_note(lines: tuple[StatementLine, ...]) -> None:
    sheet = _sheet(lines)
    note_y = min(run.y for run in sheet.drawing.runs)
    officer, seal = sheet.officer_box, sheet.seal_box
    assert officer[1] == seal[1]
    assert officer[2:] == seal[2:]
    assert seal[0] + seal[2] < officer[0]
    assert note_y + 15 < officer[1]
    words = [run for run in sheet.drawing.runs if run.y > note_y + 1]
    assert all(run.y >= officer[1] + officer[3] for run in words)
    assert all(run.y < PAGE_HEIGHT_PT - 60 for run in words)


def test_nothing_is_drawn_around_the_fields_because_each_mark_brings_its_frame() -> None:
    sheet = _sheet(_SHORT)
    for left, bottom, width, height in (sheet.officer_box, sheet.seal_box):
        for fill in sheet.drawing.fills:
            for x, y, across, up in fill.boxes:
                beside = x + across < left - 5 or x > left + width + 5 or y + up < bottom - 5 or y > bottom + height + 5
                assert beside, "a line lies at the edge of a signature field"


def test_short_statement_is_set_large_and_a_long_one_smaller() -> None:
    short, long = (max(run.size_pt for run in _sheet(lines).drawing.runs) for lines in (_SHORT, _LONG))
    assert short > 16
    assert long <= 16


def test_captions_begin_level() -> None:
    runs = {run.text: run.y for run in _sheet(_SHORT).drawing.runs}
    assert runs["CHỮ KÝ SỐ CỦA CƠ QUAN"] == runs["NGƯỜI THỰC HIỆN CHỨNG THỰC"]
    assert runs["UBND phường Thí Dụ"] == runs["KT. CHỦ TỊCH"]
