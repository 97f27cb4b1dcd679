"""The quality gate: what a clerk may hand to the officer, and what goes back to the scanner."""

from __future__ import annotations

import pytest

from ocr import Pages, QualityCode, QualityVerdict, judge
from ocr.pages import Word
from ocr.quality import PageFacts, judge_page
from tests.reading_room import jpeg_image, one_page, pages_of, read_page, words_of


def _facts(
    *, confidences: tuple[float, ...] = (95.0,) * 20, ink_share: float = 0.05, dpi: float | None = 300.0,
    is_colour: bool = True, added_turns: int = 0, skew_degrees: float = 0.0,
) -> PageFacts:  # fmt: skip
    words = tuple(
        Word(text="giấy", box_px=(0.0, 0.0, 9.0, 9.0), confidence=confidence, block=1, line=1)
        for confidence in confidences
    )
    return PageFacts(
        words=words,
        ink_share=ink_share,
        dpi=dpi,
        is_colour=is_colour,
        added_turns=added_turns,
        skew_degrees=skew_degrees,
    )


def _codes(facts: PageFacts) -> list[str]:
    return [reason.code.value for reason in judge_page(facts).reasons]


def test_sharp_colour_page_at_300_dpi_is_good() -> None:
    quality = judge_page(_facts())
    assert (quality.verdict, quality.reasons) == (QualityVerdict.GOOD, ())
    assert (quality.mean_confidence, quality.low_share) == (95.0, 0.0)


@pytest.mark.parametrize(
    ("confidences", "verdict"),
    [
        ((85.0,) * 10, QualityVerdict.GOOD),
        ((84.9,) * 10, QualityVerdict.WARN),
        ((95.0,) * 9 + (59.0,), QualityVerdict.GOOD),
        ((95.0,) * 8 + (59.0,) * 2, QualityVerdict.WARN),
        ((50.0,) * 4 + (90.0,) * 4, QualityVerdict.WARN),
        ((99.0,) * 4 + (59.0,) * 5, QualityVerdict.REFUSE),
        ((49.0,) * 10, QualityVerdict.REFUSE),
    ],
)
def test_confidence_decides_at_its_marks(confidences: tuple[float, ...], verdict: QualityVerdict) -> None:
    assert judge_page(_facts(confidences=confidences)).verdict is verdict


def test_blurred_page_is_refused_as_blurred() -> None:
    assert _codes(_facts(confidences=(20.0,) * 10)) == ["BLURRED"]


@pytest.mark.parametrize(
    ("dpi", "codes"), [(199.0, ["RESOLUTION_TOO_LOW"]), (199.9996, []), (200.0, []), (None, ["SCALE_UNKNOWN"])]
)
def test_resolution_below_200_dpi_or_unknown_is_refused(dpi: float | None, codes: list[str]) -> None:
    assert _codes(_facts(dpi=dpi)) == codes


def test_grey_page_is_refused() -> None:
    assert judge_page(_facts(is_colour=False)).verdict is QualityVerdict.REFUSE
    assert _codes(_facts(is_colour=False)) == ["NOT_COLOUR"]


def test_blank_back_is_asked_about_and_not_refused() -> None:
    quality = judge_page(_facts(confidences=(), ink_share=0.0001))
    assert [(reason.code, reason.verdict) for reason in quality.reasons] == [
        (QualityCode.BLANK_PAGE, QualityVerdict.WARN)
    ]


def test_ink_without_a_word_is_refused() -> None:
    assert _codes(_facts(confidences=(), ink_share=0.2)) == ["UNREADABLE"]


def test_turned_page_is_said_but_not_held_against_it() -> None:
    assert judge_page(_facts(added_turns=2)).verdict is QualityVerdict.GOOD
    assert _codes(_facts(added_turns=2)) == ["UPSIDE_DOWN"]
    assert _codes(_facts(added_turns=3)) == ["SIDEWAYS"]


def test_very_skewed_page_is_asked_about() -> None:
    assert _codes(_facts(skew_degrees=-6.0)) == ["SKEWED"]


def test_gravest_reason_comes_first() -> None:
    assert _codes(_facts(confidences=(80.0,) * 10, is_colour=False)) == ["NOT_COLOUR", "HARD_TO_READ"]


def _two_pages(second: tuple[Word, ...]) -> Pages:
    image = jpeg_image()
    return pages_of(
        (read_page(image, words=words_of("Giấy khai sinh bản chính")), image),
        (read_page(image, page_index=1, words=second), image),
    )


def test_document_is_as_good_as_its_worst_page() -> None:
    quality = judge(_two_pages(words_of("không ai đọc được", confidence=10.0)))
    assert quality.verdict is QualityVerdict.REFUSE
    assert quality.reasons[0].detail.startswith("page 2: ")
    assert judge(one_page()).verdict is QualityVerdict.GOOD


def test_document_without_any_text_is_refused() -> None:
    image = jpeg_image()
    assert judge(pages_of((read_page(image), image))).verdict is QualityVerdict.REFUSE
