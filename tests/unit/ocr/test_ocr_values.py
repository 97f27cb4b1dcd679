"""Dates, amounts and citizens' numbers: read in every form that papers print, refused in every form that none does."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.amounts import find_amounts, read_amount_words, read_number_words, write_number_words
from ocr.dates import date_in_words, find_dates, holds_impossible_date
from ocr.identity_numbers import PROVINCE_NAMES, Sex, agrees_with_birth, read_identity_number
from ocr.syllables import read_syllable


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Thí Dụ, ngày 03 tháng 9 năm 2026", date(2026, 9, 3)),
        ("sinh ngày 14/03/1995", date(1995, 3, 14)),
        ("06-05-2024", date(2024, 5, 6)),
        ("06.05.2024.", date(2024, 5, 6)),
        ("Born on July 28, 2021", date(2021, 7, 28)),
        ("3rd of May 2019", date(2019, 5, 3)),
        ("fait le 1er janvier 2020", date(2020, 1, 1)),
        ("28 août 1999", date(1999, 8, 28)),
    ],
)
def test_date_is_found_in_every_printed_form(text: str, day: date) -> None:
    assert [found.day for found in find_dates(text)] == [day]


@pytest.mark.parametrize(
    "text", ["31/02/1995", "14/13/1995", "03/06/4485", "1/2/19955", "14/03/1995/2", "3 Foo 2020", ""]
)
def test_what_no_calendar_knows_is_no_date(text: str) -> None:
    assert find_dates(text) == ()


def test_impossible_date_is_told_from_no_date() -> None:
    assert holds_impossible_date("Ngày sinh: 31/02/1995")
    assert holds_impossible_date("ngày 30 tháng 02 năm 2020")
    assert not holds_impossible_date("Ngày sinh: 28/02/1995, số 118/2024/KS")


def test_date_in_words_is_read_with_its_lunar_names() -> None:
    words = "ngày mười tám, tháng năm, năm hai nghìn không trăm hai mươi sáu"
    assert date_in_words(words) == date(2026, 5, 18)
    assert date_in_words("Ngày mồng ba, tháng giêng, năm một nghìn chín trăm chín mươi mốt") == date(1991, 1, 3)
    assert date_in_words("ngày ba mươi, tháng hai, năm hai nghìn không trăm") is None
    assert date_in_words("ngày đẹp trời") is None


@given(st.integers(min_value=0, max_value=10**15 - 1))
def test_number_in_words_is_read_back(number: int) -> None:
    assert read_number_words(write_number_words(number)) == number


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("một nghìn chín trăm chín mươi lăm", 1995),
        ("hai mươi mốt", 21),
        ("một trăm lẻ năm", 105),
        ("ba trăm ngàn", 300_000),
        ("một tỷ không trăm linh năm", 1_000_000_005),
        ("Mười hai triệu", 12_000_000),
        ("một một", None),
        ("nghìn", None),
        ("một triệu hai tỷ ba tỷ tỷ", None),
        ("ba triệu nghìn linh xyz", None),
        ("", None),
    ],
)
def test_words_spell_a_number_or_none(words: str, number: int | None) -> None:
    assert read_number_words(words) == number


def test_negative_and_huge_numbers_have_no_words() -> None:
    for number in (-1, 10**15):
        with pytest.raises(ValueError, match="10\\^15"):
            write_number_words(number)


def test_amount_in_figures_is_compared_with_its_words() -> None:
    told = find_amounts("Số tiền: 250.000.000 đồng (Bằng chữ: Hai trăm năm mươi triệu đồng chẵn).")
    assert [(one.dong, one.agrees) for one in told] == [(250_000_000, True)]
    false = find_amounts("1.200.000 đồng (bằng chữ: một triệu ba trăm nghìn đồng)")
    assert [(one.dong, one.agrees) for one in false] == [(1_200_000, False)]
    assert [one.agrees for one in find_amounts("phí 2.000 đ và 4.000 VNĐ")] == [None, None]
    assert find_amounts("Điện thoại 0912 345 678, trang 12") == ()


def test_amount_words_end_at_the_unit() -> None:
    assert read_amount_words("Hai triệu đồng chẵn") == 2_000_000
    assert read_amount_words("Hai triệu đô la") is None


def test_twelve_digits_say_province_century_sex_and_year() -> None:
    woman = read_identity_number("001195012345")
    assert woman is not None
    assert (woman.birth_year, woman.sex, woman.province_is_known) == (1995, Sex.FEMALE, True)
    boy = read_identity_number("000226000117")
    assert boy is not None
    assert (boy.birth_year, boy.sex, boy.is_specimen) == (2026, Sex.MALE, True)
    assert agrees_with_birth(woman, date(1995, 3, 14))
    assert not agrees_with_birth(woman, date(1996, 3, 14))


@pytest.mark.parametrize(
    "digits", ["003195012345", "999195012345", "00119501234", "0011950123456", "00119501234x", "٠٠١١٩٥٠١٢٣٤٥"]
)
def test_number_of_another_form_or_no_province_is_none(digits: str) -> None:
    assert read_identity_number(digits) is None


def test_province_names_are_vietnamese_but_for_the_highlands() -> None:
    assert len(PROVINCE_NAMES) == 63
    foreign = {name for name in PROVINCE_NAMES.values() if not all(map(read_syllable, name.replace(" -", "").split()))}
    assert foreign == {"Bắc Kạn", "Kon Tum", "Đắk Lắk", "Đắk Nông"}
