from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from fonts import Face, GlyphMissing, LoadedFace, embed, load_face
from fonts.errors import OriginalUnknown
from fonts.make_fonts import DEBIAN_FONTS, HERE, RECIPES, Recipe, make_face

VIETNAMESE = (
    "".join(
        unicodedata.normalize("NFC", vowel + mark)
        for vowel in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
        for mark in ["", *"\u0300\u0301\u0303\u0309\u0323"]
    )
    + "đĐ"
)


@pytest.fixture(params=list(Face))
def face(request: pytest.FixtureRequest) -> LoadedFace:
    return load_face(request.param)


def test_every_vietnamese_letter_can_be_drawn(face: LoadedFace) -> None:
    assert face.has(VIETNAMESE)
    assert face.has("“Chứng thực” – số: 123/2026 … 1.000 ₫ № §")


def test_a_decomposed_text_is_measured_like_the_composed_one(face: LoadedFace) -> None:
    text = "Sở Tư pháp tỉnh Đắk Lắk"
    assert face.text_width(unicodedata.normalize("NFD", text), 12) == face.text_width(text, 12)


def test_our_reading_of_a_face_agrees_with_fonttools(face: LoadedFace) -> None:
    judge = TTFont(io.BytesIO(face.font_file))
    assert dict(face.glyph_ids) == {
        chr(code_point): judge.getGlyphID(name) for code_point, name in judge.getBestCmap().items()
    }
    assert list(face.advances) == [judge["hmtx"][name][0] for name in judge.getGlyphOrder()]
    assert judge["head"].unitsPerEm == 1000
    assert (face.ascent, face.descent) == (judge["hhea"].ascent, judge["hhea"].descent)


def test_a_face_does_not_carry_a_reserved_name(face: LoadedFace) -> None:
    names = [
        str(record) for record in TTFont(io.BytesIO(face.font_file))["name"].names if record.nameID in (1, 3, 4, 6)
    ]
    assert names
    assert not [name for name in names if re.search("liberation|noto|tinos|arimo|cousine", name, re.IGNORECASE)]


def test_a_letter_outside_the_face_is_refused_by_code_point_only(face: LoadedFace) -> None:
    with pytest.raises(GlyphMissing, match=r"U\+6F22") as caught:
        embed(face, ["Trần 漢"])
    assert "漢" not in str(caught.value)
    assert "Trần" not in str(caught.value)
    assert not face.has("漢")


def test_the_embedded_subset_keeps_glyph_ids_and_widths(face: LoadedFace) -> None:
    font = embed(face, ["Bản sao", "đúng với bản chính"])
    judge = TTFont(io.BytesIO(font.font_file))
    order = judge.getGlyphOrder()
    for letter in "Bảnsaođúgvớich ":
        glyph_id = face.glyph_ids[letter]
        assert font.encode(letter) == glyph_id.to_bytes(2, "big")
        assert font.widths[glyph_id] == judge["hmtx"][order[glyph_id]][0]
    assert len(font.font_file) < len(face.font_file) / 2


def test_a_letter_not_embedded_is_refused_rather_than_drawn_empty(face: LoadedFace) -> None:
    font = embed(face, ["Bản sao"])
    with pytest.raises(GlyphMissing, match="hand every text"):
        font.encode("Bản gốc")


def test_the_same_letters_give_the_same_bytes_and_name(face: LoadedFace) -> None:
    one, other = embed(face, ["Bản", "sao"]), embed(face, ["saoBản"])
    assert one.font_file == other.font_file
    assert one.postscript_name == other.postscript_name
    assert re.fullmatch(r"[A-Z]{6}\+" + face.face.value, one.postscript_name)
    assert embed(face, ["Khác"]).postscript_name != one.postscript_name


def test_the_way_back_to_unicode_stays_within_blocks_of_a_hundred(face: LoadedFace) -> None:
    font = embed(face, ["".join(face.glyph_ids)])
    cmap = font.to_unicode.decode("ascii")
    counts = [int(count) for count in re.findall(r"(\d+) beginbfchar", cmap)]
    entries = re.findall(r"^<([0-9A-F]{4})> <([0-9A-F]{4})>$", cmap.split("endcodespacerange")[1], re.MULTILINE)
    assert max(counts) <= 100
    assert sum(counts) == len(entries) == len(font.widths)
    for glyph_hex, letter_hex in entries:
        assert face.glyph_ids[chr(int(letter_hex, 16))] == int(glyph_hex, 16)
        assert int(letter_hex, 16) not in (0, 0xFEFF, 0xFFFE)
        assert not 0xD800 <= int(letter_hex, 16) <= 0xDFFF
    assert "bfrange" not in cmap


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.file_name)
@pytest.mark.slow
def test_a_face_is_made_again_byte_for_byte_or_its_original_is_refused(recipe: Recipe) -> None:
    original = (DEBIAN_FONTS / recipe.original).read_bytes()
    if hashlib.sha256(original).hexdigest() == recipe.original_sha256_hex:
        assert make_face(recipe, original=original) == Path(HERE / recipe.file_name).read_bytes()
    else:
        with pytest.raises(OriginalUnknown, match=recipe.original):
            make_face(recipe, original=original)
    with pytest.raises(OriginalUnknown, match="update RECIPES"):
        make_face(recipe, original=original + b"\0")
