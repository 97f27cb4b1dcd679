"""The report as PDF/A: words that flow, a square that can be read, pictures side by side with boxes."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from ocr import PdfaError, PicturePair, ReportLine, ReportParts, check_pdfa, write_report


def jpeg(colour: tuple[int, int, int], mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (200, 280), colour).convert(mode).save(out, "JPEG")
    return out.getvalue()


PAIR = PicturePair(
    "Trang 1",
    ("Đã ký", "Hiện ra"),
    (jpeg((250, 250, 250)), jpeg((200, 230, 250))),
    ((0.1, 0.15, 0.45, 0.3),),
    "Một vùng khác.",
)
PARTS = ReportParts(
    title="Báo cáo",
    language="vi",
    created_at=datetime(2026, 11, 22, tzinfo=UTC),
    lookup_url="https://tra-cuu.thi-du.example/c/K7PM-3QWX-9DHT-5",
    lines=(
        ReportLine("Báo cáo kiểm tra", bold=True, size_pt=17),
        ReportLine("Hợp lệ: UBND phường Thí Dụ chứng thực.", bold=True, size_pt=13, bar=(0.1, 0.4, 0.3)),
        ReportLine("0" * 200, size_pt=9),
    ),
    foot="UBND phường Thí Dụ lập.",
    page_label="Trang",
    specimen_text="MẪU – SPECIMEN",
    pairs=(PAIR,),
)


def rendered(pdf: bytes, page: int) -> Image.Image:
    with pypdfium2.PdfDocument(pdf) as document:
        return document[page].render(scale=3).to_pil().convert("RGB")


def test_report_is_pdfa_and_says_what_it_was_given() -> None:
    document = write_report(PARTS)
    check_pdfa(document.pdf)
    assert document.page_count == 2
    with pypdfium2.PdfDocument(document.pdf) as opened:
        words = opened[0].get_textpage().get_text_bounded()
    assert "UBND phường Thí Dụ chứng thực" in words
    assert "MẪU – SPECIMEN" in words
    assert "Trang 1/2" in words
    assert write_report(PARTS).pdf == document.pdf


def test_square_leads_to_the_look_up() -> None:
    found = zxingcpp.read_barcodes(rendered(write_report(PARTS).pdf, 0))
    assert [one.text for one in found] == [PARTS.lookup_url]


def test_pair_stands_side_by_side_with_its_box_on_both() -> None:
    image = rendered(write_report(PARTS).pdf, 1)
    reds = [
        (x, y) for x in range(0, image.width, 2) for y in range(0, image.height, 2) if _is_red(image.getpixel((x, y)))
    ]
    middle = image.width / 2
    above_foot = [(x, y) for x, y in reds if y < image.height * 0.8]
    assert [x for x, _ in above_foot if x < middle]
    assert [x for x, _ in above_foot if x > middle]


def test_long_report_flows_over_pages_and_loses_nothing() -> None:
    lines = tuple(ReportLine(f"Dòng số {number}") for number in range(200))
    document = write_report(replace(PARTS, lines=lines, pairs=()))
    with pypdfium2.PdfDocument(document.pdf) as opened:
        words = "".join(page.get_textpage().get_text_bounded() for page in opened)
    assert document.page_count > 3
    assert all(f"Dòng số {number}" in words for number in range(200))


@pytest.mark.parametrize(
    "bad", [b"", b"GIF89a", jpeg((1, 2, 3), "CMYK"), jpeg((1, 2, 3))[:20]], ids=["empty", "gif", "cmyk", "cut"]
)
def test_picture_that_is_no_plain_jpeg_is_refused(bad: bytes) -> None:
    with pytest.raises(PdfaError):
        write_report(replace(PARTS, pairs=(replace(PAIR, pictures_jpeg=(bad, bad)),)))


def test_pictures_have_words_for_those_who_cannot_see_them() -> None:
    with pikepdf.open(io.BytesIO(write_report(PARTS).pdf)) as pdf:
        alts = [str(one.get("/Alt")) for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and "/Alt" in one]
    assert "Trang 1: Đã ký" in alts


def _is_red(pixel: object) -> bool:
    red, green, blue = pixel  # type: ignore[misc]
    return bool(red > 150 and green < 70 and blue < 70)
