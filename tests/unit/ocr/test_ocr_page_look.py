"""A page is looked at as a clerk would: what cuts, shades, blinds or covers it, and what a pen wrote."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from ocr.look import PageLook, look_from_json, look_to_json
from ocr.page_look import look_at, pen_mask, pen_words, straightened_mask
from ocr.pixels import Pixels
from samples.sheet import Sheet
from samples.typeface import BODY, HAND

_DPI = 100


def _sheet() -> Sheet:
    sheet = Sheet(dpi=_DPI)
    for row in range(20):
        sheet.text("Giấy chứng nhận này được cấp cho người có tên dưới đây", x_mm=25, y_mm=40 + 9 * row)
    return sheet


def _pixels(image: Image.Image) -> Pixels:
    return np.ascontiguousarray(np.asarray(image, dtype=np.uint8)[:, :, ::-1])


def _look(image: Image.Image) -> dict[str, object]:
    pixels = _pixels(image)
    gray = np.asarray(image.convert("L"), dtype=np.uint8)
    return dict(look_at(pixels, gray, pixels_dpi=_DPI, gray_dpi=_DPI))


@pytest.fixture(scope="module")
def plain() -> Image.Image:
    return _sheet().finish().image


def test_plain_page_has_nothing_to_tell(plain: Image.Image) -> None:
    assert _look(plain) == {"cut_letters": 0, "shadow_share": 0.0, "glare_share": 0.0, "finger_share": 0.0}
    assert _look(plain.rotate(90, expand=True))["cut_letters"] == 0


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_letters_that_run_out_of_the_picture_are_counted(plain: Image.Image, turns: int) -> None:
    left = round(33 / 25.4 * _DPI)
    cut = plain.crop((left, 0, plain.width, plain.height)).rotate(90 * turns, expand=True)
    assert int(str(_look(cut)["cut_letters"])) >= 6


def test_broad_dark_shadow_from_an_edge_is_seen_and_a_black_lid_is_not(plain: Image.Image) -> None:
    shade = Image.new("L", plain.size, 255)
    ImageDraw.Draw(shade).rectangle((0, 0, plain.width // 4, plain.height), fill=90)
    soft = shade.filter(ImageFilter.GaussianBlur(12))
    shadowed = Image.composite(plain, Image.new("RGB", plain.size, (0, 0, 0)), soft)
    assert float(str(_look(shadowed)["shadow_share"])) > 0.15
    lid = plain.copy()
    ImageDraw.Draw(lid).rectangle((0, 0, 40, plain.height), fill=(20, 20, 20))
    assert _look(lid)["shadow_share"] == 0.0


def test_glare_is_told_from_white_paper(plain: Image.Image) -> None:
    dull = plain.point(lambda level: level * 3 // 4)
    assert _look(dull)["glare_share"] == 0.0
    ImageDraw.Draw(dull).ellipse((200, 267, 467, 467), fill=(255, 255, 255))
    assert float(str(_look(dull)["glare_share"])) > 0.01


def test_finger_at_the_edge_is_told_from_a_patch_inside(plain: Image.Image) -> None:
    held, spotted = plain.copy(), plain.copy()
    ImageDraw.Draw(held).ellipse((-40, 600, 73, 733), fill=(205, 150, 125))
    ImageDraw.Draw(spotted).ellipse((333, 600, 446, 733), fill=(205, 150, 125))
    assert float(str(_look(held)["finger_share"])) > 0.003
    assert _look(spotted)["finger_share"] == 0.0


def test_words_in_blue_ink_are_told_from_printed_ones() -> None:
    sheet = Sheet(dpi=_DPI)
    boxes = []
    for text, style, y_mm in (("Phạm Minh Đức", HAND, 50.0), ("Phạm Minh Đức", BODY, 70.0)):
        end_mm = sheet.text(text, x_mm=30, y_mm=y_mm, style=style)
        boxes.append((sheet.px(30), sheet.px(y_mm - 5), sheet.px(end_mm), sheet.px(y_mm + 2)))
    mask = pen_mask(_pixels(sheet.finish().image), pixels_dpi=_DPI)
    assert mask is not None
    assert pen_words(mask, boxes, scale=100 / _DPI) == [0]
    turned = straightened_mask(mask, quarter_turns=4, skew_degrees=0.0)
    assert pen_words(turned, boxes, scale=100 / _DPI) == [0]


def test_page_without_blue_has_no_mask(plain: Image.Image) -> None:
    assert pen_mask(_pixels(plain), pixels_dpi=_DPI) is None
    assert pen_mask(np.full((50, 50), 255, np.uint8), pixels_dpi=_DPI) is None


def test_look_is_written_and_read_back_the_same() -> None:
    look = PageLook(3, 0.25, 0.5, 0.125, (0, 4))
    assert look_from_json(look_to_json(look), word_count=5) == look
    assert look_from_json({}, word_count=0) == PageLook()


@pytest.mark.parametrize(
    "row",
    [
        {"pen_words": 3},
        {"pen_words": [5]},
        {"pen_words": [True]},
        {"cut_letters": -1},
        {"shadow_share": 1.5},
        {"glare_share": float("nan")},
        {"finger_share": "much"},
    ],
)
def test_figure_outside_its_bounds_is_refused(row: dict[str, object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        look_from_json(row, word_count=5)
