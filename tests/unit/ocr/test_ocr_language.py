"""Each printed line tells its language, or says that it does not tell."""

from __future__ import annotations

import pytest

from ocr.language import column_pieces, language_of, line_languages, main_language


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("Trung tâm Ngoại ngữ Minh Họa chứng nhận", "vie"),
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "vie"),
        ("Minh Hoa Foreign Language Centre hereby certifies that", "eng"),
        ("SOCIALIST REPUBLIC OF VIET NAM", "eng"),
        ("The holder may exercise the profession", "eng"),
        ("Le présent acte a été délivré à l'intéressé", "fra"),
        ("République française, Mairie de Besançon", "fra"),
        ("LE NGOC CHAU", None),
        ("NN-B2 000731", None),
        ("", None),
    ],
)
def test_line_tells_its_language(line: str, language: str | None) -> None:
    assert language_of(line.split()) == language


def test_vietnamese_line_with_a_foreign_half_stays_vietnamese() -> None:
    line = "Bản mẫu, không có giá trị pháp lý - Specimen, not a valid document"
    assert language_of(line.split()) == "vie"


def test_line_that_does_not_tell_follows_neighbours_that_agree() -> None:
    lines = [
        ["The", "degree", "of", "Bachelor", "of", "Science"],
        ["A.", "Lee"],
        ["awarded", "in", "the", "year", "by", "the", "university"],
    ]
    assert line_languages(lines) == ("eng", "eng", "eng")
    assert line_languages([*lines[:2], ["giấy", "chứng", "nhận", "được", "cấp"]]) == ("eng", None, "vie")


def test_page_without_a_telling_line_counts_as_vietnamese() -> None:
    assert main_language([None, None]) == "vie"
    assert main_language(["fra", None, "fra", "vie"]) == "fra"


def test_columns_are_cut_at_wide_gaps_only() -> None:
    boxes = [(0.0, 0.0, 40.0, 20.0), (50.0, 0.0, 90.0, 20.0), (300.0, 0.0, 340.0, 20.0)]
    assert column_pieces(boxes) == (slice(0, 2), slice(2, 3))
    assert column_pieces([]) == (slice(0, 0),) or column_pieces([]) == ()
