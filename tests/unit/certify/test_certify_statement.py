"""The words of a copy: number, book, date as Vietnamese offices write it, conversion mark, specimen, look-up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from api.demo.seal_picture import draw_specimen_seal
from certify.agencies import get_agency
from certify.looks import load_looks
from certify.marks import CopyMarks
from certify.statement import CopyWords, compose_copy, lookup_url
from keys.mode import Mode
from ocr.pdfa_copy import CopyParts
from signing import SealImage
from tests.bureau import AGENCY_CODE, AGENCY_NAME, AT, LAW, Bureau

CODE = "K7PM3QWX9DHT5"


def words(bureau: Bureau) -> CopyWords:
    with bureau.database.read() as tx:
        agency = get_agency(tx, AGENCY_CODE)
    return CopyWords(
        title="Giấy khai sinh",
        agency=agency,
        officer=bureau.officer,
        delegation=bureau.delegation,
        book_display=bureau.book.display,
        number="123",
        code=CODE,
        converted_at=AT,
        source_sha256_hex="0" * 64,
        pages=2,
        verify_url="https://tra-cuu.thi-du.example/",
        mode=Mode.DEMO,
    )


def compose(given: CopyWords) -> CopyParts:
    return compose_copy(given, law=LAW, template=LAW.template(given.converted_at))


def text_of(parts: CopyParts) -> str:
    statement = parts.statement
    rows = [statement.heading, *(line.text for line in statement.lines)]
    return "\n".join([*rows, *statement.officer_caption, *statement.seal_caption, *parts.band_lines])


def test_statement_says_number_book_date_capacity_and_agency(bureau: Bureau) -> None:
    text = text_of(compose(words(bureau)))
    for said in (
        "CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH",
        "Số chứng thực: 123",
        "Quyển số: 01/2026-SCTĐT/BS",
        "Ngày 22 tháng 11 năm 2026",
        "NGƯỜI THỰC HIỆN CHỨNG THỰC",
        "KT. CHỦ TỊCH",
        "PHÓ CHỦ TỊCH",
        AGENCY_NAME,
    ):
        assert said in text


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (datetime(2026, 1, 5, tzinfo=UTC), "Ngày 05 tháng 01 năm 2026"),
        (datetime(2026, 2, 28, 17, 0, tzinfo=UTC), "Ngày 01 tháng 3 năm 2026"),
        (datetime(2026, 12, 31, 17, 0, tzinfo=UTC), "Ngày 01 tháng 01 năm 2027"),
        (datetime(2026, 10, 10, tzinfo=UTC), "Ngày 10 tháng 10 năm 2026"),
    ],
)
def test_date_is_the_offices_day_with_its_leading_zeros(bureau: Bureau, at: datetime, written: str) -> None:
    assert written in text_of(compose(replace(words(bureau), converted_at=at)))


def test_mark_of_conversion_names_office_and_time_visibly_and_in_xmp(bureau: Bureau) -> None:
    parts = compose(words(bureau))
    assert AGENCY_NAME in parts.conversion_note
    assert "2026-11-22T10:00:00+07:00" in parts.conversion_note
    assert parts.xmp_extra["converted_at"] == "2026-11-22T10:00:00+07:00"
    assert (parts.xmp_extra["agency"], parts.xmp_extra["code"]) == (AGENCY_CODE, "K7PM-3QWX-9DHT-5")


def test_preview_has_blanks_where_number_and_code_will_stand(bureau: Bureau) -> None:
    parts = compose(replace(words(bureau), number=None, code=None))
    assert "Số chứng thực: ……" in text_of(parts)
    assert parts.document_code == "……"
    assert parts.lookup_url == "https://tra-cuu.thi-du.example"


def test_square_holds_the_address_of_the_code_and_nothing_about_a_person(bureau: Bureau) -> None:
    assert compose(words(bureau)).lookup_url == f"https://tra-cuu.thi-du.example/c/{CODE}"
    assert lookup_url("https://x.example", None) == "https://x.example"


def test_demo_and_training_say_specimen_and_production_does_not(bureau: Bureau) -> None:
    assert compose(words(bureau)).specimen_text == "MẪU – SPECIMEN"
    assert compose(replace(words(bureau), mode=Mode.TRAINING)).specimen_text == "MẪU – SPECIMEN · HUẤN LUYỆN"
    assert compose(replace(words(bureau), mode=Mode.PRODUCTION)).specimen_text is None


def test_marks_carry_the_time_with_its_zone_under_the_printed_captions(bureau: Bureau) -> None:
    given, at = words(bureau), LAW.local_time(AT)
    marks = CopyMarks(load_looks("vn"))
    seal = marks.of_seal(given.agency, at=at)
    assert (seal.lines, seal.image) == ((AGENCY_NAME, "2026-11-22T10:00:00+07:00"), None)
    officer = marks.of_officer(given.officer, agency=given.agency, at=at)
    assert officer.lines == (given.officer.display_name, given.officer.position, *seal.lines)
    assert (officer.heading, officer.style.framed, officer.style.size_pt) == (None, True, None)


def test_seal_shows_the_picture_of_its_own_agency_only(bureau: Bureau) -> None:
    given, at = words(bureau), LAW.local_time(AT)
    picture = SealImage.load(draw_specimen_seal())
    marks = CopyMarks(load_looks("vn"), {given.agency.code: picture}.get)
    assert marks.of_seal(given.agency, at=at).image is picture
    assert marks.of_seal(replace(given.agency, code="OTHER"), at=at).image is None
    assert marks.of_officer(given.officer, agency=given.agency, at=at).image is None


def test_same_words_give_the_same_parts(bureau: Bureau) -> None:
    assert compose(words(bureau)) == compose(words(bureau))
