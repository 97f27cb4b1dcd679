"""The gate on what hides text, and on pages together: each reason is asked about, none is lost and none refuses alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from guard import SandboxPool
from ocr import (
    PageLook,
    Pages,
    QualityCode,
    QualityPolicy,
    QualityVerdict,
    RenderFailed,
    Word,
    judge,
    page_crop,
    worst_lines,
)
from ocr.quality import PageFacts, judge_page
from tests.reading_room import jpeg_image, pages_of, read_page, words_of
from tests.unit.ocr.in_process import InProcessSandbox

_TEXT = "Giấy chứng nhận này được cấp cho người có tên dưới đây để sử dụng theo quy định"
_OTHER = "Tờ khai đăng ký lại việc sinh nộp tại trung tâm phục vụ hành chính công phường Thí Dụ"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxPool]:
    with InProcessSandbox() as pool:
        yield pool


def _facts(look: PageLook, words: tuple[Word, ...] = words_of(_TEXT)) -> PageFacts:
    return PageFacts(words=words, ink_share=0.05, dpi=300.0, is_colour=True, added_turns=0, skew_degrees=0.0, look=look)


@pytest.mark.parametrize(
    ("look", "code"),
    [
        (PageLook(cut_letters=5), QualityCode.CUT_OFF),
        (PageLook(shadow_share=0.03), QualityCode.SHADOWED),
        (PageLook(glare_share=0.005), QualityCode.GLARE),
        (PageLook(finger_share=0.002), QualityCode.FINGER),
        (PageLook(pen_words=(1, 2, 3, 4, 5, 6)), QualityCode.HANDWRITING),
        (PageLook(unread_boxes=((40.0, 500.0, 400.0, 560.0),)), QualityCode.TEXT_UNREAD),
    ],
)
def test_what_hides_text_is_asked_about_at_its_mark(look: PageLook, code: QualityCode) -> None:
    quality = judge_page(_facts(look))
    assert ([reason.code for reason in quality.reasons], quality.verdict) == ([code], QualityVerdict.WARN)


@pytest.mark.parametrize(
    "look",
    [
        PageLook(cut_letters=4),
        PageLook(shadow_share=0.029),
        PageLook(glare_share=0.0049),
        PageLook(finger_share=0.0019),
        PageLook(pen_words=(1, 2, 3, 4, 5)),
    ],
)
def test_below_its_mark_nothing_is_said(look: PageLook) -> None:
    assert judge_page(_facts(look)).reasons == ()


def test_policy_of_an_office_moves_the_marks() -> None:
    strict = QualityPolicy(warn_cut_letters=1, warn_pen_words=1)
    quality = judge_page(_facts(PageLook(cut_letters=1, pen_words=(3,))), policy=strict)
    assert {reason.code for reason in quality.reasons} == {QualityCode.CUT_OFF, QualityCode.HANDWRITING}


def test_blue_headings_are_no_handwriting() -> None:
    capitals = words_of(_TEXT.upper())
    assert judge_page(_facts(PageLook(pen_words=tuple(range(8))), capitals)).reasons == ()
    tall = tuple(replace(word, box_px=(*word.box_px[:3], word.box_px[1] + 60)) for word in words_of(_TEXT)[:8])
    mixed = (*tall, *words_of(_OTHER, top=300.0, line=2))
    assert judge_page(_facts(PageLook(pen_words=tuple(range(8))), mixed)).reasons == ()


def _document(*texts: tuple[str, ...]) -> Pages:
    image = jpeg_image()
    pages = []
    for index, lines in enumerate(texts):
        words = tuple(
            word for row, line in enumerate(lines) for word in words_of(line, top=20.0 + 800.0 * row, line=row)
        )
        pages.append((read_page(image, page_index=index, words=words), image))
    return pages_of(*pages)


def test_page_scanned_twice_is_asked_about() -> None:
    quality = judge(_document((_TEXT,), (_OTHER,), (_TEXT,)))
    assert [(reason.code, reason.verdict) for reason in quality.document_reasons] == [
        (QualityCode.DUPLICATE_PAGE, QualityVerdict.WARN)
    ]
    assert "pages 1 and 3" in quality.document_reasons[0].detail
    assert quality.verdict is QualityVerdict.WARN


def test_same_form_filled_for_another_person_is_no_duplicate() -> None:
    other = _TEXT.replace("người có tên", "Trần Quốc Bình")
    assert judge(_document((_TEXT,), (other,))).document_reasons == ()


def test_number_that_promises_more_pages_is_asked_about() -> None:
    quality = judge(_document((_TEXT, "Trang 1/3"), (_OTHER, "Trang 3 / 3")))
    (reason,) = quality.document_reasons
    assert reason.code is QualityCode.PAGES_MISSING
    assert "2/3" in reason.detail
    assert judge(_document((_TEXT, "Trang 1/2"), (_OTHER, "Trang 2/2"))).document_reasons == ()
    assert judge(_document((_TEXT, "Page 1 of 2"), (_OTHER, "Page 2 of 2"))).document_reasons == ()


def test_fraction_in_the_text_is_no_page_number() -> None:
    image = jpeg_image()
    words = words_of(f"{_TEXT}", top=20.0) + words_of("xem trang 2/5", top=400.0, line=2)
    assert judge(pages_of((read_page(image, words=words), image))).document_reasons == ()


def test_worst_lines_come_first_and_specks_do_not_count() -> None:
    image = jpeg_image()
    words = (
        *words_of("Độc lập Tự do", top=50.0, confidence=95.0, line=1),
        *words_of("nguơi đuoc câp", top=150.0, confidence=40.0, line=2),
        *words_of("giấy này đây", top=250.0, confidence=70.0, line=3),
        *words_of("-", top=350.0, confidence=5.0, line=4),
    )
    boxes = worst_lines(read_page(image, words=words), count=2)
    middles = [(box[1] + box[3]) / 2 for box in boxes]
    assert middles == [pytest.approx(170, abs=15), pytest.approx(270, abs=15)]
    # The margin shows an accent that was not read.
    assert boxes[0][1] < 150.0


def test_print_that_nobody_read_is_shown_before_what_was_read_unsurely() -> None:
    image = jpeg_image()
    page = read_page(image, words=words_of("nguơi đuoc câp", confidence=40.0))
    unread = replace(page, look=PageLook(unread_boxes=((40.0, 500.0, 400.0, 560.0),)))
    assert worst_lines(unread)[0] == (25.0, 485.0, 415.0, 575.0)
    assert worst_lines(unread)[1:] == worst_lines(page)


def test_crop_of_a_line_shows_that_part_of_the_page(sandbox: SandboxPool) -> None:
    image = jpeg_image()
    pages = pages_of((read_page(image), image))
    png = page_crop(pages, 0, (20.0, 20.0, 121.0, 61.0), max_px=400, sandbox=sandbox)
    with Image.open(BytesIO(png)) as crop:
        assert crop.format == "PNG"
        assert 1.5 * crop.height < crop.width < 200
        assert crop.convert("L").getpixel((crop.width // 2, crop.height // 2)) == pytest.approx(0, abs=25)


@pytest.mark.parametrize("box", [(0.0, 0.0, 0.0, 0.0), (50.0, 50.0, 20.0, 60.0), (float("nan"), 0.0, 10.0, 10.0)])
def test_crop_of_no_box_is_refused(sandbox: SandboxPool, box: tuple[float, float, float, float]) -> None:
    image = jpeg_image()
    with pytest.raises(RenderFailed):
        page_crop(pages_of((read_page(image), image)), 0, box, max_px=400, sandbox=sandbox)
