"""The grammar of the syllable builds every word of an office paper and none that a misreading makes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.syllables import (
    Tone,
    is_plain_syllable,
    read_syllable,
    same_spelling,
    split_tone,
    with_tone_style,
    write_syllable,
)

_OFFICE = """
giấy khai sinh chứng nhận kết hôn quyền sử dụng đất ủy nhân dân phường tỉnh nguyễn trường quỳnh khuỷu nghĩa chuyện
gì giếng giữ quốc quý yêu uyên oanh yến hòa hoà khỏe khoẻ thúy thuý thuở khuya xoong đỏ người được ngoại nghiêng
"""


@pytest.mark.parametrize("word", _OFFICE.split())
def test_words_of_office_papers_are_syllables(word: str) -> None:
    assert read_syllable(word) is not None
    assert read_syllable(word.upper()) is not None
    assert read_syllable(unicodedata.normalize("NFD", word)) is not None


@pytest.mark.parametrize(
    "word", ["nguyênx", "bac", "ngê", "ceo", "ghà", "diploma", "réussỉ", "hòan", "thuyèn", "cấpp", "tứcc", "kà", "qúôc"]
)
def test_misread_and_foreign_words_are_none(word: str) -> None:
    assert read_syllable(word) is None


def test_stop_finals_take_only_two_tones() -> None:
    assert read_syllable("cấp") is not None
    assert read_syllable("cập") is not None
    assert read_syllable("câp") is None
    assert read_syllable("cầp") is None


def test_two_tone_marks_are_no_tone() -> None:
    assert split_tone("tố\u0300")[1] is None
    assert read_syllable("tố\u0300") is None


def test_both_styles_of_the_tone_mark_are_one_spelling() -> None:
    assert with_tone_style("Khánh HOÀ, khoẻ, Thuý, quý", old_style=True) == "Khánh HÒA, khỏe, Thúy, quý"
    assert with_tone_style("Khánh HÒA, khỏe, Thúy, quý", old_style=False) == "Khánh HOÀ, khoẻ, Thuý, quý"
    assert same_spelling("Trần Thị Thuý Hoà", "TRẦN THỊ THÚY HÒA")
    assert not same_spelling("Hòa", "Hỏa")


def test_foreign_words_keep_their_letters_in_either_style() -> None:
    assert with_tone_style("Café Đắk Lắk no. 12-B", old_style=False) == "Café Đắk Lắk no. 12-B"


def test_names_printed_without_marks_are_plain_syllables() -> None:
    assert all(is_plain_syllable(word) for word in ["LE", "NGOC", "CHAU", "NGUYEN", "PHUONG"])
    assert not any(is_plain_syllable(word) for word in ("English", "Level", "LÊ", "B2"))


_LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxy"


@given(st.text(_LETTERS, min_size=1, max_size=7), st.sampled_from(Tone), st.booleans())
def test_what_is_read_is_written_back_the_same(letters: str, tone: Tone, old_style: bool) -> None:
    for place in range(len(letters)):
        word = unicodedata.normalize("NFC", letters[: place + 1] + tone.value + letters[place + 1 :])
        syllable = read_syllable(word)
        if syllable is None:
            continue
        spelled = write_syllable(syllable, old_style=old_style)
        assert read_syllable(spelled) == syllable
        assert same_spelling(spelled, word)


@given(st.text(max_size=40))
@pytest.mark.slow
def test_any_text_keeps_its_length_and_meaning_in_either_style(text: str) -> None:
    old = with_tone_style(text, old_style=True)
    assert with_tone_style(old, old_style=True) == old
    assert same_spelling(old, text)
